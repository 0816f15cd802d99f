//! The little language of the tables: one act a line.
//!
//! ```text
//! part MB-09/C lot [unit=g] [convert=kg:1000] [overdraw=refuse] [shelf=30] [class=firmware]
//! bom LP-300/F MB-09/C 1 [op=OP10] [alt=MB-10/A@09:00..10:00], phantom KIT 2, …
//! party | place | station | order | person | equipment CODE
//! lot L1 PART 100 [by=SUPPLIER] [accepted=yes] [expires=TIME] [origin=expected]
//! unit U1 PART [of=LOT] [panel=PANEL] [by=…] [origin=…] [order=ORDER]      pallet | package | panel | tray P1
//! identify U1 SCHEME:VALUE      withdraw U1 SCHEME:VALUE      repart U1 PART
//! inspect L1 [accept=40] [reject=10]     split L1 30 as L2     merge L1 5, L2 as L3
//! count L1 95 [why=spilled]     sample L1 5     scrap L1 [5]
//! step OP10 on U1, U2 [at=ST] [pass|fail|finishes] [covers=U3] [measure=torque:1.1:1.0:1.3]
//!      [backflush] [draw=PART:2]
//! install L1 [2] into U1     remove L1 [2] from U1     replace L1 by L2 in U1
//! consume L1, L2 2 [kg] into U1, U2     transform L1 5, U1 into U2 [run=R]
//! load L1 at ST/1 [adds]     unload L1 at ST/1
//! pack U1, U2 in P1     unpack U1 from P1     move U1 to PLACE
//! ship P1, L1 5 to PARTY [subcontract|return]     back P1, L1 5
//! hold H-1 on L1     lift H-1     known H-1 at=ST     clear U1 of L1
//! [name] ACT                          names the entry, for
//! correct name withdraw | retime TIME | swap A B [only=U1] | json ACT
//! void name                           its signature
//! again name                          is signed again
//! close name                          an exception written by `exception TW0012`
//! freeze CODE NUMBER at POSITION      the scope of a part, frozen or looked at again
//! json ACT                            any act as a caller would send it; items by their names
//! state L1 usable=40 here=60 status=quarantine unexplained=0 part=X names=a,b
//! ```

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{
    AcknowledgeHold, Act, Amendment, ChangePart, Choice, Clear, CloseException, Consume, Correct,
    Count, Create, Draw, FreezeScope, Hold, Identify, Inspect, Install, Kind, Lift, Load, Measure,
    Merge, Move, NewItem, Origin, Outcome, Pack, Packed, Parted, Portion, Purpose, Receive,
    ReceiveBack, Remove, RemovedTo, Replace, ScopeQuery, Ship, ShipmentLine, SignAgain, Split,
    Step, Taking, Transform, Unload, Unpack, VoidSignature, Withdraw, Worked,
};
use domain::command::{Captured, Signed};
use domain::noun::scheme;
use domain::rejection::{Finding, Rejection};
use domain::start::Start;
use domain::{
    Alternate, Amount, BillOfMaterial, BomLine, Code, Conversion, EquipmentCode, Fact, Identifier,
    Interval, ItemId, ItemRef, MaterialDefinition, Mode, OperationCode, OrderCode, Overdraw, Part,
    PartClass, PersonCode, Position, RunCode, Scheme, SlotCode, StationCode, Time, Tracking,
    UnitOfMeasure, UserCode,
};

use crate::plant::{Done, Plant, context};
use crate::words::Words;
use crate::work::{self, Names};

/// What the tables showed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) questions: usize,
    /// Codes shown to fire, and whether on an attempt.
    pub(crate) covered: BTreeSet<(Code, bool)>,
}

type Outcomes = Result<Done, Vec<Finding>>;

/// One scenario as it stands.
#[derive(Debug, Clone, Default)]
struct Scene {
    plant: Plant,
    names: BTreeMap<String, ItemId>,
    entries: BTreeMap<String, Position>,
    now: Time,
}

const DAY: &str = "2026-01-01";
const MINUTE_US: i64 = 60_000_000;

pub(crate) fn time(word: &str) -> Time {
    if word.contains('-') {
        return word.parse().unwrap();
    }
    format!("{DAY}T{word}:00Z").parse().unwrap()
}

fn interval(word: &str) -> Interval {
    match word.split_once("..") {
        Some((from, to)) => Interval { from: time(from), to: time(to) },
        None => Interval::at(time(word)),
    }
}

/// Runs a table and answers the rows that are wrong.
pub(crate) fn run(file: &str, text: &str, tally: &mut Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut scene = Scene::default();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let said = match line.split_once("->") {
            _ if line.is_empty() => Ok(()),
            None if line.starts_with("==") => {
                scene = Scene { now: time("08:00"), ..Scene::default() };
                Ok(())
            }
            None => scene.history(line),
            Some((asked, expected)) => scene.question(asked, expected.trim(), tally),
        };
        wrong.extend(said.err().map(|why| format!("{file}:{}: {line}\n    {why}", index + 1)));
    }
    wrong
}

impl Scene {
    fn history(&mut self, line: &str) -> Result<(), String> {
        let mut words = Words::of(line);
        if words.eat("now") {
            self.now = time(words.next());
            return Ok(());
        }
        if words.eat("state") {
            return self.state(words);
        }
        self.now = Time(self.now.0 + MINUTE_US);
        let tag = words.words.last().and_then(|word| word.strip_prefix('[')?.strip_suffix(']'));
        if tag.is_some() {
            words.words.pop();
        }
        if words.eat("exception") {
            let code = words.next().parse().unwrap();
            let at = self.plant.except(code, Position(0), self.now);
            self.entries.insert(tag.unwrap().to_owned(), at);
            return Ok(());
        }
        let found = |done: &Done| done.found.iter().map(shown).collect::<Vec<_>>();
        match self.take(Mode::Report, words) {
            Ok(done) if done.found.is_empty() => {
                self.entries.extend(tag.map(|tag| (tag.to_owned(), done.position)));
                Ok(())
            }
            Ok(done) => Err(format!("history breaks a rule: {:?}", found(&done))),
            Err(found) => Err(format!(
                "history is refused: {:?}",
                found.iter().map(shown).collect::<Vec<_>>()
            )),
        }
    }

    fn question(&self, asked: &str, expected: &str, tally: &mut Tally) -> Result<(), String> {
        let mut words = Words::of(asked);
        let modes: &[Mode] = match words.next() {
            "attempt" => &[Mode::Attempt],
            "report" => &[Mode::Report],
            "both" => &[Mode::Attempt, Mode::Report],
            other => return Err(format!("{other} is no mode")),
        };
        for mode in modes {
            let mut words = Words::of(asked);
            words.next();
            let outcome = self.clone().take(*mode, words);
            let codes: Vec<Code> = match &outcome {
                Ok(done) => done.found.iter().map(|finding| finding.code).collect(),
                Err(found) => vec![Rejection::of(0, found.clone()).code],
            };
            tally.covered.extend(codes.iter().map(|code| (*code, *mode == Mode::Attempt)));
            tally.questions += 1;
            let said = self.said(&outcome);
            if said != expected {
                let found = match outcome {
                    Ok(done) => done.found,
                    Err(found) => found,
                };
                let found: Vec<_> = found.iter().map(shown).collect();
                return Err(format!("{mode:?} says: {said}   {found:?}"));
            }
        }
        Ok(())
    }

    /// An outcome as the tables write it.
    fn said(&self, outcome: &Outcomes) -> String {
        let done = match outcome {
            Err(found) => return Rejection::of(0, found.clone()).code.to_string(),
            Ok(done) => done,
        };
        let mut said = vec!["admitted".to_owned()];
        let codes: BTreeSet<Code> = done.found.iter().map(|finding| finding.code).collect();
        said.extend(codes.iter().map(Code::to_string));
        let name = |id: &ItemId| {
            let named = self.names.iter().find(|(_, known)| *known == id);
            named.map_or_else(|| id.to_string(), |(name, _)| name.clone())
        };
        let held: BTreeSet<String> = done.held.iter().map(name).collect();
        if !held.is_empty() {
            said.push("holds".to_owned());
            said.extend(held);
        }
        said.join(" ")
    }

    fn state(&self, mut words: Words<'_>) -> Result<(), String> {
        let state = &self.plant.items[&self.item(words.next())];
        for (key, expected) in &words.options {
            let actual = match *key {
                "usable" => state.usable().normal().to_string(),
                "here" => state.on_hand().normal().to_string(),
                "status" => state.status().word().to_owned(),
                "unexplained" => state.book.balance().unexplained.normal().to_string(),
                "part" => state.part.value.as_ref().map_or_else(String::new, Part::to_string),
                "expires" => state.expires.map_or_else(String::new, |at| at.to_string()),
                "names" => {
                    let names: Vec<_> = state.names_now().map(|name| name.value.clone()).collect();
                    names.join(",")
                }
                other => return Err(format!("{other} is nothing of a state")),
            };
            if actual != *expected {
                return Err(format!("{key} is {actual}"));
            }
        }
        Ok(())
    }

    fn take(&mut self, mode: Mode, mut words: Words<'_>) -> Outcomes {
        let performed = match words.words.last().and_then(|word| word.strip_prefix('@')) {
            Some(word) => {
                words.words.pop();
                interval(word)
            }
            None => Interval::at(self.now),
        };
        let station = words.option::<String>("at").map(|at| StationCode::new(&at).unwrap());
        let mut born = Vec::new();
        let fact = match self.work(&mut words) {
            Some(fact) => fact,
            None => self.act(&mut words, &mut born),
        };
        assert!(words.words.is_empty(), "{:?} is left over in: {}", words.words, words.line);
        let mut context = context(mode, performed, station);
        context.performed_by =
            words.option::<String>("who").map(|who| PersonCode::new(&who).unwrap());
        let with = words.option::<String>("with").map(|with| EquipmentCode::new(&with).unwrap());
        context.equipment.extend(with);
        let device = words.options.contains_key("device");
        context.captured = device.then_some(Captured { at: self.now, clock_ahead_us: None });
        let told = mode == Mode::Report && !words.options.contains_key("late");
        context.late = told.then(|| "told by the table".to_owned());
        context.signed = words.option::<String>("signed").map(|signed| {
            // MEANING or MEANING/ROLE, by who does it or by another.
            let (meaning, role) = signed.split_once('/').unwrap_or((&signed, "quality"));
            let signer = words.option::<String>("signer");
            let signer = signer.map(|signer| PersonCode::new(&signer).unwrap());
            Signed {
                user: UserCode::new("U-1").unwrap(),
                signer: signer.or_else(|| context.performed_by.clone()).unwrap(),
                role: role.parse().unwrap(),
                meaning: meaning.parse().unwrap(),
                at: self.now,
                key: "0".repeat(64),
                shown: None,
            }
        });
        let done = self.plant.take(fact, &context, self.now)?;
        for (name, ordinal) in born.into_iter().zip(0..) {
            self.names.insert(name, ItemId { birth: done.position, ordinal });
        }
        Ok(done)
    }

    fn work(&self, words: &mut Words<'_>) -> Option<Fact> {
        let options = words.options.clone();
        let names = Names {
            item: &|name| self.item(name),
            entry: &|name| match name.parse() {
                Ok(position) => Position(position),
                Err(_) => *self.entries.get(name).unwrap_or_else(|| panic!("no entry is [{name}]")),
            },
            option: &|key| options.get(key).map(|value| (*value).to_owned()),
        };
        work::act(&mut words.words, &names)
    }

    fn item(&self, name: &str) -> ItemId {
        let name = name.trim_end_matches(',');
        *self.names.get(name).unwrap_or_else(|| panic!("nothing is called {name}"))
    }

    /// Items up to the next word that is none: `U1, U2`.
    fn items(&self, words: &mut Words<'_>) -> Vec<ItemId> {
        let mut items = Vec::new();
        loop {
            let word = words.next();
            items.push(self.item(word));
            if !word.ends_with(',') {
                return items;
            }
        }
    }

    /// Items with quantities: `L1 5, L2, U1`.
    fn portions(&self, words: &mut Words<'_>) -> Vec<Portion<ItemId>> {
        let mut portions = Vec::new();
        loop {
            let word = words.next();
            let quantity = if word.ends_with(',') { None } else { words.amount() };
            portions.push(Portion { item: self.item(word), quantity });
            if !word.ends_with(',') && !words.eat(",") {
                return portions;
            }
        }
    }

    fn json(&self, words: &Words<'_>) -> Fact {
        let (_, json) = words.line.split_once("json").unwrap();
        let act: Act<ItemRef> = serde_json::from_str(json).unwrap();
        let resolved: Result<Fact, String> = act.try_map(&mut |item| match item {
            ItemRef::Called { value, .. } => Ok(self.item(value)),
            ItemRef::Id(id) => Ok(*id),
            ItemRef::New(..) => Err("new: is resolved by the engine".into()),
        });
        resolved.unwrap()
    }

    fn act(&self, words: &mut Words<'_>, born: &mut Vec<String>) -> Fact {
        let verb = words.next();
        match verb {
            "part" => material(words),
            "bom" => bom(words),
            "party" | "place" | "station" | "order" | "person" | "equipment" => {
                define(verb, words.next())
            }
            "lot" | "unit" | "pallet" | "package" | "panel" | "tray" => {
                self.born(verb, words, born)
            }
            "identify" | "withdraw" | "repart" => self.label(verb, words),
            "inspect" | "split" | "merge" | "count" | "sample" | "scrap" => {
                self.quantity(verb, words, born)
            }
            "step" => self.step(words),
            "install" | "remove" | "replace" => self.fitting(verb, words),
            "consume" | "transform" | "load" | "unload" => self.material(verb, words),
            "pack" | "unpack" | "move" | "ship" | "back" => self.movement(verb, words),
            "hold" | "lift" | "known" | "clear" | "correct" | "void" | "again" | "close"
            | "freeze" => self.decision(verb, words),
            "json" => self.json(words),
            other => panic!("{other} is no act"),
        }
    }

    fn born(&self, verb: &str, words: &mut Words<'_>, born: &mut Vec<String>) -> Fact {
        let name = words.next();
        let (kind, scheme) = match verb {
            "lot" => (Kind::Lot, scheme::LOT_CODE),
            "unit" => (Kind::Unit, scheme::SERIAL_NUMBER),
            "pallet" => (Kind::Pallet, scheme::CONTAINER_CODE),
            "package" => (Kind::Package, scheme::CONTAINER_CODE),
            "panel" => (Kind::Panel, scheme::CONTAINER_CODE),
            _ => (Kind::Tray, scheme::CONTAINER_CODE),
        };
        born.push(name.to_owned());
        let part = (!kind.is_container()).then(|| words.part());
        let quantity = words.amount();
        let identifiers = vec![Identifier::own(scheme, name).unwrap()];
        let items = vec![NewItem { identifiers, quantity, slot: None }];
        let expires = words.options.get("expires").map(|word| time(word));
        if let Some(supplier) = words.options.get("by") {
            return Act::Receive(Receive {
                kind,
                part: part.unwrap(),
                items,
                supplier: domain::PartyCode::new(supplier).unwrap(),
                delivery: None,
                certificates: Vec::new(),
                expires,
                made: words.options.get("made").map(|word| time(word)),
                place: None,
                accepted: words.options.contains_key("accepted"),
                announced: Vec::new(),
            });
        }
        let origin = match words.options.get("origin").copied() {
            None => Origin::Made,
            Some("expected") => Origin::Expected,
            Some("openingStock") => Origin::OpeningStock,
            Some(_) => Origin::Implied,
        };
        Act::Create(Create {
            kind,
            part,
            items,
            origin,
            order: words.options.get("order").map(|code| OrderCode::new(code).unwrap()),
            production_order: None,
            lot: words.options.get("of").map(|lot| self.item(lot)),
            panel: words.options.get("panel").map(|panel| self.item(panel)),
            expires,
            place: None,
        })
    }

    fn label(&self, verb: &str, words: &mut Words<'_>) -> Fact {
        let item = self.item(words.next());
        if verb == "repart" {
            return Act::ChangePart(ChangePart { item, part: words.part(), reason: "why".into() });
        }
        let (scheme, value) = words.next().split_once(':').unwrap();
        let identifier = Identifier {
            issuer: words.options.get("issuer").map(|c| domain::PartyCode::new(c).unwrap()),
            scheme: Scheme::new(scheme).unwrap(),
            value: value.to_owned(),
        };
        if verb == "identify" {
            return Act::Identify(Identify { item, identifiers: vec![identifier] });
        }
        Act::Withdraw(Withdraw { item, identifier, reason: "why".into() })
    }

    fn quantity(&self, verb: &str, words: &mut Words<'_>, born: &mut Vec<String>) -> Fact {
        if verb == "merge" {
            let lots = self.portions(words);
            assert!(words.eat("as"), "merge … as NAME");
            born.push(words.next().to_owned());
            return Act::Merge(Merge { lots, identifiers: Vec::new(), inherited: None });
        }
        let item = self.item(words.next());
        let quantity = words.amount();
        let taking = || Taking { item, quantity, reason: "why".into() };
        match verb {
            "inspect" => Act::Inspect(Inspect {
                item,
                accepted: words.option("accept"),
                rejected: words.option("reject"),
                examined: None,
                reason: None,
                files: Vec::new(),
                returned: false,
            }),
            "split" => {
                assert!(words.eat("as"), "split LOT QUANTITY as NAME");
                born.push(words.next().to_owned());
                let parted = Parted { identifiers: Vec::new(), quantity: quantity.unwrap() };
                Act::Split(Split { lot: item, into: vec![parted], inherited: None })
            }
            "count" => Act::Count(Count {
                lot: item,
                quantity: quantity.unwrap(),
                explanation: words.option("why"),
            }),
            "sample" => Act::Sample(taking()),
            _ => Act::Scrap(taking()),
        }
    }

    fn step(&self, words: &mut Words<'_>) -> Fact {
        let operation = OperationCode::new(words.next()).unwrap();
        assert!(words.eat("on"), "step OPERATION on ITEMS");
        let items = self.items(words);
        let outcome = match (words.eat("pass"), words.eat("fail")) {
            (true, _) => Outcome::Pass,
            (_, true) => Outcome::Fail,
            _ => Outcome::Done,
        };
        let finishes = words.eat("finishes");
        let measure = words.options.get("measure").map(|text| {
            let mut fields = text.split(':');
            let name = fields.next().unwrap().to_owned();
            let mut number = || fields.next().and_then(|field| field.parse::<Amount>().ok());
            let (value, low, high) = (number().unwrap(), number(), number());
            let unit = UnitOfMeasure::new("N·m").unwrap();
            let item = words.options.get("on").map(|item| self.item(item));
            Measure { name, value, unit, low, high, item }
        });
        let draws = words.options.get("draw").map(|text| {
            let (part, quantity) = text.split_once(':').unwrap();
            let slot = words.options.get("slot").map(|slot| SlotCode::new(slot).unwrap());
            let parts = vec![part.parse().unwrap()];
            Draw { parts, quantity: quantity.parse().unwrap(), slot }
        });
        Act::Step(Step {
            operation,
            items: items
                .into_iter()
                .map(|item| Worked { item, slot: None, quantity: None })
                .collect(),
            covers: words.options.get("covers").map(|item| self.item(item)).into_iter().collect(),
            run: None,
            program: None,
            parameters: Vec::new(),
            measures: measure.into_iter().collect(),
            outcome,
            finishes,
            backflush: words.eat("backflush"),
            draws: draws.into_iter().collect(),
            files: Vec::new(),
            note: None,
        })
    }

    fn fitting(&self, verb: &str, words: &mut Words<'_>) -> Fact {
        let component = self.item(words.next());
        let quantity = words.amount();
        let second = (words.next(), words.next());
        let other = self.item(second.1);
        let to = if words.eat("scrap") { RemovedTo::Scrap } else { RemovedTo::Stock };
        match (verb, second.0) {
            ("install", "into") => {
                Act::Install(Install { parent: other, component, quantity, designator: None })
            }
            ("remove", "from") => {
                Act::Remove(Remove { parent: other, component, quantity, to, reason: "why".into() })
            }
            ("replace", "by") => {
                assert!(words.eat("in"), "replace OLD by NEW in PARENT");
                Act::Replace(Replace {
                    parent: self.item(words.next()),
                    old: component,
                    new: other,
                    quantity,
                    to,
                    designator: None,
                    reason: "why".into(),
                })
            }
            (verb, word) => panic!("{verb} … {word}"),
        }
    }

    fn material(&self, verb: &str, words: &mut Words<'_>) -> Fact {
        match verb {
            "consume" => {
                let from = self.items(words);
                let quantity = words.amount().unwrap();
                let unit = (!words.eat("into")).then(|| UnitOfMeasure::new(words.next()).unwrap());
                words.eat("into");
                let into = self.items(words);
                Act::Consume(Consume { from, choice: Choice::OneOf, into, quantity, unit })
            }
            "transform" => {
                let inputs = if words.eat("nothing") { Vec::new() } else { self.portions(words) };
                assert!(words.eat("into"), "transform PORTIONS into ITEMS");
                let outputs = if words.eat("nothing") { Vec::new() } else { self.items(words) };
                let run = words.options.get("run").map(|run| RunCode::new(run).unwrap());
                Act::Transform(Transform { inputs, outputs, operation: None, run })
            }
            _ => {
                let lot = self.item(words.next());
                assert!(words.eat("at"), "load LOT at STATION/SLOT");
                let (station, slot) = words.next().split_once('/').unwrap();
                let (station, slot) =
                    (StationCode::new(station).unwrap(), SlotCode::new(slot).unwrap());
                if verb == "unload" {
                    return Act::Unload(Unload { lot: Some(lot), station, slot });
                }
                Act::Load(Load { lot, station, slot, adds: words.eat("adds") })
            }
        }
    }

    fn movement(&self, verb: &str, words: &mut Words<'_>) -> Fact {
        let portions = self.portions(words);
        let items = portions.iter().map(|portion| portion.item);
        let code = |words: &mut Words<'_>, word: &str| {
            assert!(words.eat(word), "{word} is missing");
            words.next().to_owned()
        };
        match verb {
            "pack" => {
                let items = items.map(|item| Packed { item, slot: None }).collect();
                Act::Pack(Pack { container: self.item(&code(words, "in")), items })
            }
            "unpack" => {
                let container = self.item(&code(words, "from"));
                Act::Unpack(Unpack { container, items: items.collect() })
            }
            "move" => {
                let place = domain::PlaceCode::new(&code(words, "to")).unwrap();
                Act::Move(Move { items: items.collect(), place })
            }
            "ship" => {
                let party = domain::PartyCode::new(&code(words, "to")).unwrap();
                let sender = words.options.get("sender");
                let sender = sender.map(|sender| domain::PartyCode::new(sender).unwrap());
                let purpose = match (words.eat("subcontract"), words.eat("return")) {
                    (true, _) => Purpose::Subcontract,
                    (_, true) => Purpose::ReturnToSupplier,
                    _ => Purpose::Delivery,
                };
                let line = |p: Portion<ItemId>| ShipmentLine {
                    item: p.item,
                    quantity: p.quantity,
                    line: None,
                };
                let lines = portions.into_iter().map(line).collect();
                Act::Ship(Ship { party, sender, shipment: None, lines, purpose })
            }
            _ => Act::ReceiveBack(ReceiveBack {
                items: portions,
                party: None,
                place: None,
                reason: None,
                purpose: None,
            }),
        }
    }

    fn decision(&self, verb: &str, words: &mut Words<'_>) -> Fact {
        let reason = || "why".to_owned();
        match verb {
            "hold" => {
                let code = domain::HoldCode::new(words.next()).unwrap();
                assert!(words.eat("on"), "hold CODE on ITEMS");
                let on = self.items(words).into_iter().map(|item| Start::Item { item });
                let (on, found) = (on.collect(), Vec::new());
                Act::Hold(Hold { code, on, spreads: false, reason: reason(), found })
            }
            "lift" => {
                let code = domain::HoldCode::new(words.next()).unwrap();
                Act::Lift(Lift { code, reason: reason() })
            }
            "known" => {
                let code = domain::HoldCode::new(words.next()).unwrap();
                Act::AcknowledgeHold(AcknowledgeHold { code })
            }
            "clear" => {
                let items = self.items(words);
                assert!(words.eat("of"), "clear ITEMS of ITEM");
                Act::Clear(Clear { items, of: self.item(words.next()), reason: reason() })
            }
            "freeze" => freeze(words),
            "void" => {
                let entry = self.entry(words.next());
                Act::VoidSignature(VoidSignature { entry, reason: reason() })
            }
            "again" => Act::SignAgain(SignAgain { entry: self.entry(words.next()) }),
            "close" => Act::CloseException(CloseException {
                exception: self.entry(words.next()),
                reason: reason(),
            }),
            _ => self.correction(words),
        }
    }

    fn entry(&self, name: &str) -> Position {
        name.parse().map_or_else(|_| self.entries[name], Position)
    }

    fn correction(&self, words: &mut Words<'_>) -> Fact {
        let mut entries = Vec::new();
        loop {
            let name = words.next();
            entries.push(self.entry(name.trim_end_matches(',')));
            if !name.ends_with(',') {
                break;
            }
        }
        let amendment = match words.next() {
            "withdraw" => Amendment::Withdraw,
            "retime" => Amendment::Retime { performed: interval(words.next()) },
            "swap" => Amendment::Substitute {
                wrong: self.item(words.next()),
                right: self.item(words.next()),
                only: words.options.get("only").map(|item| self.item(item)).into_iter().collect(),
            },
            _ => Amendment::Restate { act: Box::new(self.json(words)) },
        };
        Act::Correct(Correct { entries, amendment, reason: "why".into() })
    }
}

fn shown(finding: &Finding) -> String {
    format!("{} {}; {}", finding.code, finding.detail, finding.needed)
}

fn define(what: &str, code: &str) -> Fact {
    let word = format!("define{}{}", what[..1].to_uppercase(), &what[1..]);
    let json = match what {
        "order" | "person" => format!(r#"{{"act":"{word}","code":"{code}"}}"#),
        _ => format!(r#"{{"act":"{word}","code":"{code}","name":"{code}"}}"#),
    };
    serde_json::from_str(&json).unwrap()
}

fn material(words: &mut Words<'_>) -> Fact {
    let part = words.part();
    let tracking = match words.next() {
        "serial" => Tracking::Serial,
        "lot" => Tracking::Lot,
        _ => Tracking::Untracked,
    };
    let conversion = words.options.get("convert").map(|text| {
        let (unit, factor) = text.split_once(':').unwrap();
        Conversion { unit: UnitOfMeasure::new(unit).unwrap(), factor: factor.parse().unwrap() }
    });
    let unit = words.options.get("unit").copied().unwrap_or("ea");
    let refuse = words.options.get("overdraw") == Some(&"refuse");
    Act::DefineMaterial(MaterialDefinition {
        name: part.to_string(),
        part,
        tracking,
        base_unit: UnitOfMeasure::new(unit).unwrap(),
        conversions: conversion.into_iter().collect(),
        overdraw: if refuse { Overdraw::Refuse } else { Overdraw::Exception },
        device_type: None,
        class: (words.options.get("class") == Some(&"firmware")).then_some(PartClass::Firmware),
        shelf_life_days: words.option("shelf"),
    })
}

fn bom(words: &mut Words<'_>) -> Fact {
    let part = words.part();
    let text = words.line.split_once(&part.to_string()).unwrap().1;
    words.words.clear();
    let lines = text.split(", ").map(|text| {
        let mut line = Words::of(text);
        let phantom = line.eat("phantom");
        let alternate = line.options.get("alt").map(|text| {
            let (part, when) = match text.split_once('@') {
                Some((part, when)) => (part, Some(interval(when))),
                None => (*text, None),
            };
            Alternate { part: part.parse().unwrap(), effective: when }
        });
        BomLine {
            part: line.part(),
            quantity: line.amount().unwrap(),
            designators: Vec::new(),
            alternates: alternate.into_iter().collect(),
            operation: line.options.get("op").map(|op| OperationCode::new(op).unwrap()),
            phantom,
        }
    });
    Act::DefineBom(BillOfMaterial { part, lines: lines.collect() })
}

/// `freeze CODE NUMBER at POSITION [of PART]`: the scope of a part, frozen or looked at again.
fn freeze(words: &mut Words<'_>) -> Fact {
    let code = domain::ScopeCode::new(words.next()).unwrap();
    let number = words.next().parse().unwrap();
    assert!(words.eat("at"), "freeze CODE NUMBER at POSITION");
    let known_at = Position(words.next().parse().unwrap());
    let part = if words.eat("of") { words.next() } else { "MB-09" };
    let from = vec![Start::Part { part: part.parse().unwrap() }];
    Act::FreezeScope(FreezeScope {
        code,
        number,
        query: ScopeQuery { from, ..ScopeQuery::default() },
        known_at,
        proven: 0,
        possible: 0,
        cleared: 0,
        reason: "why".to_owned(),
        document: domain::FileRef { sha256: "00".repeat(32), name: None },
    })
}
