//! What several rows stand on: definitions, orders, lots, containers, builds.

use std::collections::{HashSet, VecDeque};

use domain::act::{Act, Create, Kind, NewItem, Origin};
use domain::{
    Code, Identifier, ItemRef, MaterialDefinition, OrderKind, Overdraw, Part, PartClass,
    PartNumber, PartyCode, Position, Scheme, Tracking, UnitOfMeasure, WorkOrder, scheme,
};

use super::super::columns::Field;
use super::super::refused::Wrong;
use super::{Acts, Draft, called, named, number_of, states};

/// What a row needs to be there, under a key that says what it is.
#[derive(Debug)]
pub(in crate::import) struct Ground {
    pub(in crate::import) key: String,
    pub(in crate::import) acts: Acts,
}

impl Draft<'_> {
    /// The material is defined, and its kind of device is what the row says.
    pub(super) fn material(&mut self, part: &Part) -> Result<(), Wrong> {
        let wanted = self.row.device_type.as_ref();
        let known = self.state.masters().material(part);
        match (known, known.and_then(|known| known.device_type.as_ref()), wanted) {
            (Some(_), _, None) => {}
            (Some(_), Some(now), Some(wanted)) if now == wanted => {}
            (Some(_), Some(now), Some(wanted)) => {
                let reason = format!(
                    "{part} is defined as {now} and the row says {wanted}; mend one of the two"
                );
                return Err(
                    Wrong::new(Code::FieldInvalid, reason).in_column(Field::DeviceType.word())
                );
            }
            (Some(known), None, Some(wanted)) => {
                let device_type = Some(wanted.clone());
                let material = MaterialDefinition { device_type, ..known.clone() };
                self.ground(format!("device:{part}"), vec![Act::DefineMaterial(material)]);
            }
            (None, _, wanted) => {
                let what = if wanted.is_some() { "device" } else { "material" };
                let material = MaterialDefinition {
                    device_type: wanted.cloned(),
                    ..defined(part.clone(), Tracking::Serial, None)
                };
                self.ground(format!("{what}:{part}"), vec![Act::DefineMaterial(material)]);
            }
        }
        Ok(())
    }

    /// The orders the row names are known.
    pub(super) fn orders(&mut self) {
        let row = self.row;
        for code in row.order.iter().chain(&row.production_order) {
            if !self.state.masters().orders.contains_key(code) {
                let order = WorkOrder {
                    code: code.clone(),
                    kind: OrderKind::Build,
                    part: None,
                    quantity: None,
                    split_from: None,
                    production_order: None,
                };
                self.ground(format!("order:{code}"), vec![Act::DefineOrder(order)]);
            }
        }
    }

    /// The lot of that code; created as implied by the row where nobody knows it.
    pub(super) fn lot(&mut self, code: &str, part: &Part) -> Result<ItemRef, Wrong> {
        let column = Field::LotCode.word();
        let item = called(scheme::LOT_CODE, code);
        let mut found = states(self.state, &item);
        if found.len() > 1 {
            found.retain(|lot| number_of(lot) == Some(&part.number));
        }
        match found[..] {
            [lot] if lot.kind != Kind::Lot => {
                let reason = format!("{code} is a {}, not a lot", lot.kind.word());
                Err(Wrong::new(Code::WrongKind, reason).in_column(column))
            }
            [lot] => Ok(ItemRef::Id(lot.id)),
            [] if states(self.state, &item).is_empty() => {
                let names = vec![named(scheme::LOT_CODE, code)];
                let lot = create(Kind::Lot, Some(part.clone()), names, Origin::Implied);
                self.ground(format!("lot:{code}"), vec![Act::Create(lot)]);
                Ok(item)
            }
            _ => {
                let reason = format!("{code} fits several lots; withdraw or mend their codes");
                Err(Wrong::new(Code::AmbiguousItem, reason).in_column(column))
            }
        }
    }

    /// The container of that code; created where nobody knows it.
    pub(super) fn container(
        &mut self,
        code: &str,
        kind: Kind,
        field: Field,
    ) -> Result<ItemRef, Wrong> {
        let item = called(scheme::CONTAINER_CODE, code);
        match states(self.state, &item)[..] {
            [] => {
                let names = vec![named(scheme::CONTAINER_CODE, code)];
                let container = create(kind, None, names, Origin::OpeningStock);
                self.ground(format!("{}:{code}", kind.word()), vec![Act::Create(container)]);
                Ok(item)
            }
            [known] if known.kind == kind => Ok(ItemRef::Id(known.id)),
            [known] => {
                let reason = format!("{code} is a {}, not a {}", known.kind.word(), kind.word());
                Err(Wrong::new(Code::WrongKind, reason).in_column(field.word()))
            }
            _ => {
                let reason = format!("{code} fits several containers; mend their codes");
                Err(Wrong::new(Code::AmbiguousItem, reason).in_column(field.word()))
            }
        }
    }

    /// The build of that version of the part's firmware; created where nobody knows it.
    pub(super) fn build(&mut self, version: &str, part: &Part) -> Result<ItemRef, Wrong> {
        let column = Field::FwVersion.word();
        let number = PartNumber::new(&format!("firmware:{}", part.number))
            .map_err(|error| Wrong::new(Code::TooLarge, error.to_string()).in_column(column))?;
        let masters = self.state.masters();
        let is_firmware = |part: &&Part| {
            masters.material(part).is_some_and(|m| m.class == Some(PartClass::Firmware))
        };
        let planned = masters.bom(part).into_iter().flat_map(|bom| &bom.lines);
        let planned = planned.map(|line| &line.part).find(is_firmware).cloned();
        let software = planned.unwrap_or(Part { number, revision: None });
        let item = called(scheme::VERSION, version);
        let mut found = states(self.state, &item);
        found.retain(|build| build.kind == Kind::Lot && number_of(build) == Some(&software.number));
        if let Some(build) = found.first() {
            return Ok(ItemRef::Id(build.id));
        }
        let issuer = PartyCode::new(software.number.as_str())
            .expect("invariant: what is a part number is a code");
        // Versions of different software may be called alike, so the software stands beside.
        let name = named(scheme::VERSION, version).by(issuer.clone());
        if self.state.masters().material(&software).is_none() {
            let class = Some(PartClass::Firmware);
            let material = defined(software.clone(), Tracking::Lot, class);
            self.ground(format!("material:{software}"), vec![Act::DefineMaterial(material)]);
        }
        let build = create(Kind::Lot, Some(software.clone()), vec![name], Origin::Implied);
        self.ground(format!("build:{software}\n{version}"), vec![Act::Create(build)]);
        let scheme = Scheme::new(scheme::VERSION).ok();
        Ok(ItemRef::Called { scheme, issuer: Some(issuer), value: version.to_owned() })
    }
}

/// One new item with nothing said beyond what rows tell.
pub(super) fn create(
    kind: Kind,
    part: Option<Part>,
    identifiers: Vec<Identifier>,
    origin: Origin,
) -> Create<ItemRef> {
    Create {
        kind,
        part,
        items: vec![NewItem { identifiers, quantity: None, slot: None }],
        origin,
        order: None,
        production_order: None,
        lot: None,
        panel: None,
        expires: None,
        place: None,
    }
}

/// A material that rows imply, with nothing said beyond what they need.
pub(super) fn defined(
    part: Part,
    tracking: Tracking,
    class: Option<PartClass>,
) -> MaterialDefinition {
    MaterialDefinition {
        name: part.to_string(),
        part,
        tracking,
        base_unit: UnitOfMeasure::new("ea").expect("invariant: it is a code"),
        conversions: Vec::new(),
        overdraw: Overdraw::Exception,
        device_type: None,
        class,
        shelf_life_days: None,
    }
}

/// Ground that is laid and that readers may not see yet.
#[derive(Debug, Default)]
pub(in crate::import) struct Laid {
    /// Each with the position at which readers see it.
    submitted: VecDeque<(Position, HashSet<String>)>,
    planned: HashSet<String>,
}

impl Laid {
    /// Whether it is new; from then on it is laid.
    pub(in crate::import) fn lay(&mut self, ground: &Ground) -> bool {
        let key = &ground.key;
        if self.planned.contains(key) || self.submitted.iter().any(|(_, laid)| laid.contains(key)) {
            return false;
        }
        // A definition that says the kind of device is one that a row without it can stand on.
        if let Some(part) = key.strip_prefix("device:") {
            self.planned.insert(format!("material:{part}"));
        }
        self.planned.insert(key.clone())
    }

    /// Notes where readers will see what was planned.
    pub(in crate::import) fn submitted(&mut self, shows_at: Position) {
        self.submitted.push_back((shows_at, std::mem::take(&mut self.planned)));
    }

    /// Forgets what readers see by now.
    pub(in crate::import) fn seen(&mut self, next: Position) {
        while self.submitted.front().is_some_and(|(shows_at, _)| *shows_at <= next) {
            self.submitted.pop_front();
        }
    }
}
