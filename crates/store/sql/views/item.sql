-- One row of `item`.
-- ?1 idx. Index: the table's own key.
SELECT state FROM item WHERE idx = ?1;
