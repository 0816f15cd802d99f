-- The roots of a run of full tiles, in order: the elements of a partial tile one level up.
-- ?1 level, ?2 first tile index, ?3 rows at most. Index: UNIQUE (level, tile_index).
SELECT root FROM tile WHERE level = ?1 AND tile_index >= ?2 ORDER BY tile_index LIMIT ?3;
