//! Which lots and units a drill takes.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use domain::act::Kind;
use domain::item::Status;
use domain::{ItemId, ItemRef, Position};
use engine::query::{ItemsAsk, KnownAt, LotRow, LotsAsk, RecordAsk, WhereKind};

use crate::backend::Backend;
use crate::chance::Chance;

/// Statuses a finished unit can have.
const FINISHED: [Status; 4] = [Status::InStock, Status::Shipped, Status::Returned, Status::OnHold];
/// Units of which one is drawn, from a place drawn by chance.
const NEAR: usize = 20;
/// Draws for one finished unit: where fewer than one in so many is finished, fewer are drilled.
const TRIES_MAX: usize = 64;

/// Whether a unit in that status and place is finished and stands for itself.
pub(super) fn is_finished(status: Status, place: WhereKind) -> bool {
    let there = matches!(place, WhereKind::InStock | WhereKind::Shipped | WhereKind::Returned);
    FINISHED.contains(&status) && there
}

/// Every lot that was known at a position, oldest first.
pub(super) fn all_lots(backend: &Backend, known_at: Position) -> Result<Vec<LotRow>> {
    let mut lots: Vec<LotRow> = Vec::new();
    let mut ask = LotsAsk { limit: Some(engine::query::PAGE_MAX), ..LotsAsk::default() };
    loop {
        let page = backend.lots(&ask)?;
        lots.extend(page.items.into_iter().filter(|row| row.lot.id.birth <= known_at));
        match page.next {
            Some(next) => ask.after = Some(next),
            None => return Ok(lots),
        }
    }
}

/// So many of the lots that have books, by chance; in the order they were drawn.
pub(super) fn lots(all: &[LotRow], count: usize, chance: &mut Chance) -> Vec<ItemId> {
    let counted = all.iter().filter(|row| row.balance.is_some());
    let mut drawn: Vec<ItemId> = counted.map(|row| row.lot.id).collect();
    chance.shuffle(&mut drawn);
    drawn.truncate(count);
    drawn
}

/// The one lot that is called so.
pub(super) fn named(backend: &Backend, lot: &ItemRef) -> Result<ItemId> {
    let record = backend.record(&RecordAsk::now(lot.clone()))?;
    if !record.others.is_empty() {
        let ids: Vec<String> = std::iter::once(&record)
            .chain(&record.others)
            .map(|fit| format!("id:{} ({})", fit.item, fit.kind.word()))
            .collect();
        bail!("drill {lot}: it fits several items; name one of {}", ids.join(", "));
    }
    if record.kind != Kind::Lot {
        bail!("drill {lot}: it is a {}, and a drill begins at lots", record.kind.word());
    }
    Ok(record.item)
}

/// One of several by chance.
pub(super) fn one<'a, T>(of: &'a [T], chance: &mut Chance) -> Option<&'a T> {
    let count = u64::try_from(of.len()).unwrap_or(u64::MAX);
    of.get(usize::try_from(chance.below(count)).unwrap_or_default())
}

/// Finished units from anywhere in the plant, each once, and none of those given.
///
/// A place in the ledger is drawn and one of the units born soon after it, until it is one that was
/// finished by then; so no list of all units is needed, and what came later changes nothing.
pub(super) fn units(
    backend: &Backend,
    (known_at, count): (Position, usize),
    mut taken: BTreeSet<ItemId>,
    chance: &mut Chance,
) -> Result<Vec<ItemId>> {
    let mut drawn = Vec::new();
    for _ in 0..count.saturating_mul(TRIES_MAX) {
        if drawn.len() >= count {
            break;
        }
        let after = chance.below(known_at.0.saturating_add(1));
        let mut near = units_after(backend, Some(after), known_at)?;
        if near.is_empty() {
            near = units_after(backend, None, known_at)?;
        }
        let Some(id) = one(&near, chance).copied() else { break };
        if !taken.contains(&id) && was_finished(backend, id, known_at)? {
            taken.insert(id);
            drawn.push(id);
        }
    }
    Ok(drawn)
}

/// The first units born after a position.
fn units_after(backend: &Backend, after: Option<u64>, known_at: Position) -> Result<Vec<ItemId>> {
    let after = after.map(|position| format!("{position}.0"));
    let ask = ItemsAsk { kind: Some(Kind::Unit), after, limit: Some(NEAR), ..ItemsAsk::default() };
    let ids = backend.items(&ask)?.items.into_iter().map(|row| row.id);
    Ok(ids.filter(|id| id.birth <= known_at).collect())
}

fn was_finished(backend: &Backend, unit: ItemId, known_at: Position) -> Result<bool> {
    let known_at = Some(KnownAt::Position(known_at));
    let ask = RecordAsk { known_at, ..RecordAsk::now(ItemRef::Id(unit)) };
    let record = backend.record(&ask)?;
    Ok(is_finished(record.status, record.place.kind))
}
