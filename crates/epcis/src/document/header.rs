//! `epcisHeader`: master data that travels with the events.
//!
//! It is checked and kept as text; what it says of places and parties is for the caller to read.

use super::extension::rest;
use super::json::{Kind, Reader, Value};
use super::scalar;
use alloc::string::String;

/// Reads the header and gives its text.
pub(super) fn read(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    let mut fields = value.fields(reader)?;
    fields.optional("epcisMasterData", reader, |value, reader| {
        let mut fields = value.fields(reader)?;
        drop(fields.list("vocabularyList", reader, vocabulary));
        Some(())
    });
    drop(rest(fields, reader));
    Some(value.text.into())
}

/// Checks one vocabulary: the places, the products, or whatever its type says.
pub(super) fn vocabulary(value: Value<'_, '_>, reader: &mut Reader) -> Option<()> {
    let mut fields = value.fields(reader)?;
    fields.required("type", reader, scalar::uri);
    drop(fields.list("vocabularyElementList", reader, element));
    Some(())
}

fn element(value: Value<'_, '_>, reader: &mut Reader) -> Option<()> {
    let mut fields = value.fields(reader)?;
    fields.required("id", reader, scalar::uri);
    drop(fields.list("attributes", reader, attribute));
    drop(fields.list("children", reader, scalar::uri));
    Some(())
}

fn attribute(value: Value<'_, '_>, reader: &mut Reader) -> Option<()> {
    let mut fields = value.fields(reader)?;
    fields.required("id", reader, scalar::uri);
    fields.optional("attribute", reader, |value, reader| {
        match value.kind() {
            Kind::Number | Kind::String | Kind::Object => {}
            Kind::Array | Kind::Boolean | Kind::Null => {
                value.wrong_kind("a number, text or an object", reader);
            }
        }
        Some(())
    })
}
