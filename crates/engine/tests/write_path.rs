//! The write path end to end on a real folder: what was answered is there after a restart, and the
//! rows of the views are what a refold makes.
#![cfg(test)]

use domain::{Answer, Code, Command, Mode};
use engine::{Options, Plant};

/// Acts as JSON, the way callers write them.
fn command(mode: Mode, acts: &str) -> Command {
    let acts = serde_json::from_str(acts).expect("acts read");
    match mode {
        Mode::Attempt => Command::attempt(acts),
        Mode::Report => Command::report(acts),
    }
}

fn admitted(plant: &Plant, mode: Mode, acts: &str) -> domain::Admitted {
    match plant.submit(command(mode, acts), "test").expect("submitted").answer {
        Answer::Admitted(admitted) => admitted,
        Answer::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

fn rejected(plant: &Plant, acts: &str) -> Code {
    match plant.submit(command(Mode::Attempt, acts), "test").expect("submitted").answer {
        Answer::Admitted(admitted) => panic!("admitted: {admitted:?}"),
        Answer::Rejected(rejection) => rejection.code,
    }
}

const DEFINE: &str = r#"[
 {"act":"defineParty","code":"POLY","name":"Polyflex"},
 {"act":"defineMaterial","part":{"number":"MB-09"},"name":"Membrane","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"LP-300","revision":"F"},"name":"Pump","tracking":"serial","baseUnit":"ea"},
 {"act":"defineBom","part":{"number":"LP-300","revision":"F"},"lines":[{"part":{"number":"MB-09"},"quantity":1}]},
 {"act":"receive","kind":"lot","part":{"number":"MB-09"},"supplier":"POLY","accepted":true,
  "items":[{"identifiers":[{"scheme":"lotCode","value":"77120-A"}],"quantity":"100"}]}]"#;

const BUILD: &str = r#"[
 {"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
  "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]}]},
 {"act":"install","parent":"new:0.0","component":"lot:77120-A","quantity":1}]"#;

#[test]
fn what_was_answered_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap();
    let plant = open();
    admitted(&plant, Mode::Attempt, DEFINE);
    let built = admitted(&plant, Mode::Attempt, BUILD);
    assert_eq!(built.created[0].len(), 1);
    assert_eq!(rejected(&plant, BUILD), Code::IdentifierUsed);
    let hold = r#"[{"act":"hold","code":"H-1","on":[{"start":"item","item":"lot:77120-A"}],
                    "spreads":true,"reason":"complaint"}]"#;
    admitted(&plant, Mode::Attempt, hold);
    let ship = r#"[{"act":"ship","party":"POLY","lines":[{"item":"serial:SN-1"}]}]"#;
    assert_eq!(rejected(&plant, ship), Code::OnHold);
    let query = r#"[{"act":"hold","code":"H-2","on":[{"start":"part","part":{"number":"LP-300"}}],
                     "reason":"all pumps"}]"#;
    admitted(&plant, Mode::Attempt, query);
    let later = admitted(
        &plant,
        Mode::Attempt,
        r#"[{"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
            "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-2"}]}]}]"#,
    );
    plant.published().wait_for(later.last.next()).unwrap();
    let said = |plant: &Plant| {
        let state = plant.published().read();
        let unit = state.find(&"serial:SN-1".parse().unwrap())[0];
        let lot = state.find(&"lot:77120-A".parse().unwrap())[0];
        let later = state.find(&"SN-2".parse().unwrap())[0];
        let holds: Vec<_> = state.holds_of(unit).cloned().collect();
        let caught: Vec<_> = state.holds_of(later).cloned().collect();
        (state.at(lot).unwrap().book.balance(), holds, caught, state.next())
    };
    let before = said(&plant);
    assert_eq!(before.0.on_hand.to_string(), "99");
    assert_eq!(before.1.len(), 2);
    assert_eq!(before.2.len(), 1, "a hold by query catches what is made later");
    drop(plant);
    assert_eq!(said(&open()), before);
    // Without its rows the state is folded anew and is the same.
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        drop(std::fs::remove_file(folder.path().join("plant").join(file)));
    }
    assert_eq!(said(&open()), before);
}

#[test]
fn the_same_command_gets_the_first_answer_and_another_body_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plant =
        Plant::open(folder.path().join("p").as_path(), &Options::default(), |_| {}).unwrap();
    let id = Some(engine::new_command_id().unwrap());
    let first = Command { id, ..command(Mode::Attempt, DEFINE) };
    let answer = plant.submit(first.clone(), "test").unwrap();
    assert_eq!(plant.submit(first, "test").unwrap().answer, answer.answer);
    let other = Command { id, ..command(Mode::Attempt, BUILD) };
    match plant.submit(other, "test").unwrap().answer {
        Answer::Rejected(rejection) => assert_eq!(rejection.code, Code::CommandReused),
        Answer::Admitted(_) => panic!("admitted"),
    }
}

/// The codes of the exceptions a report done at that hour gave rise to.
fn told(plant: &Plant, hour: &str, acts: &str) -> Vec<Code> {
    let at = format!("2026-03-02T{hour}:00Z").parse().unwrap();
    let performed = Some(domain::Interval::at(at));
    let command = Command { performed, ..command(Mode::Report, acts) };
    match plant.submit(command, "test").unwrap().answer {
        Answer::Admitted(admitted) => {
            admitted.exceptions.iter().map(|raised| raised.finding.code).collect()
        }
        Answer::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

const UNIT: &str = r#"[
 {"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},
  "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-0"}]}]}]"#;

const LIFT: &str = r#"[{"act":"lift","code":"H-1","reason":"tested"}]"#;

#[test]
fn what_was_done_during_a_hold_lifted_since_is_an_exception() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap();
    let plant = open();
    let clean: [Code; 0] = [];
    assert_eq!(told(&plant, "07:00", DEFINE), clean);
    assert_eq!(told(&plant, "08:00", BUILD), clean);
    assert_eq!(told(&plant, "08:00", UNIT), clean);
    let hold = r#"[{"act":"hold","code":"H-1","on":[{"start":"item","item":"lot:77120-A"}],
                    "spreads":true,"reason":"complaint"}]"#;
    assert_eq!(told(&plant, "10:00", hold), clean);
    assert_eq!(told(&plant, "11:00", LIFT), clean);
    // Only what was built of the lot by then was held with it.
    let late = r#"[{"act":"install","parent":"SN-0","component":"lot:77120-A","quantity":1}]"#;
    assert_eq!(told(&plant, "12:00", late), clean);
    drop(plant);

    let plant = open();
    let step = |serial: &str| {
        format!(r#"[{{"act":"step","operation":"TEST","items":[{{"item":"{serial}"}}]}}]"#)
    };
    assert_eq!(told(&plant, "09:30", &step("SN-1")), clean, "before it was placed");
    assert_eq!(told(&plant, "11:30", &step("SN-1")), clean, "after it was lifted");
    assert_eq!(told(&plant, "10:30", &step("SN-0")), clean, "it held no membrane then");
    assert_eq!(told(&plant, "10:30", &step("SN-1")), [Code::OnHold]);
    let ship = r#"[{"act":"ship","party":"POLY","lines":[{"item":"lot:77120-A","quantity":5}]}]"#;
    assert_eq!(told(&plant, "10:30", ship), [Code::OnHold]);
    // The exceptions hold what they were about since they were found, not since they were done.
    assert_eq!(told(&plant, "10:45", &step("SN-1")), [Code::OnHold], "H-1 alone");
}

/// A value no entry holds is refused, alone, and the writer goes on: found out only when it is
/// written, it would end the writer.
#[test]
fn a_value_longer_than_an_entry_holds_is_refused_and_the_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let plant = Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap();
    admitted(&plant, Mode::Attempt, DEFINE);
    let person = |bytes: usize| {
        let contact = "c".repeat(bytes);
        format!(r#"[{{"act":"definePerson","code":"P-1","name":"One","contact":"{contact}"}}]"#)
    };
    // With its quotes and the salt a sealed value has 65,536 bytes.
    admitted(&plant, Mode::Attempt, &person(65_536 - 2 - 16));
    assert_eq!(rejected(&plant, &person(65_536 - 2 - 15)), Code::TooLarge);
    let party = |bytes: usize| {
        let name = "n".repeat(bytes);
        format!(r#"[{{"act":"defineParty","code":"ACME","name":"{name}"}}]"#)
    };
    admitted(&plant, Mode::Attempt, &party((1 << 20) - 2));
    assert_eq!(rejected(&plant, &party((1 << 20) - 1)), Code::TooLarge);
    let report = command(Mode::Report, &party(3 << 20));
    let answer = plant.submit(report, "test").unwrap().answer;
    assert!(matches!(answer, Answer::Rejected(r) if r.code == Code::TooLarge));
    admitted(&plant, Mode::Attempt, BUILD);
}
