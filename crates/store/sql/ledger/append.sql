-- Adds an entry.
-- ?1 position, ?2 received_us, ?3 log, ?4 members. Index: the table's own key.
INSERT INTO entry (position, received_us, log, members) VALUES (?1, ?2, ?3, ?4);
