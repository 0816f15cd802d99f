//! The in-memory graph of what went into what; trace and scope; pure.
//!
//! Reading order: [`Edge`] (what an edge says) and [`View`] (what of it is seen), [`Graph`] (how
//! edges are kept: about 32 bytes each), [`Trace`] (what was in it, where did it go, when can it
//! have become suspect), [`Scope`] (proven, possible, cleared, each with its
//! evidence), [`Captured`] (which lines of a bill of material nobody captured).
//!
//! Invariants: the graph is given edges and answers questions; it does not know where edges are
//! kept. No IO, no clock, no randomness, no floats; the same edges added in the same order give
//! the same answers, in the same order.
//!
//! Limits: [`EDGES_MAX`] edges; a trace or scope takes a limit of items and says when it
//! met it.

#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod edge;
mod graph;
mod reach;
mod scope;
mod trace;

pub use edge::{Edge, EdgeIndex, ItemIndex, Removed, View};
pub use graph::{Delta, EDGES_MAX, Graph, Inputs, OutOfOrder, Outputs};
pub use scope::{
    Captured, Catalog, Cause, Evidence, Line, MissingLine, Reason, Scope, ScopeItem, Standing,
    Suspect, Widening, captured, scope,
};
pub use trace::{Certainty, Direction, Numbering, Reached, Start, Trace};
