//! Signatures that the faces call; each moves to its module.

use domain::{ItemRef, Position};

use super::*;
use crate::error::{Error, Result};
use crate::plant::Plant;

fn pending<T>() -> Result<T> {
    Err(Error::Input("this question is not answered yet".to_owned()))
}

impl Plant {
    /// What an item shares with others.
    pub fn shared(&self, item: &ItemRef) -> Result<SharedAnswer> {
        drop(item);
        pending()
    }
    /// A page of items.
    pub fn items(&self, ask: &ItemsAsk) -> Result<Page<ItemRow>> {
        drop(ask);
        pending()
    }
    /// A page of entries.
    pub fn entries(&self, ask: &EntriesAsk) -> Result<Page<EntryRow>> {
        drop(ask);
        pending()
    }
    /// One entry.
    pub fn entry(&self, position: Position) -> Result<EntryRow> {
        let _ = position;
        pending()
    }
    /// A page of exceptions.
    pub fn exceptions(&self, ask: &ExceptionsAsk) -> Result<Page<ExceptionRow>> {
        drop(ask);
        pending()
    }
    /// A page of holds.
    pub fn holds(&self, ask: &HoldsAsk) -> Result<Page<HoldRow>> {
        drop(ask);
        pending()
    }
    /// A page of work orders.
    pub fn orders(&self, ask: &DefinitionsAsk) -> Result<Page<OrderRow>> {
        drop(ask);
        pending()
    }
    /// A page of parts.
    pub fn parts(&self, ask: &DefinitionsAsk) -> Result<Page<PartRow>> {
        drop(ask);
        pending()
    }
    /// A page of parties.
    pub fn parties(&self, ask: &DefinitionsAsk) -> Result<Page<domain::Party>> {
        drop(ask);
        pending()
    }
    /// A page of stations.
    pub fn stations(&self, ask: &DefinitionsAsk) -> Result<Page<domain::Station>> {
        drop(ask);
        pending()
    }
    /// A page of equipment.
    pub fn equipment(&self, ask: &DefinitionsAsk) -> Result<Page<EquipmentRow>> {
        drop(ask);
        pending()
    }
    /// A page of lots.
    pub fn lots(&self, ask: &LotsAsk) -> Result<Page<LotRow>> {
        drop(ask);
        pending()
    }
}
