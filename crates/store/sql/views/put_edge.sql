-- Sets one row of `edge`.
-- ?1 idx, ?2 body. Index: the table's own key.
INSERT INTO edge (idx, body) VALUES (?1, ?2)
ON CONFLICT (idx) DO UPDATE SET body = excluded.body;
