-- Checkpoints from a size on, in order.
-- ?1 smallest size, ?2 rows at most. Index: the table's own key.
SELECT size, published, note FROM checkpoint WHERE size >= ?1 ORDER BY size LIMIT ?2;
