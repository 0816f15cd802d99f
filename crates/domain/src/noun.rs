//! The words everything else is said in: ids, codes, times, quantities, identifiers, definitions.

mod code;
mod definition;
mod identifier;
mod organisation;
mod position;
mod quantity;
mod time;

pub use code::*;
pub use definition::*;
pub use identifier::*;
pub use organisation::*;
pub use position::*;
pub use quantity::*;
pub use time::*;
