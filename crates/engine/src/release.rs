//! Releases: items leave on records that were reviewed.
//!
//! The program makes the entry: a caller names items and the hashes of the records somebody looked
//! at. Before it is written, each record is made again and must be the one that was named, and be
//! complete; the rules then look at what only the writer knows, such as a hold of this moment.

use domain::act::{Act, Release};
use domain::rejection::{Finding, Rejection};
use domain::{Answer, Code, Command, ItemRef, Position};

use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::query::{RecordStanding, ReleaseAnswer, ReleaseAsk, ReleasedItem};
use crate::signing::Signing;

/// Most items one release may name, as one command holds them.
pub const RELEASE_ITEMS_MAX: usize = domain::command::ACTS_PER_COMMAND_MAX;
/// How many gaps of a record a refusal spells out; the review lists them all.
const GAPS_SHOWN_MAX: usize = 5;

impl Plant {
    /// Releases items on their records, all of them or none; each release is signed by itself,
    /// where somebody signs.
    ///
    /// Errors: [`Error::Rejected`] with what is missing, what changed since the review, or what a
    /// rule said; [`Error::Input`] for none or too many items.
    pub fn release(
        &self,
        ask: &ReleaseAsk,
        (by, signing): (&str, Option<Signing>),
    ) -> Result<ReleaseAnswer> {
        let count = ask.items.len();
        if count == 0 || count > RELEASE_ITEMS_MAX {
            return Err(Error::Input(format!(
                "release {count} items: name 1 to {RELEASE_ITEMS_MAX}, each with its record"
            )));
        }
        let mut acts = Vec::with_capacity(count);
        let mut items = Vec::with_capacity(count);
        for (index, reviewed) in ask.items.iter().enumerate() {
            let record = self.record_standing(&reviewed.item)?;
            let findings = stands(&record, &reviewed.record);
            if !findings.is_empty() {
                return Err(Error::Rejected(Box::new(Rejection::of(index, findings))));
            }
            acts.push(Act::Release(Release {
                item: ItemRef::Id(record.item.id),
                record: record.record.clone(),
                known_at: record.known_at,
            }));
            items.push((record.item, record.record));
        }
        let mut command = Command::attempt(acts);
        command.performed_by = Some(ask.person.clone());
        let reply = self.submit_own(command, (by, signing))?;
        let first = match reply.answer {
            Answer::Admitted(admitted) => admitted.first,
            Answer::Rejected(rejection) => return Err(Error::Rejected(Box::new(rejection))),
        };
        self.published().wait_for(reply.position)?;
        let released = (first.0..).zip(items).map(|(position, (item, record))| ReleasedItem {
            item,
            position: Position(position),
            record,
        });
        Ok(ReleaseAnswer { at: self.at(), released: released.collect() })
    }
}

/// Why a record cannot be released as it was named.
fn stands(record: &RecordStanding, named: &str) -> Vec<Finding> {
    let item = Some(record.item.id);
    let name = format!("{} {}", record.item.kind.word(), record.item.label);
    let is_hash = named.len() == 64 && named.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash {
        let detail = format!("{named:?} names no record of {name}");
        let needed = "name it by all 64 hexadecimal digits, as the review shows them";
        return vec![Finding::malformed(Code::Malformed, detail, needed)];
    }
    if record.record != named {
        let detail = format!("{name} has another record now: {}", record.record);
        let needed = "look at what is new, and review again";
        return vec![Finding::rule(Code::ReviewOutdated, item, detail, needed)];
    }
    let gaps = record.missing.iter().take(GAPS_SHOWN_MAX).map(|gap| {
        let detail = format!("{name}: {}", gap.what);
        Finding::rule(Code::RecordIncomplete, item, detail, &gap.needed)
    });
    gaps.collect()
}
