-- The hashed bytes of a run of entries, in order: the leaves of a partial tile.
-- ?1 first position, ?2 rows at most. Index: the table's own key.
SELECT log FROM entry WHERE position >= ?1 ORDER BY position LIMIT ?2;
