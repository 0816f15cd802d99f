//! A record as a document for people: everything in it, in the order it is read.

use domain::Mode;
use report::{Block, Document, Field, Run, Section, Table};

use super::words::{cell, count, moment, or_dash, plain, positions, when, word};
use super::{Made, RecordFile};
use crate::query::{
    BatchRecord, CaptureDone, Change, Component, EquipmentUsed, OperationDone, SignedLine,
    StepDone, Test,
};

impl Made {
    /// It as a document, with the proof inside.
    pub(super) fn paper(&self, proof: Vec<u8>) -> Document {
        let file = &self.file;
        let record = &file.record;
        let files = self.carried(proof);
        let mut sections = vec![identity(record), state(record)];
        sections.push(section("Signatures", vec![signatures(&record.signatures)]));
        sections.push(section("Release", vec![releases(record)]));
        sections.push(section("Findings", vec![findings(record)]));
        sections.push(coverage(record));
        sections.extend(record.operations.iter().map(|done| operation(done, file)));
        sections.push(section("Material", vec![components(&record.components)]));
        sections.push(section("Equipment", vec![equipment(&record.equipment)]));
        sections.push(section("Nonconformances", vec![nonconformances(record)]));
        sections.push(section("Audit trail", vec![trail(&file.trail)]));
        sections.push(standing(file));
        sections.push(section("Files", vec![named(file), Block::Files]));
        let (kind, label, id) = (record.item.kind.word(), &record.item.label, record.item.id);
        Document {
            kind: "Batch record (DHR)".to_owned(),
            title: format!("{kind} {label}"),
            lead: vec![
                Run::plain(format!(
                    "As it stood on {}, made by {}, over {} up to {}. Record hash ",
                    moment(file.made),
                    file.made_by,
                    entries(record.entries),
                    record.known_at
                )),
                Run::strong(record.record.clone()),
                Run::plain(". All times are UTC."),
            ],
            mark: format!("{label} (item {id}) · record {}", record.record),
            made: file.made.to_string(),
            sections,
            files,
        }
    }
}

fn entries(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn section(heading: &str, blocks: Vec<Block>) -> Section {
    Section { heading: heading.to_owned(), blocks }
}

fn table(caption: &str, columns: &[&str], rows: Vec<Vec<Vec<Run>>>) -> Block {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Block::Table(Table { caption: caption.to_owned(), columns, rows })
}

fn identity(record: &BatchRecord) -> Section {
    let part = or_dash(record.part.as_ref());
    let name = record.part_name.as_deref().unwrap_or_default();
    let made = record
        .made
        .map_or_else(|| "-".to_owned(), |(from, to)| format!("{} to {}", moment(from), moment(to)));
    let masters: Vec<String> = record
        .masters
        .iter()
        .map(|master| format!("{} ({}) {}", master.name, word(&master.stage), master.hash))
        .collect();
    let persons: Vec<String> = record
        .persons
        .iter()
        .map(|worker| format!("{} ({})", worker.person, worker.entries))
        .collect();
    let field = |name: &str, value: String| -> Field { (name.to_owned(), cell(value)) };
    let item = &record.item;
    let fields = vec![
        field("Item", format!("{} {}, id {}", item.kind.word(), item.label, item.id)),
        field("Part", format!("{part} {name}").trim_end().to_owned()),
        field("Work order", or_dash(record.order.as_ref())),
        field("Quantities of the order", or_dash(record.quantities.as_ref())),
        field("Status", word(&record.status)),
        field("Made", made),
        field("By instruction", masters.join("\n")),
        field("Persons, entries of each", persons.join(", ")),
        field("Entries", format!("{} up to {}", record.entries, record.known_at)),
        field("Record hash", record.record.clone()),
    ];
    section("Identity", vec![Block::Fields(fields)])
}

fn state(record: &BatchRecord) -> Section {
    let times = record.contemporaneity;
    let said = Block::Text(cell(format!(
        "{} verified on time by a scan or a device ({} %), {} unverified, by a person's word alone \
         ({} %), {} late ({} %).",
        count(times.on_time, "step"),
        times.on_time_percent,
        times.unverified,
        times.unverified_percent,
        times.late,
        times.late_percent
    )));
    if record.complete {
        let whole = Block::Text(cell("It holds all it must."));
        return section("Complete", vec![whole, said]);
    }
    let rows = record.missing.iter();
    let rows = rows.map(|gap| vec![cell(&gap.field), cell(&gap.what), cell(&gap.needed)]);
    let columns = ["Field", "Missing", "What to do"];
    section("Not complete", vec![table("What is missing", &columns, rows.collect()), said])
}

/// Printed name, user, role, meaning, date and time with its offset.
///
/// Source: 21 CFR 11.50, ES-10.
fn signatures(lines: &[SignedLine]) -> Block {
    let rows = lines.iter().filter_map(|SignedLine { position, summary, signature }| {
        let signed = signature.as_ref()?;
        Some(vec![
            cell(position.to_string()),
            cell(summary),
            cell(signed.name.as_deref().unwrap_or("name erased")),
            cell(format!("{} ({})", signed.user, signed.signer)),
            cell(word(&signed.role)),
            cell(word(&signed.meaning)),
            cell(moment(signed.at)),
            cell(&signed.key),
        ])
    });
    let columns = ["Entry", "What", "Printed name", "User", "Role", "Meaning", "Signed", "Key"];
    table("Electronic signatures", &columns, rows.collect())
}

fn releases(record: &BatchRecord) -> Block {
    let rows = record.releases.iter().map(|release| {
        let stands = if release.stands { "stands" } else { "record changed since" };
        vec![
            cell(release.position.to_string()),
            cell(or_dash(release.by.as_ref())),
            cell(moment(release.at)),
            cell(&release.record),
            cell(stands),
        ]
    });
    table("Releases", &["Entry", "Released by", "When", "Record", "Stands"], rows.collect())
}

fn findings(record: &BatchRecord) -> Block {
    let rows = record.findings.iter().map(|finding| {
        vec![
            cell(word(&finding.rule)),
            cell(finding.test.as_ref().map_or_else(
                || finding.what.clone(),
                |test| format!("{}\n{}", finding.what, tested(test)),
            )),
            cell(positions(&finding.evidence)),
            cell(finding.settled.as_deref().unwrap_or("-")),
        ]
    });
    let columns = ["Rule", "What", "Entries", "Settled"];
    table("What a person has to look at", &columns, rows.collect())
}

/// How a detector came to a finding.
fn tested(test: &Test) -> String {
    let mut text = format!("By {} version {}", test.detector, test.version);
    if let (Some(share), Some(chance)) = (&test.share, &test.chance) {
        text.push_str(&format!(", {share}, chance {chance}"));
    }
    for (name, value) in &test.parameters {
        text.push_str(&format!(", {name} {value}"));
    }
    text.push_str(&format!("; usual from {} stays, {} values", test.stays, test.values));
    if let (Some(from), Some(to)) = (test.from, test.to) {
        text.push_str(&format!(", entries {from} to {to}"));
    }
    text
}

fn coverage(record: &BatchRecord) -> Section {
    let rules = record.coverage.rules.iter().map(|rule| {
        vec![cell(word(&rule.rule)), cell(rule.looked.to_string()), cell(rule.found.to_string())]
    });
    let values =
        record.coverage.unjudged.iter().map(|value| {
            vec![cell(value.position.to_string()), cell(&value.what), cell(&value.value)]
        });
    let rules = table("What each rule looked at", &["Rule", "Looked at", "Found"], rules.collect());
    let columns = ["Entry", "What", "Value to look at"];
    section("Coverage", vec![rules, table("What no rule judges", &columns, values.collect())])
}

fn operation(operation: &OperationDone, file: &RecordFile) -> Section {
    let ended = match (operation.completed, operation.abandoned) {
        (Some(at), _) => format!("complete {}", moment(at)),
        (None, true) => "ended without completing it".to_owned(),
        (None, false) => "open".to_owned(),
    };
    let about = format!(
        "Execution {} at {} by {}, begun {}, {ended}. Instruction {} ({}), {}.",
        operation.execution,
        or_dash(operation.station.as_ref()),
        or_dash(operation.person.as_ref()),
        moment(operation.started),
        operation.master.name,
        word(&operation.master.stage),
        operation.master.hash
    );
    let rows = operation.steps.iter().flat_map(step).collect();
    let columns = ["Step", "Asked", "Value", "By, with", "Performed", "Recorded", "Entry"];
    let mut blocks = vec![Block::Text(cell(about)), table("Steps", &columns, rows)];
    let named = |hash: &str| file.files.iter().find(|named| named.sha256 == hash);
    for step in &operation.steps {
        let taken = step.captures.iter().filter_map(|done| {
            let file = named(&done.file.as_ref()?.sha256)?;
            Some((file, format!("{} {}, entry {}", step.code, done.code, done.position)))
        });
        let pictured = step.picture.iter().filter_map(|picture| {
            Some((named(&picture.sha256)?, format!("{} {}", step.code, step.text)))
        });
        let pictures = pictured.chain(taken);
        blocks.extend(pictures.map(|(file, what)| Block::Picture {
            file: file.name.clone(),
            caption: format!("{what}: {}", file.name),
        }));
    }
    section(&format!("{} {}", operation.operation, operation.title), blocks)
}

/// The rows of a step: one for each value, and one for its gate.
fn step(step: &StepDone) -> Vec<Vec<Vec<Run>>> {
    let mut name = format!("{} {}", step.code, step.text);
    if let Some(seconds) = step.expected_s {
        name.push_str(&format!(" ({seconds} s)"));
    }
    let mut rows: Vec<Vec<Vec<Run>>> =
        step.captures.iter().map(|done| capture(&step.code.to_string(), done)).collect();
    let gate = match step.closed {
        Some(position) if step.refusals.is_empty() => format!("gate closed at {position}"),
        Some(position) => {
            format!("gate closed at {position}; refused before it: {}", positions(&step.refusals))
        }
        None => "gate open".to_owned(),
    };
    let at = step.closed_at.map(moment).unwrap_or_default();
    let entry = step.closed.map(|at| at.to_string()).unwrap_or_default();
    let none = || cell("");
    rows.push(vec![cell(name), none(), cell(gate), none(), cell(at), none(), cell(entry)]);
    rows
}

/// A value as it was taken; one that was set aside stays to be read, with what stands instead.
///
/// Source: 21 CFR 11.10(e), AT-08.
fn capture(step: &str, done: &CaptureDone) -> Vec<Vec<Run>> {
    let mut value = if done.counts {
        cell(&done.value)
    } else {
        vec![Run::struck(done.value.clone()), Run::plain(" set aside")]
    };
    if !done.good {
        value.push(Run::strong(" not good"));
    }
    if let Some(old) = done.instead_of {
        let why = done.why.as_deref().unwrap_or("no reason given");
        value.push(Run::plain(format!(" instead of entry {old}: {why}")));
    } else if let Some(why) = &done.why {
        value.push(Run::plain(format!(" ({why})")));
    }
    if let Some(file) = &done.file {
        value.push(Run::plain(format!(" SHA-256 {}", file.sha256)));
    }
    let by = done.by.as_ref().map(ToString::to_string);
    let by: Vec<String> = by.into_iter().chain(done.equipment.iter().cloned()).collect();
    let mut recorded = moment(done.received);
    if let Some(captured) = done.captured {
        recorded.push_str(&format!("\nby the device {}", moment(captured)));
    }
    if done.mode == Mode::Report {
        recorded.push_str("\ntold afterwards (report)");
    }
    vec![
        cell(step),
        cell(format!("{}: {}", done.code, done.asked)),
        value,
        cell(by.join(", ")),
        cell(moment(done.performed)),
        cell(recorded),
        cell(done.position.to_string()),
    ]
}

fn components(components: &[Component]) -> Block {
    let rows = components.iter().map(|component| {
        let item = &component.item;
        let sure = if component.certain { "certain" } else { "one of several" };
        vec![
            cell(format!("{} {}, id {}", item.kind.word(), item.label, item.id)),
            cell(or_dash(component.part.as_ref())),
            cell(word(&component.how)),
            cell(component.quantity.to_string()),
            cell(when(&component.performed)),
            cell(sure),
            cell(component.removed.map_or_else(|| "-".to_owned(), |at| when(&at))),
            cell(component.position.to_string()),
        ]
    });
    let columns = ["Item", "Part", "How", "Quantity", "When", "Certainty", "Taken out", "Entry"];
    table("What is or was in it", &columns, rows.collect())
}

fn equipment(used: &[EquipmentUsed]) -> Block {
    let found = |good: Option<bool>| match good {
        Some(true) => "good",
        Some(false) => "bad",
        None => "not checked",
    };
    let rows = used.iter().map(|equipment| {
        vec![
            cell(&equipment.code),
            cell(format!("{} to {}", moment(equipment.from), moment(equipment.to))),
            cell(found(equipment.good_before)),
            cell(equipment.due.map_or_else(|| "-".to_owned(), moment)),
            cell(found(equipment.good_after)),
        ]
    });
    let columns = ["Equipment", "Used", "Check before", "Due", "Check after"];
    table("Equipment used on it", &columns, rows.collect())
}

fn nonconformances(record: &BatchRecord) -> Block {
    let rows = record.nonconformances.iter().map(|each| {
        let decided = each.decided.map_or_else(String::new, |at| format!(" at {at}"));
        let disposition = each.disposition.as_deref().unwrap_or("open");
        vec![
            cell(each.code.to_string()),
            cell(&each.description),
            cell(each.opened.to_string()),
            cell(format!("{disposition}{decided}")),
        ]
    });
    let columns = ["Code", "What is wrong", "Entry", "Decision"];
    table("Nonconformances", &columns, rows.collect())
}

/// Who did or told what, when, why, and what it was before.
///
/// Source: 21 CFR 11.10(e), AT-02 to AT-05, AT-08.
fn trail(trail: &[Change]) -> Block {
    let rows = trail.iter().map(|change| {
        let mut what = vec![Run::plain(format!("{}: {}", change.act, change.summary))];
        if let Some(code) = change.refused {
            what.push(Run::strong(format!(" refused: {code}")));
        }
        if let Some(by) = change.superseded_by {
            what.push(Run::strong(format!(" corrected by {by}")));
        }
        let mut changed = Vec::new();
        for (index, attribute) in change.changes.iter().enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            let (old, new) = (plain(&attribute.old), plain(&attribute.new));
            changed.push(Run::plain(format!("{line}{}: ", attribute.attribute)));
            if !old.is_empty() {
                changed.push(Run::struck(old));
                changed.push(Run::plain(" → "));
            }
            changed.push(Run::plain(if new.is_empty() { "nothing".to_owned() } else { new }));
        }
        let by = change.by.as_ref().map(|by| format!("{by}, ")).unwrap_or_default();
        let mode = word(&change.mode);
        vec![
            cell(format!("{} ({})", change.position, change.sequence)),
            cell(moment(change.received)),
            cell(when(&change.performed)),
            cell(format!("{by}recorded by {} ({mode})", change.recorded_by)),
            what,
            changed,
            cell(change.why.as_deref().unwrap_or("-")),
        ]
    });
    let columns =
        ["Entry (no.)", "Recorded", "Performed", "By", "What", "Changed, old → new", "Why"];
    table("Every entry of the item, as it became known", &columns, rows.collect())
}

fn standing(file: &RecordFile) -> Section {
    let at = file.record.at.iter();
    let at: Vec<String> =
        at.map(|at| format!("ledger {}, position {}", at.ledger, at.position)).collect();
    let text = format!(
        "{}. Ledger {}. Everything recorded of the item up to that position is in this record; \
         nothing after it is. The proof inside this file holds the same entries and stands on the \
         signed head below: `tracewright verify` checks it without a server. It covers the \
         entries, and the record hash over them; what these pages say can be held against them.",
        at.join("; "),
        file.origin
    );
    let head = Block::Lines(file.checkpoint.clone());
    section("Where this stands", vec![Block::Text(cell(text)), head])
}

fn named(file: &RecordFile) -> Block {
    let rows = file.files.iter().map(|named| {
        let inside = if named.inside { "inside" } else { "by its hash alone" };
        vec![
            cell(&named.name),
            cell(&named.what),
            cell(&named.media_type),
            cell(or_dash(named.bytes.as_ref())),
            cell(&named.sha256),
            cell(inside),
        ]
    });
    let columns = ["File", "What it is", "Kind", "Bytes", "SHA-256", "Where"];
    table("Files and pictures that the record names", &columns, rows.collect())
}
