-- Sets a use of something.
-- ?1 kind, ?2 code, ?3 length_class, ?4 from_us, ?5 to_us, ?6 position. Index: the table's own key.
INSERT INTO used (kind, code, length_class, from_us, to_us, position)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (kind, code, length_class, from_us, position) DO UPDATE SET to_us = excluded.to_us;
