-- The measured values of a parameter in one unit, by position.
-- ?1 parameter, ?2 unit. Index: the table's own key.
SELECT position, ordinal, value FROM measure
WHERE parameter = ?1 AND unit = ?2
ORDER BY position, ordinal;
