//! What may become of a signature: it is voided by another, and given again.
//!
//! Source: 21 CFR 11.10(e), 11.70; rules ES-14, ES-15.

use alloc::format;

use super::Facts;
use super::check::Check;
use crate::act::{Act, SignAgain, VoidSignature};
use crate::entry::Entry;
use crate::noun::{Meaning, Position};
use crate::rejection::{Code, Finding};

/// What became of a signature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignatureFate {
    /// The entry that voided it.
    pub voided: Option<Position>,
    /// The entry that gave it again.
    pub again: Option<Position>,
}

/// An entry that was signed; what is wrong is said where there is none.
fn signed<F: Facts>(position: Position, check: &mut Check<'_, F>) -> Option<Entry> {
    let detail = match check.facts.entry(position) {
        None => format!("there is no entry {position} of a fact"),
        Some(entry) if entry.context.signed.is_none() => format!("nobody signed entry {position}"),
        Some(entry) => return Some(entry),
    };
    refuse(Code::UnknownCode, detail, check);
    None
}

fn refuse<F: Facts>(code: Code, detail: alloc::string::String, check: &mut Check<'_, F>) {
    check.found.push(Finding::malformed(code, detail, "look at the entry, and name another"));
}

/// A signature is voided once, by a signature of its own.
pub(super) fn void<F: Facts>(v: &VoidSignature, check: &mut Check<'_, F>) {
    check.somebody("voids the signature");
    check.reasoned(&v.reason);
    check.signed(Meaning::Rejected);
    let position = v.entry;
    let Some(entry) = signed(position, check) else { return };
    if matches!(entry.fact, Act::VoidSignature(_)) {
        let detail = format!("entry {position} voids a signature itself: sign again instead");
        return refuse(Code::NotCorrectable, detail, check);
    }
    if let Some(by) = check.facts.signature_of(position).voided {
        let detail = format!("the signature of entry {position} was voided by entry {by}");
        refuse(Code::OutOfOrder, detail, check);
    }
}

/// What was signed is signed again with the same meaning, once that signature holds no more.
pub(super) fn again<F: Facts>(v: &SignAgain, check: &mut Check<'_, F>) {
    check.somebody("signs it again");
    let position = v.entry;
    let Some(entry) = signed(position, check) else { return };
    let Some(before) = &entry.context.signed else { return };
    check.signed_always(before.meaning);
    let fate = check.facts.signature_of(position);
    let holds = |by: &Position| check.facts.signature_of(*by).voided.is_none();
    let again = fate.again.filter(holds);
    let ended = fate.voided.or_else(|| check.facts.superseded(position));
    match (&entry.fact, ended, again) {
        (Act::ApproveMaster(_) | Act::Release(_) | Act::VoidSignature(_), _, _) => {
            let word = entry.fact.word();
            let detail = format!("entry {position} is a {word}, which is made anew");
            refuse(Code::NotCorrectable, detail, check);
        }
        (_, None, _) => {
            let detail = format!("the signature of entry {position} holds");
            refuse(Code::OutOfOrder, detail, check);
        }
        (_, Some(_), Some(by)) => {
            let detail = format!("entry {position} was signed again by entry {by}");
            refuse(Code::OutOfOrder, detail, check);
        }
        (_, Some(_), None) => {}
    }
}
