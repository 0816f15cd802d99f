-- The writer's connection. Every commit is on the disk before it is answered (synchronous FULL).
-- The checkpoint of the write-ahead log runs on a connection of its own: in the writer it would
-- hold up single batches for a tenth of a second.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -65536;
