-- ledger.db: the ground. Rows are only ever added, except the newest unpublished checkpoint, which
-- the next one replaces. Numbers of this file: application_id says "a Tracewright ledger" ("TWLD"),
-- user_version is the format version; a change of shape is a new format version.
PRAGMA application_id = 0x54574C44;
PRAGMA user_version = 1;

-- One row an entry. `log` comes before `members`, so that reading the hashed bytes alone stops
-- before them.
CREATE TABLE entry (
    position    INTEGER PRIMARY KEY, -- 0, 1, 2, … without a gap
    received_us INTEGER NOT NULL,    -- server clock, microseconds since 1970-01-01 UTC
    log         BLOB NOT NULL,       -- the bytes whose hash is the leaf; at most 65,535
    members     BLOB NOT NULL        -- salts, names and values behind the digests in `log`
);

-- Full tiles only (256 hashes, C2SP tlog-tiles). A partial tile is computed from the row below it.
CREATE TABLE tile (
    level      INTEGER NOT NULL, -- 0 holds leaf hashes
    tile_index INTEGER NOT NULL, -- 0, 1, 2, … within its level
    root       BLOB NOT NULL,    -- 32 bytes: the tile's hash, an element of the level above
    hashes     BLOB NOT NULL,    -- 256 hashes of 32 bytes
    UNIQUE (level, tile_index)
);

-- What was answered to a command, so that the same command sent again gets the same answer.
-- Ids sort by time (UUIDv7): the tree grows at its right edge.
CREATE TABLE command (
    id        BLOB PRIMARY KEY, -- 16 bytes
    body_hash BLOB NOT NULL,    -- 32 bytes: SHA-256 of the command's body
    answer    BLOB NOT NULL
) WITHOUT ROWID;

-- Signed tree heads. At most one row is unpublished, and it is the newest.
CREATE TABLE checkpoint (
    size      INTEGER PRIMARY KEY, -- entries the signed head covers
    published INTEGER NOT NULL,    -- 1 once it left the house; then it stays for ever
    note      TEXT NOT NULL        -- C2SP signed note
);
