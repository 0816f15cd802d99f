-- What a database is made of. SQLite's own tables, such as statistics, say nothing of ours.
-- Index: none, a few rows.
SELECT type || ' ' || name, sql FROM sqlite_schema
WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name;
