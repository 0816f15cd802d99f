-- Every row of `exception`, its key first, in the order of its key: to compare two files row by
-- row.
SELECT position, open, body FROM exception ORDER BY position;
