-- Sets a measured value.
-- ?1 parameter, ?2 unit, ?3 position, ?4 ordinal, ?5 value. Index: the table's own key.
INSERT INTO measure (parameter, unit, position, ordinal, value) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (parameter, unit, position, ordinal) DO UPDATE SET value = excluded.value;
