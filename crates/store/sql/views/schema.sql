-- views.db: what was folded from the ledger. Deletable: a missing, older or damaged one is folded
-- again. Blobs are encoded by the engine. Numbers of this file: application_id says "Tracewright
-- views" ("TWVW"), user_version is the version of this schema; another one means a refold, never a
-- migration.
PRAGMA application_id = 0x54575657;
PRAGMA user_version = 1;

-- ledger_id, fold_version and applied_position: the number of entries these rows stand at.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- Items of the genealogy, by their index in the graph.
CREATE TABLE item (
    idx   INTEGER PRIMARY KEY,
    state BLOB NOT NULL
);

-- Edges of the genealogy, by their index in the graph.
CREATE TABLE edge (
    idx  INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

-- Everything known by a code: definitions, orders, stations, persons, holds, …
CREATE TABLE named (
    kind INTEGER NOT NULL,
    code TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, code)
) WITHOUT ROWID;

-- The entries of an item, by the item's own sequence number.
CREATE TABLE item_entry (
    item     INTEGER NOT NULL, -- item.idx
    sequence INTEGER NOT NULL,
    position INTEGER NOT NULL, -- in the ledger
    PRIMARY KEY (item, sequence)
) WITHOUT ROWID;

-- Where something (equipment, station, person, program, run, order, …) was used: an entry and the
-- time it covers. `length_class` groups windows by their length (class c: at most 16^c seconds, the
-- last class: any), so that "what overlaps this window" reads one short stretch of the key a class
-- and not everything before the window.
CREATE TABLE used (
    kind         INTEGER NOT NULL,
    code         TEXT NOT NULL,
    length_class INTEGER NOT NULL,
    from_us      INTEGER NOT NULL,
    to_us        INTEGER NOT NULL,
    position     INTEGER NOT NULL, -- in the ledger
    PRIMARY KEY (kind, code, length_class, from_us, position)
) WITHOUT ROWID;

-- Measured values, for bands of a parameter. `value` is a decimal string, never a float.
CREATE TABLE measure (
    parameter TEXT NOT NULL,
    unit      TEXT NOT NULL,    -- unit code of `value`
    position  INTEGER NOT NULL, -- in the ledger
    ordinal   INTEGER NOT NULL, -- 0, 1, … within the entry
    value     TEXT NOT NULL,
    PRIMARY KEY (parameter, unit, position, ordinal)
) WITHOUT ROWID;

-- Exceptions, by the entry that raised them.
CREATE TABLE exception (
    position INTEGER PRIMARY KEY, -- in the ledger
    open     INTEGER NOT NULL,    -- 1 until it is closed
    body     BLOB NOT NULL
);
CREATE INDEX exception_open ON exception (position) WHERE open = 1;
