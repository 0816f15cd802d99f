//! Fields the standard does not define.

use super::event::Extension;
use super::json::{Fields, Path, Reader};
use super::problem::Code;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

/// Takes what is left of an object as fields of somebody's own; each must be in a namespace.
pub(super) fn rest(fields: Fields<'_, '_>, reader: &mut Reader) -> Vec<Extension> {
    let mut extensions = Vec::new();
    fields.rest(reader, |name, value, reader| {
        if is_comment(&name, value.path, reader) {
            return;
        }
        check_name(&name, value.path, reader);
        extensions.push(Extension { name, json: value.text.to_owned() });
    });
    extensions
}

/// Refuses what is left of an object that admits no fields of somebody's own.
pub(super) fn close(fields: Fields<'_, '_>, reader: &mut Reader) {
    fields.rest(reader, |name, value, reader| {
        if is_comment(&name, value.path, reader) {
            return;
        }
        let message = format!("{name:?} is not a field here, and none may be added");
        reader.problem(value.path, Code::UnknownField, message);
    });
}

/// Whether a field is a remark to people, as senders write them: a name without a namespace that
/// begins with `_`. It says nothing, so it is left in the text and becomes a finding.
fn is_comment(name: &str, path: &Path<'_>, reader: &mut Reader) -> bool {
    let is_comment = name.starts_with('_') && !name.contains(':');
    if is_comment {
        reader.finding(path, Code::CommentIgnored, format!("{name:?} is taken for a remark"));
    }
    is_comment
}

fn check_name(name: &str, path: &Path<'_>, reader: &mut Reader) {
    if !crate::uri::is_uri(name) {
        let message = format!("{name:?} is not a field of the standard and has no namespace");
        reader.problem(path, Code::UnknownField, message);
    } else if !reader.scope.declares(name) {
        let message = format!("no @context declares the prefix of {name:?}");
        reader.problem(path, Code::UndeclaredPrefix, message);
    }
}
