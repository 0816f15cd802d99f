-- Adds a full tile.
-- ?1 level, ?2 tile index, ?3 root, ?4 its 256 hashes. Index: UNIQUE (level, tile_index).
INSERT INTO tile (level, tile_index, root, hashes) VALUES (?1, ?2, ?3, ?4);
