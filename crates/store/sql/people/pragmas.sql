-- A key that was deleted must not survive in a free page (secure_delete) nor in a journal: the
-- rollback journal is cut to nothing, and that is synced, before a commit returns (TRUNCATE with
-- FULL).
PRAGMA journal_mode = TRUNCATE;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
