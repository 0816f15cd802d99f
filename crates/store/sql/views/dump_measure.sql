-- Every row of `measure`, its key first, in the order of its key: to compare two files row by row.
SELECT parameter, unit, position, ordinal, value
FROM measure
ORDER BY parameter, unit, position, ordinal;
