-- Every exception, in order: read whole at start.
SELECT position, open, body FROM exception ORDER BY position;
