//! ledger.db, views.db, keys and files on disk.
