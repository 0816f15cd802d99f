-- Every row of `meta`, its key first, in the order of its key: to compare two files row by row.
SELECT name, value FROM meta ORDER BY name;
