//! The audit trail, page by page or as a file.

use std::io;
use std::sync::Arc;

use domain::Role;
use engine::Plant;
use engine::query::{AuditRow, EntriesAsk, EntryRow, PAGE_MAX, Page};

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::route::{CSV, JSON, NDJSON, Route, get};

const AUDIT: &str = "\
Every entry as a line for people, newest first: when, who, by which account, where, what, old and \
new value where the entry says so, why, who signed. All filters that are given must hold. As JSON \
it is a page; with `Accept: text/csv` or `application/x-ndjson` it is all of it as a file, sent \
while it is read; no cell of the table is a formula. Nothing can be written here, and there is no \
off switch.";

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/audit", Some(Role::Read))
            .says("Entries", "Read the audit trail", AUDIT)
            .answers_as::<Page<AuditRow>>(JSON)
            .answers_as::<AuditRow>(NDJSON)
            .answers(CSV)
            .raw(|call, ask: EntriesAsk| audit(call, ask)),
    ]
}

fn audit(call: &Call, mut ask: EntriesAsk) -> Result<Reply, Box<Problem>> {
    let (table, lines) = (call.wants("text/csv"), call.wants(NDJSON));
    if table || lines {
        ask.limit = Some(PAGE_MAX);
    }
    // The first page is asked for here, so that a question that cannot be answered is refused.
    let first = call.plant().entries(&ask)?;
    let plant = Arc::clone(call.plant());
    if table {
        let all = Reply::piecewise(CSV, move |to| {
            let builder = &mut csv::WriterBuilder::new();
            let mut table = builder.terminator(csv::Terminator::CRLF).from_writer(to);
            table.write_record(AuditRow::COLUMNS)?;
            each(&plant, ask, first, &mut |row| Ok(table.write_record(row.cells())?))?;
            table.flush()
        });
        return Ok(all.file("audit.csv"));
    }
    if lines {
        let all = Reply::piecewise(NDJSON, move |to| {
            each(&plant, ask, first, &mut |row| {
                serde_json::to_writer(&mut *to, row)?;
                to.write_all(b"\n")
            })
        });
        return Ok(all.file("audit.ndjson"));
    }
    let Page { at, notes, items, next } = first;
    let items: Vec<AuditRow> = items.iter().map(AuditRow::of).collect();
    Reply::json(200, &Page { at, notes, items, next })
}

/// Every line from a page on.
fn each(
    plant: &Plant,
    mut ask: EntriesAsk,
    mut page: Page<EntryRow>,
    line: &mut dyn FnMut(&AuditRow) -> io::Result<()>,
) -> io::Result<()> {
    loop {
        for row in &page.items {
            line(&AuditRow::of(row))?;
        }
        ask.after = page.next;
        if ask.after.is_none() {
            return Ok(());
        }
        page = plant.entries(&ask).map_err(io::Error::other)?;
    }
}
