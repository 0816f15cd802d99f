//! The rules of the review, and what they covered.
//!
//! Every rule is a function from what the record holds to how many things it looked at and what of
//! it stands out. What no rule looks at is listed, so that a person does.

use domain::act::{Act, Value};
use domain::entry::Entry;
use domain::instruction::{Capture, Measurement, Operation};
use domain::{Amount, Code, Mode, Position, QualificationCode};

use super::times::Tested;
use super::{
    Coverage, Finding, Held, LATE_AFTER_US, Looked, NEAR_LIMIT_PERCENT, OperationDone, Rule,
    StepDone, Unjudged,
};

/// A step that took less than a third of its time, or more than five times of it, stands out.
const PACE_LEAST_PERCENT: i64 = 33;
const PACE_MOST_PERCENT: i64 = 500;

/// What one rule found.
struct Found {
    looked: usize,
    findings: Vec<Finding>,
}

impl From<Tested> for Found {
    fn from((looked, findings): Tested) -> Self {
        Self { looked, findings }
    }
}

impl Held<'_> {
    /// Runs every rule.
    pub(super) fn review(&self) -> (Vec<Finding>, Coverage) {
        let mut findings = Vec::new();
        let mut rules = Vec::new();
        for rule in Rule::ALL {
            let found = self.rule(rule);
            rules.push(Looked { rule, looked: found.looked, found: found.findings.len() });
            findings.extend(found.findings);
        }
        let first = |finding: &Finding| finding.evidence.first().copied();
        findings.sort_by_key(|finding| (first(finding), finding.rule));
        (findings, Coverage { rules, unjudged: self.unjudged() })
    }

    fn rule(&self, rule: Rule) -> Found {
        match rule {
            Rule::Refused => self.entries(rule, |entry| match &entry.fact {
                Act::Refuse(v) => {
                    Some(format!("{} was refused: {} {}", v.attempted, v.code, v.detail))
                }
                _ => None,
            }),
            Rule::Retry => self.captures(rule, |done, step| {
                (!done.good).then(|| format!("{} was {}, in step {}", done.code, done.value, step))
            }),
            Rule::Mended => self.captures(rule, |done, step| {
                let aside = done.good && !done.counts;
                aside.then(|| {
                    format!("{} {} was set aside, in step {}", done.code, done.value, step)
                })
            }),
            Rule::NearLimit => self.near_limit(),
            Rule::Deviation => self.entries(rule, |entry| match &entry.fact {
                Act::NotApplicable(v) if self.seen.superseded(entry.position).is_none() => {
                    Some(format!("{} was signed as not applicable: {}", v.field, v.reason))
                }
                Act::Deviate(v) => {
                    Some(format!("step {} may close without {}: {}", v.step, v.capture, v.reason))
                }
                _ => None,
            }),
            Rule::Nonconformance => self.nonconforming(),
            Rule::Hold => self.held(),
            Rule::Exception => self.raised(|code| code != Code::OutsideInstruction, rule),
            Rule::OutsideInstruction => self.raised(|code| code == Code::OutsideInstruction, rule),
            Rule::Late => self.late(),
            Rule::Correction => self.corrected(),
            Rule::Ambiguity => self.ambiguous(),
            Rule::Pace => self.pace(),
            Rule::Equipment => self.bad_equipment(),
            Rule::EntryLag => self.entry_lag().into(),
            Rule::SameTime => self.same_time().into(),
            Rule::HandoffCluster => self.handoff_cluster().into(),
            Rule::AfterDeparture => self.after_departure().into(),
            Rule::OutOfOrder => self.out_of_order().into(),
            Rule::Qualification => self.qualified_later(),
        }
    }

    fn entries(&self, rule: Rule, says: impl Fn(&Entry) -> Option<String>) -> Found {
        let findings = self.history.iter().filter_map(|entry| {
            let evidence = vec![entry.position];
            says(entry).map(|what| Finding { rule, what, evidence, settled: None, test: None })
        });
        Found { looked: self.history.len(), findings: findings.collect() }
    }

    fn captures(
        &self,
        rule: Rule,
        says: impl Fn(&super::CaptureDone, &domain::StepCode) -> Option<String>,
    ) -> Found {
        let steps = self.operations.iter().flat_map(|operation| &operation.steps);
        let all: Vec<_> = steps
            .flat_map(|step| step.captures.iter().map(move |done| (done, &step.code)))
            .collect();
        let findings = all.iter().filter_map(|(done, step)| {
            let evidence = vec![done.position];
            says(done, step).map(|what| Finding { rule, what, evidence, settled: None, test: None })
        });
        Found { looked: all.len(), findings: findings.collect() }
    }

    /// What an execution was to take, by the version it obeyed.
    fn demand(&self, entry: &Entry) -> Option<(&Operation, &Capture)> {
        let Act::Take(v) = &entry.fact else { return None };
        let of = self.operations.iter().find(|done| done.execution == v.execution)?;
        let version = self.seen.version(&of.master.hash)?;
        let operation = version.master.operation(&of.operation)?;
        let (_, step) = operation.step(&v.step)?;
        let (_, capture) = step.capture(&v.capture)?;
        Some((operation, capture))
    }

    /// Who began an operation was said to be qualified for it by an entry after that.
    fn qualified_later(&self) -> Found {
        let demanded: Vec<(&OperationDone, &QualificationCode)> =
            self.operations.iter().flat_map(|done| self.demanded(done)).collect();
        let findings = demanded.iter().filter_map(|(done, code)| {
            let person = done.person.as_ref()?;
            let held = self.seen.state.floor().qualifications.get(person)?.get(code)?;
            let later = held.first > done.execution && held.from <= done.started;
            later.then(|| Finding {
                rule: Rule::Qualification,
                what: format!(
                    "{person} began {} and was said later to be qualified for {code}, since {}",
                    done.operation, held.from
                ),
                evidence: vec![done.execution, held.first],
                settled: None,
                test: None,
            })
        });
        Found { looked: demanded.len(), findings: findings.collect() }
    }

    /// What an operation demanded of who did it, by its version.
    fn demanded<'a>(
        &'a self,
        done: &'a OperationDone,
    ) -> impl Iterator<Item = (&'a OperationDone, &'a QualificationCode)> {
        let version = self.seen.version(&done.master.hash);
        let planned = version.and_then(|version| version.master.operation(&done.operation));
        let codes = planned.into_iter().flat_map(|planned| &planned.qualifications);
        codes.map(move |code| (done, code))
    }

    fn near_limit(&self) -> Found {
        let mut looked = 0_usize;
        let mut findings = Vec::new();
        for entry in self.history.iter() {
            let Some((_, Capture::Measurement(demand))) = self.demand(entry) else { continue };
            let Act::Take(take) = &entry.fact else { continue };
            let Value::Measurement(value) = &take.value else { continue };
            looked = looked.saturating_add(1);
            if take.good == Some(true) && is_near(value.value, demand) {
                let (code, unit) = (&demand.code, &value.unit);
                let limits = domain::instruction::limits(demand);
                findings.push(Finding {
                    rule: Rule::NearLimit,
                    what: format!("{code} is {} {unit}{limits}", value.value),
                    evidence: vec![entry.position],
                    settled: None,
                    test: None,
                });
            }
        }
        Found { looked, findings }
    }

    fn nonconforming(&self) -> Found {
        let all = self.conformity();
        let findings = all.iter().map(|each| Finding {
            rule: Rule::Nonconformance,
            what: format!("{}: {}", each.code, each.description),
            evidence: std::iter::once(each.opened).chain(each.decided).collect(),
            settled: each.disposition.clone(),
            test: None,
        });
        Found { looked: self.history.len(), findings: findings.collect() }
    }

    fn held(&self) -> Found {
        let holds = self.seen.state.holds();
        let findings = self.history.iter().filter_map(|entry| {
            let Act::Hold(v) = &entry.fact else { return None };
            let lifted = holds.get(&v.code).and_then(|hold| hold.lifted.as_ref());
            Some(Finding {
                rule: Rule::Hold,
                what: format!("it was held by {}: {}", v.code, v.reason),
                evidence: std::iter::once(entry.position).chain(lifted.map(|l| l.by)).collect(),
                settled: lifted.map(|lifted| lifted.reason.clone()),
                test: None,
            })
        });
        Found { looked: self.history.len(), findings: findings.collect() }
    }

    fn raised(&self, fits: impl Fn(Code) -> bool, rule: Rule) -> Found {
        let exceptions = self.seen.state.exceptions();
        let findings = self.history.iter().filter_map(|entry| {
            let Act::Except(v) = &entry.fact else { return None };
            let closed = exceptions.get(&entry.position).and_then(|held| held.closed.as_ref());
            fits(v.code).then(|| Finding {
                rule,
                what: format!("{} {}", v.code, v.detail),
                evidence: vec![v.entry, entry.position],
                settled: closed.map(|(_, reason)| reason.clone()),
                test: None,
            })
        });
        Found { looked: self.history.len(), findings: findings.collect() }
    }

    fn late(&self) -> Found {
        let findings = self.history.iter().filter(|entry| is_work(entry)).filter_map(|entry| {
            let context = &entry.context;
            let after_us = entry.received.0.saturating_sub(context.performed.to.0);
            let told = context.mode == Mode::Report && context.follows.is_none();
            (told || after_us > LATE_AFTER_US).then(|| Finding {
                rule: Rule::Late,
                what: format!(
                    "{} was entered {} after it was done{}",
                    entry.fact.word(),
                    in_words(after_us),
                    context.late.as_ref().map(|why| format!(": {why}")).unwrap_or_default()
                ),
                evidence: vec![entry.position],
                settled: None,
                test: None,
            })
        });
        let looked = self.history.iter().filter(|entry| is_work(entry)).count();
        Found { looked, findings: findings.collect() }
    }

    fn corrected(&self) -> Found {
        let findings = self.history.iter().filter_map(|entry| {
            let by = self.seen.superseded(entry.position)?;
            Some(Finding {
                rule: Rule::Correction,
                what: format!("{} of entry {} was corrected", entry.fact.word(), entry.position),
                evidence: vec![entry.position, by],
                settled: None,
                test: None,
            })
        });
        Found { looked: self.history.len(), findings: findings.collect() }
    }

    fn ambiguous(&self) -> Found {
        let in_it = self.components.iter().filter(|component| component.removed.is_none());
        let unsure = in_it.clone().filter(|component| !component.certain);
        let findings = unsure.map(|component| Finding {
            rule: Rule::Ambiguity,
            what: format!("{} is only one of several it may hold", component.item.label),
            evidence: vec![component.position],
            settled: None,
            test: None,
        });
        Found { looked: in_it.count(), findings: findings.collect() }
    }

    fn pace(&self) -> Found {
        let timed: Vec<(&StepDone, i64, i64)> =
            self.operations.iter().flat_map(|operation| timed(operation)).collect();
        let findings =
            timed.iter().filter_map(|(step, took, expected)| unusual(step, *took, *expected));
        Found { looked: timed.len(), findings: findings.collect() }
    }

    fn bad_equipment(&self) -> Found {
        let used = self.equipment();
        let bad = used.iter().filter(|equipment| equipment.good_after == Some(false));
        let findings = bad.map(|equipment| Finding {
            rule: Rule::Equipment,
            what: format!("{} was found bad at its next check", equipment.code),
            evidence: self.used_in(&equipment.code),
            settled: None,
            test: None,
        });
        Found { looked: used.len(), findings: findings.collect() }
    }

    /// The entries that name a piece of equipment.
    fn used_in(&self, code: &str) -> Vec<Position> {
        let with = |entry: &&Entry| entry.context.equipment.iter().any(|e| e.as_str() == code);
        self.history.iter().filter(with).map(|entry| entry.position).collect()
    }

    /// Values no rule judges: texts, files, choices and measurements without a good and a bad.
    fn unjudged(&self) -> Vec<Unjudged> {
        let found = self.history.iter().filter_map(|entry| {
            let (_, capture) = self.demand(entry)?;
            let Act::Take(take) = &entry.fact else { return None };
            (!capture.is_judged()).then(|| Unjudged {
                what: capture.asks(),
                value: self.seen.value_in_words(&take.value),
                position: entry.position,
            })
        });
        found.collect()
    }
}

fn is_work(entry: &Entry) -> bool {
    matches!(
        entry.fact,
        Act::StartWork(_) | Act::Take(_) | Act::CloseStep(_) | Act::Step(_) | Act::Install(_)
    )
}

/// Whether a value is nearer to a limit than [`NEAR_LIMIT_PERCENT`] of what the limits allow; with
/// one limit alone, of the limit itself.
fn is_near(value: Amount, demand: &Measurement) -> bool {
    let hundredth = |of: Amount| of.abs().divided_by(Amount::from(100_i64)).unwrap_or_default();
    let band = match (demand.low, demand.high) {
        (Some(low), Some(high)) => hundredth(high.minus(low)),
        (Some(limit), None) | (None, Some(limit)) => hundredth(limit),
        (None, None) => return false,
    };
    let band = band.times(Amount::from(NEAR_LIMIT_PERCENT));
    let near = |limit: Amount| value.minus(limit).abs() < band;
    demand.low.is_some_and(near) || demand.high.is_some_and(near)
}

/// The steps of an operation whose time is known and expected: how long each took, in microseconds,
/// since the gate before it closed, and how many seconds are expected.
fn timed(operation: &OperationDone) -> Vec<(&StepDone, i64, i64)> {
    let mut began = operation.started;
    let closed = operation.steps.iter().map_while(|step| step.closed_at.map(|at| (step, at)));
    let took = closed.map(|(step, at)| {
        let took_us = at.0.saturating_sub(began.0);
        began = at;
        (step, took_us, i64::from(step.expected_s.unwrap_or_default()))
    });
    took.filter(|(_, _, expected_s)| *expected_s > 0).collect()
}

/// A step that took much less or more time than its instruction expects.
fn unusual(step: &StepDone, took_us: i64, expected_s: i64) -> Option<Finding> {
    let percent = took_us.saturating_div(expected_s.saturating_mul(10_000));
    let fits = (PACE_LEAST_PERCENT..=PACE_MOST_PERCENT).contains(&percent);
    (!fits).then(|| Finding {
        rule: Rule::Pace,
        what: format!("step {} took {}, {expected_s} s are expected", step.code, in_words(took_us)),
        evidence: step.closed.into_iter().collect(),
        settled: None,
        test: None,
    })
}

/// A time span for people.
pub(super) fn in_words(us: i64) -> String {
    let seconds = us.saturating_div(1_000_000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.saturating_div(60)),
        7200..=172_799 => format!("{} h", seconds.saturating_div(3600)),
        _ => format!("{} days", seconds.saturating_div(86_400)),
    }
}
