-- Sets what a code stands for.
-- ?1 kind, ?2 code, ?3 body. Index: the table's own key.
INSERT INTO named (kind, code, body) VALUES (?1, ?2, ?3)
ON CONFLICT (kind, code) DO UPDATE SET body = excluded.body;
