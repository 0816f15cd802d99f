//! Five weeks of work in the demo plant, deed by deed, with the answer planted in it.
//!
//! Boards are made four to a panel; capacitors come from reels at feeder F3. The change from reel
//! B to reel C was written down without a time: some time in that shift. So boards of
//! that shift may have either. [`Truth`] knows which they really have.

use domain::Time;
use serde_json::{Value, json};

use super::line::{self, Pump};
use super::parts::{CUSTOMERS, definitions, named};
use crate::chance::Chance;

/// Pumps built for customers.
pub(super) const PUMPS: usize = 240;
/// Boards on a panel.
const BOARDS_PER_PANEL: usize = 4;
/// Panels made.
const PANELS: usize = 62;
/// Pump heads made.
const HEADS: usize = 246;
/// The first panel with reel B.
const B_FROM_PANEL: usize = 25;
/// The first and the last panel of the shift in which reel C was put on.
const UNTIMED: (usize, usize) = (47, 58);
/// The first panel with reel C, which nobody wrote down.
const C_FROM_PANEL: usize = 53;
/// Pumps on a pallet.
const PUMPS_PER_PALLET: usize = 6;
/// Pallets packed, and how many of them left.
const PALLETS: (usize, usize) = (34, 30);
const MINUTE_US: i64 = 60_000_000;
pub(super) const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// How long before now the work begins.
pub(super) const DAYS_BACK: i64 = 46;

/// The lot that turns out to be bad.
pub(super) const SUSPECT: &str = "CL-4471-B";
/// The lot whose loading nobody timed.
pub(super) const AFTER_SUSPECT: &str = "CL-4471-C";

/// What really happened.
#[derive(Debug, Clone, Default)]
pub(super) struct Truth {
    /// Serials of pumps that really contain a capacitor of the suspect lot.
    pub(super) affected: Vec<String>,
    /// Serials of pumps whose board was made in the shift of the untimed change.
    pub(super) uncertain: Vec<String>,
    /// A pump that contains it and that a customer complains of.
    pub(super) complaint: String,
    /// When reel C really was put on.
    pub(super) changed_at: String,
    /// A pallet not yet shipped that holds an affected pump.
    pub(super) next_pallet: String,
    /// Its customer.
    pub(super) next_customer: String,
}

/// One thing that somebody tells the plant.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    /// When it is told.
    pub(super) at: Time,
    /// What.
    pub(super) what: What,
}

/// What is told.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A command. Where it says `@name`, the position kept under that name belongs; `@name+1` is
    /// the nonconformance that followed it.
    Command {
        /// Without its id.
        command: Value,
        /// The name under which the position of its first entry is kept.
        keep: Option<String>,
        /// Whether the plant refuses it.
        refused: bool,
    },
    /// The release of pumps on the records they have.
    Release {
        /// Their serial numbers.
        serials: Vec<String>,
        /// By whom.
        person: &'static str,
    },
}

/// The deeds of the history in order, and what really happened.
#[derive(Debug)]
pub(super) struct History {
    pub(super) deeds: Vec<Deed>,
    pub(super) truth: Truth,
}

pub(super) struct Maker {
    pub(super) chance: Chance,
    start: Time,
    deeds: Vec<Deed>,
    truth: Truth,
    /// Panel of each board, by the board's number.
    boards: Vec<String>,
}

/// Writes the history that ends now.
pub(super) fn history(now: Time) -> History {
    let day = (now.0 / DAY_US - DAYS_BACK) * DAY_US;
    let start = Time(day + 6 * 60 * MINUTE_US);
    let mut maker = Maker {
        chance: Chance::new(2026),
        start,
        deeds: Vec::new(),
        truth: Truth::default(),
        boards: Vec::new(),
    };
    for acts in definitions().chunks(50) {
        maker.say(-DAY_US, None, acts.to_vec());
    }
    maker.instructions();
    maker.receipts();
    maker.panels();
    maker.heads();
    maker.sterilise();
    let pumps = maker.pumps();
    maker.pallets(&pumps);
    maker.odd_ends(&pumps);
    let Maker { mut deeds, truth, .. } = maker;
    deeds.sort_by_key(|deed| deed.at);
    History { deeds, truth }
}

fn measure(name: &str, value: &str, unit: &str, limits: (&str, &str)) -> Value {
    json!({"name": name, "value": value, "unit": unit, "low": limits.0, "high": limits.1})
}

pub(super) fn serial(number: usize) -> String {
    format!("LP3-26F-{:05}", 181 + number)
}

fn lot(code: &str, quantity: u32) -> Value {
    json!({"identifiers": [{"scheme": "lotCode", "value": code}], "quantity": quantity})
}

pub(super) fn unit(serial: &str) -> Value {
    json!({"identifiers": [{"scheme": "serialNumber", "value": serial}]})
}

pub(super) fn days(count: usize) -> i64 {
    i64::try_from(count).unwrap_or_default() * DAY_US
}

pub(super) fn minutes(count: usize) -> i64 {
    i64::try_from(count).unwrap_or_default() * MINUTE_US
}

impl Maker {
    pub(super) fn time(&self, after_us: i64) -> String {
        Time(self.start.0 + after_us).to_string()
    }

    pub(super) fn say(
        &mut self,
        after_us: i64,
        at: Option<(&str, &str, &str)>,
        acts: impl Into<Value>,
    ) {
        self.tell(after_us, at, acts);
    }

    /// Says something of which more is to be said: under which name its position is kept, that it
    /// is refused, or where its values came from.
    pub(super) fn tell(
        &mut self,
        after_us: i64,
        at: Option<(&str, &str, &str)>,
        acts: impl Into<Value>,
    ) -> Said<'_> {
        let acts: Value = acts.into();
        let time = self.time(after_us);
        let mut command =
            json!({"performed": {"from": time, "to": time}, "source": "simulator", "acts": acts});
        if let Some((station, equipment, person)) = at {
            command["station"] = json!(station);
            command["performedBy"] = json!(person);
            if !equipment.is_empty() {
                command["equipment"] = json!([equipment]);
            }
        }
        let what = What::Command { command, keep: None, refused: false };
        self.deeds.push(Deed { at: Time(self.start.0 + after_us), what });
        Said(self.deeds.last_mut())
    }

    fn release(&mut self, after_us: i64, serials: Vec<String>) {
        let what = What::Release { serials, person: line::QUALITY };
        self.deeds.push(Deed { at: Time(self.start.0 + after_us), what });
    }

    /// Material comes in, waits in quarantine and is accepted; orders are opened.
    fn receipts(&mut self) {
        self.lots();
        self.bought_units();
        let acts = vec![json!({"act": "create", "kind": "lot", "part": named("FW-LP3"),
            "items": [{"identifiers": [{"scheme": "version", "value": "4.2.1+b318"},
                {"scheme": "lotCode", "value": "FW-4.2.1+b318"}], "quantity": 100_000}]})];
        self.say(minutes(150), None, acts);
        let acts = [("WO-50702", "PC-301", 248), ("WO-50871", "PH-22", 246)];
        let acts = acts.map(|(code, number, quantity)| {
            json!({"act": "defineOrder", "code": code, "part": named(number),
                "quantity": quantity})
        });
        self.say(minutes(155), None, acts.to_vec());
        // Boards and heads are ordered elsewhere; the pumps are planned and released here.
        for code in line::ORDERS {
            let acts = vec![
                json!({"act": "planOrder", "code": code, "part": named("LP-300"),
                    "quantity": PUMPS / line::ORDERS.len()}),
                json!({"act": "releaseOrder", "order": code}),
            ];
            self.say(minutes(155), Some(("ST-30", "", line::ENGINEER)), acts);
        }
    }

    fn lots(&mut self) {
        let lots: [(&str, &str, &str, u32); 19] = [
            ("U4", "MIKROLOG", "2419KX", 300),
            ("U9", "MIKROLOG", "PS-90-22", 300),
            ("C17", "CAPTEC", "CL-4471-A", 200),
            ("C17", "CAPTEC", SUSPECT, 300),
            ("C17", "CAPTEC", AFTER_SUSPECT, 400),
            ("MB-09", "POLYFLEX", "77120-A", 180),
            ("MB-10", "POLYFLEX", "80233-C", 150),
            ("RT-14", "DREHWERK", "RT-2606", 400),
            ("BR-06", "DREHWERK", "SKB-240519", 900),
            ("HS-05", "SPRITZGUSS", "IM-2606-11", 300),
            ("GK-114", "POLYFLEX", "88041-C", 300),
            ("SC-M4", "DREHWERK", "F-19022", 1600),
            ("SC-M4", "DREHWERK", "F-19023", 1600),
            ("AS-12", "POLYFLEX", "AS-601", 80),
            ("AS-12", "POLYFLEX", "AS-602", 80),
            ("AS-12", "POLYFLEX", "AS-603", 80),
            ("AS-12", "POLYFLEX", "AS-604", 80),
            ("GK-114", "POLYFLEX", "88044-A", 200),
            ("U4", "MIKROLOG", "2431KX", 100),
        ];
        for (index, (number, supplier, code, quantity)) in lots.into_iter().enumerate() {
            let at = minutes(index * 7);
            let expires = self.time(DAY_US * 700);
            self.say(
                at,
                None,
                vec![json!({"act": "receive", "kind": "lot",
                "part": named(number), "supplier": supplier, "items": [lot(code, quantity)],
                "place": "WH-1", "delivery": format!("DN-{}", 6300 + index),
                "expires": expires})],
            );
            // One gasket lot stays in quarantine: its certificate is late.
            if code != "88044-A" {
                self.say(
                    at + minutes(3),
                    None,
                    vec![json!({"act": "inspect",
                    "item": format!("lot:{code}"), "reason": "incoming inspection plan 12"})],
                );
            }
        }
    }

    fn bought_units(&mut self) {
        for (number, supplier, prefix, count) in
            [("BT-18", "CELLPACK", "BT18", 250_usize), ("MT-31", "DREHWERK", "5210", 260)]
        {
            let serials: Vec<String> =
                (0..count).map(|index| format!("{prefix}-{:05}", 44_000 + index)).collect();
            for some in serials.chunks(50) {
                let items: Vec<Value> = some.iter().map(|serial| unit(serial)).collect();
                self.say(
                    minutes(140),
                    None,
                    vec![json!({"act": "receive", "kind": "unit",
                    "part": named(number), "supplier": supplier, "items": items,
                    "place": "WH-1", "accepted": true})],
                );
            }
        }
    }

    fn panel_time(panel: usize) -> i64 {
        // Three days of twenty-odd panels each, a panel every twenty minutes.
        days(1 + panel / 22) + minutes((panel % 22) * 20)
    }

    /// Boards on panels, with reels at the feeders.
    fn panels(&mut self) {
        let smt = Some(("SMT-1", "", "P-12"));
        let first = Self::panel_time(0) - minutes(30);
        for (slot, code) in [("F1", "2419KX"), ("F2", "PS-90-22"), ("F3", "CL-4471-A")] {
            self.say(first, smt, vec![load(code, slot)]);
        }
        let untimed =
            (Self::panel_time(UNTIMED.0) - minutes(5), Self::panel_time(UNTIMED.1) + minutes(5));
        for panel in 0..PANELS {
            let at = Self::panel_time(panel);
            if panel == B_FROM_PANEL {
                self.say(at - minutes(6), smt, vec![load(SUSPECT, "F3")]);
            }
            self.panel(panel, at);
        }
        self.truth.changed_at = self.time(Self::panel_time(C_FROM_PANEL) - minutes(7));
        // Written down at the end of the shift: reel C, some time this afternoon.
        let performed = json!({"from": self.time(untimed.0), "to": self.time(untimed.1)});
        self.tell(untimed.1, smt, vec![load(AFTER_SUSPECT, "F3")])
            .with("performed", performed)
            .with("mode", json!("report"));
    }

    fn panel(&mut self, panel: usize, at: i64) {
        let code = format!("PNL-{:04}", 7000 + panel);
        let boards: Vec<String> = (0..BOARDS_PER_PANEL)
            .map(|place| format!("MB7-{:06}", 113_000 + panel * BOARDS_PER_PANEL + place))
            .collect();
        let items: Vec<Value> = boards
            .iter()
            .enumerate()
            .map(|(place, board)| {
                json!({"identifiers": [{"scheme": "serialNumber", "value": board}],
                    "slot": (place + 1).to_string()})
            })
            .collect();
        let worked: Vec<Value> =
            (0..BOARDS_PER_PANEL).map(|place| json!({"item": format!("new:1.{place}")})).collect();
        let acts = vec![
            json!({"act": "create", "kind": "panel", "items": [{"identifiers":
                [{"scheme": "containerCode", "value": code}]}], "order": "WO-50702"}),
            json!({"act": "create", "kind": "unit", "part": named("PC-301"), "items": items,
                "panel": "new:0.0", "order": "WO-50702"}),
            json!({"act": "step", "operation": "OP10", "items": worked, "backflush": true,
                "run": code, "program": {"name": "reflow-7", "version": "12"},
                "parameters": [{"name": "peak temperature", "value": "244", "unit": "°C"}]}),
        ];
        self.say(at, Some(("SMT-1", "OV-1", "P-12")), acts);
        let parted: Vec<String> = boards.iter().map(|board| format!("serial:{board}")).collect();
        let acts = vec![json!({"act": "unpack", "container": format!("container:{code}"),
            "items": parted})];
        self.say(at + minutes(12), Some(("SMT-1", "", "P-12")), acts);
        self.boards.extend(boards);
    }

    /// Pump heads: membrane of two makers, rotor, motor, bearings.
    fn heads(&mut self) {
        for head in 0..HEADS {
            let membrane = if head < 170 { "77120-A" } else { "80233-C" };
            let at = days(5 + head / 62) + minutes((head % 62) * 7);
            let torque = self.chance.around(45, 6);
            let acts = vec![
                json!({"act": "create", "kind": "unit", "part": named("PH-22"),
                    "items": [unit(&head_serial(head))], "order": "WO-50871"}),
                consume(membrane, 1),
                consume("RT-2606", 1),
                consume("SKB-240519", 2),
                json!({"act": "install", "parent": "new:0.0",
                    "component": format!("serial:5210-{:05}", 44_000 + head)}),
                json!({"act": "step", "operation": "OP20", "items": [{"item": "new:0.0"}],
                    "outcome": "pass", "finishes": true, "measures":
                    [measure("rotor torque", &torque, "N·m", ("0.30", "0.60"))]}),
            ];
            self.say(at, Some(("ST-20", "", "P-11")), acts);
        }
    }

    /// One steriliser load of four accessory lots.
    fn sterilise(&mut self) {
        let items: Vec<Value> = (1..=4)
            .map(|index| json!({"item": format!("lot:AS-60{index}"), "slot": index.to_string()}))
            .collect();
        let acts = vec![json!({"act": "step", "operation": "OP65", "items": items,
            "run": "STER-0617", "outcome": "pass", "measures":
            [measure("chamber temperature", "134.2", "°C", ("134.0", "137.0"))]})];
        self.say(days(8), Some(("ST-70", "SX-1", "P-13")), acts);
    }

    /// Final assembly, test, firmware.
    fn pumps(&mut self) -> Vec<Pump> {
        let mut boards: Vec<usize> = (0..self.boards.len()).collect();
        self.chance.shuffle(&mut boards);
        let st30 = Some(("ST-30", "TW-07", "P-11"));
        let at = days(9) - minutes(30);
        self.say(at, st30, vec![load_at("ST-30", "BIN", "F-19022", true)]);
        let mut pumps = Vec::with_capacity(PUMPS);
        for number in 0..PUMPS {
            if number == 120 {
                let at = days(9 + number / 16) + minutes((number % 16) * 25) - minutes(5);
                self.say(at, st30, vec![load_at("ST-30", "BIN", "F-19023", true)]);
            }
            let board = boards.get(number).copied().unwrap_or_default();
            let serial_of_board = self.boards.get(board).cloned().unwrap_or_default();
            let pump = Pump {
                serial: serial(number),
                number,
                panel: board / BOARDS_PER_PANEL,
                board: serial_of_board,
            };
            self.build(&pump);
            self.note(&pump);
            pumps.push(pump);
        }
        pumps
    }

    fn note(&mut self, pump: &Pump) {
        if (B_FROM_PANEL..C_FROM_PANEL).contains(&pump.panel) {
            self.truth.affected.push(pump.serial.clone());
        }
        if (UNTIMED.0..=UNTIMED.1).contains(&pump.panel) {
            self.truth.uncertain.push(pump.serial.clone());
        }
    }

    /// Pallets of six, most of them shipped.
    fn pallets(&mut self, pumps: &[Pump]) {
        for (index, some) in pumps.chunks(PUMPS_PER_PALLET).take(PALLETS.0).enumerate() {
            let code = format!("PL-{}", 9900 + index);
            let last = some.last().map_or(0, |pump| pump.at(60 * 60));
            self.release(last - minutes(10), some.iter().map(|pump| pump.serial.clone()).collect());
            let items: Vec<Value> = some
                .iter()
                .map(|pump| json!({"item": format!("serial:{}", pump.serial)}))
                .collect();
            let acts = vec![
                json!({"act": "create", "kind": "pallet", "place": "FG-1", "items":
                    [{"identifiers": [{"scheme": "containerCode", "value": code}]}]}),
                json!({"act": "pack", "container": "new:0.0", "items": items}),
            ];
            self.say(last, Some(("ST-70", "", "P-13")), acts);
            let (customer, ..) = CUSTOMERS[index % CUSTOMERS.len()];
            if index < PALLETS.1 {
                let acts = vec![json!({"act": "ship", "party": customer,
                    "shipment": format!("SH-{}", 63_000 + index),
                    "lines": [{"item": format!("container:{code}"), "line": "1"}]})];
                self.say(last + DAY_US, None, acts);
            } else if self.truth.next_pallet.is_empty()
                && some.iter().any(|pump| self.truth.affected.contains(&pump.serial))
            {
                self.truth.next_pallet = code;
                self.truth.next_customer = customer.to_owned();
            }
        }
    }

    /// A hold and its end, scrap, a return, and the pump of the complaint.
    fn odd_ends(&mut self, pumps: &[Pump]) {
        let end = days(40);
        let hold = |code: &str, lot: &str, reason: &str| {
            json!({"act": "hold", "code": code, "on": [{"start": "item",
                "item": format!("lot:{lot}")}], "reason": reason})
        };
        self.say(end, None, vec![hold("H-1", "88044-A", "certificate of analysis is missing")]);
        self.say(end, None, vec![hold("H-2", "F-19023", "mixed labels at the bin")]);
        self.say(
            end + minutes(60),
            None,
            vec![json!({"act": "lift", "code": "H-2",
            "reason": "counted and relabelled"})],
        );
        for pump in pumps.iter().skip(PUMPS - 3) {
            let acts = vec![json!({"act": "scrap", "item": format!("serial:{}", pump.serial),
                "reason": "housing cracked, NC-2240"})];
            self.say(end + minutes(90), None, acts);
        }
        let complaint = pumps
            .iter()
            .find(|pump| (B_FROM_PANEL..UNTIMED.0).contains(&pump.panel) && pump.number > 20);
        self.truth.complaint = complaint.map_or_else(String::new, |pump| pump.serial.clone());
        let returned = pumps.iter().find(|pump| {
            pump.number > 40 && pump.serial != self.truth.complaint && pump.number < 100
        });
        if let Some(pump) = returned {
            let acts = vec![json!({"act": "receiveBack", "place": "RT-1", "items":
                [{"item": format!("serial:{}", pump.serial)}],
                "reason": "display scratched in transport"})];
            self.say(end + minutes(200), None, acts);
        }
    }
}

/// What was just said.
pub(super) struct Said<'a>(Option<&'a mut Deed>);

impl Said<'_> {
    fn change(self, change: impl FnOnce(&mut Value, &mut Option<String>, &mut bool)) -> Self {
        let Self(mut deed) = self;
        if let Some(Deed { what: What::Command { command, keep, refused }, .. }) = &mut deed {
            change(command, keep, refused);
        }
        Self(deed)
    }

    /// Sets a member of the command.
    pub(super) fn with(self, member: &str, value: Value) -> Self {
        self.change(|command, _, _| command[member] = value)
    }

    /// Keeps the position of its first entry.
    pub(super) fn kept(self, name: String) -> Self {
        self.change(|_, keep, _| *keep = Some(name))
    }

    /// It is refused, and the refusal is kept.
    pub(super) fn refused(self) -> Self {
        self.change(|_, _, refused| *refused = true)
    }
}

pub(super) fn head_serial(number: usize) -> String {
    format!("PH2-26C-{:05}", 800 + number)
}

fn consume(lot: &str, quantity: u32) -> Value {
    json!({"act": "consume", "from": [format!("lot:{lot}")], "into": ["new:0.0"],
        "quantity": quantity})
}

fn load(code: &str, slot: &str) -> Value {
    load_at("SMT-1", slot, code, false)
}

fn load_at(station: &str, slot: &str, code: &str, adds: bool) -> Value {
    json!({"act": "load", "lot": format!("lot:{code}"), "station": station, "slot": slot,
        "adds": adds})
}
