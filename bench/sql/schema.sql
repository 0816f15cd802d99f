-- The rival: what a good engineer would write by hand to keep the same facts.
--
-- No foreign keys on the tables that are written at speed: the functions check what they would
-- check, and each would take a lock on a row everybody shares. There is no tree of hashes: nothing
-- here shows that a row was changed afterwards.

CREATE TABLE party (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE station (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE equipment (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE person (code text PRIMARY KEY, name text NOT NULL);

CREATE TABLE part (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    name text NOT NULL,
    by_serial boolean NOT NULL
);

CREATE TABLE bom_line (
    parent_part_id int NOT NULL REFERENCES part,
    part_id int NOT NULL REFERENCES part,
    quantity numeric NOT NULL,
    PRIMARY KEY (parent_part_id, part_id)
);

CREATE TABLE work_order (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    part_id int NOT NULL REFERENCES part,
    quantity numeric NOT NULL
);

CREATE SEQUENCE item_id;
CREATE SEQUENCE fact_position;

-- Units. Every fact on a unit updates its row (its own sequence number), which no index sees, so
-- the new version finds room on the same page.
CREATE TABLE unit (
    id bigint PRIMARY KEY,
    part_id int NOT NULL,
    order_id int NOT NULL,
    whereabouts text NOT NULL DEFAULT 'in process',
    fact_count bigint NOT NULL DEFAULT 1,
    last_position bigint NOT NULL
) WITH (fillfactor = 60);

-- Lots. A few rows that everybody updates: a page has room for many versions of one.
CREATE TABLE lot (
    id bigint PRIMARY KEY,
    part_id int NOT NULL,
    whereabouts text NOT NULL DEFAULT 'in stock',
    accepted boolean NOT NULL,
    expires_at timestamptz,
    quantity_left numeric NOT NULL,
    fact_count bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 10);

-- What items are called; a value never passes to another item.
CREATE TABLE identifier (
    scheme text NOT NULL,
    value text NOT NULL,
    item_id bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (value, scheme)
);

CREATE TABLE hold (
    code text PRIMARY KEY,
    item_id bigint NOT NULL,
    reason text NOT NULL,
    placed_at timestamptz NOT NULL,
    lifted_at timestamptz
);
CREATE INDEX hold_open_by_item ON hold (item_id) WHERE lifted_at IS NULL;

-- Every fact, with the item it is about, that item's own sequence number, and who, when, where.
CREATE TABLE fact (
    position bigint NOT NULL,
    command_id uuid NOT NULL,
    kind text NOT NULL,
    item_id bigint NOT NULL,
    item_sequence bigint NOT NULL,
    item_previous bigint,
    performed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    order_id int,
    station text,
    equipment text,
    performed_by text,
    recorded_by text NOT NULL,
    body jsonb
);
CREATE UNIQUE INDEX fact_by_command ON fact (command_id);
CREATE INDEX fact_by_item ON fact (item_id, performed_at);
CREATE INDEX fact_by_station ON fact (station, performed_at);

-- What went into what, both ways.
CREATE TABLE edge (
    input_id bigint NOT NULL,
    output_id bigint NOT NULL,
    kind text NOT NULL,
    quantity numeric NOT NULL,
    performed_at timestamptz NOT NULL,
    position bigint NOT NULL
);
CREATE INDEX edge_by_input ON edge (input_id);
CREATE INDEX edge_by_output ON edge (output_id);
