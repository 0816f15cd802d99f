//! Sends the history through the public API, deed by deed, each at the moment it is about.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::{Context as _, Result, bail};
use domain::{ItemRef, PersonCode, Position, Time};
use engine::Clock;
use engine::query::{ReleaseAsk, Reviewed};
use serde_json::Value;

use super::history::{Deed, What};
use super::{Demo, numbered};

/// Nobody types faster: what is told reaches the plant that long after it was done.
const TOLD_AFTER_US: i64 = 2_000_000;

/// The clock of the plant while it is told its past; then the clock of the machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Past(Arc<AtomicI64>);

impl Past {
    /// The clock that shows it.
    pub(super) fn clock(&self) -> Clock {
        let at = Arc::clone(&self.0);
        Clock::of(move || match at.load(Ordering::Relaxed) {
            0 => engine::now(),
            past => Time(past),
        })
    }

    pub(super) fn is_at(&self, at: Time) {
        self.0.store(at.0, Ordering::Relaxed);
    }

    fn is_over(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// Positions by the names deeds keep them under.
type Named = BTreeMap<String, Position>;

impl Demo<'_> {
    /// Tells the plant its past.
    pub(super) fn feed(&self, deeds: &[Deed], past: &Past) -> Result<()> {
        let fed = self.feed_all(deeds, past);
        past.is_over();
        fed?;
        let size = self.plant.ledger()?.size()?;
        Ok(self.plant.published().wait_for(Position(size))?)
    }

    fn feed_all(&self, deeds: &[Deed], past: &Past) -> Result<()> {
        let bar = self.output.bar("writing five weeks of history", "deeds");
        let mut named = Named::new();
        for (deed, index) in deeds.iter().zip(0_u64..) {
            past.is_at(Time(deed.at.0 + TOLD_AFTER_US));
            match &deed.what {
                What::Command { command, keep, refused } => {
                    let mut command = command.clone();
                    fill(&mut command, &named)?;
                    let first = self.tell_past(&command, index, *refused)?;
                    named.extend(keep.clone().zip(first));
                }
                What::Release { serials, person } => self.release(serials, person)?,
            }
            bar.at(index + 1, deeds.len() as u64);
        }
        Ok(())
    }

    /// The position of the first entry; none: it was refused, as it had to be.
    fn tell_past(&self, command: &Value, index: u64, refused: bool) -> Result<Option<Position>> {
        let command = numbered(command, "history", index)?;
        match self.client.command_patiently(&command) {
            Ok(_) if refused => bail!("write the history: command {index} was not refused"),
            Ok(reply) => Ok(Some(reply.admitted.first)),
            Err(error) if refused && error.problem().is_some() => Ok(None),
            Err(error) => Err(error).with_context(|| format!("write the history: {command:?}")),
        }
    }

    /// Releases items on the records they have, once.
    fn release(&self, serials: &[String], person: &str) -> Result<()> {
        let named = |serial: &String| format!("serial:{serial}").parse::<ItemRef>();
        let all: Result<Vec<ItemRef>, _> = serials.iter().map(named).collect();
        let all = all.map_err(anyhow::Error::msg)?;
        let mut items = Vec::with_capacity(all.len());
        for item in &all {
            // Who reviews looks at the whole record; here its hash is enough.
            let record = self.plant.record_standing(item)?.record;
            items.push(Reviewed { item: item.clone(), record });
        }
        let person = PersonCode::new(person).map_err(anyhow::Error::msg)?;
        let Err(error) = self.client.release(&ReleaseAsk { items, person }, None) else {
            return Ok(());
        };
        for item in &all {
            // An earlier start did it, and what follows is there, too.
            if self.client.batch_record(item)?.releases.is_empty() {
                return Err(error).with_context(|| format!("release {item}"));
            }
        }
        Ok(())
    }
}

/// Puts positions in the place of their names: `@name` is a position, `@name+1` the code of the
/// nonconformance that followed it.
fn fill(value: &mut Value, named: &Named) -> Result<()> {
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(|value| fill(value, named)),
        Value::Object(members) => members.values_mut().try_for_each(|value| fill(value, named)),
        Value::String(text) if text.starts_with('@') => {
            let follows = text.strip_suffix("+1");
            let name = follows.unwrap_or(text).trim_start_matches('@');
            let at = named.get(name).with_context(|| format!("find what {name} names"))?.0;
            *value = match follows {
                Some(_) => format!("NC-{}", at + 1).into(),
                None => at.into(),
            };
            Ok(())
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}
