-- Keeps the answer to a command.
-- ?1 id, ?2 hash of its body, ?3 answer. Index: the table's own key.
INSERT INTO command (id, body_hash, answer) VALUES (?1, ?2, ?3);
