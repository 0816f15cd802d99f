-- Every row of `edge`, its key first, in the order of its key: to compare two files row by row.
SELECT idx, body FROM edge ORDER BY idx;
