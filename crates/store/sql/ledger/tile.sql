-- The hashes of a full tile.
-- ?1 level, ?2 tile index. Index: UNIQUE (level, tile_index).
SELECT hashes FROM tile WHERE level = ?1 AND tile_index = ?2;
