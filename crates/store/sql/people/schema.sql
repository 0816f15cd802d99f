-- people.db: one key a person, under which the person's erasable values are sealed in the ledger.
-- Ground state outside the ledger. Destroying a key makes everything sealed under it unreadable for
-- ever. Numbers of this file: application_id says "Tracewright keys of people" ("TWPE"),
-- user_version the format.
PRAGMA application_id = 0x54575045;
PRAGMA user_version = 1;

CREATE TABLE person_key (
    person TEXT PRIMARY KEY, -- the person's code
    -- 8 random bytes carried by each sealed value: they tell an erased key from a damaged value.
    name   BLOB NOT NULL,
    secret BLOB NOT NULL     -- 32 random bytes
) WITHOUT ROWID;
