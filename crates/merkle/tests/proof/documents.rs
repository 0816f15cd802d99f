//! The worked examples in `docs/formats` are what the code does. `UPDATE=1` writes them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use merkle::entry::{encode_log, encode_members};
use merkle::proof::{Standing, Trust};
use merkle::tree::{Edge, leaf_hash};
use merkle::{Hash, Header, Member, MemberState};

use crate::ledger::{LEDGER, Ledger, ORIGIN, first_key, key};

fn check(document: &str, name: &str, example: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats").join(document);
    let text = fs::read_to_string(&path).expect("the document");
    let begin = format!("<!-- begin {name}: written by a test -->\n");
    let (before, rest) = text.split_once(&begin).expect("where the example begins");
    let (found, after) = rest.split_once(&format!("<!-- end {name} -->")).expect("where it ends");
    if std::env::var_os("UPDATE").is_some() {
        let written = format!("{before}{begin}{example}<!-- end {name} -->{after}");
        fs::write(&path, written).expect("a document that can be written");
    } else {
        assert_eq!(found, example, "{document}: UPDATE=1 writes the example anew");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A member with what is hashed of it, and its digest.
fn member_lines(Member { name, value, salt }: &Member, digest: Hash) -> String {
    let length = |bytes: &[u8]| format!("{:08x}", bytes.len());
    format!(
        "member     {name} = {}\n  hashed   54574d01\n           {}\n           {} {}\n           \
         {} {}\n  digest   {digest}\n",
        String::from_utf8_lossy(value),
        hex(salt),
        length(name.as_bytes()),
        hex(name.as_bytes()),
        length(value),
        hex(value),
    )
}

#[test]
fn ledger() {
    let member = |name: &str, value: &str, salt| Member {
        name: name.to_owned(),
        value: value.as_bytes().to_vec(),
        salt: [salt; 16],
    };
    let members = [
        member("item/1.0", r#"{"sequence":1,"previous":null}"#, 0x00),
        member("actor", r#""p7""#, 0x11),
    ];
    let header = Header {
        ledger: LEDGER,
        position: 1,
        received_us: 1_700_000_000_000_001,
        entry_type: "made.started".to_owned(),
        type_version: 1,
    };
    let digests = members.each_ref().map(Member::digest);
    let mut text = "```text\n".to_owned();
    for (member, digest) in members.iter().zip(digests) {
        text.push_str(&member_lines(member, digest));
    }
    let log = encode_log(&header, &digests).unwrap();
    let fields: [(usize, &str); 9] = [
        (5, "magic, version, suite"),
        (16, "ledger"),
        (8, "position"),
        (8, "received"),
        (13, "length and entry type: made.started"),
        (2, "type version"),
        (2, "member count"),
        (32, "digest of item/1.0"),
        (32, "digest of actor"),
    ];
    text.push_str("log bytes\n");
    let mut rest = log.as_slice();
    for (length, what) in fields {
        let (field, after) = rest.split_at(length);
        writeln!(text, "           {}  {what}", hex(field)).expect("a string takes it");
        rest = after;
    }
    assert!(rest.is_empty());
    let mut edge = Edge::default();
    for leaf in [leaf_hash(b"a"), leaf_hash(&log), leaf_hash(b"b")] {
        edge.push(leaf);
    }
    let stored = encode_members(&[
        MemberState::Open(members[0].clone()),
        MemberState::Withheld { digest: digests[1] },
    ]);
    writeln!(
        text,
        "leaf       {}\nroot of 3  {}\nstored, with the actor withheld\n           {}\n```",
        leaf_hash(&log),
        edge.root(),
        hex(&stored.unwrap())
    )
    .expect("a string takes it");
    check("ledger.md", "ledger", &text);
}

#[test]
fn checkpoint() {
    let (site, witness) = (first_key(), key("witness.example/w1", 2));
    let mut head = Ledger::new().head(1, &site);
    witness.cosign(&mut head.note, 1_700_000_000).unwrap();
    let keys = format!("{}\n{}", site.public(), witness.public().cosigner());
    check("checkpoint.md", "checkpoint", &format!("```text\n{keys}\n\n{head}```\n"));
}

#[test]
fn proof_file() {
    let mut ledger = Ledger::new();
    let touch = r#"{"sequence":1,"previous":null}"#.to_owned();
    let actor = ("actor".to_owned(), r#""p7""#.to_owned());
    ledger.append("made.started", vec![("item/1.0".to_owned(), touch), actor]);
    let mut file = ledger.proof(&["1.0"], &first_key());
    file.summary_not_proven = vec!["The unit was started.".to_owned()];
    let trust = Trust { site_keys: vec![first_key().public()], ..Trust::default() };
    assert_eq!(file.verify(&trust).standing, Some(Standing::SiteSigned));
    assert_eq!(file.origin, ORIGIN);
    let json = serde_json::to_string_pretty(&file).unwrap();
    check("proof-file.md", "proof", &format!("```json\n{json}\n```\n"));
}
