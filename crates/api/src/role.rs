//! Who may do what: four roles, and the one table of which act needs which.
//!
//! Each role may do all that the one before it may:
//!
//! | Role | May |
//! |---|---|
//! | `read` | ask anything |
//! | `record` | also tell what happens: every act that is not in the two rows below |
//! | `quality` | also hold, lift, clear, inspect, scrap, correct, void, close exceptions, … |
//! | `admin` | also erase personal data, give out tokens, change the signing key, back up |

use domain::act::{Act, Amendment};
use domain::{Command, ItemRef};

pub use domain::Role;

/// The role a command needs: the highest of its acts'.
#[must_use]
pub fn of(command: &Command) -> Role {
    command.acts.iter().map(of_act).max().unwrap_or(Role::Record)
}

/// The role an act needs.
///
/// Shape: a correction that says what happened instead needs what that would have needed.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line an act; splitting it would hide a gap")]
pub fn of_act(act: &Act<ItemRef>) -> Role {
    match act {
        // Nobody may: the server writes it.
        Act::Erase(_) | Act::NoteAccount(_) => Role::Admin,
        Act::Correct(correct) => match &correct.amendment {
            Amendment::Restate { act } => Role::Quality.max(of_act(act)),
            Amendment::Withdraw | Amendment::Substitute { .. } | Amendment::Retime { .. } => {
                Role::Quality
            }
        },
        Act::Hold(_)
        | Act::ExtendHold(_)
        | Act::Lift(_)
        | Act::Clear(_)
        | Act::Inspect(_)
        | Act::Scrap(_)
        | Act::CloseException(_)
        | Act::VoidSignature(_)
        | Act::FreezeScope(_)
        | Act::ProposeMaster(_)
        | Act::ApproveMaster(_)
        | Act::RejectMaster(_)
        | Act::ActivateMaster(_)
        | Act::RetireMaster(_)
        | Act::Qualify(_)
        | Act::AssignMaster(_)
        | Act::ChangePart(_)
        | Act::PlanOrder(_)
        | Act::ReleaseOrder(_)
        | Act::SplitOrder(_)
        | Act::CloseOrder(_)
        | Act::DefineRange(_)
        | Act::VoidSerials(_)
        | Act::Deviate(_)
        | Act::NotApplicable(_)
        | Act::Dispose(_)
        | Act::Release(_)
        | Act::DefineSchema(_) => Role::Quality,
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::CheckEquipment(_)
        | Act::Create(_)
        | Act::Receive(_)
        | Act::Identify(_)
        | Act::Withdraw(_)
        | Act::Describe(_)
        | Act::Assign(_)
        | Act::IssueSerials(_)
        | Act::Split(_)
        | Act::Merge(_)
        | Act::Count(_)
        | Act::Sample(_)
        | Act::Step(_)
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
        | Act::Except(_)
        | Act::Refuse(_)
        | Act::Import(_)
        | Act::DeclareError(_)
        | Act::Acknowledge(_)
        | Act::AcknowledgeHold(_)
        | Act::SignAgain(_)
        | Act::StartWork(_)
        | Act::Take(_)
        | Act::CloseStep(_)
        | Act::PauseWork(_)
        | Act::ResumeWork(_)
        | Act::AbandonWork(_)
        | Act::OpenNonconformance(_) => Role::Record,
    }
}
