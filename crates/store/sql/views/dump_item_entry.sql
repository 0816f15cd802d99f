-- Every row of `item_entry`, its key first, in the order of its key: to compare two files row by
-- row.
SELECT item, sequence, position FROM item_entry ORDER BY item, sequence;
