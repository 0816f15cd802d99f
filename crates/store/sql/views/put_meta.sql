-- Sets one fact about the file.
-- ?1 name, ?2 value. Index: the table's own key.
INSERT INTO meta (name, value) VALUES (?1, ?2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
