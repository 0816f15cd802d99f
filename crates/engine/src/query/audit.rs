//! The audit trail: the entries of the ledger as a table for people and spreadsheets.
//!
//! It is a view: every entry is in it, nobody can write to it, and it has no off switch. Times are
//! in UTC.
//!
//! Source: 21 CFR 11.10(e), 11.10(b); rules AT-02 to AT-05, AT-18, AT-19.

use domain::{PersonCode, Position, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EntryRow;
use super::signature::Signature;
use crate::scopes::cell;

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its place in the ledger.
    pub position: Position,
    /// When the server took it.
    pub received: Time,
    /// When it was performed, from.
    pub performed_from: Time,
    /// When it was performed, to.
    pub performed_to: Time,
    /// Who performed it.
    pub person: Option<PersonCode>,
    /// By which account or token it was recorded.
    pub recorded_by: String,
    /// Where from: a station, or the terminal of an account's event.
    pub place: String,
    /// The word of what was done or told.
    pub act: String,
    /// What it says, in words.
    pub what: String,
    /// The items it touches.
    pub items: String,
    /// What was before: of an account as its event says it, of a definition the members that
    /// changed as JSON; empty where it is the first.
    pub old: String,
    /// What is now, likewise.
    pub new: String,
    /// Why.
    pub reason: String,
    /// Who signed it, and as what.
    pub signature: String,
    /// The entry that superseded it.
    pub superseded_by: Option<Position>,
}

impl AuditRow {
    /// The headings of its columns.
    pub const COLUMNS: [&str; 15] = [
        "position",
        "received",
        "performedFrom",
        "performedTo",
        "person",
        "recordedBy",
        "place",
        "act",
        "what",
        "items",
        "old",
        "new",
        "reason",
        "signature",
        "supersededBy",
    ];

    /// An entry as a line of the audit trail.
    #[must_use]
    pub fn of(entry: &EntryRow) -> Self {
        let text = |name: &str| entry.fact[name].as_str().unwrap_or_default().to_owned();
        let of_account = entry.act == "noteAccount";
        let said = |name: &str| if of_account { text(name) } else { String::new() };
        let told = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let station = entry.station.as_ref().map(ToString::to_string);
        let items: Vec<&str> = entry.items.iter().map(|item| item.label.as_str()).collect();
        Self {
            position: entry.position,
            received: entry.received,
            performed_from: entry.performed.from,
            performed_to: entry.performed.to,
            person: entry.by.clone(),
            recorded_by: entry.recorded_by.clone(),
            place: station.unwrap_or_else(|| said("terminal")),
            act: entry.act.clone(),
            what: entry.summary.clone(),
            items: items.join(", "),
            old: told(&entry.old).unwrap_or_else(|| said("old")),
            new: told(&entry.new).unwrap_or_else(|| said("new")),
            reason: entry.why.clone().unwrap_or_default(),
            signature: entry.signature.as_ref().map(Signature::words).unwrap_or_default(),
            superseded_by: entry.superseded_by,
        }
    }

    /// Its cells, in the order of [`AuditRow::COLUMNS`]; none is a formula to a spreadsheet.
    #[must_use]
    pub fn cells(&self) -> [String; 15] {
        let position = |position: Option<Position>| position.map(|at| at.to_string());
        [
            self.position.to_string(),
            self.received.to_string(),
            self.performed_from.to_string(),
            self.performed_to.to_string(),
            self.person.as_ref().map(ToString::to_string).unwrap_or_default(),
            self.recorded_by.clone(),
            self.place.clone(),
            self.act.clone(),
            self.what.clone(),
            self.items.clone(),
            self.old.clone(),
            self.new.clone(),
            self.reason.clone(),
            self.signature.clone(),
            position(self.superseded_by).unwrap_or_default(),
        ]
        .map(cell)
    }
}
