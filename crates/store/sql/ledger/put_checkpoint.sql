-- Adds the newest checkpoint, not yet published. One published for the same size stays as it was
-- seen.
-- ?1 size, ?2 note. Index: the table's own key.
INSERT INTO checkpoint (size, published, note) VALUES (?1, 0, ?2) ON CONFLICT (size) DO NOTHING;
