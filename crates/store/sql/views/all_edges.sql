-- Every row of `edge`, in order: read whole at start.
SELECT idx, body FROM edge ORDER BY idx;
