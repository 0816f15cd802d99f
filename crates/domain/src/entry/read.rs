//! Members as the fields of a value: each text is read into its field at once, without a tree in
//! between.

use alloc::vec::Vec;
use core::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde_json::Error;

/// The fields of one object, by name.
pub(super) type Fields<'de> = Vec<(&'de str, Field<'de>)>;

/// Fields as something to read an object from.
///
/// The fields stay where they are: if they do not read, it is asked which of them is to blame.
pub(super) fn object<'de>(fields: &Fields<'de>) -> impl Deserializer<'de, Error = Error> {
    MapDeserializer::new(fields.iter().map(|(name, field)| (*name, field.clone())))
}

/// What stands for one field.
#[derive(Clone)]
pub(super) enum Field<'de> {
    /// Its JSON text.
    Text(&'de str),
    /// The JSON texts of its elements.
    Singly(Vec<&'de str>),
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Singly(texts) => f.debug_list().entries(texts).finish(),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for Field<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! read_texts {
    ($($method:ident($($name:ident: $ty:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self, $($name: $ty,)* visitor: V) -> Result<V::Value, Error> {
            match self {
                Self::Text(text) => {
                    let mut json = serde_json::Deserializer::from_str(text);
                    let value = json.$method($($name,)* visitor)?;
                    json.end()?;
                    Ok(value)
                }
                Self::Singly(texts) => {
                    let elements = texts.into_iter().map(Self::Text);
                    visitor.visit_seq(SeqDeserializer::new(elements))
                }
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Field<'de> {
    type Error = Error;

    read_texts! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
}
