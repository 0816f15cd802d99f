-- Sets the entry of an item at one of its sequence numbers.
-- ?1 item, ?2 sequence, ?3 position. Index: the table's own key.
INSERT INTO item_entry (item, sequence, position) VALUES (?1, ?2, ?3)
ON CONFLICT (item, sequence) DO UPDATE SET position = excluded.position;
