//! Tree, proofs, checkpoints, proof files and their offline verification; pure.
//!
//! Everything here turns bytes into bytes or into a verdict. The crate decides what an entry of the
//! ledger looks like as bytes, how entries are hashed into a tree, how a head of the tree is
//! signed, and what somebody who trusts nobody can conclude from a proof file.
//!
//! Reading order:
//!
//! 1. [`hash`]: the one hash function.
//! 2. [`mod@entry`]: an entry as *log bytes* over digests of salted members.
//! 3. [`tree`]: the RFC 6962 tree over log bytes; tiles, the writer's edge, proofs.
//! 4. [`note`], [`checkpoint`]: signed heads of the tree and cosignatures, after C2SP.
//! 5. [`keychain`]: which key signs heads, read from the ledger's own entries.
//! 6. [`witness`]: what a log asks of a witness, and when a witness must refuse.
//! 7. [`signature`]: what a person signs.
//! 8. [`proof`]: proof files and what verification says about them.
//!
//! Invariants: stored and sent bytes carry a format version, and golden tests pin them; decoders
//! accept exactly one encoding of a value and never panic, whatever they are given; every count and
//! length has a named limit. The formats are written down in `docs/formats`.

#![no_std]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic, clippy::wildcard_enum_match_arm)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod checkpoint;
pub mod entry;
pub mod hash;
pub mod keychain;
pub mod note;
pub mod proof;
pub mod signature;
pub mod tree;
pub mod witness;

pub use entry::{Header, LedgerId, Member, MemberState};
pub use hash::Hash;
