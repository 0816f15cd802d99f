-- Every row of `item`, in order: read whole at start.
SELECT idx, state FROM item ORDER BY idx;
