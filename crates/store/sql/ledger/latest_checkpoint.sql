-- The newest checkpoint.
-- Index: the table's own key, read from its end.
SELECT size, published, note FROM checkpoint ORDER BY size DESC LIMIT 1;
