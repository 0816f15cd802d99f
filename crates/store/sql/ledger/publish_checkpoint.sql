-- Marks a checkpoint as seen outside: from now on it stays.
-- ?1 size. Index: the table's own key.
UPDATE checkpoint SET published = 1 WHERE size = ?1;
