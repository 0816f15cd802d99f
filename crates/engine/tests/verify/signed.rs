//! Entries that people signed, altered where they are kept: each alteration is named, also one by
//! somebody who hashes anew what was altered.

use std::path::Path;

use domain::act::{AccountEvent, NoteAccount};
use domain::{Answer, Meaning, PersonCode, Role, UserCode};
use engine::{Plant, Signing, VerifyReport, What, new_command_id};
use merkle::entry::{MemberState, decode_log, decode_members, encode_log, encode_members};
use merkle::signature::Signer;
use rusqlite::{Connection, params};

use super::{admit, assert_holds, command, open, place, verified};

fn signing(number: u8) -> Signing {
    Signing {
        user: UserCode::new(&format!("U-{number}")).unwrap(),
        signer: PersonCode::new(&format!("P-{number}")).unwrap(),
        role: Role::Quality,
        meaning: Meaning::Approved,
        name: "Ann Meier".to_owned(),
        shown: None,
        key: Signer::from_seed([number; 32]),
    }
}

fn note(plant: &Plant, event: AccountEvent, number: u8, new: &str) {
    let Signing { user, signer, .. } = signing(number);
    let note = NoteAccount { new: Some(new.to_owned()), ..NoteAccount::of(event, user, signer) };
    plant.note_account(new_command_id().unwrap(), note, ("test", None)).unwrap();
}

/// Signs a hold; answers its position.
fn hold(plant: &Plant, number: u8) -> u64 {
    let acts = format!(
        r#"[{{"act":"hold","code":"H-{number}","reason":"leak",
            "on":[{{"start":"item","item":"serial:SN-1"}}]}}]"#
    );
    let command = domain::Command { performed_by: Some(signing(number).signer), ..command(&acts) };
    let (to, answered) = std::sync::mpsc::channel();
    let by = ("test", signing(number));
    plant.submit_signed(command, by, move |reply| drop(to.send(reply))).unwrap();
    match answered.recv().unwrap().unwrap().answer {
        Answer::Admitted(admitted) => admitted.first.0,
        Answer::Rejected(rejection) => panic!("{rejection}"),
    }
}

/// A folder with two signed entries; answers where they are.
fn signed(path: &Path) -> [u64; 2] {
    let plant = open(path);
    admit(
        &plant,
        r#"[{"act":"definePerson","code":"P-1","name":"Ann Meier"},
            {"act":"definePerson","code":"P-2","name":"Bo Ek"},
            {"act":"defineMaterial","part":{"number":"A"},"name":"A","tracking":"serial",
             "baseUnit":"ea"},
            {"act":"create","kind":"unit","part":{"number":"A"},"items":[
             {"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]}]}]"#,
    );
    for number in [1, 2] {
        note(&plant, AccountEvent::Added, number, "quality");
        let key = signing(number).key.public().to_string();
        note(&plant, AccountEvent::KeyRegistered, number, &key);
    }
    [hold(&plant, 1), hold(&plant, 2)]
}

/// Changes the members of an entry; `anew` also puts their digests into its log bytes.
fn alter(path: &Path, position: u64, anew: bool, change: impl FnOnce(&mut Vec<MemberState>)) {
    let connection = Connection::open(path.join("ledger.db")).unwrap();
    let read = |column: &str| -> Vec<u8> {
        let sql = format!("SELECT {column} FROM entry WHERE position = ?1");
        connection.query_row(&sql, [position], |row| row.get(0)).unwrap()
    };
    let mut members = decode_members(&read("members")).unwrap();
    change(&mut members);
    let (header, mut digests) = decode_log(&read("log")).unwrap();
    if anew {
        for (digest, member) in digests.iter_mut().zip(&members) {
            if let MemberState::Open(member) = member {
                *digest = member.digest();
            }
        }
    }
    let (members, log) =
        (encode_members(&members).unwrap(), encode_log(&header, &digests).unwrap());
    let sql = "UPDATE entry SET members = ?2, log = ?3 WHERE position = ?1";
    connection.execute(sql, params![position, members, log]).unwrap();
}

fn value<'a>(members: &'a mut [MemberState], name: &str) -> &'a mut Vec<u8> {
    let found = members.iter_mut().find_map(|member| match member {
        MemberState::Open(member) if member.name == name => Some(&mut member.value),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no member {name}"))
}

fn replace(members: &mut [MemberState], name: &str, old: &str, new: &str) {
    let value = value(members, name);
    let text = String::from_utf8(value.clone()).unwrap();
    assert!(text.contains(old), "{text}");
    *value = text.replace(old, new).into_bytes();
}

#[track_caller]
fn named(report: &VerifyReport, what: What, position: u64) {
    let of =
        |finding: &&engine::Finding| finding.what == what && finding.position == Some(position);
    assert!(report.findings.iter().any(|finding| of(&finding)), "{report}");
}

#[test]
fn an_altered_signed_entry_is_named_with_its_signature() {
    let alterations: [(&str, &str, &str); 4] = [
        ("signed", "approved", "rejected"),
        ("signed", "U-1", "U-2"),
        ("fact/reason", "leak", "none"),
        ("performedBy", "P-1", "P-2"),
    ];
    for (name, old, new) in alterations {
        for anew in [false, true] {
            let (_place, path) = place();
            let [first, _] = signed(&path);
            assert_holds(&verified(&path));
            alter(&path, first, anew, |members| replace(members, name, old, new));
            let report = verified(&path);
            assert!(!report.holds(), "{name}");
            if anew {
                named(&report, What::Signature, first);
                // The signed head tells from where on they may be altered.
                let from = report.findings.iter().find(|finding| finding.what == What::Entry);
                let from = from.and_then(|finding| finding.position);
                assert!(from.is_some_and(|from| from <= first), "{report}");
            } else {
                named(&report, What::Member, first);
            }
        }
    }
}

#[test]
fn a_signature_put_under_another_entry_is_named() {
    let (_place, path) = place();
    let [first, second] = signed(&path);
    let mut taken = Vec::new();
    alter(&path, second, false, |members| taken.clone_from(value(members, "signature")));
    alter(&path, first, true, |members| value(members, "signature").clone_from(&taken));
    let report = verified(&path);
    named(&report, What::Signature, first);
    assert!(report.findings.iter().all(|finding| finding.position != Some(second)), "{report}");
}
