//! A batch record (DHR) as a page: everything in it, what is missing, what the review found.

use engine::query::{
    BatchRecord, CaptureDone, Component, EquipmentUsed, Finding, OperationDone, Released, StepDone,
};

use super::About;
use super::markup::{e, page, standing, table};
use crate::output::{count, moment, word};

/// The page of a batch record.
pub(crate) fn record_page(record: &BatchRecord, about: &About) -> String {
    let title = format!("{} {}", record.item.kind.word(), record.item.label);
    let mut sections = vec![identity(record), state(record), found(&record.findings)];
    sections.push(covered(record));
    sections.extend(record.operations.iter().map(operation));
    sections.push(components(&record.components));
    sections.push(equipment(&record.equipment));
    sections.push(nonconformances(record));
    sections.push(releases(&record.releases));
    sections.push(standing(&record.at, about));
    let lead = format!(
        "Batch record (DHR), as it stood on {}. Record hash <code>{}</code>, over {} entries up to \
         {}.",
        e(&about.asked),
        e(&record.record),
        record.entries,
        record.known_at
    );
    page(("Record", "Batch record"), &title, &lead, &sections)
}

fn section(id: &str, heading: &str, body: &str) -> String {
    format!("<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{heading}</h2>{body}</section>")
}

fn identity(record: &BatchRecord) -> String {
    let part = record.part.as_ref().map_or_else(String::new, ToString::to_string);
    let name = record.part_name.as_deref().unwrap_or_default();
    let order = record.order.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let made = record
        .made
        .map_or_else(|| "-".to_owned(), |(from, to)| format!("{} to {}", moment(from), moment(to)));
    let masters: Vec<String> = record
        .masters
        .iter()
        .map(|master| format!("{} <code>{}</code>", e(&master.name), e(&master.hash)))
        .collect();
    let persons: Vec<String> = record
        .persons
        .iter()
        .map(|worker| format!("{} ({})", e(&worker.person), worker.entries))
        .collect();
    let rows = [
        ["Part".to_owned(), format!("{} {}", e(&part), e(&name))],
        ["Work order".to_owned(), e(&order)],
        ["Status".to_owned(), e(&word(&record.status))],
        ["Made".to_owned(), e(&made)],
        ["By instruction".to_owned(), masters.join("<br>")],
        ["Persons, entries of each".to_owned(), persons.join(", ")],
    ];
    section("identity", "Identity", &table("What it is", &["Field", "Value"], &rows))
}

fn state(record: &BatchRecord) -> String {
    let times = record.contemporaneity;
    let on_time = count(times.on_time, "step");
    let said = format!(
        "<p>{on_time} entered when done, as a scan or a device shows; {} dated by a person's word \
         alone; {} entered late.</p>",
        times.unverified, times.late
    );
    if record.complete {
        return section("state", "Complete", &format!("<p>It holds all it must.</p>{said}"));
    }
    let rows: Vec<[String; 3]> =
        record.missing.iter().map(|gap| [e(&gap.field), e(&gap.what), e(&gap.needed)]).collect();
    let gaps = table("What is missing", &["Field", "Missing", "What to do"], &rows);
    section("state", "Not complete", &format!("{gaps}{said}"))
}

fn found(findings: &[Finding]) -> String {
    let rows: Vec<[String; 4]> = findings
        .iter()
        .map(|finding| {
            let evidence: Vec<String> = finding.evidence.iter().map(ToString::to_string).collect();
            let settled = finding.settled.as_deref().unwrap_or("-");
            [e(&word(&finding.rule)), e(&finding.what), evidence.join(", "), e(&settled)]
        })
        .collect();
    let columns = ["Rule", "What", "Entries", "Settled"];
    section("findings", "Findings of the review", &table("Findings", &columns, &rows))
}

fn covered(record: &BatchRecord) -> String {
    let rules: Vec<[String; 3]> = record
        .coverage
        .rules
        .iter()
        .map(|rule| [e(&word(&rule.rule)), rule.looked.to_string(), rule.found.to_string()])
        .collect();
    let values: Vec<[String; 3]> = record
        .coverage
        .unjudged
        .iter()
        .map(|value| [value.position.to_string(), e(&value.what), e(&value.value)])
        .collect();
    let rules = table("What the rules looked at", &["Rule", "Looked at", "Found"], &rules);
    let columns = ["Entry", "What", "Value to look at"];
    let values = table("What no rule judges", &columns, &values);
    section("coverage", "Coverage", &format!("{rules}{values}"))
}

fn operation(operation: &OperationDone) -> String {
    let id = format!("op-{}", operation.execution);
    let heading = format!("{} {}", e(&operation.operation), e(&operation.title));
    let station = operation.station.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let person = operation.person.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let ended = match (operation.completed, operation.abandoned) {
        (Some(at), _) => format!("complete {}", moment(at)),
        (None, true) => "ended without completing it".to_owned(),
        (None, false) => "open".to_owned(),
    };
    let about = format!(
        "<p>Execution {} at {} by {}, begun {}, {}. Instruction {}.</p>",
        operation.execution,
        e(&station),
        e(&person),
        e(&moment(operation.started)),
        e(&ended),
        e(&operation.master.name)
    );
    let rows: Vec<[String; 7]> = operation.steps.iter().flat_map(step).collect();
    let columns = ["Step", "Asked", "Value", "By, with", "Performed", "Recorded", "Entry"];
    section(&id, &heading, &format!("{about}{}", table("Steps", &columns, &rows)))
}

/// The rows of a step: one for each value, and one for its gate.
fn step(step: &StepDone) -> Vec<[String; 7]> {
    let name = format!("{} {}", e(&step.code), e(&step.text));
    let mut rows: Vec<[String; 7]> =
        step.captures.iter().map(|done| capture(&name, done)).collect();
    let gate = match step.closed {
        Some(position) if step.refusals.is_empty() => format!("gate closed at {position}"),
        Some(position) => {
            let refused: Vec<String> = step.refusals.iter().map(ToString::to_string).collect();
            format!("gate closed at {position}; refused before it: {}", refused.join(", "))
        }
        None => "gate open".to_owned(),
    };
    let at = step.closed_at.map(moment).unwrap_or_default();
    let none = String::new;
    rows.push([name, e(&gate), none(), none(), e(&at), none(), none()]);
    rows
}

fn capture(step: &str, done: &CaptureDone) -> [String; 7] {
    let by = done.by.as_ref().map_or_else(String::new, ToString::to_string);
    let with = if done.equipment.is_empty() {
        String::new()
    } else {
        format!(", {}", done.equipment.join(", "))
    };
    let mut value = e(&done.value);
    if !done.counts {
        value = format!("<s>{value}</s> set aside");
    }
    if !done.good {
        value.push_str(" <strong>not good</strong>");
    }
    [
        step.to_owned(),
        e(&done.asked),
        value,
        e(&format!("{by}{with}")),
        e(&moment(done.performed)),
        e(&moment(done.received)),
        done.position.to_string(),
    ]
}

fn components(components: &[Component]) -> String {
    let rows: Vec<[String; 6]> = components
        .iter()
        .map(|component| {
            let part = component.part.as_ref().map_or_else(String::new, ToString::to_string);
            let sure = if component.certain { "certain" } else { "one of several" };
            let out = component.removed.map_or_else(|| "-".to_owned(), |at| moment(at.to));
            [
                e(&component.item.label),
                e(&part),
                component.quantity.normal().to_string(),
                sure.to_owned(),
                e(&out),
                component.position.to_string(),
            ]
        })
        .collect();
    let columns = ["Item", "Part", "Quantity", "Certainty", "Taken out", "Entry"];
    section("material", "Material", &table("What is or was in it", &columns, &rows))
}

fn equipment(used: &[EquipmentUsed]) -> String {
    let found = |good: Option<bool>| match good {
        Some(true) => "good",
        Some(false) => "bad",
        None => "not checked",
    };
    let rows: Vec<[String; 5]> = used
        .iter()
        .map(|equipment| {
            [
                e(&equipment.code),
                format!("{} to {}", e(&moment(equipment.from)), e(&moment(equipment.to))),
                found(equipment.good_before).to_owned(),
                equipment.due.map_or_else(|| "-".to_owned(), |due| e(&moment(due))),
                found(equipment.good_after).to_owned(),
            ]
        })
        .collect();
    let columns = ["Equipment", "Used", "Check before", "Due", "Check after"];
    section("equipment", "Equipment", &table("Equipment used on it", &columns, &rows))
}

fn nonconformances(record: &BatchRecord) -> String {
    let rows: Vec<[String; 4]> = record
        .nonconformances
        .iter()
        .map(|each| {
            let decided = each.decided.map_or_else(String::new, |at| format!(" at {at}"));
            let disposition = each.disposition.as_deref().unwrap_or("open");
            [
                e(&each.code),
                e(&each.description),
                each.opened.to_string(),
                format!("{}{decided}", e(&disposition)),
            ]
        })
        .collect();
    let columns = ["Code", "What is wrong", "Entry", "Decision"];
    section("conformity", "Nonconformances", &table("Nonconformances", &columns, &rows))
}

fn releases(releases: &[Released]) -> String {
    let rows: Vec<[String; 5]> = releases
        .iter()
        .map(|release| {
            let by = release.by.as_ref().map_or_else(String::new, ToString::to_string);
            let stands = if release.stands { "stands" } else { "record changed since" };
            [
                release.position.to_string(),
                e(&by),
                e(&moment(release.at)),
                format!("<code>{}</code>", e(&release.record)),
                stands.to_owned(),
            ]
        })
        .collect();
    let columns = ["Entry", "Released by", "When", "Record", ""];
    section("release", "Release", &table("Releases", &columns, &rows))
}
