//! PostgreSQL with a schema written by hand: what a team would build instead.
//!
//! Reading order: `cluster` starts a server of its own and stops it, `wire` talks to it, `facts`
//! gives it the floor's work, `work` work by an instruction, `genealogy` the trace's. What it is
//! given to keep, and how, stands in `bench/sql`.

pub(crate) mod cluster;
pub(crate) mod facts;
pub(crate) mod genealogy;
pub(crate) mod wire;
pub(crate) mod work;
