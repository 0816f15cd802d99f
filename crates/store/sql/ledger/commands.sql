-- Answered commands by id.
-- ?1 the id before the first, or null, ?2 rows at most. Index: the table's own key.
SELECT id, body_hash, answer FROM command
WHERE id > coalesce(?1, x'') ORDER BY id LIMIT ?2;
