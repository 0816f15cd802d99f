-- The writer's connection of a file still being folded: a crash throws it away, so nothing is
-- synced until it takes its place.
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -65536;
