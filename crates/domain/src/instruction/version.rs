//! A version of a work master as the facts about it make it.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::ToString as _;

use super::{MasterHash, WorkMaster};
use crate::act::{Act, ProposeMaster, either};
use crate::entry::Entry;
use crate::noun::{PersonCode, Position};

/// How far a version has come.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Waits for somebody other than its author.
    InApproval,
    /// Approved, and not yet worked by.
    Approved,
    /// New work is done by it.
    Effective,
    /// Another version took its place; what was begun by it may be finished by it.
    Superseded,
    /// Nothing is done by it any more.
    Retired,
    /// It was never worked by.
    Rejected,
}

impl Stage {
    /// The words for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InApproval => "in approval",
            Self::Approved => "approved",
            Self::Effective => "effective",
            Self::Superseded => "superseded",
            Self::Retired => "retired",
            Self::Rejected => "rejected",
        }
    }
}

/// A version and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Version {
    /// What it says.
    pub master: Box<WorkMaster>,
    /// Its name.
    pub hash: MasterHash,
    /// How far it has come.
    pub stage: Stage,
    /// Who proposed it.
    pub author: Option<PersonCode>,
    /// Who approved it.
    pub approver: Option<PersonCode>,
    /// Which entry approved it.
    pub approved: Option<Position>,
    /// Which entry proposed it.
    pub proposed: Position,
    /// Which entry last changed its stage.
    pub since: Position,
    /// Who has read and understood it.
    pub acknowledged: BTreeSet<PersonCode>,
}

impl Version {
    /// The version an entry proposes.
    #[must_use]
    pub fn proposed(v: &ProposeMaster, entry: &Entry) -> Self {
        Self {
            master: v.master.clone(),
            hash: v.master.hash(),
            stage: Stage::InApproval,
            author: entry.context.performed_by.clone(),
            approver: None,
            approved: None,
            proposed: entry.position,
            since: entry.position,
            acknowledged: BTreeSet::new(),
        }
    }

    /// What becomes of it by an entry about it.
    #[must_use]
    pub fn after(mut self, entry: &Entry) -> Self {
        let by = entry.context.performed_by.clone();
        let stage = match &entry.fact {
            Act::ApproveMaster(_) => {
                self.approver = by;
                self.approved = Some(entry.position);
                Stage::Approved
            }
            Act::RejectMaster(_) => Stage::Rejected,
            Act::ActivateMaster(_) => Stage::Effective,
            Act::RetireMaster(v) if v.successor.is_some() => Stage::Superseded,
            Act::RetireMaster(_) => Stage::Retired,
            Act::Acknowledge(_) => {
                self.acknowledged.extend(by);
                return self;
            }
            either!(
                unworked workings ProposeMaster Qualify AssignMaster StartWork OpenNonconformance
                Dispose Release Refuse
            ) => return self,
        };
        self.stage = stage;
        self.since = entry.position;
        self
    }

    /// The signature of its approval does not hold any more: it has to be approved again before
    /// anything new is done by it. What was begun by it is not undone.
    #[must_use]
    pub fn voided(mut self, entry: &Entry) -> Self {
        self.approver = None;
        self.approved = None;
        if matches!(self.stage, Stage::Approved | Stage::Effective) {
            self.stage = Stage::InApproval;
            self.since = entry.position;
        }
        self
    }

    /// Code and number, as people say it: `WM-LP300 version 3`.
    #[must_use]
    pub fn name(&self) -> alloc::string::String {
        let mut name = self.master.code.to_string();
        name.push_str(" version ");
        name.push_str(&self.master.version.to_string());
        name
    }
}

/// The version a fact is about, where it is about one that was proposed before.
#[must_use]
pub fn subject<R>(fact: &Act<R>) -> Option<&MasterHash> {
    match fact {
        Act::ApproveMaster(v) => Some(&v.master),
        Act::RejectMaster(v) => Some(&v.master),
        Act::ActivateMaster(v) => Some(&v.master),
        Act::RetireMaster(v) => Some(&v.master),
        Act::Acknowledge(v) => Some(&v.master),
        either!(
            unworked workings ProposeMaster Qualify AssignMaster StartWork OpenNonconformance
            Dispose Release Refuse
        ) => None,
    }
}
