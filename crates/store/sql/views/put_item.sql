-- Sets one row of `item`.
-- ?1 idx, ?2 state. Index: the table's own key.
INSERT INTO item (idx, state) VALUES (?1, ?2)
ON CONFLICT (idx) DO UPDATE SET state = excluded.state;
