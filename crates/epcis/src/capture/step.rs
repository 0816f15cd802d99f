//! What an event says besides which things it is about: operation, readings, outcome, remarks.

use super::draft::Item;
use super::name::code;
use super::planner::{business_step, has_disposition};
use crate::document::Problem;
use crate::document::event::{Endpoint, Event, Numeral, SensorReport};
use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use domain::act::{Measure, Outcome, Parameter, Step, Worked};
use domain::{Amount, EquipmentCode, OperationCode, UnitOfMeasure};

/// Most readings of one step, which with the items must fit the bytes of one entry.
const READINGS_PER_STEP_MAX: usize = 500;

/// Most readings of one event: what twenty steps hold. A longer series is a file.
const READINGS_MAX: usize = 10_000;

/// Unit of a number that has none.
const NO_UNIT: &str = "1";

/// The step an event tells of, without the items.
#[derive(Debug)]
pub(super) struct Account {
    operation: OperationCode,
    measures: Vec<Measure<Item>>,
    parameters: Vec<Parameter>,
    outcome: Outcome,
    note: Option<String>,
}

impl Account {
    /// What the event says; `verb` names the operation where no business step does.
    pub(super) fn of(event: &Event, verb: &str) -> Result<Self, Problem> {
        let operation = business_step(event).unwrap_or(verb);
        let mut account = Self {
            operation: code("/bizStep", operation, OperationCode::new)?,
            measures: Vec::new(),
            parameters: Vec::new(),
            outcome: outcome(event),
            note: note(event),
        };
        for report in event.sensor_elements.iter().flat_map(|element| &element.reports) {
            account.read(report)?;
        }
        let count = account.measures.len().saturating_add(account.parameters.len());
        if count > READINGS_MAX {
            let message = format!("{count} readings, at most {READINGS_MAX} in one event");
            let path = "/sensorElementList";
            return Err(Problem::at(path, crate::document::Code::TooManyThings, message));
        }
        Ok(account)
    }

    /// Whether there is anything sensors reported.
    pub(super) const fn has_readings(&self) -> bool {
        !self.measures.is_empty() || !self.parameters.is_empty()
    }

    /// The steps over these items: one, or more where the readings are many.
    pub(super) fn steps(&self, items: &[Worked<Item>]) -> Vec<Step<Item>> {
        let mut measures = self.measures.chunks(READINGS_PER_STEP_MAX);
        let mut parameters = self.parameters.chunks(READINGS_PER_STEP_MAX);
        let mut steps = Vec::new();
        loop {
            let (some, others) = (measures.next(), parameters.next());
            if some.is_none() && others.is_none() && !steps.is_empty() {
                return steps;
            }
            steps.push(Step {
                operation: self.operation.clone(),
                items: items.to_vec(),
                covers: Vec::new(),
                run: None,
                program: None,
                parameters: others.unwrap_or_default().to_vec(),
                measures: some.unwrap_or_default().to_vec(),
                outcome: self.outcome,
                finishes: false,
                backflush: false,
                draws: Vec::new(),
                files: Vec::new(),
                note: self.note.clone(),
            });
        }
    }

    /// Takes in what one report says: numbers as measures, all else as text.
    fn read(&mut self, report: &SensorReport) -> Result<(), Problem> {
        let name = reading_name(report);
        let before = self.measures.len().saturating_add(self.parameters.len());
        let unit = match report.uom.as_deref() {
            Some(uom) if !uom.is_empty() => uom,
            _ => NO_UNIT,
        };
        let unit = code("/sensorElementList", unit, UnitOfMeasure::new)?;
        let rank = report.percentile_rank.as_ref().map_or("", Numeral::as_str);
        for (suffix, value) in [
            (String::new(), &report.value),
            (".min".to_owned(), &report.min_value),
            (".max".to_owned(), &report.max_value),
            (".mean".to_owned(), &report.mean_value),
            (".standardDeviation".to_owned(), &report.standard_deviation),
            (format!(".percentile{rank}"), &report.percentile_value),
        ] {
            if let Some(value) = value {
                self.number(format!("{name}{suffix}"), value, &unit);
            }
        }
        for text in [&report.string_value, &report.hex_binary_value, &report.uri_value] {
            text.iter().for_each(|text| self.text(name.clone(), text));
        }
        if let Some(value) = report.boolean_value {
            self.text(name.clone(), if value { "true" } else { "false" });
        }
        if let Some(exception) = &report.exception {
            self.text(format!("{name}.exception"), exception.as_str());
        }
        if before == self.measures.len().saturating_add(self.parameters.len()) {
            self.text(name, "reported without a value");
        }
        Ok(())
    }

    /// A number that is not an exact decimal of the ledger stands as the text it was written as.
    fn number(&mut self, name: String, value: &Numeral, unit: &UnitOfMeasure) {
        match amount(value) {
            Some(value) => self.measures.push(Measure {
                name,
                value,
                unit: unit.clone(),
                low: None,
                high: None,
                item: None,
            }),
            None => self.parameters.push(Parameter {
                name,
                value: value.as_str().to_owned(),
                unit: Some(unit.clone()),
            }),
        }
    }

    fn text(&mut self, name: String, value: &str) {
        self.parameters.push(Parameter { name, value: value.to_owned(), unit: None });
    }
}

/// The exact amount a number stands for, if the ledger can hold it.
pub(super) fn amount(value: &Numeral) -> Option<Amount> {
    value.decimal()?.to_string().parse().ok()
}

/// What was measured, and of what: `Angle.longitude`, `MassConcentration of https://…`.
fn reading_name(report: &SensorReport) -> String {
    let mut name = report.kind.as_str().to_owned();
    if let Some(component) = &report.component {
        name.push('.');
        name.push_str(component.as_str());
    }
    for subject in report.microorganism.iter().chain(&report.chemical_substance) {
        name.push_str(" of ");
        name.push_str(subject);
    }
    name
}

fn outcome(event: &Event) -> Outcome {
    if has_disposition(event, "non_conformant") {
        Outcome::Fail
    } else if has_disposition(event, "conformant") {
        Outcome::Pass
    } else {
        Outcome::Done
    }
}

/// What has no field of its own, in words.
fn note(event: &Event) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(event.disposition.iter().map(ToString::to_string));
    if let Some(lasting) = &event.persistent_disposition {
        parts.extend(lasting.set.iter().map(|term| format!("from now on {term}")));
        parts.extend(lasting.unset.iter().map(|term| format!("no longer {term}")));
    }
    for transaction in &event.biz_transactions {
        let kind = transaction.kind.as_ref().map_or("transaction", |kind| kind.as_str());
        parts.push(format!("{kind} {}", transaction.id));
    }
    let ends = |word: &str, ends: &[Endpoint]| -> Vec<String> {
        ends.iter().map(|end| format!("{word} {} {}", end.kind, end.id)).collect()
    };
    parts.extend(ends("from", &event.sources));
    parts.extend(ends("to", &event.destinations));
    parts.extend(event.certification_info.iter().map(|uri| format!("certified by {uri}")));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The devices that reported, each once.
pub(super) fn equipment(event: &Event) -> Result<Vec<EquipmentCode>, Problem> {
    let mut seen = BTreeSet::new();
    for element in &event.sensor_elements {
        let shared = element.metadata.iter().filter_map(|metadata| metadata.device_id.as_ref());
        let own = element.reports.iter().filter_map(|report| report.device_id.as_ref());
        for device in shared.chain(own) {
            seen.insert(code("/sensorElementList", device.canonical(), EquipmentCode::new)?);
        }
    }
    Ok(seen.into_iter().collect())
}
