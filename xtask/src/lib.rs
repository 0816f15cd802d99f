//! The house rules, as functions that can be tested.
//!
//! Every rule reads a [`repository::Repository`], a snapshot of the working tree held in memory,
//! and returns the [`violation::Violation`]s it found. Because the snapshot can be made up, each
//! rule is proved able to fail. `cargo run -p xtask -- check` and `cargo test -p xtask` run them
//! all on the real tree.
//!
//! Reading order: [`repository`], [`violation`], [`rules`], then the rules themselves.
//!
//! Invariant: a rule does no IO; only [`repository::Repository::read`] does.

pub mod repository;
pub mod violation;

pub mod rules;

pub mod decisions;
pub mod floor;
pub mod links;
pub mod manifests;
pub mod pages;
pub mod purity;
pub mod rejections;
pub mod tidy;

mod markdown;
