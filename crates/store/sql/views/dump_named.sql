-- Every row of `named`, its key first, in the order of its key: to compare two files row by row.
SELECT kind, code, body FROM named ORDER BY kind, code;
