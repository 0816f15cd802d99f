//! Witnesses: asking them to cosign the ledger's heads, and being one for the ledgers of others.
//!
//! Reading order: [`ask`] is one call to a witness and what its answer means, [`service`] is a
//! witness. When a log's heads are shown to witnesses is `publish`'s business.
//!
//! Source: C2SP `tlog-witness`.

pub mod ask;
pub mod service;
