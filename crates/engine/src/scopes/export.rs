//! A scope in the forms others read: a table, an enforcement report, EPCIS events.
//!
//! A scope that is not frozen can be handed on too; it says in itself that it is not, and at which
//! position of which ledger it stands, for nothing else holds it.
//!
//! *CSV* (RFC 4180) has a row for every item, cleared ones too. The *openFDA* form has a report for
//! every part of which something is proven or possible. *EPCIS* 2.0 says of the same items that
//! they are recalled, once the scope is frozen; of a cleared item nothing happened, so no event
//! says anything of it.
//!
//! Components that are in another item of the scope go with it: reports and events name what can be
//! sent back. A cell that a spreadsheet would take for a formula begins with an apostrophe.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use domain::act::Kind;
use domain::noun::scheme;
use domain::{ItemId, Part, Position, Time};
use epcis::Identifier;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::plant::command_id_of;
use crate::query::{Certainty, Evidence, ItemLine, PathStep, Reason, ScopeAnswer, WhereKind};

/// Identifiers in one EPCIS event: few enough for any repository to take.
const EPCS_PER_EVENT_MAX: usize = 1000;

/// In which form a scope is handed on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// The document itself, byte by byte.
    #[default]
    Json,
    /// A table, a row for every item.
    Csv,
    /// Enforcement reports in the fields of openFDA.
    OpenFda,
    /// An EPCIS 2.0 document in JSON-LD.
    Epcis,
    /// The entries of the series, to be verified offline with the document beside them.
    Proof,
}

impl ExportFormat {
    /// Every format with its word.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Json, "json"),
        (Self::Csv, "csv"),
        (Self::OpenFda, "openfda"),
        (Self::Epcis, "epcis"),
        (Self::Proof, "proof"),
    ];
}

impl FromStr for ExportFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|(_, word)| *word == text);
        known.map(|(format, _)| format).ok_or("a format is json, csv, openfda, epcis or proof")
    }
}

/// What an export says besides the scope itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportAbout {
    /// The firm that recalls; absent: the ledger's name.
    pub firm: Option<String>,
    /// Under which web address the firm names things that have no GS1 key; absent: one that is
    /// reserved and leads nowhere (RFC 2606).
    pub base: Option<String>,
}

/// What is handed on.
pub(crate) struct Exported<'a> {
    pub(crate) scope: &'a ScopeAnswer,
    pub(crate) standing: Standing<'a>,
    /// The ledger it was made from.
    pub(crate) ledger: String,
    /// The last entry that was known.
    pub(crate) known_at: Position,
    /// When it was frozen; of one that is not, when the last entry that was known was received.
    pub(crate) time: Time,
    pub(crate) firm: String,
    pub(crate) base: String,
}

/// What holds a scope.
pub(crate) enum Standing<'a> {
    /// It is a number of a series in the ledger.
    Frozen { code: &'a str, number: u32, reason: &'a str },
    /// Nothing does.
    Open { question: String },
}

/// A scope that is not frozen, as it is handed on.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenScope<'a> {
    frozen: bool,
    says: String,
    question: &'a str,
    ledger: &'a str,
    known_at: Position,
    known_until: Time,
    scope: &'a ScopeAnswer,
}

/// A row of the table.
#[derive(Debug, Serialize)]
struct Row {
    item: String,
    id: String,
    kind: &'static str,
    part_number: String,
    revision: String,
    certainty: &'static str,
    status: String,
    place: &'static str,
    place_text: String,
    party: String,
    shipment: String,
    lot: String,
    work_order: String,
    identifiers: String,
    because: String,
    path: String,
    scope: String,
    position: u64,
}

const fn certainty(line: &ItemLine) -> &'static str {
    match line.certainty {
        Certainty::Proven => "proven",
        Certainty::Possible => "possible",
        Certainty::Cleared => "cleared",
    }
}

/// What a spreadsheet would read as a formula becomes text.
pub(crate) fn cell(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn path_text(path: &[PathStep]) -> String {
    let Some(first) = path.first() else { return String::new() };
    let mut text = first.from.label.clone();
    for step in path {
        let doubt = if step.certain { "" } else { "perhaps " };
        let how = step.how.word();
        text.push_str(&format!(" > {doubt}{how} {} (entry {})", step.to.label, step.position));
    }
    text
}

fn because(line: &ItemLine) -> String {
    if let Some(Reason::Candidates { text, .. } | Reason::NoCapture { text, .. }) = &line.reason {
        return text.clone();
    }
    let texts = line.evidence.iter().map(|evidence| match evidence {
        Evidence::Filled { text, .. }
        | Evidence::LeftBefore { text, .. }
        | Evidence::Decision { text, .. }
        | Evidence::NotPlanned { text } => text.as_str(),
    });
    texts.collect::<Vec<_>>().join("; ")
}

impl Row {
    fn of(line: &ItemLine, exported: &Exported<'_>) -> Self {
        let text = |value: Option<String>| cell(value.unwrap_or_default());
        let part = line.part.as_ref();
        let names: Vec<String> = line.identifiers.iter().map(ToString::to_string).collect();
        let revision = part.and_then(|part| part.revision.as_ref());
        Self {
            item: cell(line.label.clone()),
            id: line.id.to_string(),
            kind: line.kind.word(),
            part_number: text(part.map(|part| part.number.to_string())),
            revision: text(revision.map(ToString::to_string)),
            certainty: certainty(line),
            status: line.status.word().to_owned(),
            place: line.place.kind.word(),
            place_text: cell(line.place.text.clone()),
            party: text(line.place.party.as_ref().map(ToString::to_string)),
            shipment: text(line.place.shipment.as_ref().map(ToString::to_string)),
            lot: text(line.lot.as_ref().map(|lot| lot.label.clone())),
            work_order: text(line.order.as_ref().map(ToString::to_string)),
            identifiers: cell(names.join(" ")),
            because: cell(because(line)),
            path: cell(path_text(&line.path)),
            scope: exported.name(),
            position: exported.known_at.0,
        }
    }
}

impl Exported<'_> {
    /// What it is called.
    fn name(&self) -> String {
        match &self.standing {
            Standing::Frozen { code, number, .. } => format!("{code}-{number}"),
            Standing::Open { .. } => "not frozen".to_owned(),
        }
    }

    /// What a reader must know of one that nothing holds.
    fn open_text(&self) -> String {
        format!(
            "not frozen: it says what was known at position {} of ledger {}, received {}, and \
             nothing holds it there",
            self.known_at, self.ledger, self.time
        )
    }

    fn open_json(&self) -> Result<Value> {
        let Standing::Open { question } = &self.standing else {
            return Err(Error::Input("a frozen scope is its document, byte by byte".to_owned()));
        };
        let open = OpenScope {
            frozen: false,
            says: self.open_text(),
            question,
            ledger: &self.ledger,
            known_at: self.known_at,
            known_until: self.time,
            scope: self.scope,
        };
        serde_json::to_value(open).map_err(|error| Error::Input(error.to_string()))
    }

    /// Its bytes in a form made from the scope.
    ///
    /// Errors: [`Error::Input`] where the form is not made from the scope alone.
    pub(crate) fn bytes(&self, format: ExportFormat) -> Result<Vec<u8>> {
        let value = match format {
            ExportFormat::Csv => return self.csv(),
            ExportFormat::OpenFda => self.openfda(),
            ExportFormat::Epcis => self.epcis(),
            ExportFormat::Json => self.open_json()?,
            ExportFormat::Proof => {
                let what = "a proof is of entries, and this scope is in none: freeze it first";
                return Err(Error::Input(what.to_owned()));
            }
        };
        let mut bytes =
            serde_json::to_vec_pretty(&value).map_err(|e| Error::Input(e.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn csv(&self) -> Result<Vec<u8>> {
        let failed = |error: &dyn std::fmt::Display| Error::Input(format!("the table: {error}"));
        let mut builder = csv::WriterBuilder::new();
        let mut table = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        for line in self.scope.start.iter().chain(&self.scope.items) {
            table.serialize(Row::of(line, self)).map_err(|error| failed(&error))?;
        }
        table.into_inner().map_err(|error| failed(&error))
    }

    /// What is proven or possible and can be sent back: not what is in another of these, nor what
    /// was used up.
    fn recalled(&self) -> Vec<&ItemLine> {
        let lines = self.scope.start.iter().chain(&self.scope.items);
        let open: Vec<&ItemLine> =
            lines.filter(|line| line.certainty != Certainty::Cleared).collect();
        let ids: BTreeSet<ItemId> = open.iter().map(|line| line.id).collect();
        let alone = |line: &&ItemLine| {
            let mut within = line.place.within.iter();
            !within.any(|outer| outer.installed && ids.contains(&outer.id))
                && line.place.kind != WhereKind::UsedUp
                && !line.kind.is_container()
        };
        open.into_iter().filter(alone).collect()
    }

    fn openfda(&self) -> Value {
        let mut parts: BTreeMap<Option<&Part>, Vec<&ItemLine>> = BTreeMap::new();
        for line in self.recalled() {
            parts.entry(line.part.as_ref()).or_default().push(line);
        }
        let counted: Vec<Value> = (1..)
            .zip(&parts)
            .map(|(index, (part, lines))| self.enforcement(index, *part, lines))
            .collect();
        let (of, scope) = match &self.standing {
            Standing::Frozen { code, number, .. } => {
                ("a frozen scope".to_owned(), format!("{code} number {number}"))
            }
            Standing::Open { .. } => (format!("a scope that is {}", self.open_text()), self.name()),
        };
        json!({
            "meta": {
                "disclaimer": format!("Made in the fields of openFDA enforcement reports from \
                    {of}; nothing here was classified or published by an authority."),
                "scope": scope,
                "position": self.known_at,
                "results": { "total": counted.len() },
            },
            "results": counted,
        })
    }

    fn enforcement(&self, index: usize, part: Option<&Part>, lines: &[&ItemLine]) -> Value {
        let name = self.scope.summary.by_part.iter().find(|count| count.part.as_ref() == part);
        let name = name.and_then(|count| count.name.clone()).unwrap_or_default();
        let part = part.map(ToString::to_string).unwrap_or_default();
        let of = |certainty| lines.iter().filter(|line| line.certainty == certainty).count();
        let (proven, possible) = (of(Certainty::Proven), of(Certainty::Possible));
        let labels = |kind: Kind| -> Vec<&str> {
            let of_kind = lines.iter().filter(|line| line.kind == kind);
            of_kind.map(|line| line.label.as_str()).collect()
        };
        let (units, lots) = (labels(Kind::Unit), labels(Kind::Lot));
        let said = [("Lots", lots), ("Serial numbers", units)].into_iter();
        let code_info: Vec<String> = said
            .filter(|(_, labels)| !labels.is_empty())
            .map(|(what, labels)| format!("{what}: {}", labels.join(", ")))
            .collect();
        let date = self.time.to_string();
        let (number, reason, status) = match &self.standing {
            Standing::Frozen { code, reason, .. } => {
                (format!("{code}-{index}"), (*reason).to_owned(), "Ongoing")
            }
            Standing::Open { question } => {
                let number = format!("not frozen, position {}-{index}", self.known_at);
                (number, format!("not said; asked for {question}"), "Pending")
            }
        };
        json!({
            "recall_number": number,
            "product_description": format!("{name} {part}").trim(),
            "product_quantity":
                format!("{} ({proven} proven, {possible} possible)", lines.len()),
            "code_info": code_info.join("; "),
            "reason_for_recall": reason,
            "recalling_firm": self.firm,
            "event_date_initiated": date.get(..10).unwrap_or_default(),
            "classification": "Not Yet Classified",
            "status": status,
            "distribution_pattern": self.distribution(),
        })
    }

    fn distribution(&self) -> String {
        let consignees = &self.scope.consignees;
        let places: BTreeSet<&str> =
            consignees.iter().filter_map(|consignee| consignee.country.as_deref()).collect();
        let places: Vec<&str> = places.into_iter().collect();
        let count = match consignees.len() {
            0 => return "Nothing was delivered".to_owned(),
            1 => "1 consignee".to_owned(),
            count => format!("{count} consignees"),
        };
        if places.is_empty() { count } else { format!("{count} in {}", places.join(", ")) }
    }

    fn epcis(&self) -> Value {
        let recalled = self.recalled();
        let mut events = Vec::new();
        for sure in [Certainty::Proven, Certainty::Possible] {
            let lines: Vec<&ItemLine> =
                recalled.iter().copied().filter(|line| line.certainty == sure).collect();
            for chunk in lines.chunks(EPCS_PER_EVENT_MAX) {
                events.push(self.event(sure, chunk));
            }
        }
        json!({
            "@context": [
                "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
                { "recall": format!("{}/vocabulary/", self.base) },
            ],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": self.time.to_string(),
            "epcisBody": { "eventList": events },
        })
    }

    fn event(&self, sure: Certainty, lines: &[&ItemLine]) -> Value {
        let lots = lines.iter().filter(|line| line.kind == Kind::Lot);
        let classes: BTreeSet<String> = lots.map(|line| self.epc(line, "class")).collect();
        let units = lines.iter().filter(|line| line.kind != Kind::Lot);
        let epcs: BTreeSet<String> = units.map(|line| self.epc(line, "obj")).collect();
        let word = if sure == Certainty::Proven { "proven" } else { "possible" };
        let mut event = json!({
            "type": "ObjectEvent",
            "eventTime": self.time.to_string(),
            "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE",
            "recall:scope": self.name(),
            "recall:position": self.known_at,
            "recall:certainty": word,
        });
        match &self.standing {
            Standing::Frozen { .. } => event["disposition"] = Value::from("recalled"),
            Standing::Open { .. } => event["recall:note"] = Value::from(self.open_text()),
        }
        if !epcs.is_empty() {
            event["epcList"] = json!(epcs);
        }
        if !classes.is_empty() {
            let classes = classes.iter().map(|class| json!({ "epcClass": class }));
            event["quantityList"] = Value::Array(classes.collect());
        }
        let id = command_id_of(&[b"recall event", event.to_string().as_bytes()]);
        event["eventID"] = Value::from(format!("urn:uuid:{id}"));
        event
    }

    /// The URI of an item: of its GS1 key, else one under the firm's own address (CBV 2.0, private
    /// or industry-wide URIs: `/obj/` for objects, `/class/` for classes and lots).
    fn epc(&self, line: &ItemLine, kind: &str) -> String {
        let gs1 = line.identifiers.iter().filter(|name| name.scheme.as_str() == scheme::GS1);
        let uri = gs1.filter_map(|name| Identifier::parse(&name.value).ok()).next();
        match uri {
            Some(identifier) => identifier.canonical().to_owned(),
            None => format!("{}/{kind}/{}", self.base, line.id),
        }
    }
}
