-- Removes a measured value.
-- ?1 parameter, ?2 unit, ?3 position, ?4 ordinal. Index: the table's own key.
DELETE FROM measure WHERE parameter = ?1 AND unit = ?2 AND position = ?3 AND ordinal = ?4;
