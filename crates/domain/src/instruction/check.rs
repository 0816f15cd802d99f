//! What is wrong with a work master before anybody works by it.
//!
//! An *error* makes the work impossible or the record meaningless, and forbids to propose it; a
//! *warning* is something a person should have seen.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Display;

use super::{
    CAPTURES_MAX, Capture, Measurement, OPERATIONS_MAX, Operation, STEPS_MAX, Step, TIMES_MAX,
    WorkMaster,
};
use crate::noun::{
    Amount, BomLine, Interval, OperationCode, OrderKind, Part, PersonCode, QualificationCode, Role,
    Tracking,
};
use crate::rules::{Facts, Known, lines};

/// Most digits after the point a measurement may demand: what an exact amount can carry.
const DECIMALS_MAX: u8 = 12;

/// How bad a fault is.
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
pub enum Severity {
    /// It cannot be proposed.
    Error,
    /// Somebody should have seen it.
    Warning,
}

/// Something wrong.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// Where: `OP10/S2/torque`; empty: the work master as a whole.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub needed: String,
}

/// Everything wrong with a work master, errors first.
#[must_use]
pub fn faults(master: &WorkMaster, now: Interval, facts: &impl Facts) -> Vec<Fault> {
    let mut checker = Checker { master, now, facts, faults: Vec::new() };
    checker.whole();
    checker.route();
    for operation in master.operations.iter().take(OPERATIONS_MAX) {
        checker.operation(operation);
    }
    checker.material();
    let mut faults = checker.faults;
    faults.sort_by_key(|fault| fault.severity);
    faults
}

struct Checker<'a, F> {
    master: &'a WorkMaster,
    now: Interval,
    facts: &'a F,
    faults: Vec<Fault>,
}

impl<F: Facts> Checker<'_, F> {
    fn say(&mut self, severity: Severity, at: String, what: String, needed: &str) {
        self.faults.push(Fault { severity, at, what, needed: needed.into() });
    }

    fn error(&mut self, at: String, what: String, needed: &str) {
        self.say(Severity::Error, at, what, needed);
    }

    fn warning(&mut self, at: String, what: String, needed: &str) {
        self.say(Severity::Warning, at, what, needed);
    }

    fn whole(&mut self) {
        let master = self.master;
        self.counted("", "operations", master.operations.len(), OPERATIONS_MAX);
        self.worded("", "title", &master.title);
        if master.version == 0 {
            self.error(String::new(), "its version is 0".into(), "count versions from 1");
        }
        if self.facts.material(&master.part).is_none() {
            let what = format!("no material {} is defined", master.part);
            self.error("part".into(), what, "define the material and its revision first");
        }
        self.unlike("", "operation", master.operations.iter().map(|op| &op.code));
    }

    fn counted(&mut self, at: &str, what: &str, count: usize, max: usize) {
        if count == 0 {
            self.error(at.into(), format!("it has no {what}"), "write at least one");
        } else if count > max {
            let what = format!("it has {count} {what}, at most {max} are allowed");
            self.error(at.into(), what, "part it");
        }
    }

    fn worded(&mut self, at: &str, what: &str, text: &str) {
        if text.trim().is_empty() {
            self.error(at.into(), format!("its {what} is empty"), "say it in words");
        }
    }

    fn unlike<'c, C: Display + Ord + 'c>(
        &mut self,
        at: &str,
        what: &str,
        codes: impl Iterator<Item = &'c C>,
    ) {
        let mut seen = BTreeSet::new();
        for code in codes {
            if !seen.insert(code) {
                let what = format!("two of its {what}s are called {code}");
                self.error(at.into(), what, "give each a code of its own");
            }
        }
    }

    /// Every operation can start at some time, and nothing waits for what excludes itself.
    fn route(&mut self) {
        let master = self.master;
        let known = |code: &OperationCode| master.operation(code).is_some();
        let mut reached: BTreeSet<&OperationCode> = BTreeSet::new();
        loop {
            let ready = |index: usize| {
                let before = master.before(index);
                before.iter().all(|any| any.iter().any(|code| reached.contains(code)))
            };
            let next: Vec<&OperationCode> = (0..)
                .zip(&master.operations)
                .filter(|(index, operation)| !reached.contains(&operation.code) && ready(*index))
                .map(|(_, operation)| &operation.code)
                .collect();
            if next.is_empty() {
                break;
            }
            reached.extend(next);
        }
        for (index, operation) in master.operations.iter().enumerate() {
            let at = operation.code.to_string();
            let before = master.before(index);
            for code in before.iter().flat_map(|any| any.iter()).filter(|code| !known(code)) {
                let what = format!("it comes after {code}, which is no operation of this route");
                self.error(at.clone(), what, "name an operation of the route");
            }
            if before.iter().any(|any| any.is_empty()) {
                let what = "it comes after any of no operations".into();
                self.error(at.clone(), what, "name operations, or leave the list empty");
            }
            if !reached.contains(&operation.code) {
                let what = "it can never start: it waits for itself, or for what never starts";
                self.error(at.clone(), what.into(), "mend `after` so that the route has no loop");
            }
            self.excluded(index, &at);
        }
    }

    /// It does not need two operations of which only one is ever done.
    fn excluded(&mut self, index: usize, at: &str) {
        let master = self.master;
        let mut needed: BTreeSet<&OperationCode> = BTreeSet::new();
        let mut open = alloc::vec![index];
        while let Some(next) = open.pop() {
            // Of alternatives one is enough, so none of them is needed for certain.
            let single = master.before(next).into_iter().filter(|any| any.len() == 1);
            let single: Vec<_> = single.flatten().collect();
            for code in single.into_iter().filter(|code| needed.insert(*code)) {
                open.extend(master.operations.iter().position(|op| op.code == *code));
            }
        }
        for code in &needed {
            let other = master.alternatives(code).into_iter().find(|other| needed.contains(other));
            if let Some(other) = other.filter(|other| code < other) {
                let what = format!("it waits for {code} and {other}, and only one of them is done");
                self.error(at.into(), what, "join them as alternatives in one element of `after`");
            }
        }
    }

    fn operation(&mut self, operation: &Operation) {
        let at = operation.code.to_string();
        self.worded(&at, "title", &operation.title);
        self.counted(&at, "steps", operation.steps.len(), STEPS_MAX);
        self.unlike(&at, "step", operation.steps.iter().map(|step| &step.code));
        if let Some(center) = &operation.work_center
            && !self.facts.knows(Known::WorkCenter, center.as_str())
        {
            let what = format!("no work center is called {center}");
            self.error(at.clone(), what, "define it first, or mend the code");
        }
        for code in &operation.qualifications {
            if self.facts.qualified(code, self.now).is_empty() {
                let what = format!("nobody is qualified for {code}");
                self.warning(at.clone(), what, "qualify a person, or nobody can start it");
            }
        }
        for step in operation.steps.iter().take(STEPS_MAX) {
            self.step(operation, step);
        }
    }

    fn step(&mut self, operation: &Operation, step: &Step) {
        let at = format!("{}/{}", operation.code, step.code);
        self.worded(&at, "text", &step.text);
        if step.captures.len() > CAPTURES_MAX {
            self.counted(&at, "captures", step.captures.len(), CAPTURES_MAX);
        }
        self.unlike(&at, "capture", step.captures.iter().map(Capture::code));
        let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if step.picture.as_ref().is_some_and(|picture| !hex(&picture.sha256)) {
            let what = "its picture is not named by a SHA-256".into();
            self.error(at.clone(), what, "add the file first, and name it by its hash");
        }
        for capture in step.captures.iter().take(CAPTURES_MAX) {
            let at = format!("{at}/{}", capture.code());
            self.capture(operation, capture, at);
        }
    }

    fn capture(&mut self, operation: &Operation, capture: &Capture, at: String) {
        if capture.retries() > TIMES_MAX {
            let what = format!("it allows {} retries", capture.retries());
            self.error(at.clone(), what, "allow at most 1000");
        }
        match capture {
            Capture::Scan(v) => self.amount(at, v.quantity),
            Capture::Remove(v) => {
                if self.master.kind == OrderKind::Build {
                    let what = "a build takes nothing out".into();
                    self.warning(at.clone(), what, "say in `kind` that it is a rework");
                }
                self.amount(at, v.quantity);
            }
            Capture::Measurement(v) => self.measurement(v, at),
            Capture::Check(v) => self.worded(&at, "text", &v.text),
            Capture::Choice(v) => {
                let options: BTreeSet<&String> = v.options.iter().collect();
                if options.len() < 2 || options.len() < v.options.len() {
                    let what = "it offers fewer than two different words".into();
                    self.error(at.clone(), what, "write two or more options, each once");
                }
                let Some(good) = &v.good else { return };
                if good.is_empty() {
                    let what = "no answer is good, so the step never closes".into();
                    self.error(at.clone(), what, "name the good answers, or leave `good` out");
                }
                for word in good.iter().filter(|word| !options.contains(word)) {
                    let what = format!("{word} is good and cannot be chosen");
                    self.error(at.clone(), what, "write it among the options");
                }
            }
            Capture::Text(v) => self.worded(&at, "text", &v.text),
            Capture::File(v) => self.worded(&at, "text", &v.text),
            Capture::Witness(v) => {
                self.worded(&at, "text", &v.text);
                self.witness(operation, v.qualification.as_ref(), at);
            }
            Capture::Signature(v) => {
                self.worded(&at, "text", &v.text);
                self.signature(v.role.unwrap_or(Role::Record), at);
            }
        }
    }

    /// Somebody may give the signature: works here, has an account and the role.
    fn signature(&mut self, role: Role, at: String) {
        if !role.covers(Role::Record) {
            let what = format!("who has only the role {role} records nothing and cannot sign");
            self.error(at, what, "ask for record, quality or admin, or leave the role out");
        } else if !self.facts.may_sign(role) {
            let what = format!("nobody with the role {role} has an account: nobody may sign");
            self.error(at, what, "add an account with that role first");
        }
    }

    fn amount(&mut self, at: String, quantity: Amount) {
        if !quantity.is_positive() || !quantity.is_bookable() {
            let what = format!("its quantity is {quantity}");
            self.error(at, what, "give an amount above nothing, of at most 12 digits");
        }
    }

    fn measurement(&mut self, v: &Measurement, at: String) {
        match (v.low, v.high) {
            (None, None) => {
                let what = "it has no limits: every value is good".into();
                self.warning(at.clone(), what, "give low, high or both");
            }
            (Some(low), Some(high)) if low > high => {
                let what = format!("its limits are {low} to {high}: no value is good");
                self.error(at.clone(), what, "give low and high the right way round");
            }
            _ => {}
        }
        if v.count == 0 || v.count > TIMES_MAX {
            let what = format!("it takes {} values", v.count);
            self.error(at.clone(), what, "take 1 to 1000");
        }
        if v.decimals.is_some_and(|decimals| decimals > DECIMALS_MAX) {
            let what = "it demands more than 12 digits after the point".into();
            self.error(at, what, "demand at most 12");
        }
    }

    /// Somebody who may work here leaves somebody else who may confirm.
    fn witness(
        &mut self,
        operation: &Operation,
        qualification: Option<&QualificationCode>,
        at: String,
    ) {
        let Some(code) = qualification else { return };
        let may_confirm = self.facts.qualified(code, self.now);
        let may_work: Option<Vec<PersonCode>> = operation
            .qualifications
            .iter()
            .map(|code| self.facts.qualified(code, self.now))
            .reduce(|held, next| held.into_iter().filter(|code| next.contains(code)).collect());
        let alone = match (&may_confirm[..], may_work.as_deref()) {
            ([], _) => true,
            ([only], Some([worker])) => only == worker,
            _ => false,
        };
        if alone {
            let what = format!("nobody but who works may confirm it: it takes {code}");
            self.warning(at, what, "qualify another person");
        }
    }

    /// What is planned goes in, and nothing else.
    fn material(&mut self) {
        let planned = lines(&self.master.part, self.facts).unwrap_or_default();
        let steps =
            self.master.operations.iter().flat_map(|op| op.steps.iter().map(move |s| (op, s)));
        let scans: Vec<(String, Part, Amount)> = steps
            .flat_map(|(op, step)| step.captures.iter().map(move |capture| (op, step, capture)))
            .filter_map(|(operation, step, capture)| match capture {
                Capture::Scan(scan) => {
                    let at = format!("{}/{}/{}", operation.code, step.code, scan.code);
                    Some((at, scan.part.clone(), scan.quantity))
                }
                Capture::Remove(_)
                | Capture::Measurement(_)
                | Capture::Check(_)
                | Capture::Choice(_)
                | Capture::Text(_)
                | Capture::File(_)
                | Capture::Witness(_)
                | Capture::Signature(_) => None,
            })
            .collect();
        for (at, part, _) in &scans {
            if self.facts.material(part).is_none() {
                let what = format!("no material {part} is defined");
                self.error(at.clone(), what, "define the material first, or mend the part");
            } else if !planned.is_empty() && !planned.iter().any(|line| fills(line, part)) {
                let what = format!("{part} is not on the bill of material of {}", self.master.part);
                self.error(at.clone(), what, "name a part that is planned there");
            }
        }
        for line in &planned {
            self.line(line, &scans);
        }
    }

    fn line(&mut self, line: &BomLine, scans: &[(String, Part, Amount)]) {
        let backflushed = self.master.operations.iter().any(|operation| {
            operation.backflush
                && line.operation.as_ref().is_none_or(|code| *code == operation.code)
        });
        let scanned = scans
            .iter()
            .filter(|(_, part, _)| fills(line, part))
            .fold(Amount::ZERO, |sum, (_, _, quantity)| sum.plus(*quantity));
        let tracked = self
            .facts
            .material(&line.part)
            .is_none_or(|material| material.tracking != Tracking::Untracked);
        let build = matches!(self.master.kind, OrderKind::Build | OrderKind::Refurbish);
        if backflushed || !tracked || !build {
            return;
        }
        if scanned.is_zero() {
            let what = format!("{} of the bill of material is never scanned", line.part);
            let needed = "scan it in a step, or use it up by `backflush`";
            self.warning(String::new(), what, needed);
        } else if scanned != line.quantity {
            let (scanned, planned) = (scanned.normal(), line.quantity.normal());
            let what = format!("{scanned} of {} are scanned, {planned} are planned", line.part);
            self.warning(String::new(), what, "scan what the bill of material plans");
        }
    }
}

/// Whether a scan of that part fills a line: it names what is planned there, more or less exactly.
fn fills(line: &BomLine, part: &Part) -> bool {
    let same = |planned: &Part| planned.accepts(part) || part.accepts(planned);
    same(&line.part) || line.alternates.iter().any(|other| same(&other.part))
}
