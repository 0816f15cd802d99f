//! From an event to its commands: naming things, cutting long lists, framing what is told.

use super::Plant;
use super::draft::{Draft, Making, Told};
use super::key::EventKey;
use super::name::{Nature, Role, code};
use super::step::{Account, amount, equipment};
use crate::document::event::{Action, Endpoint, Event, Extension, Quantity, What};
use crate::document::{Code, Problem};
use crate::identifier::Identifier;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use domain::act::{ITEMS_PER_ACT_MAX, Kind};
use domain::command::ACTS_PER_COMMAND_MAX;
use domain::{
    Amount, Command, EquipmentCode, Interval, OrderCode, PartyCode, PlaceCode, StationCode, Time,
    UnitOfMeasure,
};

/// Acts of one command that are kept for the things of one class: a definition, a creation, a lot
/// they belong to, and what is said of them together.
const ACTS_PER_CLASS: usize = 4;

/// Acts of one command that are kept for one thing, where each has acts of its own.
const ACTS_PER_THING: usize = 2;

/// Acts of one command that are kept for the event as a whole: readings, and a handful more.
const ACTS_FOR_ALL: usize = 30;

/// Unit of measure of counted things, and the codes of UN/CEFACT for it.
const PIECES: &str = "ea";
const PIECES_CODES: [&str; 3] = ["EA", "C62", "H87"];

/// Where master data says which lot a unit is from, and until when it may be used.
const LOT_NUMBER: [&str; 3] =
    ["cbvmda:lotNumber", "urn:epcglobal:cbv:mda:lotNumber", "gs1:hasBatchLotNumber"];
const EXPIRATION: [&str; 3] =
    ["cbvmda:itemExpirationDate", "urn:epcglobal:cbv:mda:itemExpirationDate", "gs1:expirationDate"];

/// A thing an event names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) nature: Nature,
    /// How much of it, in its base unit.
    pub(super) amount: Option<Amount>,
    /// The lot it belongs to by the master data of the event.
    pub(super) lot: Option<Nature>,
}

/// What an event tells, whatever it is about.
pub(super) struct Telling<'a> {
    pub(super) event: &'a Event,
    pub(super) plant: &'a dyn Plant,
    pub(super) account: Account,
    pub(super) making: Making,
    /// Where the things are afterwards, as far as is said.
    pub(super) place: Option<PlaceCode>,
    station: Option<StationCode>,
    equipment: Vec<EquipmentCode>,
}

/// An event on its way to its commands.
pub(super) struct Planner<'a> {
    pub(super) telling: Telling<'a>,
    pub(super) plant: &'a dyn Plant,
    key: &'a EventKey,
    told: Told,
    commands: Vec<Command>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        event: &'a Event,
        plant: &'a dyn Plant,
        key: &'a EventKey,
    ) -> Result<Self, Problem> {
        let place = match (&event.biz_location, &event.read_point) {
            (Some(place), _) => Some(code("/bizLocation", place.canonical(), PlaceCode::new)?),
            (None, Some(place)) => Some(code("/readPoint", place.canonical(), PlaceCode::new)?),
            (None, None) => None,
        };
        let station = event.read_point.as_ref();
        let station = station.map(|place| code("/readPoint", place.canonical(), StationCode::new));
        let ilmd = ilmd(event);
        let expires = master(ilmd, &EXPIRATION).and_then(|text| text.parse::<Interval>().ok());
        let production_order = transaction(event, &["prodorder"]);
        let making = Making {
            production_order: production_order.map(order_code).transpose()?,
            place: place.clone(),
            expires: expires.map(|day| day.to),
            receipt: None,
        };
        let telling = Telling {
            event,
            plant,
            account: Account::of(event, verb(&event.what))?,
            making,
            place,
            station: station.transpose()?,
            equipment: equipment(event)?,
        };
        let told = Told::new(key.mark());
        Ok(Self { telling, plant, key, told, commands: Vec::new() })
    }

    /// The commands of the event, in order.
    pub(super) fn run(mut self) -> Result<Vec<Command>, Problem> {
        let event = self.telling.event;
        match &event.what {
            What::Object { action, epcs, quantities, .. } => {
                let named = self.named(epcs, "epcList", quantities, "quantityList")?;
                self.object(*action, &named)?;
            }
            What::Aggregation { action, parent, child_epcs, child_quantities } => {
                let named =
                    self.named(child_epcs, "childEPCs", child_quantities, "childQuantityList")?;
                self.aggregation(*action, parent.as_ref(), named)?;
            }
            What::Association { action, parent, child_epcs, child_quantities } => {
                let named =
                    self.named(child_epcs, "childEPCs", child_quantities, "childQuantityList")?;
                self.association(*action, parent, named)?;
            }
            What::Transaction { action, parent, epcs, quantities } => {
                let mut named = self.container(parent.as_ref())?;
                named.extend(self.named(epcs, "epcList", quantities, "quantityList")?);
                self.transaction(*action, named)?;
            }
            What::Transformation {
                id,
                input_epcs,
                input_quantities,
                output_epcs,
                output_quantities,
                ..
            } => {
                let inputs =
                    self.named(input_epcs, "inputEPCList", input_quantities, "inputQuantityList")?;
                let outputs = self.named(
                    output_epcs,
                    "outputEPCList",
                    output_quantities,
                    "outputQuantityList",
                )?;
                self.transformation(id.as_deref(), inputs, &outputs)?;
            }
            What::Extended { name, .. } => {
                let message = format!("{name:?} is an event type of somebody's own");
                return Err(Problem::at("/type", Code::NotUnderstood, message));
            }
        }
        Ok(self.commands)
    }

    /// Writes one command.
    pub(super) fn command(
        &mut self,
        write: impl FnOnce(&mut Draft<'_>, &Telling<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let telling = &self.telling;
        let mut draft = Draft::new(self.plant, &mut self.told, &telling.making);
        write(&mut draft, telling)?;
        let acts = draft.finish();
        if acts.len() > ACTS_PER_COMMAND_MAX {
            let message = format!("{} acts that belong together", acts.len());
            return Err(Problem::at("", Code::TooManyThings, message));
        }
        let number = u32::try_from(self.commands.len()).unwrap_or(u32::MAX);
        self.commands.push(Command {
            id: Some(self.key.command(number)),
            performed: Some(Interval::at(Time(telling.event.time.unix_us))),
            station: telling.station.clone(),
            equipment: telling.equipment.clone(),
            source: Some(self.key.source().into()),
            ..Command::report(acts)
        });
        Ok(())
    }

    /// What two lists of an event name: each thing once, with all of its amounts together.
    fn named(
        &mut self,
        ids: &[Identifier],
        field: &str,
        quantities: &[Quantity],
        quantity_field: &str,
    ) -> Result<Vec<Named>, Problem> {
        let number = master(ilmd(self.telling.event), &LOT_NUMBER);
        let mut named: Vec<Named> = Vec::new();
        let mut index = BTreeMap::new();
        let ids = ids.iter().map(|id| (id, Role::Thing, None));
        let classes =
            quantities.iter().map(|quantity| (&quantity.class, Role::Class, Some(quantity)));
        let counts = (0_usize..).zip(ids).map(|(at, row)| (field, at, row));
        let rows =
            counts.chain((0_usize..).zip(classes).map(|(at, row)| (quantity_field, at, row)));
        for (field, at, (id, role, quantity)) in rows {
            let path = format!("/{field}/{at}");
            let nature = Nature::of(id, role, &path)?;
            let amount = match quantity {
                Some(quantity) => self.amount(&nature, quantity, &path)?,
                None => None,
            };
            let known = index.get(&nature.called).and_then(|at: &usize| named.get_mut(*at));
            if let Some(known) = known {
                known.amount = match (known.amount, amount) {
                    (Some(one), Some(other)) => Some(one.plus(other)),
                    (one, other) => one.or(other),
                };
                continue;
            }
            let lot = number.as_ref().filter(|_| nature.kind == Kind::Unit);
            let lot = lot.and_then(|number| id.lot(number));
            let lot = lot.map(|lot| Nature::of(&lot, Role::Class, &path)).transpose()?;
            index.insert(nature.called.clone(), named.len());
            named.push(Named { nature, amount, lot });
        }
        Ok(named)
    }

    /// An amount in the base unit of its material; absent where none is given or it is no lot's.
    fn amount(
        &mut self,
        nature: &Nature,
        quantity: &Quantity,
        path: &str,
    ) -> Result<Option<Amount>, Problem> {
        let (Some(digits), Some(part), Kind::Lot) = (&quantity.quantity, &nature.part, nature.kind)
        else {
            return Ok(None);
        };
        let usable = |amount: &Amount| amount.is_positive() && amount.is_bookable();
        let unusable = || {
            let message = format!("{digits} is not above nothing and exact within 12 digits");
            Problem::at(path, Code::QuantityUnusable, message)
        };
        let amount = amount(digits).filter(usable).ok_or_else(unusable)?;
        let unit = match quantity.uom.as_deref() {
            Some(uom) if !PIECES_CODES.contains(&uom) => uom,
            _ => PIECES,
        };
        let unit = code(path, unit, UnitOfMeasure::new)?;
        let (base, factor) = match self.plant.material(part) {
            Some(material) => {
                let mut conversions = material.conversions.iter();
                let factor = conversions.find(|conversion| conversion.unit == unit);
                (material.base_unit.clone(), factor.map(|conversion| conversion.factor))
            }
            None => {
                let settled = self.told.base_units.entry(part.number.clone());
                (settled.or_insert_with(|| unit.clone()).clone(), None)
            }
        };
        if base == unit {
            return Ok(Some(amount));
        }
        let factor = factor.ok_or_else(|| {
            let message = format!("{part} is kept in {base} and has no conversion from {unit}");
            Problem::at(path, Code::UnitNotConvertible, message)
        })?;
        Some(amount.times(factor)).filter(usable).map(Some).ok_or_else(unusable)
    }

    /// What things are in, if it is named.
    pub(super) fn container(&self, parent: Option<&Identifier>) -> Result<Vec<Named>, Problem> {
        let nature = parent.map(|id| Nature::of(id, Role::Container, "/parentID")).transpose()?;
        Ok(nature.map(|nature| Named { nature, amount: None, lot: None }).into_iter().collect())
    }

    /// What an event is about that names no thing: the devices that reported, else the place.
    pub(super) fn subjects(&self) -> Result<Vec<Named>, Problem> {
        let event = self.telling.event;
        let elements = event.sensor_elements.iter();
        let devices = elements.flat_map(|element| {
            let shared = element.metadata.iter().filter_map(|metadata| metadata.device_id.as_ref());
            shared.chain(element.reports.iter().filter_map(|report| report.device_id.as_ref()))
        });
        let place = event.read_point.iter().chain(&event.biz_location).next();
        let mut named: Vec<Named> = Vec::new();
        for id in devices {
            let nature = Nature::of(id, Role::Thing, "/sensorElementList")?;
            if named.iter().all(|other| other.nature.called != nature.called) {
                named.push(Named { nature, amount: None, lot: None });
            }
        }
        if let (true, Some(place)) = (named.is_empty(), place) {
            let nature = Nature::of(place, Role::Thing, "/readPoint")?;
            named.push(Named { nature, amount: None, lot: None });
        }
        if named.is_empty() {
            let message = "the event names no thing, device or place";
            return Err(Problem::at("", Code::NothingObserved, message));
        }
        Ok(named)
    }
}

/// Cuts a list so that each piece fits one command, by what the event says alone.
pub(super) fn cut(named: &[Named], each_has_acts: bool) -> Vec<&[Named]> {
    let budget = ACTS_PER_COMMAND_MAX.saturating_sub(ACTS_FOR_ALL);
    let mut pieces = Vec::new();
    let (mut start, mut classes) = (0, Vec::new());
    for (at, one) in named.iter().enumerate() {
        let class = (one.nature.kind, &one.nature.part, &one.lot);
        let class_count = classes.len().saturating_add(usize::from(!classes.contains(&class)));
        let count = at.saturating_sub(start).saturating_add(1);
        let of_things = if each_has_acts { count.saturating_mul(ACTS_PER_THING) } else { 0 };
        let acts = class_count.saturating_mul(ACTS_PER_CLASS).saturating_add(of_things);
        // One place is left for what the things are in.
        if acts > budget || count >= ITEMS_PER_ACT_MAX {
            pieces.extend(named.get(start..at));
            (start, classes) = (at, Vec::new());
        }
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    pieces.extend(named.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

/// The standard's word for the business step, or one's own.
pub(super) fn business_step(event: &Event) -> Option<&str> {
    event.biz_step.as_ref().map(|term| term.as_str())
}

/// Whether things are in that condition, for now or lasting.
pub(super) fn has_disposition(event: &Event, word: &str) -> bool {
    let lasting = event.persistent_disposition.iter().flat_map(|lasting| &lasting.set);
    event.disposition.iter().chain(lasting).any(|term| term.is(word))
}

/// The operation of a step where no business step names it.
const fn verb(what: &What) -> &'static str {
    match what {
        What::Object { action, .. }
        | What::Aggregation { action, .. }
        | What::Association { action, .. }
        | What::Transaction { action, .. } => match action {
            Action::Add => "adding",
            Action::Observe => "observing",
            Action::Delete => "deleting",
        },
        What::Transformation { .. } => "transforming",
        What::Extended { .. } => "observing",
    }
}

fn ilmd(event: &Event) -> &[Extension] {
    match &event.what {
        What::Object { ilmd, .. } | What::Transformation { ilmd, .. } => ilmd,
        What::Aggregation { .. }
        | What::Association { .. }
        | What::Transaction { .. }
        | What::Extended { .. } => &[],
    }
}

/// A field of master data, where it is text.
fn master(fields: &[Extension], names: &[&str]) -> Option<String> {
    let field = fields.iter().find(|field| names.contains(&field.name.as_str()))?;
    serde_json::from_str(&field.json).ok()
}

/// The id of the first business transaction of one of these types, in their order.
pub(super) fn transaction<'e>(event: &'e Event, kinds: &[&str]) -> Option<&'e str> {
    kinds.iter().find_map(|kind| {
        let of_kind = |term: &crate::Term| term.is(kind);
        let mut transactions = event.biz_transactions.iter();
        let found = transactions.find(|one| one.kind.as_ref().is_some_and(of_kind));
        found.map(|transaction| transaction.id.as_str())
    })
}

pub(super) fn order_code(id: &str) -> Result<OrderCode, Problem> {
    code("/bizTransactionList", id, OrderCode::new)
}

/// The owner, else the possessor, of one end of a movement.
pub(super) fn party(ends: &[Endpoint], path: &str) -> Result<Option<PartyCode>, Problem> {
    let of = |word: &str| ends.iter().find(|end| end.kind.is(word));
    let end = of("owning_party").or_else(|| of("possessing_party"));
    end.map(|end| code(path, end.id.canonical(), PartyCode::new)).transpose()
}
