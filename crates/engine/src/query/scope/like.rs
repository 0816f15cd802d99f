//! All items that share the value of an attribute with one.

use domain::act::Kind;
use domain::{ItemRef, OrderCode, PartNumber};
use genealogy::ItemIndex;
use serde_json::Value;

use super::Like;
use crate::error::{Error, Result};
use crate::query::seen::Seen;
use crate::starts::{Begun, Found};

/// What is like an item, and what to say about it.
pub(super) struct Alike {
    pub(super) found: Found,
    pub(super) notes: Vec<String>,
    pub(super) text: String,
}

impl Seen<'_> {
    /// The items of the same kind with the same value.
    ///
    /// Errors: [`Error::NotFound`] if the item is not known or has no such value.
    pub(super) fn alike(&self, like: &Like) -> Result<Alike> {
        let (of, note) = self.named(&like.item)?;
        let mut notes: Vec<String> = note.into_iter().collect();
        let mut found = Found::new();
        let mut values = Vec::new();
        for index in of {
            let Some(item) = self.item(index) else { continue };
            let Some(attribute) = self.attribute(index, item, &like.by) else { continue };
            let all = self.sharing(&like.by, &attribute.value, item.kind);
            notes.push(format!("{} {}: {} alike", like.by, shown(&attribute.value), all.len()));
            values.push(shown(&attribute.value));
            found.extend(all.into_iter().map(|index| (index, Begun::since(None))));
        }
        if values.is_empty() {
            return Err(Error::NotFound(format!("a value of {} on {}", like.by, like.item)));
        }
        let text = format!("{} {}, like {}", like.by, values.join(" or "), like.item);
        Ok(Alike { found, notes, text })
    }

    fn sharing(&self, by: &str, value: &Value, kind: Kind) -> Vec<ItemIndex> {
        let mut found: Vec<ItemIndex> = self
            .candidates_for(by, value)
            .into_iter()
            .filter(|index| {
                self.item(*index).is_some_and(|item| {
                    item.kind == kind
                        && self.attribute(*index, item, by).is_some_and(|at| at.value == *value)
                })
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Items that can have the value: by an index where there is one for now, else all.
    fn candidates_for(&self, by: &str, value: &Value) -> Vec<ItemIndex> {
        let all = || {
            let count = u32::try_from(self.state.item_count()).unwrap_or(u32::MAX);
            (0..count).map(ItemIndex).collect()
        };
        let (Some(text), true) = (value.as_str(), self.is_now()) else { return all() };
        let called = || {
            let named = ItemRef::Called { scheme: None, issuer: None, value: text.to_owned() };
            self.state.find(&named)
        };
        match by {
            "serialNumber" | "cloudId" => called(),
            "lotCode" => called().into_iter().flat_map(|lot| self.members(lot)).collect(),
            "palletId" | "packageId" => {
                called().into_iter().flat_map(|container| self.with_contents(container)).collect()
            }
            "workOrder" => OrderCode::new(text)
                .map_or_else(|_| all(), |order| self.state.items_of_order(&order).collect()),
            "partNumber" => PartNumber::new(text)
                .map_or_else(|_| all(), |part| self.state.items_of_part(&part).collect()),
            _ => all(),
        }
    }

    /// A lot and what was ever said to belong to it.
    fn members(&self, lot: ItemIndex) -> Vec<ItemIndex> {
        let graph = self.state.graph();
        let outputs = graph.outputs(lot).map(|edge| graph.edge(edge).output);
        std::iter::once(lot).chain(outputs).collect()
    }
}

/// A value as people read it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
