-- Rows outside the numbers the program uses: eight levels of tiles cover 2^64 entries.
-- Index: the tables' own keys and UNIQUE (level, tile_index), their ends alone.
SELECT (SELECT count(*) FROM entry WHERE position < 0)
     + (SELECT count(*) FROM checkpoint WHERE size < 0)
     + (SELECT count(*) FROM tile WHERE level < 0 OR level > 7 OR tile_index < 0)
     + (SELECT count(*) FROM command WHERE id <= x'');
