-- Both directions, with what a trace needs of an edge in the index, so that it need not look at
-- the table.

ALTER TABLE item ADD PRIMARY KEY (id);
ALTER TABLE edge ADD PRIMARY KEY (id);
CREATE INDEX edge_by_input ON edge (input_id) INCLUDE (output_id, id, candidate_line);
CREATE INDEX edge_by_output ON edge (output_id) INCLUDE (input_id, id, candidate_line);
VACUUM ANALYZE item;
VACUUM ANALYZE edge
