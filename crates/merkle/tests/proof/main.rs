//! Proof files: what holds, what does not and how it is named, and that a verifier written from the
//! documents says the same.

mod documents;
mod holds;
mod keys;
mod ledger;
mod python;
mod tampering;
