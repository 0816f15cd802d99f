//! Rules of frozen scopes.

use alloc::format;

use super::Facts;
use super::check::Check;
use crate::act::FreezeScope;
use crate::rejection::{Code, Finding};

/// The numbers of a series run from 0 without a gap, ask the same, and look from later and later.
pub(super) fn freeze<F: Facts>(v: &FreezeScope, check: &mut Check<'_, F>) {
    let before = check.facts.scope(&v.code);
    let (code, number) = (&v.code, v.number);
    match before {
        None if number == 0 => {}
        None => check.found.push(Finding::malformed(
            Code::UnknownCode,
            format!("no scope {code} was frozen"),
            "freeze the scope before its deltas",
        )),
        Some(_) if number == 0 => check.found.push(Finding::malformed(
            Code::CodeTaken,
            format!("a scope {code} was frozen before"),
            "give the scope a new code, or ask for its delta",
        )),
        Some(last) if number != last.number.saturating_add(1) => {
            check.found.push(Finding::malformed(
                Code::CodeTaken,
                format!("scope {code} stands at number {}, this is number {number}", last.number),
                "ask for the delta again: another was written meanwhile",
            ));
        }
        Some(last) if v.query != last.query || v.known_at <= last.known_at => {
            check.malformed(
                &format!("number {number} of scope {code} does not go on from the one before"),
                "ask the same question at a later position",
            );
        }
        Some(_) => {}
    }
}
