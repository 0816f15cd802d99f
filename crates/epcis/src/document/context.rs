//! `@context`: which prefixes a document declares.
//!
//! Contexts that are only named by their address are not fetched. The context of EPCIS itself is
//! known; where another address is named, any prefix may have been declared there, so none is
//! called undeclared.

use super::json::{Kind, Reader, Value};
use super::problem::Code;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// Prefixes the EPCIS 2.0 context declares.
const STANDARD_PREFIXES: &[&str] =
    &["epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"];

/// Schemes of full URIs, which need no declaration.
const SCHEMES: &[&str] = &["http", "https", "urn", "tag", "did", "ni"];

/// Name of the file of the EPCIS 2.0 context, at whichever of GS1's addresses.
const STANDARD_CONTEXT: &str = "epcis-context.jsonld";

/// Entries of a list of contexts that are compared to find duplicates.
const CONTEXTS_COMPARED_MAX: usize = 64;

/// The prefixes that may be used at one place of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    prefixes: BTreeSet<String>,
    names_foreign_context: bool,
}

impl Scope {
    /// Whether a field name, already known to be a URI, is in a declared namespace.
    pub(super) fn declares(&self, name: &str) -> bool {
        let Some((prefix, rest)) = name.split_once(':') else { return false };
        self.names_foreign_context
            || rest.starts_with("//")
            || SCHEMES.contains(&prefix)
            || STANDARD_PREFIXES.contains(&prefix)
            || self.prefixes.contains(prefix)
    }
}

/// Reads a `@context` into the scope of the reader and gives its text.
pub(super) fn read(value: Value<'_, '_>, reader: &mut Reader) -> Option<String> {
    match value.kind() {
        Kind::Array => read_all(value, reader)?,
        Kind::Object | Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {
            read_one(value, reader)?;
        }
    }
    Some(value.text.into())
}

fn read_all(value: Value<'_, '_>, reader: &mut Reader) -> Option<()> {
    let mut seen: Vec<serde_json::Value> = Vec::new();
    value.items(reader, |item, reader| {
        // Equality of JSON values, as a set has it, not of their text. Beyond the limit the
        // comparison of each with each would cost too much, and no real list is that long.
        if seen.len() < CONTEXTS_COMPARED_MAX
            && let Ok(parsed) = serde_json::from_str(item.text)
        {
            if seen.contains(&parsed) {
                reader.problem(item.path, Code::DuplicateValue, "the same context stands twice");
            }
            seen.push(parsed);
        }
        read_one(item, reader)
    })?;
    Some(())
}

fn read_one(value: Value<'_, '_>, reader: &mut Reader) -> Option<()> {
    match value.kind() {
        Kind::String => {
            let address = super::scalar::uri(value, reader)?;
            reader.scope.names_foreign_context |= !address.ends_with(STANDARD_CONTEXT);
        }
        Kind::Object => {
            let fields = value.fields(reader)?;
            fields.rest(reader, |name, _, reader| reader.scope.prefixes.extend([name]));
        }
        Kind::Array | Kind::Number | Kind::Boolean | Kind::Null => {
            value.wrong_kind("the address of a context or an object of prefixes", reader);
        }
    }
    Some(())
}
