//! What the rules may look at: the state, and entries of the ledger where a rule needs one.

use std::fmt;

use domain::entry::Entry;
use domain::execution::{Execution, Nonconformance};
use domain::instruction::{MasterHash, Version};
use domain::item::ItemState;
use domain::order::Order;
use domain::rules::{Facts, HeldBy, LastCheck, SignatureFate};
use domain::serial::SerialRange;
use domain::{
    Amount, BillOfMaterial, Equipment, EquipmentCode, HoldCode, Identifier, Interval, ItemId,
    MasterCode, MaterialDefinition, NonconformanceCode, OrderCode, Part, PersonCode, Position,
    QualificationCode, RangeCode, RunCode, SlotCode, Station, StationCode, Time,
};

use super::{Entries, State};

/// The state with its ledger, as the rules see it.
pub(crate) struct Known<'a> {
    pub(crate) state: &'a State,
    pub(crate) entries: &'a dyn Entries,
}

impl fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("state", self.state).finish_non_exhaustive()
    }
}

impl Facts for Known<'_> {
    fn item(&self, id: ItemId) -> Option<&ItemState> {
        self.state.item_state(id)
    }

    fn material(&self, part: &Part) -> Option<&MaterialDefinition> {
        self.state.masters.material(part)
    }

    fn bom(&self, part: &Part) -> Option<&BillOfMaterial> {
        self.state.masters.bom(part)
    }

    fn holders(&self, identifier: &Identifier) -> Vec<ItemId> {
        self.state
            .named
            .of(&identifier.value)
            .iter()
            .filter_map(|index| self.state.at(*index))
            .filter(|state| state.names.iter().any(|name| name.identifier == *identifier))
            .map(|state| state.id)
            .collect()
    }

    fn holds_on(&self, id: ItemId, during: Interval) -> Vec<HeldBy> {
        let Some(index) = self.state.index_of(id) else { return Vec::new() };
        let active = self.state.holds_of(index).filter_map(|code| {
            let since = self.state.holds.get(code)?.since;
            Some(HeldBy { code: code.clone(), since, lifted: None })
        });
        let ended = self.state.held_then(index, during).map(|(code, hold, lifted)| HeldBy {
            code: code.clone(),
            since: hold.since,
            lifted: Some(lifted.at),
        });
        active.chain(ended).collect()
    }

    fn hold(&self, code: &HoldCode) -> Option<bool> {
        self.state.holds.get(code).map(|hold| hold.lifted.is_none())
    }

    fn has_acknowledged(&self, code: &HoldCode, station: &StationCode) -> bool {
        let hold = self.state.holds.get(code);
        hold.is_some_and(|hold| hold.acknowledged.contains_key(station))
    }

    fn contains(&self, output: ItemId, input: ItemId) -> bool {
        match (self.state.index_of(output), self.state.index_of(input)) {
            (Some(output), Some(input)) => self.state.graph.reaches(output, input),
            _ => false,
        }
    }

    fn contents(&self, container: ItemId) -> Vec<ItemId> {
        let Some(index) = self.state.index_of(container) else { return Vec::new() };
        self.state
            .contents_of(index)
            .filter_map(|inner| self.state.at(inner).map(|state| state.id))
            .collect()
    }

    fn installed(&self, component: ItemId, parent: ItemId) -> Amount {
        let (Some(input), Some(output)) =
            (self.state.index_of(component), self.state.index_of(parent))
        else {
            return Amount::ZERO;
        };
        self.state
            .graph
            .inputs(output)
            .filter(|at| self.state.live(*at))
            .map(|at| self.state.graph.edge(at))
            .filter(|edge| {
                edge.input == input
                    && edge.kind == domain::edge::EdgeKind::Installed
                    && edge.removed.is_none()
            })
            .map(|edge| edge.quantity)
            .fold(Amount::ZERO, Amount::plus)
    }

    fn loaded(&self, station: &StationCode, slot: &SlotCode) -> Vec<ItemId> {
        self.state.loaded_now(station, slot)
    }

    fn loaded_when(
        &self,
        station: &StationCode,
        slot: Option<&SlotCode>,
        when: Interval,
    ) -> Vec<ItemId> {
        self.state.loaded_when(station, slot, when)
    }

    fn knows(&self, what: domain::rules::Known, code: &str) -> bool {
        use domain::rules::Known as Kind;
        let masters = &self.state.masters;
        // Codes are short: making one to look it up costs less than a second kind of map key.
        match what {
            Kind::Party => {
                domain::PartyCode::new(code).is_ok_and(|code| masters.parties.contains_key(&code))
            }
            Kind::Place => {
                domain::PlaceCode::new(code).is_ok_and(|code| masters.places.contains_key(&code))
            }
            Kind::WorkCenter => domain::WorkCenterCode::new(code)
                .is_ok_and(|code| masters.work_centers.contains_key(&code)),
            Kind::Station => {
                StationCode::new(code).is_ok_and(|code| masters.stations.contains_key(&code))
            }
            Kind::Equipment => {
                EquipmentCode::new(code).is_ok_and(|code| masters.equipment.contains_key(&code))
            }
            Kind::Person => {
                PersonCode::new(code).is_ok_and(|code| masters.persons.contains_key(&code))
            }
            Kind::Order => {
                OrderCode::new(code).is_ok_and(|code| masters.orders.contains_key(&code))
            }
        }
    }

    fn parts_of(&self, run: &RunCode) -> Vec<Entry> {
        self.state.parts_told(run, self.entries)
    }

    fn entry(&self, position: Position) -> Option<Entry> {
        self.entries.entry(position)
    }

    fn superseded(&self, position: Position) -> Option<Position> {
        self.state.superseded_by(position)
    }

    fn signature_of(&self, position: Position) -> SignatureFate {
        self.state.signature_of(position)
    }

    fn scope(&self, code: &domain::ScopeCode) -> Option<&domain::act::FreezeScope> {
        self.state.masters.scope(code).last().map(|(frozen, _)| frozen)
    }

    fn next_position(&self) -> Position {
        self.state.next()
    }

    fn version(&self, hash: &MasterHash) -> Option<&Version> {
        self.state.floor.versions.get(hash).map(|version| &**version)
    }

    fn versions_of(&self, code: &MasterCode) -> Vec<&Version> {
        self.state.floor.versions_of(code).collect()
    }

    fn effective(&self, part: &Part) -> Vec<&Version> {
        self.state.floor.effective(part)
    }

    fn execution(&self, position: Position) -> Option<&Execution> {
        self.state.floor.executions.get(&position).map(|execution| &**execution)
    }

    fn nonconformance(&self, code: &NonconformanceCode) -> Option<&Nonconformance> {
        self.state.floor.nonconformances.get(code).map(|held| &**held)
    }

    fn order(&self, code: &OrderCode) -> Option<&Order> {
        self.state.floor.orders.get(code).map(|order| &**order)
    }

    fn order_items(&self, code: &OrderCode) -> Vec<ItemId> {
        let items = self.state.items_of_order(code).filter_map(|index| self.state.at(index));
        let own = items.filter(|item| item.order.value.as_ref() == Some(code));
        own.map(|item| item.id).collect()
    }

    fn order_taken(&self, code: &OrderCode) -> Amount {
        self.state.taken_of(code)
    }

    fn ranges(&self) -> Vec<&SerialRange> {
        self.state.floor.ranges.values().map(|range| &**range).collect()
    }

    fn has_ranges(&self) -> bool {
        !self.state.floor.ranges.is_empty()
    }

    fn range(&self, code: &RangeCode) -> Option<&SerialRange> {
        self.state.floor.ranges.get(code).map(|range| &**range)
    }

    fn qualified(&self, code: &QualificationCode, during: Interval) -> Vec<PersonCode> {
        self.state.floor.qualified(code, during)
    }

    fn has_accounts(&self) -> bool {
        !self.state.floor.accounts.is_empty()
    }

    fn may_sign(&self, role: domain::Role) -> bool {
        let may = |account: &domain::account::Account| account.enabled && account.role.covers(role);
        self.state.floor.accounts.values().any(|account| may(account))
    }

    fn is_qualified(
        &self,
        person: &PersonCode,
        code: &QualificationCode,
        during: Interval,
    ) -> bool {
        self.state.floor().is_qualified(person, code, during)
    }

    fn station(&self, code: &StationCode) -> Option<&Station> {
        self.state.masters.stations.get(code)
    }

    fn equipment(&self, code: &EquipmentCode) -> Option<&Equipment> {
        self.state.masters.equipment.get(code)
    }

    fn last_check(&self, code: &EquipmentCode, at: Time) -> Option<LastCheck> {
        let checks = self.state.masters.checks.get(code)?;
        let last = checks.iter().rev().find(|check| check.performed.from <= at)?;
        Some(LastCheck { good: last.good, due: last.due })
    }

    fn exception(&self, position: Position) -> Option<bool> {
        self.state.exceptions.get(&position).map(|exception| exception.closed.is_none())
    }
}
