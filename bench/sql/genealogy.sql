-- What went into what, for the trace: the same edges as in the graph.

DROP TABLE IF EXISTS item, edge;

CREATE TABLE item (
    id bigint NOT NULL,
    kind text NOT NULL,
    label text NOT NULL,
    part text NOT NULL,
    status text NOT NULL,
    place text NOT NULL
);

CREATE TABLE edge (
    id bigint NOT NULL,
    input_id bigint NOT NULL,
    output_id bigint NOT NULL,
    kind text NOT NULL,
    quantity numeric NOT NULL,
    performed_us bigint NOT NULL,
    position bigint NOT NULL,
    -- The candidates it belongs to; absent: it is proven.
    candidate_line int
);
