//! Rules for work masters and for who may work by them.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;

use super::check::Check;
use super::{Facts, Known};
use crate::act::{
    Acknowledge, ActivateMaster, ApproveMaster, ProposeMaster, Qualify, RejectMaster, RetireMaster,
};
use crate::command::Mode;
use crate::instruction::check::{Fault, Severity, faults};
use crate::instruction::{MasterHash, Stage, Version};
use crate::noun::{Meaning, PersonCode};
use crate::rejection::{Code, Finding, Weight};

/// How many faults of a work master an answer spells out; the check lists them all.
const FAULTS_SHOWN_MAX: usize = 5;

impl<F: Facts> Check<'_, F> {
    /// Something wrong that is about no item.
    pub(super) fn wrong(&mut self, code: Code, detail: String, needed: &str) {
        self.found.push(Finding::rule(code, None, detail, needed));
    }

    /// Who does it is said.
    pub(super) fn somebody(&mut self, what: &str) -> Option<&PersonCode> {
        let person = self.context.performed_by.as_ref();
        if person.is_none() {
            let detail = format!("nobody is named who {what}");
            self.malformed(&detail, "name the person in performedBy");
        }
        self.context.performed_by.as_ref()
    }

    /// The person who does it signs it, and means that by it.
    ///
    /// Where nobody has an account nobody can sign, and none is demanded. What follows from a
    /// decision was signed with it. Source: 21 CFR 11.50, 11.200.
    pub(super) fn signed(&mut self, meaning: Meaning) {
        if self.facts.has_accounts() && self.context.follows.is_none() {
            self.signed_always(meaning);
        }
    }

    /// The person who does it signs it, and means that by it, whoever has accounts.
    pub(super) fn signed_always(&mut self, meaning: Meaning) {
        let detail = match &self.context.signed {
            Some(signed) if signed.meaning != meaning => {
                format!("it is signed as {}, not as {meaning}", signed.meaning)
            }
            Some(signed) if self.context.performed_by.as_ref() != Some(&signed.signer) => {
                format!("it is signed by {} for somebody else", signed.signer)
            }
            Some(_) => return,
            None => "nobody signed it".to_owned(),
        };
        let needed = format!("sign it as {meaning}, with your own account");
        self.wrong(Code::SignatureMissing, detail, &needed);
    }

    pub(super) fn reasoned(&mut self, reason: &str) {
        if reason.trim().is_empty() {
            self.malformed("the reason is empty", "say why");
        }
    }

    /// A version that is known; what is wrong is said where it is not.
    fn version(&mut self, hash: &MasterHash) -> Option<Version> {
        let version = self.facts.version(hash).cloned();
        if version.is_none() {
            let detail = format!("no version of a work master is named {hash}");
            self.malformed(&detail, "propose it first, or mend the hash");
        }
        version
    }

    /// It is at one of these stages.
    fn at_stage(&mut self, version: &Version, stages: &[Stage], needed: &str) {
        if !stages.contains(&version.stage) {
            let detail = format!("{} is {}", version.name(), version.stage.word());
            self.wrong(Code::WrongStage, detail, needed);
        }
    }
}

pub(super) fn propose<F: Facts>(v: &ProposeMaster, check: &mut Check<'_, F>) {
    check.somebody("proposes it");
    check.reasoned(&v.reason);
    let found = faults(&v.master, check.context.performed, check.facts);
    let errors = found.iter().filter(|fault| fault.severity == Severity::Error);
    let count = errors.clone().count();
    for fault in errors.take(FAULTS_SHOWN_MAX) {
        check.wrong(Code::MasterFaulty, said(fault), &fault.needed);
    }
    if count > FAULTS_SHOWN_MAX {
        let detail = format!("{count} errors in all");
        check.wrong(Code::MasterFaulty, detail, "check the file for the whole list");
    }
    let used = check
        .facts
        .versions_of(&v.master.code)
        .into_iter()
        .find(|version| version.master.version == v.master.version)
        .map(|version| format!("{} was proposed before", version.name()));
    if let Some(detail) = used {
        check.wrong(Code::CodeTaken, detail, "give it the next version number");
    }
    let other = check
        .facts
        .versions_of(&v.master.code)
        .into_iter()
        .find(|other| {
            let (one, another) = (&other.master, &v.master);
            one.part.number != another.part.number || one.kind != another.kind
        })
        .map(|other| {
            format!("{} makes another part, or is for another kind of work", other.name())
        });
    if let Some(detail) = other {
        check.wrong(Code::CodeTaken, detail, "give what makes another part a code of its own");
    }
}

/// A fault in one line: `OP10/S2/torque: its limits …`.
fn said(fault: &Fault) -> String {
    if fault.at.is_empty() { fault.what.clone() } else { format!("{}: {}", fault.at, fault.what) }
}

pub(super) fn approve<F: Facts>(v: &ApproveMaster, check: &mut Check<'_, F>) {
    let person = check.somebody("approves it").cloned();
    check.signed(Meaning::Approved);
    let Some(version) = check.version(&v.master) else { return };
    check.at_stage(&version, &[Stage::InApproval], "approve what waits for approval");
    if let (Some(person), Some(author)) = (&person, &version.author)
        && person == author
    {
        let detail = format!("{author} wrote {} and would approve it", version.name());
        check.wrong(Code::SamePerson, detail, "have another person approve it");
    }
}

pub(super) fn reject<F: Facts>(v: &RejectMaster, check: &mut Check<'_, F>) {
    check.somebody("rejects it");
    check.reasoned(&v.reason);
    let Some(version) = check.version(&v.master) else { return };
    let needed = "retire what is effective instead";
    check.at_stage(&version, &[Stage::InApproval, Stage::Approved], needed);
}

pub(super) fn activate<F: Facts>(v: &ActivateMaster, check: &mut Check<'_, F>) {
    check.somebody("makes it effective");
    let Some(version) = check.version(&v.master) else { return };
    check.at_stage(&version, &[Stage::Approved], "have it approved first");
    let other = check
        .facts
        .effective(&version.master.part)
        .into_iter()
        .find(|other| {
            other.master.kind == version.master.kind
                && other.master.part == version.master.part
                && other.master.code != version.master.code
        })
        .map(|other| format!("{} is effective for {}", other.name(), other.master.part));
    if let Some(detail) = other {
        check.wrong(Code::WrongStage, detail, "retire it first: a part is made in one way");
    }
    let newer = check
        .facts
        .versions_of(&version.master.code)
        .into_iter()
        .find(|other| {
            other.stage == Stage::Effective
                && other.master.part == version.master.part
                && other.master.version > version.master.version
        })
        .map(|other| format!("{} is effective already", other.name()));
    if let Some(detail) = newer {
        check.wrong(Code::WrongStage, detail, "propose the old content as a new version");
    }
}

pub(super) fn retire<F: Facts>(v: &RetireMaster, check: &mut Check<'_, F>) {
    check.somebody("retires it");
    check.reasoned(&v.reason);
    let Some(version) = check.version(&v.master) else { return };
    let needed = "retire what is or was effective";
    check.at_stage(&version, &[Stage::Effective, Stage::Superseded], needed);
    if v.successor.is_some() && check.context.follows.is_none() {
        check.malformed("a successor is named", "activate the successor: it retires this one");
    }
}

pub(super) fn acknowledge<F: Facts>(v: &Acknowledge, check: &mut Check<'_, F>) {
    check.somebody("has read it");
    let Some(version) = check.version(&v.master) else { return };
    let stages = [Stage::Approved, Stage::Effective, Stage::Superseded];
    check.at_stage(&version, &stages, "read it once it is approved");
}

pub(super) fn qualify<F: Facts>(v: &Qualify, check: &mut Check<'_, F>) {
    check.known(Known::Person, Some(&v.person));
    check.reasoned(&v.reason);
    if check.context.performed_by.as_ref() == Some(&v.person) {
        let detail = format!("{} would qualify {} for {}", v.person, v.person, v.qualification);
        check.wrong(Code::SamePerson, detail, "have another person say so");
    }
    in_hindsight(v, check);
}

/// What was done before a qualification was recorded is not covered by it, unless a certificate
/// shows since when it holds; then somebody looks at what it covers.
fn in_hindsight<F: Facts>(v: &Qualify, check: &mut Check<'_, F>) {
    let from = check.context.performed.from;
    // What is said to be over by now gives nothing.
    if from >= check.now || v.until.is_some_and(|until| until <= check.now) {
        return;
    }
    let detail =
        format!("{} is said to be qualified for {} since {from}", v.person, v.qualification);
    let (needed, weight) = match check.context.mode {
        Mode::Attempt => ("leave the time out, or report it with the certificate", Weight::Rule),
        Mode::Report if v.files.is_empty() => (
            "it counts from now on: add the certificate for it to count earlier",
            Weight::Exception,
        ),
        Mode::Report => ("look at the work it covers afterwards", Weight::Exception),
    };
    let finding = Finding::rule(Code::QualifiedInHindsight, None, detail, needed);
    check.found.push(Finding { weight, ..finding });
}
