-- Entries of a range, in order.
-- ?1 first position, ?2 position after the last, ?3 rows at most. Index: the table's own key.
SELECT position, received_us, log, members FROM entry
WHERE position >= ?1 AND position < ?2 ORDER BY position LIMIT ?3;
