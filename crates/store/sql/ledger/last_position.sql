-- The position of the newest entry; null in an empty ledger.
-- Index: the table's own key, its end alone.
SELECT max(position) FROM entry;
