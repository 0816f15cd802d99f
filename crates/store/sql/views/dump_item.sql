-- Every row of `item`, its key first, in the order of its key: to compare two files row by row.
SELECT idx, state FROM item ORDER BY idx;
