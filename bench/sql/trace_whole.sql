-- Where an item went, as a person wants to see it: also what each item is, how it stands and
-- where it is. Indexes: edge_by_input, the primary key of item.
WITH RECURSIVE reached (item_id, proven, path) AS (
    SELECT output_id, candidate_line IS NULL, ARRAY[id] FROM edge WHERE input_id = $1
    UNION ALL
    SELECT e.output_id, r.proven AND e.candidate_line IS NULL, r.path || e.id
    FROM reached r JOIN edge e ON e.input_id = r.item_id
), shortest AS (
    SELECT DISTINCT ON (item_id) item_id, proven, path
    FROM reached
    ORDER BY item_id, proven DESC, cardinality(path)
)
SELECT s.item_id, s.proven, s.path, i.kind, i.label, i.part, i.status, i.place
FROM shortest s JOIN item i ON i.id = s.item_id
