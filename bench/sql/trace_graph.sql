-- Where an item went: every item with its certainty and its shortest evidence path.
-- Index: edge_by_input.
WITH RECURSIVE reached (item_id, proven, path) AS (
    SELECT output_id, candidate_line IS NULL, ARRAY[id] FROM edge WHERE input_id = $1
    UNION ALL
    SELECT e.output_id, r.proven AND e.candidate_line IS NULL, r.path || e.id
    FROM reached r JOIN edge e ON e.input_id = r.item_id
)
SELECT DISTINCT ON (item_id) item_id, proven, path
FROM reached
ORDER BY item_id, proven DESC, cardinality(path)
