-- Removes one row of `edge`.
-- ?1 idx. Index: the table's own key.
DELETE FROM edge WHERE idx = ?1;
