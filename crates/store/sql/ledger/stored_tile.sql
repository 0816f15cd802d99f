-- A full tile with the hash kept for it.
-- ?1 level, ?2 tile index. Index: UNIQUE (level, tile_index).
SELECT root, hashes FROM tile WHERE level = ?1 AND tile_index = ?2;
