//! Scenario tables: every rule in both modes, as readable rows.
//!
//! A table is a text file beside this one. `== title` begins a scenario with an empty plant. A
//! line without an arrow is history: it is reported, one minute after the line before, and must
//! break nothing. A line with an arrow is a question: it is asked of the plant and changes
//! nothing. `@09:30` or `@09:30..10:00` says when something was performed; `now 12:00` sets the
//! clock. See `script.rs` for the acts.
//!
//! ```text
//! == a held lot
//! part    MB-09/C lot
//! lot     L1 MB-09/C 100
//! unit    U1 LP-300/F
//! hold    H-1 on L1
//! attempt install L1 into U1 -> TW0012
//! report  install L1 into U1 -> admitted TW0012 holds U1
//! ```

#[cfg(test)]
mod plant;
#[cfg(test)]
mod script;
#[cfg(test)]
mod words;
#[cfg(test)]
mod work;

use std::collections::BTreeSet;
use std::path::Path;

use domain::{Code, Mode};

/// Whether a rule of this crate gives the code, or only what lies around it (resolving names,
/// the queue, roles, schemas of one's own, documents).
fn by_rules(code: Code) -> bool {
    match code {
        Code::UnknownItem
        | Code::AmbiguousItem
        | Code::CommandReused
        | Code::Busy
        | Code::NotAllowed
        | Code::DocumentInvalid => false,
        Code::Malformed
        | Code::UnknownPart
        | Code::UnknownCode
        | Code::TooLarge
        | Code::IdentifierUsed
        | Code::WrongKind
        | Code::OnHold
        | Code::Expired
        | Code::Scrapped
        | Code::Shipped
        | Code::InstalledElsewhere
        | Code::NotAccepted
        | Code::WrongPart
        | Code::WrongRevision
        | Code::MoreThanLeft
        | Code::InTheFuture
        | Code::Cycle
        | Code::NotThere
        | Code::WrongUnit
        | Code::PackedElsewhere
        | Code::CodeTaken
        | Code::NotCorrectable
        | Code::FieldInvalid
        | Code::OutOfLimits
        | Code::BeforeBirth
        | Code::MasterFaulty
        | Code::WrongStage
        | Code::NoInstruction
        | Code::OutsideInstruction
        | Code::OutOfOrder
        | Code::CaptureMissing
        | Code::CaptureUnfit
        | Code::NotQualified
        | Code::SamePerson
        | Code::EquipmentUnfit
        | Code::RecordIncomplete
        | Code::ReviewOutdated
        | Code::NotReleased
        | Code::SignatureMissing
        | Code::NotDemanded
        | Code::OrderForbids
        | Code::OrderFull
        | Code::SerialNotIssued
        | Code::RangeOverlaps
        | Code::QualifiedInHindsight => true,
    }
}

#[test]
fn tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let mut tally = script::Tally::default();
    let mut wrong = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(script::run(&name, &std::fs::read_to_string(file).unwrap(), &mut tally));
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} questions in {} tables", tally.questions, files.len());

    let missing: BTreeSet<String> = Code::ALL
        .iter()
        .filter(|code| by_rules(**code))
        .flat_map(|code| [(*code, Mode::Attempt), (*code, Mode::Report)])
        // What a report names is named, defined or not.
        .filter(|(code, mode)| !(*code == Code::UnknownPart && *mode == Mode::Report))
        .filter(|(code, mode)| !tally.covered.contains(&(*code, *mode == Mode::Attempt)))
        .map(|(code, mode)| format!("{code} {mode:?}"))
        .collect();
    assert!(missing.is_empty(), "no row shows {missing:?}");
}
