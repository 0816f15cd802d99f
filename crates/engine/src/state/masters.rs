//! Definitions by their codes: the latest fact stands.

use std::collections::BTreeMap;

use domain::act::{Act, FreezeScope};
use domain::{
    BillOfMaterial, Equipment, EquipmentCode, Fact, Interval, MaterialDefinition, OrderCode, Part,
    Party, PartyCode, Person, PersonCode, Place, PlaceCode, Position, ScopeCode, Station,
    StationCode, Time, WorkCenter, WorkCenterCode, WorkOrder,
};

/// A check of a piece of equipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Checked {
    /// Which entry says so.
    pub position: Position,
    /// When.
    pub performed: Interval,
    /// Whether it was found good.
    pub good: bool,
    /// When the next check is due.
    pub due: Option<Time>,
}

/// Everything that is defined. Names and contacts of persons are not in here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Masters {
    /// Materials by part.
    pub materials: BTreeMap<Part, MaterialDefinition>,
    /// Bills of material by part.
    pub boms: BTreeMap<Part, BillOfMaterial>,
    /// Parties.
    pub parties: BTreeMap<PartyCode, Party>,
    /// Places.
    pub places: BTreeMap<PlaceCode, Place>,
    /// Work centers.
    pub work_centers: BTreeMap<WorkCenterCode, WorkCenter>,
    /// Stations.
    pub stations: BTreeMap<StationCode, Station>,
    /// Equipment.
    pub equipment: BTreeMap<EquipmentCode, Equipment>,
    /// Persons, and the entry that last defined each: their names are read from there.
    pub persons: BTreeMap<PersonCode, (Person, Position)>,
    /// Work orders.
    pub orders: BTreeMap<OrderCode, WorkOrder>,
    /// Frozen scopes by code and number, and the entry of each.
    pub scopes: BTreeMap<(ScopeCode, u32), (FreezeScope, Position)>,
    /// Checks of equipment, sorted by (when they ended, position).
    pub checks: BTreeMap<EquipmentCode, Vec<Checked>>,
    /// The schema of the user's own fields as JSON text, and the entry that defined it.
    pub schema: Option<(String, Position)>,
}

impl Masters {
    /// Takes in a definition; answers the one it replaces, where the fact is a definition.
    ///
    /// Shape: the answer put in again restores what was before.
    pub(super) fn define(&mut self, fact: &Fact, position: Position) -> Option<Before> {
        macro_rules! put {
            ($map:ident, $key:expr, $value:expr) => {{
                let key = $key;
                let old = self.$map.insert(key.clone(), $value);
                Some(Before::new(move |masters| match old {
                    Some(old) => {
                        masters.$map.insert(key, old);
                    }
                    None => {
                        masters.$map.remove(&key);
                    }
                }))
            }};
        }
        match fact {
            Act::DefineMaterial(v) => put!(materials, v.part.clone(), v.clone()),
            Act::DefineBom(v) => put!(boms, v.part.clone(), v.clone()),
            Act::DefineParty(v) => {
                put!(parties, v.code.clone(), Party { contact: None, ..v.clone() })
            }
            Act::DefinePlace(v) => put!(places, v.code.clone(), v.clone()),
            Act::DefineWorkCenter(v) => put!(work_centers, v.code.clone(), v.clone()),
            Act::DefineStation(v) => put!(stations, v.code.clone(), v.clone()),
            Act::DefineEquipment(v) => put!(equipment, v.code.clone(), v.clone()),
            Act::DefinePerson(v) => {
                let person = Person { code: v.code.clone(), name: None, contact: None };
                put!(persons, v.code.clone(), (person, position))
            }
            Act::DefineOrder(v) => put!(orders, v.code.clone(), v.clone()),
            Act::PlanOrder(v) => {
                let split_from = self.orders.get(&v.code).and_then(|old| old.split_from.clone());
                put!(orders, v.code.clone(), v.definition(split_from))
            }
            Act::SplitOrder(v) => {
                let parent = self.orders.get(&v.order)?;
                let (code, quantity) = (v.into.clone(), Some(v.quantity));
                let split_from = Some(v.order.clone());
                let part = WorkOrder { code, quantity, split_from, ..parent.clone() };
                put!(orders, v.into.clone(), part)
            }
            Act::FreezeScope(v) => {
                put!(scopes, (v.code.clone(), v.number), (v.clone(), position))
            }
            Act::DefineSchema(v) => {
                let old = self.schema.replace((v.schema.clone(), position));
                Some(Before::new(move |masters| masters.schema = old))
            }
            _ => None,
        }
    }

    /// The definition of a part; without a revision, of the last one defined.
    #[must_use]
    pub fn material(&self, part: &Part) -> Option<&MaterialDefinition> {
        self.materials.get(part).or_else(|| {
            part.revision.is_none().then(|| of_any_revision(&self.materials, part)).flatten()
        })
    }

    /// The bill of material of a part; without a revision, of the last one defined.
    #[must_use]
    pub fn bom(&self, part: &Part) -> Option<&BillOfMaterial> {
        self.boms.get(part).or_else(|| {
            part.revision.is_none().then(|| of_any_revision(&self.boms, part)).flatten()
        })
    }

    /// The series of a frozen scope: the freeze, then its deltas, each with its entry.
    pub fn scope(
        &self,
        code: &ScopeCode,
    ) -> impl DoubleEndedIterator<Item = &(FreezeScope, Position)> {
        let all = (code.clone(), 0)..=(code.clone(), u32::MAX);
        self.scopes.range(all).map(|(_, frozen)| frozen)
    }

    /// When a piece of equipment was last found good.
    #[must_use]
    pub fn last_good_check(&self, equipment: &EquipmentCode) -> Option<Checked> {
        self.checks.get(equipment)?.iter().rev().find(|checked| checked.good).copied()
    }

    /// An order and all orders split from it, at any depth.
    #[must_use]
    pub fn with_split_orders(&self, order: &OrderCode) -> Vec<OrderCode> {
        let mut found = vec![order.clone()];
        let mut next = 0;
        while let Some(parent) = found.get(next).cloned() {
            let children = self.orders.values().filter(|child| {
                child.split_from.as_ref() == Some(&parent) && !found.contains(&child.code)
            });
            let children: Vec<_> = children.map(|child| child.code.clone()).collect();
            found.extend(children);
            next += 1;
        }
        found
    }
}

fn of_any_revision<'a, V>(map: &'a BTreeMap<Part, V>, part: &Part) -> Option<&'a V> {
    map.iter().filter(|(held, _)| held.number == part.number).map(|(_, value)| value).last()
}

/// How to restore what a definition replaced.
pub(super) struct Before(Box<dyn FnOnce(&mut Masters) + Send + Sync>);

impl Before {
    fn new(restore: impl FnOnce(&mut Masters) + Send + Sync + 'static) -> Self {
        Self(Box::new(restore))
    }

    pub(super) fn restore(self, masters: &mut Masters) {
        (self.0)(masters);
    }
}
