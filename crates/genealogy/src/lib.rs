//! The in-memory graph of what went into what: trace and scope; pure.
