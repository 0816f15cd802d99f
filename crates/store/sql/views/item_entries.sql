-- The entries of an item from a sequence number on.
-- ?1 item, ?2 first sequence number, ?3 rows at most. Index: the table's own key.
SELECT sequence, position FROM item_entry
WHERE item = ?1 AND sequence >= ?2
ORDER BY sequence LIMIT ?3;
