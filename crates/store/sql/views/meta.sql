-- One fact about the file.
-- ?1 name. Index: the table's own key.
SELECT value FROM meta WHERE name = ?1;
