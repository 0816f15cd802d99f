-- One entry.
-- ?1 position. Index: the table's own key.
SELECT position, received_us, log, members FROM entry WHERE position = ?1;
