//! From what a row says and what is recorded to the acts that tell the difference.
//!
//! ```text
//! serialNumber        the unit: found, or created as opening stock
//! partNumber/hwRev.   its part and revision            deviceType   of the material definition
//! lotCode             member of the lot, which is created as implied where nobody knows it
//! workOrder, productionOrder      the orders it belongs to
//! packageId, palletId             packed in the package, the package on the pallet
//! fwVersion           a build of the part's firmware, installed
//! pcbPartNumber       a board of that part, not labelled, installed
//! cloudId             an identifier of the unit         other columns   the user's own fields
//! ```
//!
//! What several rows stand on (definitions, orders, lots, containers, builds) is *ground*: it is
//! laid once, before the first row that needs it, and later rows point at it by name.

mod ground;

use std::collections::BTreeMap;

use domain::act::{
    Act, Assign, ChangePart, Create, Describe, Identify, Install, Kind, Origin, Pack, Packed,
    RemovedTo, Replace, Unpack, Withdraw,
};
use domain::edge::EdgeKind;
use domain::item::{ItemState, Whereabouts};
use domain::{
    Amount, Code, Identifier, ItemId, ItemRef, Part, PartClass, PartNumber, Scheme, Tracking,
    scheme,
};
use genealogy::{ItemIndex, View};

use super::columns::Field;
use super::refused::Wrong;
use super::unit::{Typing, UnitRow};
use crate::fields::Fields;
use crate::state::State;
pub(super) use ground::{Ground, Laid};
use ground::{create, defined};

type Acts = Vec<Act<ItemRef>>;

/// Part number of a unit whose row names none.
pub(super) const PART_UNKNOWN: &str = "unspecified";
/// Containers in containers that are followed.
const NESTING_MAX: usize = 64;
const REASON: &str = "an imported row says otherwise";

/// What a row asks of the ledger.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// What must be there first, in order.
    pub(super) ground: Vec<Ground>,
    /// What happened to the unit.
    pub(super) acts: Acts,
}

impl Difference {
    /// Whether the row says nothing new.
    pub(super) fn is_empty(&self) -> bool {
        self.ground.is_empty() && self.acts.is_empty()
    }
}

/// What a row says that is not recorded yet.
///
/// Errors: what is wrong with the row, seen with what is recorded.
pub(super) fn difference(
    row: &UnitRow,
    state: &State,
    typing: &Typing,
) -> Result<Difference, Wrong> {
    let unit = find_unit(row, state)?;
    let mut draft = Draft { state, row, difference: Difference::default() };
    match unit {
        Some(unit) => draft.changed(unit, typing)?,
        None => draft.created(typing)?,
    }
    Ok(draft.difference)
}

fn called(scheme: &str, value: &str) -> ItemRef {
    let scheme = Scheme::new(scheme).expect("invariant: the usual schemes are codes");
    ItemRef::Called { scheme: Some(scheme), issuer: None, value: value.to_owned() }
}

fn named(scheme: &str, value: &str) -> Identifier {
    Identifier::own(scheme, value).expect("invariant: names of a row were checked when it was read")
}

fn states<'a>(state: &'a State, item: &ItemRef) -> Vec<&'a ItemState> {
    state.find(item).into_iter().filter_map(|index| state.at(index)).collect()
}

/// The unit a row is about, if it is known.
fn find_unit<'a>(row: &UnitRow, state: &'a State) -> Result<Option<&'a ItemState>, Wrong> {
    let serial = Field::SerialNumber.word();
    let item = called(scheme::SERIAL_NUMBER, &row.serial);
    let mut found = states(state, &item);
    if found.len() > 1 && row.part.is_some() {
        let of_part = |unit: &&ItemState| number_of(unit) == row.part.as_ref();
        found.retain(of_part);
    }
    match found[..] {
        [] => Ok(None),
        [unit] if unit.kind != Kind::Unit => {
            let reason = format!("{} is a {}, not a unit", row.serial, unit.kind.word());
            Err(Wrong::new(Code::WrongKind, reason).in_column(serial))
        }
        [unit] if !unit.names_now().any(|name| item.names(name)) => {
            let reason = format!(
                "{} was the number of {}, which is now {}; a number never passes to another unit",
                row.serial,
                unit.id,
                unit.label()
            );
            Err(Wrong::new(Code::IdentifierUsed, reason).in_column(serial))
        }
        [unit] => Ok(Some(unit)),
        _ => {
            let reason = format!(
                "{} fits {} units; give the part number that tells them apart",
                row.serial,
                states(state, &item).len()
            );
            Err(Wrong::new(Code::AmbiguousItem, reason).in_column(serial))
        }
    }
}

fn number_of(item: &ItemState) -> Option<&PartNumber> {
    item.part.value.as_ref().map(|part| &part.number)
}

/// Components of a class that are installed now, newest last.
fn installed(state: &State, unit: ItemIndex, class: PartClass) -> Vec<&ItemState> {
    let graph = state.graph();
    let mut found: Vec<&ItemState> = graph
        .inputs(unit)
        .filter(|at| graph.is_visible(*at, View::default()))
        .map(|at| graph.edge(at))
        .filter(|edge| edge.kind == EdgeKind::Installed && edge.removed.is_none())
        .filter_map(|edge| state.at(edge.input))
        .filter(|item| {
            let material = item.part.value.as_ref().and_then(|p| state.masters().material(p));
            material.is_some_and(|material| material.class == Some(class))
        })
        .collect();
    found.reverse();
    found
}

/// The containers an item is in, from the inside.
fn containers<'a>(state: &'a State, item: &'a ItemState) -> Vec<&'a ItemState> {
    let mut found = Vec::new();
    let mut inner = item;
    while let Whereabouts::Packed { container, .. } = inner.whereabouts.value {
        let Some(outer) = state.item_state(container) else { break };
        if found.len() == NESTING_MAX {
            break;
        }
        found.push(outer);
        inner = outer;
    }
    found
}

fn code_of<'a>(containers: &[&'a ItemState], kind: Kind) -> Option<&'a str> {
    let container = containers.iter().find(|container| container.kind == kind)?;
    container.name_in(scheme::CONTAINER_CODE)
}

struct Draft<'a> {
    state: &'a State,
    row: &'a UnitRow,
    difference: Difference,
}

impl Draft<'_> {
    fn ground(&mut self, key: String, acts: Acts) {
        self.difference.ground.push(Ground { key, acts });
    }

    fn act(&mut self, act: Act<ItemRef>) {
        self.difference.acts.push(act);
    }

    /// A unit nobody knows yet.
    fn created(&mut self, typing: &Typing) -> Result<(), Wrong> {
        let row = self.row;
        typing.check(&row.own)?;
        let number = row.part.clone().map_or_else(|| PartNumber::new(PART_UNKNOWN), Ok);
        let number = number.expect("invariant: the stand-in is a part number");
        let part = Part { number, revision: row.revision.clone() };
        self.material(&part)?;
        self.orders();
        let lot = row.lot.as_ref().map(|lot| self.lot(lot, &part)).transpose()?;
        let mut identifiers = vec![named(scheme::SERIAL_NUMBER, &row.serial)];
        if let Some(cloud_id) = &row.cloud_id {
            self.cloud_id_free(cloud_id, None)?;
            identifiers.push(named(scheme::CLOUD_ID, cloud_id));
        }
        let unit = ItemRef::New(0, 0);
        self.act(Act::Create(Create {
            order: row.order.clone(),
            production_order: row.production_order.clone(),
            lot,
            ..create(Kind::Unit, Some(part.clone()), identifiers, Origin::OpeningStock)
        }));
        self.packed(&unit, None)?;
        self.firmware(&unit, &part, None)?;
        self.board(&unit, None)?;
        if !row.own.is_empty() {
            let fields = row.own.clone();
            self.act(Act::Describe(Describe { item: unit, fields }));
        }
        Ok(())
    }

    /// A unit that is known: only what is different.
    fn changed(&mut self, known: &ItemState, typing: &Typing) -> Result<(), Wrong> {
        let row = self.row;
        let unit = ItemRef::Id(known.id);
        let part = self.part(known, &unit)?;
        self.names(known, &unit)?;
        self.orders();
        let lot_now = known.lot.value.and_then(|lot| self.state.item_state(lot));
        let other_lot = row.lot.as_ref().filter(|code| {
            lot_now.is_none_or(|lot| {
                !lot.names_now().any(|name| called(scheme::LOT_CODE, code).names(name))
            })
        });
        let lot = other_lot.map(|code| self.lot(code, &part)).transpose()?;
        let other = |new: &Option<domain::OrderCode>, old: &Option<domain::OrderCode>| {
            new.clone().filter(|new| old.as_ref() != Some(new))
        };
        let order = other(&row.order, &known.order.value);
        let production_order = other(&row.production_order, &known.production_order.value);
        if lot.is_some() || order.is_some() || production_order.is_some() {
            let items = vec![unit.clone()];
            self.act(Act::Assign(Assign { items, order, production_order, lot }));
        }
        self.packed(&unit, Some(known))?;
        let index = self.state.index_of(known.id);
        self.firmware(&unit, &part, index)?;
        self.board(&unit, index)?;
        self.fields(known, unit, typing)
    }

    fn part(&mut self, known: &ItemState, unit: &ItemRef) -> Result<Part, Wrong> {
        let now = known.part.value.clone();
        let unknown = || PartNumber::new(PART_UNKNOWN).expect("invariant: it is a part number");
        let number = self.row.part.clone();
        let number = number.or_else(|| now.as_ref().map(|part| part.number.clone()));
        let revision = self.row.revision.clone();
        let part = Part {
            number: number.unwrap_or_else(unknown),
            revision: revision.or_else(|| now.as_ref().and_then(|part| part.revision.clone())),
        };
        self.material(&part)?;
        if now.as_ref() != Some(&part) {
            let (item, part) = (unit.clone(), part.clone());
            self.act(Act::ChangePart(ChangePart { item, part, reason: REASON.to_owned() }));
        }
        Ok(part)
    }

    fn names(&mut self, known: &ItemState, unit: &ItemRef) -> Result<(), Wrong> {
        let Some(cloud_id) = &self.row.cloud_id else { return Ok(()) };
        let now = known.name_in(scheme::CLOUD_ID);
        if now == Some(cloud_id.as_str()) {
            return Ok(());
        }
        self.cloud_id_free(cloud_id, Some(known.id))?;
        if let Some(old) = known
            .names_now()
            .filter(|name| name.scheme.as_str() == scheme::CLOUD_ID)
            .last()
            .cloned()
        {
            let item = unit.clone();
            let reason = REASON.to_owned();
            self.act(Act::Withdraw(Withdraw { item, identifier: old, reason }));
        }
        let identifiers = vec![named(scheme::CLOUD_ID, cloud_id)];
        self.act(Act::Identify(Identify { item: unit.clone(), identifiers }));
        Ok(())
    }

    fn fields(&mut self, known: &ItemState, item: ItemRef, typing: &Typing) -> Result<(), Wrong> {
        let mut all = Fields::of(known);
        let own = self.row.own.iter();
        let fields: BTreeMap<_, _> = own
            .filter(|(name, value)| all.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !fields.is_empty() {
            all.extend(fields.clone());
            typing.check(&all)?;
            self.act(Act::Describe(Describe { item, fields }));
        }
        Ok(())
    }

    fn cloud_id_free(&self, cloud_id: &str, own: Option<ItemId>) -> Result<(), Wrong> {
        let holders = states(self.state, &called(scheme::CLOUD_ID, cloud_id));
        match holders.into_iter().find(|holder| Some(holder.id) != own) {
            Some(other) => {
                let reason = format!("{cloud_id} is or was the cloud id of {}", other.label());
                Err(Wrong::new(Code::IdentifierUsed, reason).in_column(Field::CloudId.word()))
            }
            None => Ok(()),
        }
    }

    /// The unit is in its package and on its pallet.
    fn packed(&mut self, unit: &ItemRef, known: Option<&ItemState>) -> Result<(), Wrong> {
        let row = self.row;
        let inside = known.map(|known| containers(self.state, known)).unwrap_or_default();
        let (package, pallet) = (row.package.as_deref(), row.pallet.as_deref());
        let wanted = match (package, pallet) {
            (Some(package), _) => Some((package, Kind::Package, Field::PackageId)),
            (None, Some(pallet)) => Some((pallet, Kind::Pallet, Field::PalletId)),
            (None, None) => None,
        };
        if let (Some(package), Some(pallet)) = (package, pallet) {
            self.on_pallet(package, pallet)?;
        }
        if let Some((code, kind, field)) = wanted
            && code_of(&inside, kind) != Some(code)
        {
            let container = self.container(code, kind, field)?;
            self.repack(unit.clone(), inside.first().map(|outer| outer.id), container);
        }
        Ok(())
    }

    fn on_pallet(&mut self, package: &str, pallet: &str) -> Result<(), Wrong> {
        let before = self.difference.acts.len();
        let item = self.container(package, Kind::Package, Field::PackageId)?;
        let found = states(self.state, &item);
        let outside = found.first().map(|known| containers(self.state, known)).unwrap_or_default();
        if code_of(&outside, Kind::Pallet) == Some(pallet) {
            return Ok(());
        }
        let onto = self.container(pallet, Kind::Pallet, Field::PalletId)?;
        self.repack(item, outside.first().map(|outer| outer.id), onto);
        let acts = self.difference.acts.split_off(before);
        self.ground(format!("on pallet:{package}\n{pallet}"), acts);
        Ok(())
    }

    fn repack(&mut self, item: ItemRef, from: Option<ItemId>, container: ItemRef) {
        if let Some(from) = from {
            let (container, items) = (ItemRef::Id(from), vec![item.clone()]);
            self.act(Act::Unpack(Unpack { container, items }));
        }
        let items = vec![Packed { item, slot: None }];
        self.act(Act::Pack(Pack { container, items }));
    }

    /// The unit runs that firmware.
    fn firmware(
        &mut self,
        unit: &ItemRef,
        part: &Part,
        index: Option<ItemIndex>,
    ) -> Result<(), Wrong> {
        let Some(version) = &self.row.firmware else { return Ok(()) };
        let state = self.state;
        let now = index.map(|index| installed(state, index, PartClass::Firmware));
        let now = now.unwrap_or_default().pop();
        if now.is_some_and(|build| build.name_in(scheme::VERSION) == Some(version)) {
            return Ok(());
        }
        let build = self.build(version, part)?;
        self.fit(unit, now, build, Some(Amount::ONE));
        Ok(())
    }

    /// The unit has a board of that part; the board itself is not labelled.
    fn board(&mut self, unit: &ItemRef, index: Option<ItemIndex>) -> Result<(), Wrong> {
        let Some(number) = &self.row.pcb_part else { return Ok(()) };
        let state = self.state;
        let now = index.map(|index| installed(state, index, PartClass::Board));
        let now = now.unwrap_or_default().pop();
        if now.is_some_and(|board| number_of(board) == Some(number)) {
            return Ok(());
        }
        let part = Part { number: number.clone(), revision: None };
        match state.masters().material(&part) {
            Some(known) if known.class == Some(PartClass::Board) => {}
            Some(_) => {
                let reason = format!("{part} is defined and is no board; define its class first");
                return Err(
                    Wrong::new(Code::WrongPart, reason).in_column(Field::PcbPartNumber.word())
                );
            }
            None => {
                let material = defined(part.clone(), Tracking::Serial, Some(PartClass::Board));
                self.ground(format!("material:{part}"), vec![Act::DefineMaterial(material)]);
            }
        }
        let at = u16::try_from(self.difference.acts.len())
            .expect("invariant: a row becomes a handful of acts");
        self.act(Act::Create(create(Kind::Unit, Some(part), Vec::new(), Origin::Implied)));
        self.fit(unit, now, ItemRef::New(at, 0), None);
        Ok(())
    }

    fn fit(
        &mut self,
        unit: &ItemRef,
        old: Option<&ItemState>,
        new: ItemRef,
        quantity: Option<Amount>,
    ) {
        let (parent, designator) = (unit.clone(), None);
        self.act(match old {
            None => Act::Install(Install { parent, component: new, quantity, designator }),
            Some(old) => Act::Replace(Replace {
                parent,
                old: ItemRef::Id(old.id),
                new,
                quantity,
                to: RemovedTo::Stock,
                designator,
                reason: REASON.to_owned(),
            }),
        });
    }
}
