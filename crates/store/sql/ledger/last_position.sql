-- The position of the newest entry; no row in an empty ledger.
-- Index: the table's own key, read from its end.
SELECT position FROM entry ORDER BY position DESC LIMIT 1;
