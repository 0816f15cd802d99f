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

use core::marker::PhantomData;

/// Reads what a text stands for, where the text lies: it is not copied first.
fn read_text<'de, D, T, W>(de: D, read: impl FnOnce(&str) -> Result<T, W>) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    W: core::fmt::Display,
{
    struct Reading<F, T, W>(F, PhantomData<(T, W)>);

    impl<F, T, W> serde::de::Visitor<'_> for Reading<F, T, W>
    where
        F: FnOnce(&str) -> Result<T, W>,
        W: core::fmt::Display,
    {
        type Value = T;

        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(|why| misread(text, &why))
        }
    }

    de.deserialize_str(Reading(read, PhantomData))
}

/// Says of a text that does not read which it is; [`crate::misread`] finds it by that.
fn misread<E: serde::de::Error>(text: &str, why: &dyn core::fmt::Display) -> E {
    E::custom(format_args!("`{text}`: {why}"))
}
