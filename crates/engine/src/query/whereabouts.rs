//! Where an item is and what its status is, with regard to what it is in.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{Act, Kind, Purpose};
use domain::item::{Acceptance, ItemState, Register, Status, Whereabouts};
use domain::{Amount, HoldCode, Interval, PartyCode, PlaceCode, ShipmentCode, StationCode};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::line::Within;
use super::seen::Seen;
use crate::json::Json;

/// What kind of where it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum WhereKind {
    /// Announced, not here yet.
    Expected,
    /// Being worked on.
    InProcess,
    /// Here.
    InStock,
    /// Delivered to a party.
    Shipped,
    /// At a subcontractor.
    AtSubcontractor,
    /// Back at its supplier.
    SentBack,
    /// Came back; waits for a judgement.
    Returned,
    /// Turned into or used up in other items.
    UsedUp,
    /// Discarded.
    Scrapped,
}

/// Where an item is, through everything it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Where {
    /// What kind of where: that of the outermost thing it is in.
    pub kind: WhereKind,
    /// In words.
    pub text: String,
    /// In which place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceCode>,
    /// At which station it was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// At which party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyCode>,
    /// That party's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_name: Option<String>,
    /// With which shipment it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentCode>,
    /// Line of the customer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// What it is in, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Within>,
}

/// Most things inside each other that are looked through.
const DEPTH_MAX: usize = 32;

/// A delivery of part of a lot: how much of it is still there.
pub(super) type Delivered = BTreeMap<(PartyCode, Option<ShipmentCode>), Amount>;

/// Something an item is in.
pub(super) struct Outer<'s> {
    index: ItemIndex,
    item: &'s ItemState,
    installed: bool,
    slot: Option<&'s str>,
}

/// What an item is in, up to the outermost.
pub(super) struct Chain<'s> {
    within: Vec<Outer<'s>>,
    /// Where the outermost one is.
    outermost: &'s Register<Whereabouts>,
}

/// Where an item is, as the state says it: a [`Where`] that holds nothing of its own.
pub(super) struct Placed<'s> {
    kind: WhereKind,
    place: Option<&'s PlaceCode>,
    station: Option<&'s StationCode>,
    party: Option<&'s PartyCode>,
    party_name: Option<&'s str>,
    shipment: Option<&'s ShipmentCode>,
    line: Option<&'s str>,
    within: &'s [Outer<'s>],
}

impl WhereKind {
    /// The word for it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::InProcess => "inProcess",
            Self::InStock => "inStock",
            Self::Shipped => "shipped",
            Self::AtSubcontractor => "atSubcontractor",
            Self::SentBack => "sentBack",
            Self::Returned => "returned",
            Self::UsedUp => "usedUp",
            Self::Scrapped => "scrapped",
        }
    }
}

impl Seen<'_> {
    fn chain<'s>(&'s self, item: &'s ItemState) -> Chain<'s> {
        let mut chain = Chain { within: Vec::new(), outermost: &item.whereabouts };
        while chain.within.len() < DEPTH_MAX {
            let (outer, installed, slot) = match &chain.outermost.value {
                Whereabouts::Packed { container, slot } => (*container, false, slot.as_deref()),
                Whereabouts::Installed { parent } => (*parent, true, None),
                Whereabouts::Expected
                | Whereabouts::InProcess { .. }
                | Whereabouts::InStock { .. }
                | Whereabouts::Shipped { .. }
                | Whereabouts::Subcontracted { .. }
                | Whereabouts::SentBack { .. }
                | Whereabouts::Returned { .. }
                | Whereabouts::UsedUp
                | Whereabouts::Scrapped => break,
            };
            let Some(index) = self.index_of(outer) else { break };
            let Some(item) = self.item(index) else { break };
            chain.within.push(Outer { index, item, installed, slot });
            chain.outermost = &item.whereabouts;
        }
        chain
    }

    /// What an item is in, the innermost only.
    pub(super) fn directly_in(&self, item: &ItemState) -> Option<&ItemState> {
        match &item.whereabouts.value {
            Whereabouts::Packed { container: outer, .. }
            | Whereabouts::Installed { parent: outer } => self.item(self.index_of(*outer)?),
            Whereabouts::Expected
            | Whereabouts::InProcess { .. }
            | Whereabouts::InStock { .. }
            | Whereabouts::Shipped { .. }
            | Whereabouts::Subcontracted { .. }
            | Whereabouts::SentBack { .. }
            | Whereabouts::Returned { .. }
            | Whereabouts::UsedUp
            | Whereabouts::Scrapped => None,
        }
    }

    /// The containers and parents an item is in, the innermost first.
    pub(super) fn outer(&self, item: &ItemState) -> Vec<ItemIndex> {
        self.chain(item).within.into_iter().map(|outer| outer.index).collect()
    }

    /// When an item left our hands or was finished for good.
    pub(super) fn gone(&self, item: &ItemState) -> Option<Interval> {
        let register = self.chain(item).outermost;
        let gone = matches!(
            register.value,
            Whereabouts::Shipped { .. }
                | Whereabouts::SentBack { .. }
                | Whereabouts::UsedUp
                | Whereabouts::Scrapped
        );
        register.stamp.filter(|_| gone).map(|stamp| Interval::at(stamp.performed))
    }

    /// Active holds on an item and on what it is in.
    pub(super) fn holds_over(&self, index: ItemIndex, item: &ItemState) -> BTreeSet<&HoldCode> {
        let outer = self.outer(item);
        std::iter::once(index).chain(outer).flat_map(|index| self.holds_on(index)).collect()
    }

    /// Where an item is, and its status.
    pub(super) fn place(&self, index: ItemIndex, item: &ItemState) -> (Where, Status) {
        self.placed(index, item, |placed, status| (Where::from(placed), status))
    }

    /// Shows where an item is, and its status.
    pub(super) fn placed<T>(
        &self,
        index: ItemIndex,
        item: &ItemState,
        show: impl FnOnce(&Placed<'_>, Status) -> T,
    ) -> T {
        let chain = self.chain(item);
        let held = self.is_held(index) || chain.within.iter().any(|at| self.is_held(at.index));
        let status = status(self.state.status_of(item), item, &chain);
        let shown = if held { Status::OnHold } else { status };
        let mut placed = self.outermost(&chain);
        let delivered;
        // A lot of which nothing is left is where it all went.
        if item.kind == Kind::Lot
            && chain.within.is_empty()
            && placed.kind == WhereKind::InStock
            && let Some(gone) = gone_with(status)
        {
            placed = Placed::of(gone, placed.within);
            let shipped = gone == WhereKind::Shipped;
            delivered = if shipped { self.delivered(index, item) } else { Delivered::new() };
            let only = delivered.first_key_value().filter(|_| delivered.len() == 1);
            if let Some(((party, shipment), _)) = only {
                placed.party_name = self.name_of_party(party);
                (placed.party, placed.shipment) = (Some(party), shipment.as_ref());
            }
        }
        show(&placed, shown)
    }

    /// In words where an item is by its own facts and those of what it is in, and its status
    /// without regard to holds.
    pub(super) fn own_place(&self, item: &ItemState) -> (String, Status) {
        let chain = self.chain(item);
        let status = status(self.state.status_of(item), item, &chain);
        let mut words = String::new();
        self.outermost(&chain).say(&mut words);
        (words, status)
    }

    fn outermost<'s>(&'s self, chain: &'s Chain<'s>) -> Placed<'s> {
        let mut placed = Placed::of(WhereKind::InStock, &chain.within);
        match &chain.outermost.value {
            Whereabouts::Expected => placed.kind = WhereKind::Expected,
            Whereabouts::InProcess { station } => {
                placed.kind = WhereKind::InProcess;
                placed.station = station.as_ref();
            }
            Whereabouts::InStock { place: at } => placed.place = at.as_ref(),
            // What it is in is not seen: no more is known.
            Whereabouts::Packed { .. } | Whereabouts::Installed { .. } => {}
            Whereabouts::Shipped { party, shipment, line } => {
                placed.kind = WhereKind::Shipped;
                placed.party = Some(party);
                placed.shipment = shipment.as_ref();
                placed.line = line.as_deref();
            }
            Whereabouts::Subcontracted { party } => {
                placed.kind = WhereKind::AtSubcontractor;
                placed.party = Some(party);
            }
            Whereabouts::SentBack { party } => {
                placed.kind = WhereKind::SentBack;
                placed.party = Some(party);
            }
            Whereabouts::Returned { place: at } => {
                placed.kind = WhereKind::Returned;
                placed.place = at.as_ref();
            }
            Whereabouts::UsedUp => placed.kind = WhereKind::UsedUp,
            Whereabouts::Scrapped => placed.kind = WhereKind::Scrapped,
        }
        placed.party_name = placed.party.and_then(|party| self.name_of_party(party));
        placed
    }

    fn name_of_party(&self, party: &PartyCode) -> Option<&str> {
        self.state.masters().parties.get(party).map(|party| party.name.as_str())
    }

    /// How much of a lot went to whom with which shipment, less what came back.
    pub(super) fn delivered(&self, index: ItemIndex, item: &ItemState) -> Delivered {
        let mut delivered = Delivered::new();
        if item.kind != Kind::Lot || !item.book.balance().shipped.is_positive() {
            return delivered;
        }
        let history = self.history(index);
        for entry in history.iter().filter(|entry| self.holds_true(entry)) {
            if let Act::Ship(ship) = &entry.fact
                && ship.purpose == Purpose::Delivery
            {
                let mine = ship.lines.iter().filter(|line| line.item == item.id);
                let sent = sum_of(mine.map(|line| line.quantity));
                // What is sent on was with the sender before.
                let before = ship.sender.as_ref().map_or(Amount::ZERO, |_| sent);
                take_back(&mut delivered, ship.sender.as_ref(), before);
                let sum = delivered.entry((ship.party.clone(), ship.shipment.clone())).or_default();
                *sum = sent.plus(*sum);
            }
            if let Act::ReceiveBack(back) = &entry.fact
                && back.purpose.unwrap_or_default() == Purpose::Delivery
            {
                let mine = back.items.iter().filter(|portion| portion.item == item.id);
                let came = sum_of(mine.map(|portion| portion.quantity));
                take_back(&mut delivered, back.party.as_ref(), came);
            }
        }
        delivered.retain(|_, sum| sum.is_positive());
        delivered
    }
}

fn sum_of(quantities: impl Iterator<Item = Option<Amount>>) -> Amount {
    quantities.map(Option::unwrap_or_default).fold(Amount::ZERO, Amount::plus)
}

/// Takes what came back off the deliveries to a party; to any where it is not said who had it.
fn take_back(delivered: &mut Delivered, from: Option<&PartyCode>, mut came: Amount) {
    let had = |party: &PartyCode| from.is_none_or(|from| from == party);
    for (_, sum) in delivered.iter_mut().filter(|((party, _), _)| had(party)) {
        let taken = came.min(*sum);
        *sum = sum.minus(taken);
        came = came.minus(taken);
    }
}

/// The status of an item without regard to holds: what it is packed in takes it along.
fn status(own: Status, item: &ItemState, chain: &Chain<'_>) -> Status {
    let packed = matches!(item.whereabouts.value, Whereabouts::Packed { .. });
    if !packed || item.kind == Kind::Lot {
        return own;
    }
    match &chain.outermost.value {
        Whereabouts::Shipped { .. } | Whereabouts::SentBack { .. } => Status::Shipped,
        Whereabouts::Subcontracted { .. } => Status::AtSubcontractor,
        Whereabouts::Scrapped => Status::Scrapped,
        Whereabouts::Expected => Status::Expected,
        Whereabouts::Returned { .. } if item.acceptance.value == Acceptance::Quarantine => {
            Status::Returned
        }
        Whereabouts::Returned { .. }
        | Whereabouts::InProcess { .. }
        | Whereabouts::InStock { .. }
        | Whereabouts::Packed { .. }
        | Whereabouts::Installed { .. }
        | Whereabouts::UsedUp => own,
    }
}

/// Where all of a lot of that status went; none while some of it is left.
const fn gone_with(status: Status) -> Option<WhereKind> {
    match status {
        Status::Shipped => Some(WhereKind::Shipped),
        Status::Scrapped => Some(WhereKind::Scrapped),
        Status::UsedUp => Some(WhereKind::UsedUp),
        Status::Expected
        | Status::Quarantine
        | Status::AcceptedInPart
        | Status::Accepted
        | Status::Rejected
        | Status::InProcess
        | Status::InStock
        | Status::Released
        | Status::OnHold
        | Status::Installed
        | Status::AtSubcontractor
        | Status::Returned => None,
    }
}

impl From<&Placed<'_>> for Where {
    fn from(placed: &Placed<'_>) -> Self {
        let mut text = String::new();
        placed.say(&mut text);
        let within = placed.within.iter().map(|outer| Within {
            id: outer.item.id,
            kind: outer.item.kind,
            label: outer.item.label(),
            installed: outer.installed,
            slot: outer.slot.map(ToOwned::to_owned),
        });
        Self {
            kind: placed.kind,
            text,
            place: placed.place.cloned(),
            station: placed.station.cloned(),
            party: placed.party.cloned(),
            party_name: placed.party_name.map(ToOwned::to_owned),
            shipment: placed.shipment.cloned(),
            line: placed.line.map(ToOwned::to_owned),
            within: within.collect(),
        }
    }
}

impl<'s> Placed<'s> {
    const fn of(kind: WhereKind, within: &'s [Outer<'s>]) -> Self {
        Self {
            kind,
            place: None,
            station: None,
            party: None,
            party_name: None,
            shipment: None,
            line: None,
            within,
        }
    }

    /// Writes what a [`Where`] says. `words` is room to put them together.
    pub(super) fn write(&self, json: &mut Json, words: &mut String) {
        words.clear();
        self.say(words);
        json.raw(r#"{"kind":""#);
        json.raw(self.kind.word());
        json.raw(r#"","text":"#);
        json.text(words);
        let members = [
            (r#","place":"#, self.place.map(PlaceCode::as_str)),
            (r#","station":"#, self.station.map(StationCode::as_str)),
            (r#","party":"#, self.party.map(PartyCode::as_str)),
            (r#","partyName":"#, self.party_name),
            (r#","shipment":"#, self.shipment.map(ShipmentCode::as_str)),
            (r#","line":"#, self.line),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                json.raw(name);
                json.text(value);
            }
        }
        let mut before = r#","within":["#;
        for outer in self.within {
            json.raw(std::mem::replace(&mut before, ","));
            json.named(outer.item.id, outer.item.kind, &outer.item.called());
            json.raw(if outer.installed {
                r#","installed":true"#
            } else {
                r#","installed":false"#
            });
            if let Some(slot) = outer.slot {
                json.raw(r#","slot":"#);
                json.text(slot);
            }
            json.raw("}");
        }
        json.raw(if self.within.is_empty() { "}" } else { "]}" });
    }

    /// In words: what it is in, then where that is.
    fn say(&self, words: &mut String) {
        for Outer { item, installed, slot, .. } in self.within {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(match (installed, item.kind) {
                (true, _) => "installed in ",
                (false, Kind::Pallet | Kind::Panel | Kind::Tray) => "on ",
                (false, Kind::Package | Kind::Unit | Kind::Lot) => "in ",
            });
            if !installed {
                words.push_str(item.kind.word());
                words.push(' ');
            }
            words.push_str(&item.called());
            if let Some(slot) = slot {
                words.push_str(" place ");
                words.push_str(slot);
            }
        }
        // A stock without a place says no more than what it is in.
        if self.kind == WhereKind::InStock && self.place.is_none() && !words.is_empty() {
            return;
        }
        if !words.is_empty() {
            words.push_str(", ");
        }
        self.say_end(words);
    }

    /// Where the outermost one is.
    fn say_end(&self, words: &mut String) {
        let place = self.place.map(PlaceCode::as_str);
        let party = self.party.map(PartyCode::as_str);
        let (what, link, code) = match self.kind {
            WhereKind::Expected => ("expected", "", None),
            WhereKind::InProcess => ("in process", " at ", self.station.map(StationCode::as_str)),
            WhereKind::InStock => ("in stock", " at ", place),
            WhereKind::Shipped => ("shipped", " to ", party),
            WhereKind::AtSubcontractor if party.is_some() => ("at subcontractor", " ", party),
            WhereKind::AtSubcontractor => ("at a subcontractor", "", None),
            WhereKind::SentBack => ("sent back", " to ", party),
            WhereKind::Returned => ("returned", " at ", place),
            WhereKind::UsedUp => ("used up", "", None),
            WhereKind::Scrapped => ("scrapped", "", None),
        };
        words.push_str(what);
        if let Some(code) = code {
            words.push_str(link);
            words.push_str(code);
        }
        if self.kind == WhereKind::Shipped
            && let Some(shipment) = self.shipment
        {
            words.push_str(" with ");
            words.push_str(shipment.as_str());
        }
    }
}
