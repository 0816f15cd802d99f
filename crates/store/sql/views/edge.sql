-- One row of `edge`.
-- ?1 idx. Index: the table's own key.
SELECT body FROM edge WHERE idx = ?1;
