-- The last command id before another; null where there is none.
-- ?1 the other id. Index: the table's own key, one place of it.
SELECT max(id) FROM command WHERE id < ?1;
