//! The words everything else is said in: ids, codes, times, quantities, identifiers, definitions.

mod code;
mod definition;
mod identifier;
mod meaning;
mod organisation;
mod position;
mod quantity;
mod role;
mod time;

pub use code::*;
pub use definition::*;
pub use identifier::*;
pub use meaning::*;
pub use organisation::*;
pub use position::*;
pub use quantity::*;
pub use role::*;
pub use time::*;

/// Says of a text that does not read which it is; [`crate::misread`] finds it by that.
fn misread<E: serde::de::Error>(text: &str, why: &dyn core::fmt::Display) -> E {
    E::custom(format_args!("`{text}`: {why}"))
}
