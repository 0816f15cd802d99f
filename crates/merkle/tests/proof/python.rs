//! The stand-alone verifier in `docs/verify.py`, written from the documents, agrees with ours.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use merkle::hash::sha256;
use merkle::note::PublicKey;
use merkle::proof::{Report, Standing, Trust, verify_bytes};

use crate::ledger::{Ledger, first_key, key, second_key, trust};
use crate::tampering::{cases, good};

/// What a verifier says: the kinds of findings, or how far the file can be believed.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Unreadable,
    Fails(BTreeSet<String>),
    Holds(String),
}

fn ours(bytes: &[u8], trust: &Trust) -> Verdict {
    match verify_bytes(bytes, trust) {
        Err(_) => Verdict::Unreadable,
        Ok(Report { standing: Some(standing), .. }) => Verdict::Holds(match standing {
            Standing::Consistent => "consistent".to_owned(),
            Standing::SiteSigned => "site_signed".to_owned(),
            Standing::Witnessed(count) => format!("witnessed {count}"),
        }),
        Ok(Report { findings, .. }) => {
            let kind = |finding| {
                let value = serde_json::to_value(finding).expect("a finding is JSON");
                value["finding"].as_str().expect("a kind").to_owned()
            };
            Verdict::Fails(findings.iter().map(kind).collect())
        }
    }
}

fn theirs(name: &str, bytes: &[u8], trust: &Trust) -> Verdict {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.twproof"));
    fs::write(&file, bytes).expect("room for a small file");
    let options = |option: &'static str, keys: &[PublicKey]| {
        keys.iter().flat_map(|key| [option.to_owned(), key.to_string()]).collect::<Vec<_>>()
    };
    let output = Command::new("python3")
        .arg(root.join("docs/verify.py"))
        .arg(&file)
        .args(options("--key", &trust.site_keys))
        .args(options("--witness", &trust.witnesses))
        .output()
        .expect("python3 is missing: install it (Debian: apt-get install python3)");
    fs::remove_file(&file).expect("the file just written");
    let words = String::from_utf8(output.stdout).expect("text");
    let of = |start: &'static str| words.lines().filter_map(move |line| line.strip_prefix(start));
    match output.status.code() {
        Some(0) => Verdict::Holds(of("standing: ").collect()),
        Some(1) if output.stderr.is_empty() => {
            let kind = |line: &str| line.split(' ').next().expect("a word").to_owned();
            Verdict::Fails(of("finding: ").map(kind).collect())
        }
        Some(2) => Verdict::Unreadable,
        _ => unreachable!("{name}: {words}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn compare(name: &str, bytes: &[u8], trust: &Trust) -> Verdict {
    let verdict = ours(bytes, trust);
    assert_eq!(theirs(name, bytes, trust), verdict, "{name}");
    verdict
}

#[test]
fn agrees_on_what_holds() {
    let bytes = good().to_bytes().unwrap();
    for (name, trust) in [
        ("untrusted", Trust::default()),
        ("first-key", Trust { site_keys: vec![first_key().public()], ..Trust::default() }),
        ("second-key", Trust { site_keys: vec![second_key().public()], ..Trust::default() }),
        ("other-key", Trust { site_keys: vec![key("other", 9).public()], ..Trust::default() }),
        ("witnessed", trust(&first_key())),
    ] {
        assert!(matches!(compare(name, &bytes, &trust), Verdict::Holds(_)));
    }
}

#[test]
fn agrees_on_what_is_wrong() {
    for (at, case) in cases().iter().enumerate() {
        let bytes = case.file().to_bytes().unwrap();
        println!("{}", case.name);
        let verdict = compare(&format!("case-{at}"), &bytes, &trust(&first_key()));
        assert!(matches!(verdict, Verdict::Fails(_)));
    }
}

#[test]
fn agrees_on_keys_that_are_not_in_force() {
    let mut ledger = Ledger::sample();
    for (name, revoked) in [("revoked-first", first_key()), ("revoked-second", second_key())] {
        ledger.revoke(&revoked.public());
        for (by, signer) in [("first", first_key()), ("second", second_key())] {
            let bytes = ledger.proof(&["1.0"], &signer).to_bytes().unwrap();
            compare(&format!("{name}-by-{by}"), &bytes, &trust(&first_key()));
        }
    }
}

#[test]
fn agrees_on_changed_bytes() {
    let good = good().to_bytes().unwrap();
    for round in 0_u8..60 {
        let random = sha256(&[round]).0;
        let at = usize::from(u16::from_be_bytes([random[0], random[1]])) % good.len();
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (random[2] % 7);
        compare(&format!("flip-{round}"), &bytes, &trust(&first_key()));
    }
}
