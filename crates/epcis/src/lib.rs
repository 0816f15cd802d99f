//! GS1 identifiers and EPCIS 2.0 documents; pure.
//!
//! Reading order:
//! 1. [`identifier`]: EPC URIs and GS1 Digital Link URIs become one [`Identifier`], so that the
//!    same thing written in two ways compares equal.
//! 2. [`vocabulary`]: the words of the Core Business Vocabulary, in every form they are written in.
//! 3. [`document`]: [`Document::parse`] reads JSON or JSON-LD and answers with typed [`Event`]s,
//!    or with every problem found.
//! 4. [`capture`]: [`capture::plan`] turns an event into the commands that report it.
//!
//! **Invariant:** no number passes through a binary float; digits are kept as they were written.
//! **Invariant:** each event keeps the text it was read from.
//! **Invariant:** input of any kind is answered, never panicked on, and in bounded memory.
//!
//! Source: GS1 EPCIS 2.0 and its JSON Schema, GS1 CBV 2.0, GS1 EPC Tag Data Standard 2.x,
//! GS1 Digital Link URI Syntax.

#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod capture;
pub mod document;
pub mod identifier;
mod uri;
pub mod vocabulary;

pub use document::event::Event;
pub use document::{Document, Problem};
pub use identifier::Identifier;
pub use vocabulary::Term;
