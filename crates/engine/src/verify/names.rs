//! What a fact points at besides items: entries before it, and files.

use domain::FileRef;
use domain::Position;
use domain::act::{Act, Fact};

/// Entries and files a fact names.
#[derive(Debug, Default)]
pub(super) struct Named<'a> {
    pub(super) entries: Vec<Position>,
    pub(super) files: &'a [FileRef],
}

pub(super) fn named(fact: &Fact) -> Named<'_> {
    let entries = |entries: &[Position]| Named { entries: entries.to_vec(), files: &[] };
    let files = |files| Named { entries: Vec::new(), files };
    match fact {
        Act::Correct(v) => entries(&v.entries),
        Act::Except(v) => entries(&[v.entry]),
        Act::CloseException(v) => entries(&[v.exception]),
        Act::CheckEquipment(v) => files(&v.files),
        Act::Inspect(v) => files(&v.files),
        Act::Step(v) => files(&v.files),
        Act::FreezeScope(v) => files(std::slice::from_ref(&v.document)),
        Act::Import(v) => files(std::slice::from_ref(&v.file)),
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::DefineSchema(_)
        | Act::Create(_)
        | Act::Receive(_)
        | Act::Identify(_)
        | Act::Withdraw(_)
        | Act::Describe(_)
        | Act::Assign(_)
        | Act::ChangePart(_)
        | Act::Split(_)
        | Act::Merge(_)
        | Act::Count(_)
        | Act::Sample(_)
        | Act::Install(_)
        | Act::Remove(_)
        | Act::Replace(_)
        | Act::Consume(_)
        | Act::Transform(_)
        | Act::Load(_)
        | Act::Unload(_)
        | Act::Pack(_)
        | Act::Unpack(_)
        | Act::Move(_)
        | Act::Ship(_)
        | Act::ReceiveBack(_)
        | Act::Hold(_)
        | Act::ExtendHold(_)
        | Act::Lift(_)
        | Act::Scrap(_)
        | Act::Clear(_)
        | Act::Refuse(_)
        | Act::Erase(_)
        | Act::DeclareError(_) => Named::default(),
    }
}
