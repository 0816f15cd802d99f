//! Lists of items, lots and what concerns them: exceptions, holds.

use std::ops::Bound;

use domain::act::Kind;
use domain::item::{Balance, ItemState};
use domain::{HoldCode, ItemId, OrderCode, Part, Position};
use genealogy::ItemIndex;

use super::{
    ExceptionRow, ExceptionsAsk, HoldRow, HoldsAsk, ItemRow, ItemsAsk, LotRow, LotsAsk, Page,
    cursor, holds_text, page_size,
};
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::query::line::name_of;
use crate::query::seen::Seen;
use crate::state::PlacedHold;

/// What a list of items is narrowed to.
struct Filter {
    part: Option<Part>,
    text: Option<String>,
}

impl Filter {
    fn of(part: Option<&str>, text: Option<&str>) -> Result<Self> {
        let part = part.map(str::parse).transpose();
        let part = part.map_err(|error| Error::Input(format!("the part: {error}")))?;
        Ok(Self { part, text: text.map(str::to_lowercase) })
    }

    fn fits(&self, item: &ItemState) -> bool {
        let own = item.part.value.as_ref();
        let part = |part: &Part| own.is_some_and(|own| part.accepts(own));
        self.part.as_ref().is_none_or(part)
            && self.text.as_ref().is_none_or(|text| holds_text(item_texts(item), text))
    }
}

fn item_texts(item: &ItemState) -> impl Iterator<Item = &str> {
    item.names.iter().map(|name| name.identifier.value.as_str())
}

impl Plant {
    /// A page of items, oldest first.
    ///
    /// Errors: [`Error::Input`] if a filter or the cursor does not read.
    pub fn items(&self, ask: &ItemsAsk) -> Result<Page<ItemRow>> {
        let filter = Filter::of(ask.part.as_deref(), ask.text.as_deref())?;
        let after: Option<ItemId> = cursor(ask.after.as_deref())?;
        self.see((None, None), |seen| {
            let candidates = seen.narrowed(&filter, ask);
            let rows = candidates.filter(|index| after.is_none_or(|id| seen.follows(*index, id)));
            let rows = rows.filter_map(|index| {
                let item = seen.item(index).filter(|item| filter.fits(item))?;
                let kind = ask.kind.is_none_or(|kind| kind == item.kind);
                let order = ask.order.as_ref().is_none_or(|order| is_of(item, order));
                let row = (kind && order).then(|| seen.row(index, item))?;
                ask.status.is_none_or(|status| status == row.status).then_some(row)
            });
            Ok(Page::of(seen.at(), rows, page_size(ask.limit), |row| row.id.to_string()))
        })
    }

    /// A page of lots with their books, oldest first.
    ///
    /// Errors: [`Error::Input`] if a filter or the cursor does not read.
    pub fn lots(&self, ask: &LotsAsk) -> Result<Page<LotRow>> {
        let filter = Filter::of(ask.part.as_deref(), None)?;
        let after: Option<ItemId> = cursor(ask.after.as_deref())?;
        self.see((None, None), |seen| {
            let every = ItemsAsk { kind: Some(Kind::Lot), ..ItemsAsk::default() };
            let candidates = seen.narrowed(&filter, &every);
            let rows = candidates.filter(|index| after.is_none_or(|id| seen.follows(*index, id)));
            let rows = rows.filter_map(|index| {
                let item = seen.item(index).filter(|item| filter.fits(item))?;
                let balance = seen.balance_of(item);
                let unexplained = balance.is_some_and(|books| !books.unexplained.is_zero());
                let fits = item.kind == Kind::Lot && (!ask.unexplained || unexplained);
                fits.then(|| seen.lot_row(index, item, balance))
            });
            Ok(Page::of(seen.at(), rows, page_size(ask.limit), |row| row.lot.id.to_string()))
        })
    }

    /// A page of exceptions, oldest first.
    ///
    /// Errors: [`Error::Input`] if the cursor does not read; [`Error::NotFound`] if the item is
    /// not known.
    pub fn exceptions(&self, ask: &ExceptionsAsk) -> Result<Page<ExceptionRow>> {
        let after: Option<u64> = cursor(ask.after.as_deref())?;
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(Position(after)));
        self.see((None, None), |seen| {
            let on = ask.item.as_ref().map(|item| seen.named(item)).transpose()?;
            let (on, note) = on.unzip();
            let on: Option<Vec<ItemId>> = on.map(|found| {
                found.into_iter().filter_map(|index| Some(seen.item(index)?.id)).collect()
            });
            let rows = seen.state.exceptions().range((from, Bound::Unbounded));
            let rows = rows.filter_map(|(position, exception)| {
                let fact = &exception.fact;
                let open = ask.open.is_none_or(|open| open == exception.closed.is_none());
                let owner = ask.owner.as_ref().is_none_or(|owner| *owner == fact.owner);
                let on = on.as_ref();
                let on = on.is_none_or(|ids| fact.items.iter().any(|item| ids.contains(item)));
                (open && owner && on).then(|| ExceptionRow {
                    position: *position,
                    code: fact.code,
                    entry: fact.entry,
                    items: seen.names(fact.items.iter().copied()),
                    detail: fact.detail.clone(),
                    owner: fact.owner.clone(),
                    closed_by: exception.closed.as_ref().map(|(by, _)| *by),
                    closed_because: exception.closed.as_ref().map(|(_, why)| why.clone()),
                })
            });
            let size = page_size(ask.limit);
            let page = Page::of(seen.at(), rows, size, |row| row.position.to_string());
            Ok(Page { notes: note.flatten().into_iter().collect(), ..page })
        })
    }

    /// A page of holds, oldest first.
    ///
    /// Errors: [`Error::Input`] if the cursor does not read.
    pub fn holds(&self, ask: &HoldsAsk) -> Result<Page<HoldRow>> {
        let after: Option<u64> = cursor(ask.after.as_deref())?;
        self.see((None, None), |seen| {
            let mut holds: Vec<_> = seen.state.holds().iter().collect();
            holds.sort_by_key(|(_, hold)| hold.position);
            let rows = holds.into_iter().filter_map(|(code, hold)| {
                let later = after.is_none_or(|after| hold.position.0 > after);
                let active = ask.active.is_none_or(|active| active == hold.lifted.is_none());
                (later && active).then(|| seen.hold_row(code, hold))
            });
            let size = page_size(ask.limit);
            Ok(Page::of(seen.at(), rows, size, |row| row.position.to_string()))
        })
    }
}

/// Whether an item is of a work or production order.
fn is_of(item: &ItemState, order: &OrderCode) -> bool {
    let own = [&item.order.value, &item.production_order.value];
    own.into_iter().flatten().any(|own| own == order)
}

impl Seen<'_> {
    /// Items that can fit, in order: by an index where there is one.
    fn narrowed(
        &self,
        filter: &Filter,
        ask: &ItemsAsk,
    ) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        match (&ask.order, &filter.part) {
            (Some(order), _) => Box::new(self.state.items_of_order(order)),
            (None, Some(part)) => Box::new(self.state.items_of_part(&part.number)),
            (None, None) => {
                let count = u32::try_from(self.state.item_count()).unwrap_or(u32::MAX);
                Box::new((0..count).map(ItemIndex))
            }
        }
    }

    fn follows(&self, index: ItemIndex, id: ItemId) -> bool {
        self.item(index).is_some_and(|item| item.id > id)
    }

    fn row(&self, index: ItemIndex, item: &ItemState) -> ItemRow {
        let (place, status) = self.place(index, item);
        ItemRow {
            id: item.id,
            kind: item.kind,
            serial_number: item.name_in(domain::scheme::SERIAL_NUMBER).map(ToOwned::to_owned),
            label: item.label(),
            part: item.part.value.clone(),
            status,
            place,
            lot: item.lot.value.and_then(|lot| self.index_of(lot)).map(|lot| self.name(lot)),
            order: item.order.value.clone(),
            last: item.last,
            balance: self.balance_of(item),
        }
    }

    fn lot_row(&self, index: ItemIndex, item: &ItemState, balance: Option<Balance>) -> LotRow {
        let (place, status) = self.place(index, item);
        LotRow {
            lot: name_of(item),
            part: item.part.value.clone(),
            status,
            place,
            supplier: item.supplier.clone(),
            expires: item.expires,
            usable: balance.map(|_| item.usable()),
            balance,
        }
    }

    pub(in crate::query) fn hold_row(&self, code: &HoldCode, hold: &PlacedHold) -> HoldRow {
        let on: Vec<_> = hold.on.iter().map(|start| self.start_in_words(start)).collect();
        HoldRow {
            code: code.clone(),
            position: hold.position,
            since: hold.since,
            on: hold.on.clone(),
            text: on.join(", "),
            spreads: hold.spreads,
            reason: hold.reason.clone(),
            items: hold.items.len(),
            lifted_by: hold.lifted.as_ref().map(|lifted| lifted.by),
            lifted_because: hold.lifted.as_ref().map(|lifted| lifted.reason.clone()),
        }
    }
}
