-- How many rows there are.
-- Index: none, every table is counted.
SELECT (SELECT count(*) FROM meta) + (SELECT count(*) FROM item) + (SELECT count(*) FROM edge)
     + (SELECT count(*) FROM named) + (SELECT count(*) FROM item_entry)
     + (SELECT count(*) FROM used) + (SELECT count(*) FROM measure)
     + (SELECT count(*) FROM exception);
