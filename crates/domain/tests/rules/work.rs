//! The lines about work masters and execution.
//!
//! ```text
//! propose M1 who=P-1     approve M1 who=P-2     reject | activate | retire M1 who=P-2
//! acknowledge M1 who=P-1     qualify P-1 torque [until=TIME] who=P-2
//! assign U1, U2 to M2 [keeps=OP10] who=P-2
//! plan WO-1 P-1/A 3 [kind=rework] [master=M1] [customer=C] [why=…]
//! [e] start OP10 on U1, U2 [by M1] [program=P-7@2] at=ST-1 who=P-1      start next on U1
//! take e S1/seal VALUE [on U1] [for ENTRY] who=P-1 [at=ST-1] [with=TW-1] [device]
//!      VALUE: scan L1 [replaces L2] | 1.20[:mm] | yes | no | seen | unseen | word:blue | text:… | file | signature
//! any of them signed=approved[/ROLE] [signer=P-9]
//! close e S1 who=P-1     pause e     resume e at=ST-1 who=P-2     abandon e [U1, U2]
//! deviate e S1/seal [on U1] who=P-9
//! release U1 known=ENTRY who=P-9
//! nonconform U1, U2 [as=NC-1] [why=crack] who=P-1     dispose NC-1 scrap [back=OP10] who=P-9
//! ```
//!
//! Reports say in `late` why they come late, unless `late=no` stands in the line.

use domain::act::{
    AbandonWork, Acknowledge, Act, ActivateMaster, ApproveMaster, AssignMaster, Chosen, CloseStep,
    Deviate, Dispose, Disposition, Given, Looked, Measured, NotApplicable, OpenNonconformance,
    PauseWork, PlanOrder, ProposeMaster, Qualify, RecordField, RejectMaster, Release, RemovedTo,
    Replaced, ResumeWork, RetireMaster, Scanned, StartWork, Take, Value, Witnessed, Worked,
    Written,
};
use domain::instruction::{MasterHash, WorkMaster};
use domain::{
    CaptureCode, Fact, FileRef, ItemId, NonconformanceCode, OperationCode, OrderCode, PartyCode,
    PersonCode, Position, QualificationCode, StepCode, UnitOfMeasure,
};
use serde_json::{Value as Json, json};

/// Two ways of two operations each; one of them is enough.
fn two_ways(plain: &dyn Fn(&str, Json) -> Json) -> Json {
    let operations = json!([
        plain("OP10", json!([])),
        plain("OP20", json!(["OP10"])),
        plain("OP21", json!(["OP20"])),
        plain("OP30", json!(["OP10"])),
        plain("OP31", json!(["OP30"])),
        plain("OP40", json!([["OP21", "OP31"]]))
    ]);
    json!({"code": "WM-R", "version": 2, "title": "two ways", "operations": operations,
        "part": {"number": "R-1"}})
}

/// One operation that demands a program.
fn with_program(step: &dyn Fn(&str, Json) -> Json) -> Json {
    json!({"code": "WM-P", "version": 1, "title": "program", "part": {"number": "R-1"},
        "operations": [{"code": "OP10", "title": "reflow", "steps": [step("S1", json!([]))],
            "program": {"name": "P-7", "version": "2"}}]})
}

/// The next version of the route with branches: its first operation is looked at.
fn looked_at(step: &dyn Fn(&str, Json) -> Json, plain: &dyn Fn(&str, Json) -> Json) -> Json {
    let look = json!([{"kind": "check", "code": "burr", "text": "no burr"}]);
    let first = json!({"code": "OP10", "title": "OP10", "after": [], "steps": [step("S1", look)]});
    let operations = json!([
        first,
        plain("OP20", json!(["OP10"])),
        plain("OP30", json!(["OP10"])),
        plain("OP40", json!(["OP20", "OP30"])),
        plain("OP41", json!(["OP20", "OP30"])),
        plain("OP50", json!([["OP40", "OP41"]]))
    ]);
    json!({"code": "WM-R", "version": 3, "title": "looked at", "operations": operations,
        "part": {"number": "R-1"}})
}

/// A work master the tables know by a short name.
///
/// `M1` makes `P-1/A` in two operations, `M2` is its next version, `MR` is a route with branches
/// and alternatives, `MV` its next version, which demands more in `OP10`, `MB` one with two ways
/// of two operations each, `MK` a rework of the same part, `MW` has a witness, `M3` makes `P-1/B`
/// under the code of `M1`, `MP` demands a program, `MO` another part under the code of `M1`, `MX`
/// no steps.
pub(crate) fn master(name: &str) -> WorkMaster {
    let step = |code: &str, captures: Json| json!({"code": code, "text": "as shown", "captures": captures});
    let torque = json!({"kind": "measurement", "code": "torque", "unit": "N·m", "low": "1.15",
        "high": "1.35", "decimals": 2, "count": 2, "retries": 1});
    let press = json!({"kind": "measurement", "code": "press", "unit": "bar", "high": "4",
        "source": "equipment"});
    let assembly = json!({"code": "OP10", "title": "assemble", "workCenter": "WC-1",
    "qualifications": ["torque"], "steps": [
        step("S1", json!([{"kind": "scan", "code": "seal", "part": {"number": "K-1"},
            "quantity": "2"}])),
        step("S2", json!([torque, {"kind": "check", "code": "flush", "text": "it is flush"}])),
    ]});
    let test = json!({"code": "OP20", "title": "test", "steps": [
        step("S1", json!([{"kind": "witness", "code": "seen", "text": "seen by another",
            "qualification": "inspect"},
            {"kind": "choice", "code": "colour", "text": "its colour", "options": ["blue", "red"],
             "good": ["blue"]}])),
        step("S2", json!([{"kind": "text", "code": "note", "text": "anything odd"}, press])),
    ]});
    let plain = |code: &str, after: Json| json!({"code": code, "title": code, "after": after, "steps": [step("S1", json!([]))]});
    let made = |version: u32, operations: Json| {
        json!({"code": "WM-1", "version": version, "title": "pump", "operations": operations,
            "part": {"number": "P-1", "revision": "A"}})
    };
    let whole = match name {
        "M1" => made(1, json!([assembly, test])),
        "M2" => made(2, json!([assembly, test, plain("OP30", json!(["OP20"]))])),
        "MP" => with_program(&step),
        "M3" => {
            let mut next = made(3, json!([assembly, test]));
            next["part"]["revision"] = json!("B");
            next
        }
        "MX" => made(9, json!([{"code": "OP10", "title": "nothing", "steps": []}])),
        "MR" => {
            let operations = json!([
                plain("OP10", json!([])),
                plain("OP20", json!(["OP10"])),
                plain("OP30", json!(["OP10"])),
                plain("OP40", json!(["OP20", "OP30"])),
                plain("OP41", json!(["OP20", "OP30"])),
                plain("OP50", json!([["OP40", "OP41"]]))
            ]);
            json!({"code": "WM-R", "version": 1, "title": "route", "operations": operations,
                "part": {"number": "R-1"}})
        }
        "MV" => looked_at(&step, &plain),
        "MS" | "MS-read" => {
            let role = if name == "MS" { "quality" } else { "read" };
            let captures = json!([
                {"kind": "signature", "code": "done", "text": "done", "meaning": "performed"},
                {"kind": "signature", "code": "seen", "text": "seen", "meaning": "verified",
                 "role": role}]);
            json!({"code": "WM-S", "version": 1, "title": "signed", "part": {"number": "R-1"},
                "operations": [{"code": "OP10", "title": "look", "steps": [step("S1", captures)]}]})
        }
        "MB" => two_ways(&plain),
        "MK" => json!({"code": "WM-K", "version": 1, "title": "rework", "kind": "rework",
            "part": {"number": "R-1"}, "operations": [plain("RW10", json!([]))]}),
        "MO" => json!({"code": "WM-1", "version": 7, "title": "another part",
            "part": {"number": "R-1"}, "operations": [plain("OP10", json!([]))]}),
        "MW" => {
            let seen = json!({"kind": "witness", "code": "seen", "text": "it is tight"});
            let operations = json!([{"code": "OP10", "title": "assemble", "steps": [
                step("S1", json!([torque, seen])), step("S2", json!([]))]}]);
            json!({"code": "WM-W", "version": 1, "title": "witnessed", "operations": operations,
                "part": {"number": "W-1"}})
        }
        other => panic!("no work master is called {other}"),
    };
    serde_json::from_value(whole).unwrap()
}

fn hash(name: &str) -> MasterHash {
    master(name.trim_end_matches(',')).hash()
}

/// What the lines here look up.
pub(crate) struct Names<'a> {
    pub(crate) item: &'a dyn Fn(&str) -> ItemId,
    pub(crate) entry: &'a dyn Fn(&str) -> Position,
    pub(crate) option: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads a line; none where it is not about work.
pub(crate) fn act(line: &mut Vec<&str>, names: &Names<'_>) -> Option<Fact> {
    let word = *line.last()?;
    let known = [
        "propose",
        "approve",
        "reject",
        "activate",
        "retire",
        "acknowledge",
        "qualify",
        "assign",
        "plan",
        "start",
        "take",
        "close",
        "pause",
        "resume",
        "abandon",
        "deviate",
        "notapplicable",
        "nonconform",
        "release",
        "dispose",
    ];
    // `close name` closes an exception where no step follows.
    if !known.contains(&word) || (word == "close" && line.len() == 2) {
        return None;
    }
    line.pop();
    Some(master_act(word, line, names).unwrap_or_else(|| work_act(word, line, names)))
}

fn reason(names: &Names<'_>) -> String {
    (names.option)("why").unwrap_or_else(|| "as decided".to_owned())
}

/// What is said about work masters and persons.
fn master_act(word: &str, line: &mut Vec<&str>, names: &Names<'_>) -> Option<Fact> {
    let mut next = || line.pop().unwrap_or_else(|| panic!("a word is missing"));
    let reason = || reason(names);
    Some(match word {
        "propose" => {
            Act::ProposeMaster(ProposeMaster { master: Box::new(master(next())), reason: reason() })
        }
        "approve" => Act::ApproveMaster(ApproveMaster { master: hash(next()) }),
        "reject" => Act::RejectMaster(RejectMaster { master: hash(next()), reason: reason() }),
        "activate" => Act::ActivateMaster(ActivateMaster { master: hash(next()) }),
        "retire" => Act::RetireMaster(RetireMaster {
            master: hash(next()),
            reason: reason(),
            successor: None,
        }),
        "acknowledge" => Act::Acknowledge(Acknowledge { master: hash(next()) }),
        "qualify" => Act::Qualify(Qualify {
            person: PersonCode::new(next()).unwrap(),
            qualification: QualificationCode::new(next()).unwrap(),
            until: (names.option)("until").map(|until| super::script::time(&until)),
            files: Vec::new(),
            reason: reason(),
        }),
        _ => return None,
    })
}

/// What an order is to make.
fn plan(line: &mut Vec<&str>, names: &Names<'_>) -> Fact {
    let mut next = || line.pop().unwrap_or_else(|| panic!("a word is missing"));
    let option = |key: &str| (names.option)(key);
    let kind = option("kind").unwrap_or_else(|| "build".to_owned());
    Act::PlanOrder(PlanOrder {
        code: OrderCode::new(next()).unwrap(),
        kind: serde_json::from_value(Json::String(kind)).unwrap(),
        part: next().parse().unwrap(),
        quantity: next().parse().unwrap(),
        master: option("master").map(|name| hash(&name)),
        customer: option("customer").map(|code| PartyCode::new(&code).unwrap()),
        customer_reference: None,
        production_order: None,
        due: None,
        reason: option("why"),
    })
}

/// What is done by them.
fn work_act(word: &str, line: &mut Vec<&str>, names: &Names<'_>) -> Fact {
    let mut next = || line.pop().unwrap_or_else(|| panic!("a word is missing"));
    let reason = || reason(names);
    match word {
        "assign" => {
            let items = items(&mut next, names);
            assert_eq!(next(), "to");
            let master = hash(next());
            let keeps = (names.option)("keeps");
            Act::AssignMaster(AssignMaster {
                items,
                master,
                reason: reason(),
                keeps: keeps.into_iter().map(|code| OperationCode::new(&code).unwrap()).collect(),
                again: Vec::new(),
            })
        }
        "plan" => plan(line, names),
        "start" => start(line, names),
        "take" => take(line, names),
        "close" => Act::CloseStep(CloseStep {
            execution: (names.entry)(next()),
            step: StepCode::new(next()).unwrap(),
            inputs: Vec::new(),
            refusals: Vec::new(),
            completes: None,
        }),
        "pause" => Act::PauseWork(PauseWork { execution: (names.entry)(next()), reason: None }),
        "resume" => Act::ResumeWork(ResumeWork { execution: (names.entry)(next()) }),
        "abandon" => {
            let execution = (names.entry)(next());
            let items = if line.is_empty() { Vec::new() } else { listed(line, names) };
            Act::AbandonWork(AbandonWork { execution, items, reason: reason() })
        }
        "deviate" => {
            let execution = (names.entry)(next());
            let (step, capture) = at(next());
            let on = line.pop().is_some_and(|word| word == "on");
            let item = on.then(|| (names.item)(line.pop().unwrap()));
            Act::Deviate(Deviate { execution, step, capture, item, reason: reason() })
        }
        "notapplicable" => Act::NotApplicable(NotApplicable {
            item: (names.item)(next()),
            field: match next() {
                "definition" => RecordField::Definition,
                part => RecordField::Material(part.parse().unwrap()),
            },
            reason: reason(),
        }),
        "release" => Act::Release(Release {
            item: (names.item)(next()),
            record: "0".repeat(64),
            known_at: Position((names.option)("known").unwrap().parse().unwrap()),
        }),
        "nonconform" => Act::OpenNonconformance(OpenNonconformance {
            code: (names.option)("as").map(|code| NonconformanceCode::new(&code).unwrap()),
            items: items(&mut next, names),
            description: (names.option)("why").unwrap_or_else(|| "a crack".to_owned()),
            capture: None,
        }),
        _ => Act::Dispose(Dispose {
            nonconformance: NonconformanceCode::new(next()).unwrap(),
            disposition: serde_json::from_value::<Disposition>(json!(next())).unwrap(),
            reason: reason(),
            back_to: (names.option)("back").map(|code| OperationCode::new(&code).unwrap()),
            items: Vec::new(),
            again: Vec::new(),
        }),
    }
}

fn items<'a>(next: &mut dyn FnMut() -> &'a str, names: &Names<'_>) -> Vec<ItemId> {
    let mut items = Vec::new();
    loop {
        let word = next();
        items.push((names.item)(word));
        if !word.ends_with(',') {
            return items;
        }
    }
}

/// The items at the end of a line.
fn listed(line: &mut Vec<&str>, names: &Names<'_>) -> Vec<ItemId> {
    items(&mut || line.pop().unwrap(), names)
}

/// A scanned item, and what it replaces.
fn scan(line: &mut Vec<&str>, names: &Names<'_>) -> Scanned<ItemId> {
    let item = (names.item)(line.pop().unwrap());
    let replaces = (line.last() == Some(&"replaces")).then(|| {
        line.pop();
        let item = (names.item)(line.pop().unwrap());
        Replaced { item, to: RemovedTo::Stock, reason: reason(names) }
    });
    Scanned { replaces, ..Scanned::of(item) }
}

fn at(word: &str) -> (StepCode, CaptureCode) {
    let (step, capture) = word.split_once('/').unwrap();
    (StepCode::new(step).unwrap(), CaptureCode::new(capture).unwrap())
}

fn start(line: &mut Vec<&str>, names: &Names<'_>) -> Fact {
    let mut next = || line.pop().unwrap();
    let operation = next();
    assert_eq!(next(), "on");
    let items = items(&mut next, names);
    let items = items.into_iter().map(|item| Worked { item, slot: None, quantity: None });
    let items = items.collect();
    let by = line.last() == Some(&"by");
    let master = by.then(|| {
        line.pop();
        hash(line.pop().unwrap())
    });
    let operation = (operation != "next").then(|| OperationCode::new(operation).unwrap());
    let program = (names.option)("program").map(|code| code.parse().unwrap());
    Act::StartWork(StartWork { items, operation, master, run: None, program })
}

fn take(line: &mut Vec<&str>, names: &Names<'_>) -> Fact {
    let mut next = || line.pop().unwrap();
    let execution = (names.entry)(next());
    let (step, capture) = at(next());
    let value = match next() {
        "scan" => Value::Scan(scan(line, names)),
        "yes" => Value::Check(Looked { good: true }),
        "no" => Value::Check(Looked { good: false }),
        "seen" => Value::Witness(Witnessed { good: true }),
        "unseen" => Value::Witness(Witnessed { good: false }),
        "signature" => Value::Signature(Given {}),
        "file" => Value::File(FileRef { sha256: "0".repeat(64), name: None }),
        word => match word.split_once(':') {
            Some(("word", choice)) => Value::Choice(Chosen { choice: choice.to_owned() }),
            Some(("text", text)) => Value::Text(Written { text: text.to_owned() }),
            parted => {
                let (value, unit) = parted.unwrap_or((word, "N·m"));
                let unit = UnitOfMeasure::new(unit).unwrap();
                Value::Measurement(Measured { value: value.parse().unwrap(), unit })
            }
        },
    };
    let mut after = |word: &str| {
        let there = line.last() == Some(&word);
        there.then(|| {
            line.pop();
            line.pop().unwrap()
        })
    };
    let item = after("on").map(|name| (names.item)(name));
    let instead_of = after("for").map(|name| (names.entry)(name));
    let reason = instead_of.is_some().then(|| (names.option)("why")).flatten();
    Act::Take(Take { execution, step, capture, item, value, instead_of, reason, good: None })
}
