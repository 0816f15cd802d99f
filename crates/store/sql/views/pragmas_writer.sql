-- The writer's connection of the served file. A lost tail is folded again (synchronous NORMAL); the
-- checkpoint of the write-ahead log runs on a connection of its own.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -65536;
