-- Removes an exception.
-- ?1 position. Index: the table's own key.
DELETE FROM exception WHERE position = ?1;
