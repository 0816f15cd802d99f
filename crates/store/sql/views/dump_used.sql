-- Every row of `used`, its key first, in the order of its key: to compare two files row by row.
SELECT kind, code, length_class, from_us, position, to_us
FROM used
ORDER BY kind, code, length_class, from_us, position;
