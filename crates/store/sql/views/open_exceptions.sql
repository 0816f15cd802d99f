-- Open exceptions, in order.
-- ?1 first position, ?2 rows at most. Index: exception_open.
SELECT position, body FROM exception WHERE open = 1 AND position >= ?1 ORDER BY position LIMIT ?2;
