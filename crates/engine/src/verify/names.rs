//! What a fact points at besides items: entries before it, and files.

use std::iter;

use domain::FileRef;
use domain::Position;
use domain::act::{Act, Fact, Value};

/// Entries and files a fact names.
#[derive(Debug, Default)]
pub(super) struct Named<'a> {
    pub(super) entries: Vec<Position>,
    pub(super) files: Vec<&'a FileRef>,
}

#[expect(clippy::too_many_lines, reason = "one arm an act; splitting it would hide a gap")]
pub(super) fn named<'a>(fact: &'a Fact) -> Named<'a> {
    let entries = |entries: &[Position]| Named { entries: entries.to_vec(), files: Vec::new() };
    let files = |files: &'a [FileRef]| Named { entries: Vec::new(), files: files.iter().collect() };
    match fact {
        Act::Correct(v) => entries(&v.entries),
        Act::Except(v) => entries(&[v.entry]),
        Act::CloseException(v) => entries(&[v.exception]),
        Act::VoidSignature(v) => entries(&[v.entry]),
        Act::SignAgain(v) => entries(&[v.entry]),
        Act::CheckEquipment(v) => files(&v.files),
        Act::Inspect(v) => files(&v.files),
        Act::Step(v) => files(&v.files),
        Act::FreezeScope(v) => files(std::slice::from_ref(&v.document)),
        Act::Import(v) => files(std::slice::from_ref(&v.file)),
        Act::Qualify(v) => files(&v.files),
        Act::ProposeMaster(v) => Named {
            entries: Vec::new(),
            files: v
                .master
                .operations
                .iter()
                .flat_map(|operation| &operation.steps)
                .filter_map(|step| step.picture.as_ref())
                .collect(),
        },
        Act::Take(v) => {
            let file = if let Value::File(file) = &v.value { vec![file] } else { Vec::new() };
            Named { entries: iter::once(v.execution).chain(v.instead_of).collect(), files: file }
        }
        Act::CloseStep(v) => {
            let of = iter::once(v.execution).chain(v.inputs.iter().copied());
            entries(&of.chain(v.refusals.iter().copied()).collect::<Vec<_>>())
        }
        Act::OpenNonconformance(v) => entries(v.capture.as_slice()),
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::PlanOrder(_)
        | Act::ReleaseOrder(_)
        | Act::SplitOrder(_)
        | Act::CloseOrder(_)
        | Act::DefineRange(_)
        | Act::IssueSerials(_)
        | Act::VoidSerials(_)
        | Act::DefineSchema(_)
        | Act::Create(_)
        | Act::Receive(_)
        | Act::Identify(_)
        | Act::Withdraw(_)
        | Act::Describe(_)
        | Act::Assign(_)
        | Act::ChangePart(_)
        | Act::NotApplicable(_)
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
        | Act::AcknowledgeHold(_)
        | Act::Scrap(_)
        | Act::Clear(_)
        | Act::Refuse(_)
        | Act::Erase(_)
        | Act::DeclareError(_)
        | Act::NoteAccount(_)
        | Act::ApproveMaster(_)
        | Act::RejectMaster(_)
        | Act::ActivateMaster(_)
        | Act::RetireMaster(_)
        | Act::Acknowledge(_)
        | Act::AssignMaster(_)
        | Act::StartWork(_)
        | Act::PauseWork(_)
        | Act::ResumeWork(_)
        | Act::AbandonWork(_)
        | Act::Deviate(_)
        | Act::Release(_)
        | Act::Dispose(_) => Named::default(),
    }
}
