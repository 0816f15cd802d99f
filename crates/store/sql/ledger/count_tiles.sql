-- Tiles of a level, and those of them from an index on.
-- ?1 level, ?2 smallest index. Index: UNIQUE (level, tile_index).
SELECT count(*), count(*) FILTER (WHERE tile_index >= ?2) FROM tile WHERE level = ?1;
