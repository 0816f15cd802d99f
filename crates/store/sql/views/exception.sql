-- One exception.
-- ?1 position. Index: the table's own key.
SELECT open, body FROM exception WHERE position = ?1;
