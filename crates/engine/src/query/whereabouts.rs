//! Where an item is and what its status is, with regard to what it is in.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{Act, Kind, Purpose};
use domain::item::{Acceptance, ItemState, Register, Status, Whereabouts};
use domain::{Amount, HoldCode, Interval, PartyCode, PlaceCode, ShipmentCode, StationCode};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::line::Within;
use super::seen::Seen;

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

/// What an item is in, up to the outermost.
pub(super) struct Chain<'s> {
    within: Vec<(ItemIndex, &'s ItemState, Within)>,
    /// Where the outermost one is.
    outermost: &'s Register<Whereabouts>,
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
                Whereabouts::Packed { container, slot } => (*container, false, slot.clone()),
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
            let Some(state) = self.item(index) else { break };
            let (id, kind, label) = (state.id, state.kind, state.label());
            chain.within.push((index, state, Within { id, kind, label, installed, slot }));
            chain.outermost = &state.whereabouts;
        }
        chain
    }

    /// The containers and parents an item is in, the innermost first.
    pub(super) fn outer(&self, item: &ItemState) -> Vec<ItemIndex> {
        self.chain(item).within.into_iter().map(|(index, ..)| index).collect()
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
        let chain = self.chain(item);
        let held = !self.holds_on(index).is_empty()
            || chain.within.iter().any(|(outer, ..)| !self.holds_on(*outer).is_empty());
        let status = status(self.state.status_of(item), item, &chain);
        let mut place = self.outermost(chain.outermost);
        if item.kind == Kind::Lot && chain.within.is_empty() {
            self.lot(index, item, status, &mut place);
        }
        let place = place.in_all(chain);
        (place, if held { Status::OnHold } else { status })
    }

    /// In words where an item is by its own facts and those of what it is in, and its status
    /// without regard to holds.
    pub(super) fn own_place(&self, item: &ItemState) -> (String, Status) {
        let chain = self.chain(item);
        let status = status(self.state.status_of(item), item, &chain);
        (self.outermost(chain.outermost).in_all(chain).text, status)
    }

    fn outermost(&self, register: &Register<Whereabouts>) -> Where {
        let mut place = Where::of(WhereKind::InStock);
        match &register.value {
            Whereabouts::Expected => place.kind = WhereKind::Expected,
            Whereabouts::InProcess { station } => {
                place.kind = WhereKind::InProcess;
                place.station.clone_from(station);
            }
            Whereabouts::InStock { place: at } => place.place.clone_from(at),
            // What it is in is not seen: no more is known.
            Whereabouts::Packed { .. } | Whereabouts::Installed { .. } => {}
            Whereabouts::Shipped { party, shipment, line } => {
                place.kind = WhereKind::Shipped;
                place.party = Some(party.clone());
                place.shipment.clone_from(shipment);
                place.line.clone_from(line);
            }
            Whereabouts::Subcontracted { party } => {
                place.kind = WhereKind::AtSubcontractor;
                place.party = Some(party.clone());
            }
            Whereabouts::SentBack { party } => {
                place.kind = WhereKind::SentBack;
                place.party = Some(party.clone());
            }
            Whereabouts::Returned { place: at } => {
                place.kind = WhereKind::Returned;
                place.place.clone_from(at);
            }
            Whereabouts::UsedUp => place.kind = WhereKind::UsedUp,
            Whereabouts::Scrapped => place.kind = WhereKind::Scrapped,
        }
        place.party_name = place.party.as_ref().and_then(|party| self.party_name(party));
        place
    }

    pub(super) fn party_name(&self, party: &PartyCode) -> Option<String> {
        self.state.masters().parties.get(party).map(|party| party.name.clone())
    }

    /// A lot of which nothing is left is where it all went.
    fn lot(&self, index: ItemIndex, item: &ItemState, status: Status, place: &mut Where) {
        let gone = match status {
            Status::Shipped => WhereKind::Shipped,
            Status::Scrapped => WhereKind::Scrapped,
            Status::UsedUp => WhereKind::UsedUp,
            Status::Expected
            | Status::Quarantine
            | Status::AcceptedInPart
            | Status::Accepted
            | Status::Rejected
            | Status::InProcess
            | Status::InStock
            | Status::OnHold
            | Status::Installed
            | Status::AtSubcontractor
            | Status::Returned => return,
        };
        if place.kind != WhereKind::InStock {
            return;
        }
        *place = Where::of(gone);
        let delivered =
            if gone == WhereKind::Shipped { self.delivered(index, item) } else { Delivered::new() };
        if delivered.len() == 1
            && let Some(((party, shipment), _)) = delivered.into_iter().next()
        {
            place.party_name = self.party_name(&party);
            (place.party, place.shipment) = (Some(party), shipment);
        }
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

impl Where {
    fn of(kind: WhereKind) -> Self {
        Self {
            kind,
            text: String::new(),
            place: None,
            station: None,
            party: None,
            party_name: None,
            shipment: None,
            line: None,
            within: Vec::new(),
        }
    }

    fn in_all(mut self, chain: Chain<'_>) -> Self {
        self.within = chain.within.into_iter().map(|(.., within)| within).collect();
        self.text = self.in_words();
        self
    }

    fn in_words(&self) -> String {
        let mut text = String::new();
        for within in &self.within {
            let Within { kind, label, installed, slot, .. } = within;
            let how = match (installed, kind) {
                (true, _) => "installed in".to_owned(),
                (false, Kind::Pallet | Kind::Panel | Kind::Tray) => format!("on {}", kind.word()),
                (false, Kind::Package | Kind::Unit | Kind::Lot) => format!("in {}", kind.word()),
            };
            let slot = slot.as_ref().map(|slot| format!(" place {slot}")).unwrap_or_default();
            let gap = if text.is_empty() { "" } else { " " };
            text.push_str(&format!("{gap}{how} {label}{slot}"));
        }
        let end = self.end_in_words();
        match (text.is_empty(), end.is_empty()) {
            (true, _) => end,
            (false, true) => text,
            (false, false) => format!("{text}, {end}"),
        }
    }

    /// Where the outermost one is; nothing where that says no more than what it is in.
    fn end_in_words(&self) -> String {
        let at = |word: &str, code: Option<&str>| match code {
            Some(code) => format!("{word} at {code}"),
            None => word.to_owned(),
        };
        let party = self.party.as_ref().map(PartyCode::as_str);
        let to = |word: &str| match party {
            Some(party) => format!("{word} to {party}"),
            None => word.to_owned(),
        };
        let place = self.place.as_ref().map(PlaceCode::as_str);
        match self.kind {
            WhereKind::Expected => "expected".to_owned(),
            WhereKind::InProcess => {
                at("in process", self.station.as_ref().map(StationCode::as_str))
            }
            WhereKind::InStock if place.is_none() && !self.within.is_empty() => String::new(),
            WhereKind::InStock => at("in stock", place),
            WhereKind::Shipped => {
                let shipment = self.shipment.as_ref();
                let with = shipment.map(|code| format!(" with {code}")).unwrap_or_default();
                format!("{}{with}", to("shipped"))
            }
            WhereKind::AtSubcontractor => party.map_or("at a subcontractor".to_owned(), |party| {
                format!("at subcontractor {party}")
            }),
            WhereKind::SentBack => to("sent back"),
            WhereKind::Returned => at("returned", place),
            WhereKind::UsedUp => "used up".to_owned(),
            WhereKind::Scrapped => "scrapped".to_owned(),
        }
    }
}
