-- Removes one row of `item`.
-- ?1 idx. Index: the table's own key.
DELETE FROM item WHERE idx = ?1;
