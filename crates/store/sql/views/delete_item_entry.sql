-- Removes the entry of an item at one of its sequence numbers.
-- ?1 item, ?2 sequence. Index: the table's own key.
DELETE FROM item_entry WHERE item = ?1 AND sequence = ?2;
