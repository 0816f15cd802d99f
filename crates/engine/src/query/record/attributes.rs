//! Attributes of the record as projections of facts.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::edge::EdgeKind;
use domain::item::ItemState;
use domain::{Part, PartClass, Position, scheme};
use genealogy::{Edge, ItemIndex};
use serde_json::Value;

use crate::fields::PROJECTED;
use crate::query::seen::Seen;

/// Levels of components looked through for a board or firmware.
const LEVELS_MAX: usize = 8;

/// A value and the fact that decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::query) struct Attribute {
    pub(in crate::query) value: Value,
    pub(in crate::query) by: Position,
}

impl Attribute {
    fn text(value: &str, by: Position) -> Self {
        Self { value: Value::from(value), by }
    }
}

impl Seen<'_> {
    /// Every attribute of an item that is known.
    pub(in crate::query) fn attributes(
        &self,
        index: ItemIndex,
        item: &ItemState,
    ) -> BTreeMap<String, Attribute> {
        let names = PROJECTED.iter().copied().chain(item.fields.keys().map(String::as_str));
        names
            .filter_map(|name| Some((name.to_owned(), self.attribute(index, item, name)?)))
            .collect()
    }

    /// One attribute of an item, by its name in the record.
    pub(in crate::query) fn attribute(
        &self,
        index: ItemIndex,
        item: &ItemState,
        name: &str,
    ) -> Option<Attribute> {
        let born = item.id.birth;
        let part = item.part.value.as_ref();
        let part_by = item.part.stamp.map_or(born, |stamp| stamp.position);
        match name {
            "serialNumber" => named(item, scheme::SERIAL_NUMBER),
            "cloudId" => named(item, scheme::CLOUD_ID),
            "partNumber" => part.map(|part| Attribute::text(part.number.as_str(), part_by)),
            "hwRevision" => part
                .and_then(|part| part.revision.as_ref())
                .map(|revision| Attribute::text(revision.as_str(), part_by)),
            "deviceType" => {
                let material = self.material(part?)?;
                material.device_type.as_ref().map(|kind| Attribute::text(kind, part_by))
            }
            "pcbPartNumber" => {
                let (board, by) = self.nearest(index, item, PartClass::Board)?;
                Some(Attribute::text(self.part_of(board)?.number.as_str(), by))
            }
            "fwVersion" => {
                let (build, by) = self.nearest(index, item, PartClass::Firmware)?;
                let build = self.state.at(build)?;
                let version =
                    self.names_of(build).rfind(|name| name.scheme.as_str() == scheme::VERSION);
                let version = version.map(|name| name.value.as_str());
                version.or_else(|| self.lot_code(build)).map(|said| Attribute::text(said, by))
            }
            "lotCode" => self.lot_of(item),
            "workOrder" => {
                let by = item.order.stamp.map_or(born, |stamp| stamp.position);
                item.order.value.as_ref().map(|order| Attribute::text(order.as_str(), by))
            }
            "productionOrder" => self.production_order(item),
            "palletId" => self.container(item, Kind::Pallet),
            "packageId" => self.container(item, Kind::Package),
            own => {
                let register = item.fields.get(own)?;
                let value: Value = serde_json::from_str(&register.value).ok()?;
                let by = register.stamp.map_or(born, |stamp| stamp.position);
                (!value.is_null()).then_some(Attribute { value, by })
            }
        }
    }

    fn lot_of(&self, item: &ItemState) -> Option<Attribute> {
        if item.kind == Kind::Lot {
            return named(item, scheme::LOT_CODE).or_else(|| named(item, scheme::SUPPLIER_LOT));
        }
        let lot = self.state.item_state(item.lot.value?)?;
        let by = item.lot.stamp.map_or(item.id.birth, |stamp| stamp.position);
        self.lot_code(lot).map(|code| Attribute::text(code, by))
    }

    fn production_order(&self, item: &ItemState) -> Option<Attribute> {
        let at = |stamp: Option<domain::item::Stamp>| {
            stamp.map_or(item.id.birth, |stamp| stamp.position)
        };
        if let Some(order) = &item.production_order.value {
            return Some(Attribute::text(order.as_str(), at(item.production_order.stamp)));
        }
        let order = self.state.masters().orders.get(item.order.value.as_ref()?)?;
        let above = order.production_order.as_ref()?;
        Some(Attribute::text(above.as_str(), at(item.order.stamp)))
    }

    /// The container of a kind that an item is or is in.
    fn container(&self, item: &ItemState, kind: Kind) -> Option<Attribute> {
        if item.kind == kind {
            return named(item, scheme::CONTAINER_CODE);
        }
        let outer: Vec<&ItemState> =
            self.outer(item).into_iter().filter_map(|index| self.item(index)).collect();
        let inner = std::iter::once(item).chain(outer.iter().copied());
        let (inner, container) =
            inner.zip(outer.iter().copied()).find(|(_, container)| container.kind == kind)?;
        let by = inner.whereabouts.stamp.map_or(inner.id.birth, |stamp| stamp.position);
        Some(Attribute::text(&container.label(), by))
    }

    /// The component of a class on the nearest level that has one, the latest of several; with
    /// the fact that put it in.
    fn nearest(
        &self,
        index: ItemIndex,
        item: &ItemState,
        class: PartClass,
    ) -> Option<(ItemIndex, Position)> {
        if self.class(item.part.value.as_ref()) == Some(class) {
            let by = item.part.stamp.map_or(item.id.birth, |stamp| stamp.position);
            return Some((index, by));
        }
        let mut level = vec![index];
        let mut met = BTreeSet::from([index]);
        for _ in 0..LEVELS_MAX {
            let inside: Vec<Edge> = level.iter().flat_map(|item| self.inside(*item)).collect();
            let of_class = |edge: &&Edge| self.class(self.part_of(edge.input)) == Some(class);
            let latest = |edge: &&Edge| (edge.performed.to, edge.source, edge.input);
            if let Some(found) = inside.iter().filter(of_class).max_by_key(latest) {
                return Some((found.input, found.source));
            }
            let inputs = inside.iter().map(|edge| edge.input);
            level = inputs.filter(|input| !self.is_lot(*input) && met.insert(*input)).collect();
        }
        None
    }

    /// What is for certain in an item, one level deep.
    fn inside(&self, item: ItemIndex) -> impl Iterator<Item = Edge> + '_ {
        let graph = self.state.graph();
        let inputs = graph.inputs(item).filter(|edge| self.is_in(*edge));
        let inputs = inputs.map(|edge| graph.edge(edge));
        inputs.filter(|edge| edge.group.is_none() && edge.kind != EdgeKind::Member)
    }

    fn class(&self, part: Option<&Part>) -> Option<PartClass> {
        self.material(part?)?.class
    }

    fn is_lot(&self, index: ItemIndex) -> bool {
        self.state.at(index).is_some_and(|item| item.kind == Kind::Lot)
    }

    /// What a lot is called.
    fn lot_code<'i>(&self, lot: &'i ItemState) -> Option<&'i str> {
        let called = |scheme: &str| self.names_of(lot).rfind(|name| name.scheme.as_str() == scheme);
        let name = called(scheme::LOT_CODE).or_else(|| called(scheme::SUPPLIER_LOT));
        name.or_else(|| self.names_of(lot).next()).map(|name| name.value.as_str())
    }
}

/// An item's current name in a scheme, and the fact that gave it.
fn named(item: &ItemState, scheme: &str) -> Option<Attribute> {
    let mut held = item.names.iter().filter(|name| name.withdrawn.is_none());
    let name = held.rfind(|name| name.identifier.scheme.as_str() == scheme)?;
    Some(Attribute::text(&name.identifier.value, name.added.position))
}
