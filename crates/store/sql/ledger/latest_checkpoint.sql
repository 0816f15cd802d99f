-- The newest checkpoint.
-- Index: the table's own key, its end alone.
SELECT size, published, note FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint);
