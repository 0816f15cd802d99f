//! The little language of the stories: shop-floor words that become commands.
//!
//! ```text
//! day 2026-03-02                       the day of the times that follow
//! [NAME:] [TIME|TIME..TIME] [told] ACT [@STATION] [by=PERSON] [with=EQUIPMENT]
//! + ACT                                one more act of the same command
//! -> refused TW0012 …                  what must come of it; without: admitted, no exceptions
//! mark NAME                            remembers this position
//! ```
//!
//! `told` makes it a report; `NAME:` names its entries for a later correction. Items are named as
//! callers name them, `_x` is an item without a label, `SN-1..SN-9` is nine of them.
//!
//! ```text
//! part NUMBER/REV serial|lot UNIT [convert=kg:1000] [overdraw=refuse] [type=…] [class=board]
//! bom PART: NUMBER/REV N [or=ALT[@TIME..TIME]] [op=OP10] [phantom], …
//! party|place|station|equipment|person CODE…     order CODE [of=PART] [from=ORDER] [kind=rework]
//! receive R-1 100, R-2 50 of PART from PARTY [accepted] [place=P] [expires=TIME]
//! make unit|lot|panel|pallet|package|tray A, B [N] [of PART] [order=O] [lot=L] [panel=P]
//!      [origin=openingStock] [place=P]
//! step OP10 on A, B [covers=C] [run=R] [program=P@V] [pass|fail] [finishes] [draws]
//!      [measure=torque:1.1:N·m:1.0:1.3]
//! install C [N] into P     remove C [N] from P [scrap]     replace C by D [N] in P [scrap]
//! consume L, M N into A, B [mix]       transform A 5, B into C
//! load L at ST/F1 [adds]               unload [L] at ST/F1
//! split L into A 10, B 20              merge L 5, M into C
//! count L N [why=…]    sample L N     scrap L [N]     inspect L [accept=N] [reject=N]
//! pack A, B in P       unpack A from P       move A to PLACE
//! ship A, L N to PARTY [as=SHIPMENT] [subcontract|return]      back A, L N [from PARTY]
//! identify A SCHEME:VALUE…    withdraw A SCHEME:VALUE    repart A PART    describe A KEY=VALUE…
//! assign A, B [order=O] [lot=L]        clear A, B of C
//! hold H on START; START [spreads]     lift H
//! correct NAME, NAME withdraw | retime TIME | swap A by B [only=C,D] | restate ACT
//! ```

use std::collections::BTreeMap;

use domain::{Admitted, Command, ItemId, ItemRef, Mode, Position};
use serde_json::{Map, Value, json};

use crate::answer::Question;

/// What was said so far that later lines lean on.
#[derive(Default)]
pub(crate) struct Script {
    day: String,
    /// Items without a label.
    pub(crate) aliases: BTreeMap<String, ItemId>,
    entries: BTreeMap<String, Vec<Position>>,
    marks: BTreeMap<String, Position>,
}

/// What a line is.
pub(crate) enum Line {
    /// Something to do or tell.
    Command { command: Box<Command>, name: Option<String>, aliases: Vec<Alias> },
    /// Nothing to do.
    Note,
}

/// An item that gets no label: which act makes it, as which of its items.
pub(crate) type Alias = (String, usize, usize);

type Said<T> = Result<T, String>;

impl Script {
    /// Reads a line and the acts that follow it in the same command.
    pub(crate) fn line(&mut self, line: &str, further: &[&str], next: Position) -> Said<Line> {
        if let Some(day) = line.strip_prefix("day ") {
            day.trim().clone_into(&mut self.day);
            return Ok(Line::Note);
        }
        if let Some(name) = line.strip_prefix("mark ") {
            self.marks.insert(name.trim().to_owned(), Position(next.0 - 1));
            return Ok(Line::Note);
        }
        let mut words = Words::of(line);
        let name = match words.first().and_then(|word| word.strip_suffix(':')) {
            Some(name) => {
                let name = name.to_owned();
                words.take()?;
                Some(name)
            }
            None => None,
        };
        let performed = match words.first() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                let word = words.take()?;
                Some(self.interval(&word)?)
            }
            _ => None,
        };
        let mode = if words.eat("told") { Mode::Report } else { Mode::Attempt };
        let mut making = Making { script: self, aliases: Vec::new(), acts: Vec::new() };
        let mut command = Map::new();
        making.context(&mut words, &mut command)?;
        making.act(words)?;
        for line in further {
            making.act(Words::of(line.trim_start_matches('+')))?;
        }
        let Making { aliases, acts, .. } = making;
        command.insert("acts".into(), Value::Array(acts));
        command.insert("mode".into(), json!(mode));
        if let Some(performed) = performed {
            command.insert("performed".into(), performed);
        }
        let command = serde_json::from_value(Value::Object(command)).map_err(|e| e.to_string())?;
        Ok(Line::Command { command: Box::new(command), name, aliases })
    }

    /// Remembers what a command made.
    pub(crate) fn admitted(&mut self, admitted: &Admitted, name: Option<String>, new: Vec<Alias>) {
        for (alias, act, ordinal) in new {
            self.aliases.insert(alias, admitted.created[act][ordinal]);
        }
        if let Some(name) = name {
            let positions = (admitted.first.0..=admitted.last.0).map(Position).collect();
            self.entries.insert(name, positions);
        }
    }

    /// Reads a question: `WORD WHAT [as-of TIME] [known-at MARK]`.
    pub(crate) fn question(&self, text: &str) -> Said<Question> {
        let (text, known_at) = match text.rsplit_once(" known-at ") {
            Some((rest, mark)) => (rest, Some(*self.marks.get(mark.trim()).ok_or("no such mark")?)),
            None => (text, None),
        };
        let (text, as_of) = match text.rsplit_once(" as-of ") {
            Some((rest, time)) => (rest, Some(self.time(time.trim())?)),
            None => (text, None),
        };
        let (word, of) = text.split_once(' ').unwrap_or((text, ""));
        let as_of = as_of.map(|time| time.parse()).transpose()?;
        let of = of.split("; ").map(str::trim).filter(|of| !of.is_empty());
        let of = of.flat_map(expand).map(|of| self.item(&of)).collect();
        Ok(Question { word: word.to_owned(), of, as_of, known_at })
    }

    /// A time of the day, or of another day, as RFC 3339.
    fn time(&self, word: &str) -> Said<String> {
        let (day, hour) = word.split_once('T').unwrap_or((&self.day, word));
        let seconds = if hour.len() == 5 { ":00" } else { "" };
        Ok(format!("{day}T{hour}{seconds}Z"))
    }

    fn interval(&self, word: &str) -> Said<Value> {
        let (from, to) = word.split_once("..").unwrap_or((word, word));
        Ok(json!({"from": self.time(from)?, "to": self.time(to)?}))
    }

    /// A reference as callers write it.
    fn item(&self, word: &str) -> String {
        self.aliases.get(word).map_or_else(|| word.to_owned(), |id| format!("id:{id}"))
    }
}

/// `SN-08..SN-10` as the three of them.
fn expand(word: &str) -> Vec<String> {
    let plain = || vec![word.to_owned()];
    let Some((from, to)) = word.split_once("..").filter(|_| !word.contains('@')) else {
        return plain();
    };
    let digits = from.chars().rev().take_while(char::is_ascii_digit).count();
    let (stem, number) = from.split_at(from.len() - digits);
    let last = to.strip_prefix(stem).and_then(|last| last.parse::<u32>().ok());
    let (Ok(first), Some(last)) = (number.parse::<u32>(), last) else { return plain() };
    (first..=last).map(|number| format!("{stem}{number:0digits$}")).collect()
}

/// The words of a line, taken from the front.
struct Words {
    words: Vec<String>,
}

impl Words {
    /// Words are parted by spaces, lists by commas; quotes keep a text together.
    fn of(line: &str) -> Self {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                ',' if !quoted => words.extend([",".to_owned(), String::new()]),
                _ => words.last_mut().unwrap().push(letter),
            }
        }
        words.retain(|word| !word.is_empty());
        Self { words }
    }

    fn first(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    fn take(&mut self) -> Said<String> {
        if self.words.is_empty() {
            Err("a word is missing".into())
        } else {
            Ok(self.words.remove(0))
        }
    }

    /// Takes a word wherever it stands.
    fn eat(&mut self, word: &str) -> bool {
        let at = self.words.iter().position(|held| held == word);
        at.map(|at| self.words.remove(at)).is_some()
    }

    fn need(&mut self, word: &str) -> Said<()> {
        let found = self.take()?;
        if found == word { Ok(()) } else { Err(format!("{word} is missing before {found}")) }
    }

    /// Takes `key=value` wherever it stands.
    fn option(&mut self, key: &str) -> Option<String> {
        let value = |word: &String| word.strip_prefix(key)?.strip_prefix('=').map(str::to_owned);
        let at = self.words.iter().position(|word| value(word).is_some())?;
        value(&self.words.remove(at))
    }

    /// A list up to a word of the grammar: each element's words.
    fn list(&mut self, ends: &[&str]) -> Vec<Vec<String>> {
        let mut list = vec![Vec::new()];
        while let Some(word) = self.first().map(str::to_owned) {
            if ends.contains(&word.as_str()) {
                break;
            }
            self.words.remove(0);
            if word == "," {
                list.push(Vec::new());
            } else {
                list.last_mut().unwrap().push(word);
            }
        }
        list
    }

    fn done(&self) -> Said<()> {
        let rest = self.words.join(" ");
        if rest.is_empty() { Ok(()) } else { Err(format!("not understood: {rest}")) }
    }
}

/// A command in the making.
struct Making<'a> {
    script: &'a Script,
    aliases: Vec<Alias>,
    acts: Vec<Value>,
}

fn part(text: &str) -> Value {
    match text.split_once('/') {
        Some((number, revision)) => json!({"number": number, "revision": revision}),
        None => json!({"number": text}),
    }
}

fn identifier(text: &str) -> Said<Value> {
    let wrong = || format!("{text} is no identifier");
    match text.parse::<ItemRef>()? {
        ItemRef::Called { scheme: Some(scheme), issuer, value } => {
            Ok(json!({"scheme": scheme, "issuer": issuer, "value": value}))
        }
        ItemRef::Called { .. } | ItemRef::Id(_) | ItemRef::New(..) => Err(wrong()),
    }
}

/// What a new item of a kind is usually called.
fn named(kind: &str, name: &str) -> Said<Vec<Value>> {
    if name.starts_with('_') {
        return Ok(Vec::new());
    }
    if name.contains(':') {
        return Ok(vec![identifier(name)?]);
    }
    let scheme = match kind {
        "unit" => "serialNumber",
        "lot" => "lotCode",
        _ => "containerCode",
    };
    Ok(vec![json!({"scheme": scheme, "value": name})])
}

impl Making<'_> {
    fn context(&self, words: &mut Words, command: &mut Map<String, Value>) -> Said<()> {
        let station = words.words.iter().position(|word| word.starts_with('@'));
        if let Some(at) = station {
            command.insert("station".into(), json!(words.words.remove(at)[1..]));
        }
        if let Some(person) = words.option("by") {
            command.insert("performedBy".into(), json!(person));
        }
        if let Some(equipment) = words.option("with") {
            command.insert("equipment".into(), json!([equipment]));
        }
        Ok(())
    }

    /// A reference: an item this command makes, one without a label, or one by its name.
    fn item(&self, word: &str) -> Value {
        let new = self.aliases.iter().find(|(alias, ..)| alias == word);
        json!(match new {
            Some((_, act, ordinal)) => format!("new:{act}.{ordinal}"),
            None => self.script.item(word),
        })
    }

    /// References, ranges written out.
    fn items(&self, list: Vec<Vec<String>>) -> Vec<Value> {
        list.into_iter().flatten().flat_map(|w| expand(&w)).map(|word| self.item(&word)).collect()
    }

    /// `A 5, B`: items, some with a quantity.
    fn portions(&self, list: Vec<Vec<String>>) -> Vec<Value> {
        let portion = |words: Vec<String>| {
            let quantity = words.get(1).cloned();
            let each = expand(&words[0]).into_iter();
            each.map(|word| json!({"item": self.item(&word), "quantity": quantity}))
                .collect::<Vec<_>>()
        };
        list.into_iter().filter(|words| !words.is_empty()).flat_map(portion).collect()
    }

    /// An item, with a quantity where a number follows.
    fn portion(&self, words: &mut Words) -> Said<(Value, Option<String>)> {
        let item = self.item(&words.take()?);
        let number =
            words.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        Ok((item, if number { Some(words.take()?) } else { None }))
    }

    fn act(&mut self, mut words: Words) -> Said<()> {
        let verb = words.take()?;
        match verb.as_str() {
            "party" | "place" | "station" | "equipment" | "person" => {
                return self.define(&verb, &mut words);
            }
            _ => {}
        }
        let act = match verb.as_str() {
            "part" => self.part(&mut words)?,
            "bom" => self.bom(&mut words)?,
            "order" => self.order(&mut words)?,
            "receive" => self.receive(&mut words)?,
            "make" => self.make(&mut words)?,
            "step" => self.step(&mut words)?,
            "install" | "remove" | "replace" => self.fit(&verb, &mut words)?,
            "consume" | "transform" | "split" | "merge" => self.material(&verb, &mut words)?,
            "load" | "unload" => self.load(&verb, &mut words)?,
            "count" | "sample" | "scrap" | "inspect" => self.quantity(&verb, &mut words)?,
            "pack" | "unpack" | "move" | "ship" | "back" => self.moved(&verb, &mut words)?,
            "identify" | "withdraw" | "repart" | "describe" | "assign" => {
                self.label(&verb, &mut words)?
            }
            "hold" | "lift" | "clear" => self.decision(&verb, &mut words)?,
            "correct" => self.correct(&mut words)?,
            other => return Err(format!("no act is called {other}")),
        };
        words.done()?;
        self.acts.push(act);
        Ok(())
    }

    fn define(&mut self, verb: &str, words: &mut Words) -> Said<()> {
        let act = match verb {
            "party" => "defineParty",
            "place" => "definePlace",
            "station" => "defineStation",
            "equipment" => "defineEquipment",
            _ => "definePerson",
        };
        for code in std::mem::take(&mut words.words).into_iter().filter(|word| word != ",") {
            let named = json!({"act": act, "code": code, "name": code});
            self.acts.push(named);
        }
        Ok(())
    }

    fn part(&self, words: &mut Words) -> Said<Value> {
        let convert = words.option("convert");
        let conversions: Vec<Value> = convert
            .iter()
            .filter_map(|text| text.split_once(':'))
            .map(|(unit, factor)| json!({"unit": unit, "factor": factor}))
            .collect();
        let overdraw = words.option("overdraw").unwrap_or_else(|| "exception".into());
        let (device_type, class) = (words.option("type"), words.option("class"));
        let number = words.take()?;
        let (tracking, unit) = (words.take()?, words.take()?);
        Ok(json!({"act": "defineMaterial", "part": part(&number), "name": number,
            "tracking": tracking, "baseUnit": unit, "conversions": conversions,
            "overdraw": overdraw, "deviceType": device_type, "class": class}))
    }

    fn bom(&self, words: &mut Words) -> Said<Value> {
        let whole = words.take()?;
        let mut lines = Vec::new();
        for mut line in words.list(&[]).into_iter().map(|words| Words { words }) {
            let alternates = match line.option("or") {
                None => Vec::new(),
                Some(text) => {
                    let (other, window) = match text.split_once('@') {
                        Some((other, window)) => (other, Some(self.script.interval(window)?)),
                        None => (text.as_str(), None),
                    };
                    vec![json!({"part": part(other), "effective": window})]
                }
            };
            let (operation, phantom) = (line.option("op"), line.eat("phantom"));
            let component = part(&line.take()?);
            let quantity = line.take()?;
            line.done()?;
            lines.push(json!({"part": component, "quantity": quantity, "operation": operation,
                "phantom": phantom, "alternates": alternates}));
        }
        let whole = whole.trim_end_matches(':');
        Ok(json!({"act": "defineBom", "part": part(whole), "lines": lines}))
    }

    fn order(&self, words: &mut Words) -> Said<Value> {
        let of = words.option("of").map(|of| part(&of));
        let (from, kind) = (words.option("from"), words.option("kind"));
        let kind = kind.unwrap_or_else(|| "build".into());
        let (quantity, production) = (words.option("quantity"), words.option("production"));
        let code = words.take()?;
        Ok(json!({"act": "defineOrder", "code": code, "part": of, "splitFrom": from, "kind": kind,
            "quantity": quantity, "productionOrder": production}))
    }

    /// New items of a kind; those without a label are remembered by their alias.
    fn new_items(&mut self, kind: &str, list: Vec<Vec<String>>) -> Said<Vec<Value>> {
        let mut items = Vec::new();
        let names = |words: Vec<String>| {
            let quantity = words.get(1).cloned();
            let names = words.first().map(|name| expand(name)).unwrap_or_default();
            names.into_iter().map(move |name| (name, quantity.clone()))
        };
        for (name, quantity) in list.into_iter().flat_map(names) {
            let identifiers = named(kind, &name)?;
            if identifiers.is_empty() {
                self.aliases.push((name, self.acts.len(), items.len()));
            }
            items.push(json!({"identifiers": identifiers, "quantity": quantity}));
        }
        Ok(items)
    }

    fn receive(&mut self, words: &mut Words) -> Said<Value> {
        let (place, expires) = (words.option("place"), words.option("expires"));
        let expires = expires.map(|time| self.script.time(&time)).transpose()?;
        let (accepted, units) = (words.eat("accepted"), words.eat("units"));
        let kind = if units { "unit" } else { "lot" };
        let list = words.list(&["of"]);
        let items = self.new_items(kind, list)?;
        words.need("of")?;
        let of = part(&words.take()?);
        words.need("from")?;
        let supplier = words.take()?;
        Ok(json!({"act": "receive", "kind": kind, "part": of, "items": items,
            "supplier": supplier, "accepted": accepted, "place": place, "expires": expires}))
    }

    fn make(&mut self, words: &mut Words) -> Said<Value> {
        let kind = words.take()?;
        let (order, place) = (words.option("order"), words.option("place"));
        let origin = words.option("origin").unwrap_or_else(|| "made".into());
        let lot = words.option("lot").map(|lot| self.item(&lot));
        let panel = words.option("panel").map(|panel| self.item(&panel));
        let list = words.list(&["of"]);
        let items = self.new_items(&kind, list)?;
        let of = if words.eat("of") { Some(part(&words.take()?)) } else { None };
        Ok(json!({"act": "create", "kind": kind, "part": of, "items": items, "order": order,
            "lot": lot, "panel": panel, "origin": origin, "place": place}))
    }

    fn step(&self, words: &mut Words) -> Said<Value> {
        let covers: Vec<Value> = words
            .option("covers")
            .iter()
            .flat_map(|covers| covers.split(';'))
            .flat_map(expand)
            .map(|word| self.item(&word))
            .collect();
        let run = words.option("run");
        let program = words.option("program").map(|program| {
            let (name, version) = program.split_once('@').unwrap_or((&program, "1"));
            json!({"name": name, "version": version})
        });
        let mut measures = Vec::new();
        while let Some(measure) = words.option("measure") {
            let fields: Vec<&str> = measure.split(':').collect();
            let [name, value, unit, low, high] = fields[..] else {
                return Err(format!("{measure}: write NAME:VALUE:UNIT:LOW:HIGH"));
            };
            measures.push(
                json!({"name": name, "value": value, "unit": unit, "low": low, "high": high}),
            );
        }
        let outcome = match (words.eat("pass"), words.eat("fail")) {
            (true, _) => "pass",
            (_, true) => "fail",
            _ => "done",
        };
        let (finishes, draws) = (words.eat("finishes"), words.eat("draws"));
        let operation = words.take()?;
        words.need("on")?;
        let items = self.portions(words.list(&[]));
        Ok(json!({"act": "step", "operation": operation, "items": items, "covers": covers,
            "run": run, "program": program, "measures": measures, "outcome": outcome,
            "finishes": finishes, "backflush": draws}))
    }

    fn fit(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let to = if words.eat("scrap") { "scrap" } else { "stock" };
        let reason = words.option("why").unwrap_or_else(|| "rework".into());
        let (component, mut quantity) = self.portion(words)?;
        match verb {
            "install" => {
                words.need("into")?;
                let parent = self.item(&words.take()?);
                Ok(json!({"act": verb, "component": component, "parent": parent,
                    "quantity": quantity}))
            }
            "remove" => {
                words.need("from")?;
                let parent = self.item(&words.take()?);
                Ok(json!({"act": verb, "component": component, "parent": parent,
                    "quantity": quantity, "to": to, "reason": reason}))
            }
            _ => {
                words.need("by")?;
                let (new, given) = self.portion(words)?;
                quantity = quantity.or(given);
                words.need("in")?;
                let parent = self.item(&words.take()?);
                Ok(json!({"act": verb, "parent": parent, "old": component, "new": new,
                    "quantity": quantity, "to": to, "reason": reason}))
            }
        }
    }

    fn material(&mut self, verb: &str, words: &mut Words) -> Said<Value> {
        let (mix, unit) = (words.eat("mix"), words.option("unit"));
        let mut from = words.list(&["into"]);
        words.need("into")?;
        match verb {
            "consume" => {
                let quantity = from.last_mut().filter(|last| last.len() > 1).and_then(Vec::pop);
                let quantity = quantity.ok_or("how much is missing")?;
                let into = self.items(words.list(&[]));
                Ok(json!({"act": verb, "from": self.items(from), "into": into, "unit": unit,
                    "quantity": quantity, "choice": if mix { "mix" } else { "one_of" }}))
            }
            "transform" => {
                let outputs = self.items(words.list(&[]));
                Ok(json!({"act": verb, "inputs": self.portions(from), "outputs": outputs}))
            }
            "split" => {
                let into = words.list(&[]);
                let into = self.new_items("lot", into)?;
                Ok(json!({"act": verb, "lot": self.items(from).first(), "into": into}))
            }
            _ => {
                let name = words.take()?;
                Ok(json!({"act": verb, "lots": self.portions(from),
                    "identifiers": named("lot", &name)?}))
            }
        }
    }

    fn load(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let adds = words.eat("adds");
        let lot = match words.first() {
            Some("at") => None,
            _ => Some(self.item(&words.take()?)),
        };
        words.need("at")?;
        let place = words.take()?;
        let (station, slot) = place.split_once('/').ok_or("write STATION/SLOT")?;
        let mut act = json!({"act": verb, "lot": lot, "station": station, "slot": slot});
        if verb == "load" {
            act["adds"] = json!(adds);
        }
        Ok(act)
    }

    fn quantity(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let why = words.option("why");
        let (accepted, rejected) = (words.option("accept"), words.option("reject"));
        let (item, quantity) = self.portion(words)?;
        Ok(match verb {
            "count" => json!({"act": verb, "lot": item, "quantity": quantity, "explanation": why}),
            "inspect" => {
                json!({"act": verb, "item": item, "accepted": accepted, "rejected": rejected})
            }
            _ => json!({"act": verb, "item": item, "quantity": quantity,
                "reason": why.unwrap_or_else(|| verb.into())}),
        })
    }

    fn moved(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let purpose = match (words.eat("subcontract"), words.eat("return")) {
            (true, _) => "subcontract",
            (_, true) => "returnToSupplier",
            _ => "delivery",
        };
        let (shipment, place, why) =
            (words.option("as"), words.option("place"), words.option("why"));
        let list = words.list(&["in", "from", "to"]);
        let to = if words.first().is_some() {
            words.take()?;
            Some(words.take()?)
        } else {
            None
        };
        let other = to.as_ref().map(|to| self.item(to));
        Ok(match verb {
            "pack" => {
                let items: Vec<Value> =
                    self.items(list).into_iter().map(|item| json!({"item": item})).collect();
                json!({"act": verb, "container": other, "items": items})
            }
            "unpack" => json!({"act": verb, "container": other, "items": self.items(list)}),
            "move" => json!({"act": verb, "items": self.items(list), "place": to}),
            "ship" => json!({"act": verb, "lines": self.portions(list), "party": to,
                "shipment": shipment, "purpose": purpose}),
            _ => json!({"act": "receiveBack", "items": self.portions(list), "party": to,
                "place": place, "reason": why}),
        })
    }

    fn label(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let why = words.option("why").unwrap_or_else(|| "mended".into());
        if verb == "assign" {
            let order = words.option("order");
            let lot = words.option("lot").map(|lot| self.item(&lot));
            let items = self.items(words.list(&[]));
            return Ok(json!({"act": verb, "items": items, "order": order, "lot": lot}));
        }
        let item = self.item(&words.take()?);
        let rest: Vec<String> = words.list(&[]).into_iter().flatten().collect();
        Ok(match verb {
            "identify" => {
                let names = rest.iter().map(|name| identifier(name)).collect::<Said<Vec<_>>>()?;
                json!({"act": verb, "item": item, "identifiers": names})
            }
            "withdraw" => {
                let name = identifier(rest.first().ok_or("which name is missing")?)?;
                json!({"act": verb, "item": item, "identifier": name, "reason": why})
            }
            "repart" => {
                let of = part(rest.first().ok_or("which part is missing")?);
                json!({"act": "changePart", "item": item, "part": of, "reason": why})
            }
            _ => {
                let fields: BTreeMap<&str, &str> =
                    rest.iter().filter_map(|field| field.split_once('=')).collect();
                json!({"act": verb, "item": item, "fields": fields})
            }
        })
    }

    fn decision(&self, verb: &str, words: &mut Words) -> Said<Value> {
        let why = words.option("why").unwrap_or_else(|| "suspect".into());
        match verb {
            "clear" => {
                let items = self.items(words.list(&["of"]));
                words.need("of")?;
                let of = self.item(&words.take()?);
                Ok(json!({"act": verb, "items": items, "of": of, "reason": why}))
            }
            "lift" => Ok(json!({"act": verb, "code": words.take()?, "reason": why})),
            _ => {
                let spreads = words.eat("spreads");
                let code = words.take()?;
                words.need("on")?;
                let starts = std::mem::take(&mut words.words).join(" ");
                let on = starts.split("; ").map(|start| {
                    let start: domain::start::Start<ItemRef> = start.trim().parse()?;
                    serde_json::to_value(start).map_err(|e| e.to_string())
                });
                let on = on.collect::<Said<Vec<_>>>()?;
                Ok(json!({"act": verb, "code": code, "on": on, "spreads": spreads,
                    "reason": why}))
            }
        }
    }

    fn correct(&self, words: &mut Words) -> Said<Value> {
        let why = words.option("why").unwrap_or_else(|| "it was recorded wrongly".into());
        let only: Vec<Value> = words
            .option("only")
            .iter()
            .flat_map(|only| only.split(';'))
            .flat_map(expand)
            .map(|word| self.item(&word))
            .collect();
        let names = words.list(&["withdraw", "retime", "swap", "restate"]);
        let mut entries: Vec<&Position> = Vec::new();
        for name in names.into_iter().flatten() {
            let known = self.script.entries.get(&name);
            entries.extend(known.ok_or_else(|| format!("nothing was called {name}"))?);
        }
        let how = words.take()?;
        let amendment = match how.as_str() {
            "withdraw" => json!({"how": "withdraw"}),
            "retime" => {
                let performed = self.script.interval(&words.take()?)?;
                json!({"how": "retime", "performed": performed})
            }
            "swap" => {
                let wrong = self.item(&words.take()?);
                words.need("by")?;
                let right = self.item(&words.take()?);
                json!({"how": "substitute", "wrong": wrong, "right": right, "only": only})
            }
            _ => {
                let words = Words { words: std::mem::take(&mut words.words) };
                let mut making =
                    Making { script: self.script, aliases: Vec::new(), acts: Vec::new() };
                making.act(words)?;
                json!({"how": "restate", "act": making.acts.pop()})
            }
        };
        Ok(json!({"act": "correct", "entries": entries, "amendment": amendment, "reason": why}))
    }
}
