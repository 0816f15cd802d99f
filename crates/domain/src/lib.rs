//! The shop floor as plain data and pure functions.
//!
//! Reading order: [`noun`] (ids, times, quantities, identifiers, definitions), [`act`] (what can
//! be said: one type for commands and facts), [`command`] and [`entry`] (how it is asked and how
//! it is kept), [`rejection`] (the stable codes), [`rules`] (what may be done), [`item`] (what an
//! item's facts add up to, and the balance of a lot), [`instruction`] and [`execution`] (how work
//! is to be done, and one run of it), [`order`] and [`serial`] (what is to be made, and by which
//! numbers), [`account`] (who signs), [`edge`] and [`backflush`] (what
//! went into what), [`start`] (where a trace, a scope or a hold begins).
//!
//! Invariants: no IO, no clock, no randomness, no floats; every function here gives the same
//! answer for the same arguments, so state derived from the ledger can be derived again.

#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod account;
pub mod act;
pub mod backflush;
pub mod command;
pub mod edge;
pub mod entry;
pub mod execution;
pub mod instruction;
pub mod item;
pub mod misread;
pub mod noun;
pub mod order;
pub mod rejection;
pub mod rules;
pub mod serial;
pub mod start;

pub use act::{Act, Fact};
pub use command::{Admitted, Answer, Command, Context, Mode};
pub use entry::{Entry, Touch};
pub use noun::*;
pub use rejection::{Code, Rejection};
