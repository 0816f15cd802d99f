-- Sets an exception.
-- ?1 position, ?2 open, ?3 body. Index: the table's own key.
INSERT INTO exception (position, open, body) VALUES (?1, ?2, ?3)
ON CONFLICT (position) DO UPDATE SET open = excluded.open, body = excluded.body;
