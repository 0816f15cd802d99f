//! Signed notes, checkpoints, cosignatures and keys against published examples, and their limits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use merkle::Hash;
use merkle::checkpoint::{self, Checkpoint, Signed};
use merkle::note::{Error, PublicKey, SIGNATURES_MAX, SignedNote, SigningKey, Verified};
use proptest::prelude::*;

/// The example of Go's `golang.org/x/mod/sumdb/note`: key, seed and note.
const EXAMPLE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const EXAMPLE_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const EXAMPLE_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                            then you don't know what your problem is.\n";
const EXAMPLE_SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcEl\
                                 ZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

/// The example of C2SP `tlog-cosignature`; its keys are not published.
const C2SP_CHECKPOINT: &str = "example.com/behind-the-sofa\n20852163\n\
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
    \u{2014} example.com/behind-the-sofa \
    Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
    \u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dl\
    rDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn key(name: &str, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, [seed; 32]).expect("a good name")
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: "example.com/plant".to_owned(),
        size: 3,
        root: Hash([7; 32]),
        extensions: Vec::new(),
    }
}

#[test]
fn the_published_note_is_made_and_verified() {
    let note = format!("{EXAMPLE_TEXT}\n{EXAMPLE_SIGNATURE}");
    let public: PublicKey = EXAMPLE_KEY.parse().unwrap();
    let parsed = SignedNote::parse(&note).unwrap();
    assert_eq!(parsed.verify(&public), Ok(Verified::Signed));
    assert_eq!(parsed.to_string(), note);

    let seed = STANDARD.decode(EXAMPLE_SEED).unwrap();
    let signing = SigningKey::from_seed("PeterNeumann", seed[1..].try_into().unwrap()).unwrap();
    assert_eq!(signing.public(), public);
    assert_eq!(signing.sign(EXAMPLE_TEXT).unwrap().to_string(), note);
    assert_eq!(public.to_string(), EXAMPLE_KEY);
    assert_eq!(format!("{signing:?}"), format!("SigningKey({EXAMPLE_KEY})"), "no secret");
}

#[test]
fn the_published_checkpoint_reads() {
    let signed = Signed::parse(C2SP_CHECKPOINT).unwrap();
    assert_eq!(signed.checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(signed.checkpoint.size, 20_852_163);
    assert_eq!(signed.to_string(), C2SP_CHECKPOINT);
    let witness = &signed.note.signatures[1];
    assert_eq!((witness.name.as_str(), witness.bytes.len()), ("witness.example.com/w1", 72));
    assert_eq!(witness.bytes[..8], 1_679_315_147_u64.to_be_bytes());
}

#[test]
fn a_checkpoint_is_signed_and_cosigned() {
    let (site, witness) = (key("example.com/plant", 1), key("witness.example/w1", 2));
    let mut signed = checkpoint().sign(&site).unwrap();
    witness.cosign(&mut signed.note, 1_700_000_000).unwrap();
    let read = Signed::parse(&signed.to_string()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.note.verify(&site.public()), Ok(Verified::Signed));
    let cosigner = witness.public().cosigner();
    let seen = Verified::Witnessed { time_s: 1_700_000_000 };
    assert_eq!(read.note.verify(&cosigner), Ok(seen));
    assert_eq!(cosigner.to_string().parse::<PublicKey>().unwrap(), cosigner);
    let not_by = Err(Error::NotBy("witness.example/w1".to_owned()));
    assert_eq!(read.note.verify(&witness.public()), not_by, "another kind is another key");
}

#[test]
fn golden_checkpoint_note() {
    let mut signed = checkpoint().sign(&key("example.com/plant", 1)).unwrap();
    key("witness.example/w1", 2).cosign(&mut signed.note, 1_700_000_000).unwrap();
    let wanted = "example.com/plant\n3\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n\
        \u{2014} example.com/plant N76ONxPHtbmPUpeEL0mAdhTGTbqNjop0KKz6IpkDrl/g5PlNNWedCdV4GxZx\
        q4cApmlUDGHponJzE8z+dIhIhbZ0dgk=\n\
        \u{2014} witness.example/w1 3xwKNQAAAABlU/EAUVUq+K83u4ZKGjDv0XAZ4hMilvfodJWe+4MZHyquKBq1\
        t69sDzhuvm1H77SW9fb5EIRg53VOsdDD8vKznQe0Cg==\n";
    assert_eq!(signed.to_string(), wanted);
}

#[test]
fn a_changed_note_is_not_believed() {
    let site = key("example.com/plant", 1);
    let good = checkpoint().sign(&site).unwrap().to_string();
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes).ok().and_then(|text| Signed::parse(&text).ok());
        let believed = changed.is_some_and(|changed| changed.note.verify(&site.public()).is_ok());
        assert!(!believed, "byte {at}");
    }
}

#[test]
fn a_false_signature_condemns_the_note_beside_a_good_one() {
    let site = key("s", 1);
    let mut note = site.sign("text\n").unwrap();
    let mut forged = note.signatures[0].clone();
    forged.bytes[5] ^= 1;
    note.signatures.push(forged);
    assert_eq!(note.verify(&site.public()), Err(Error::Signature("s".to_owned())));
}

#[test]
fn notes_are_read_strictly() {
    let check = |note: &str, error: Error| assert_eq!(SignedNote::parse(note), Err(error));
    check("text\n", Error::Unsigned);
    check("text\n\n", Error::Unsigned);
    check("text\n\n\u{2014} name AAAAAAA=", Error::Unsigned);
    check("text\r\n\n\u{2014} name AAAAAAA=\n", Error::Text);
    check("text\n\n- name AAAAAAA=\n", Error::Line(1));
    check("text\n\n\u{2014} name AAAAAAA\n", Error::Line(1));
    check("text\n\n\u{2014} na+me AAAAAAA=\n", Error::Line(1));
    check("text\n\n\u{2014} name AAAAAA==\n", Error::Line(1));
    check("text\n\n\u{2014} name  AAAAAAA=\n", Error::Line(1));
    let many = "\u{2014} name AAAAAAA=\n".repeat(SIGNATURES_MAX + 1);
    check(&format!("text\n\n{many}"), Error::TooMany);
    let long = "x".repeat(merkle::note::NOTE_BYTES_MAX);
    check(&format!("{long}\n"), Error::TooLong(long.len() + 1));
    let blank_in_text = "one\n\ntwo\n\n\u{2014} name AAAAAAA=\n";
    assert_eq!(SignedNote::parse(blank_in_text).unwrap().text, "one\n\ntwo\n");
}

#[test]
fn checkpoints_are_read_strictly() {
    let root = STANDARD.encode([7; 32]);
    let check = |text: &str, error: checkpoint::Error| {
        assert_eq!(Checkpoint::parse(text), Err(error), "{text:?}");
    };
    let size = |size: &str| checkpoint::Error::Size(size.to_owned());
    assert_eq!(Checkpoint::parse(&format!("o\n0\n{root}\next\n")).unwrap().extensions, ["ext"]);
    check(&format!("o\n00\n{root}\n"), size("00"));
    check(&format!("o\n+1\n{root}\n"), size("+1"));
    check(&format!("o\n18446744073709551616\n{root}\n"), size("18446744073709551616"));
    check(&format!("o\n1\n{root}x\n"), checkpoint::Error::Root(format!("{root}x")));
    check("o\n1\nAAAA\n", checkpoint::Error::Root("AAAA".to_owned()));
    check("o\n1\n", checkpoint::Error::Lines);
    check(&format!("\n1\n{root}\n"), checkpoint::Error::Lines);
    check(&format!("o\n1\n{root}\n\n"), checkpoint::Error::Lines);
    check(&format!("o\n1\n{root}"), checkpoint::Error::Note(Error::Text));
}

#[test]
fn what_would_not_read_back_is_not_signed() {
    let site = key("s", 1);
    for origin in ["", "two\nlines", "bell\u{7}"] {
        let wrong = Checkpoint { origin: origin.to_owned(), ..checkpoint() };
        assert!(wrong.sign(&site).is_err(), "{origin:?}");
    }
    assert!(SigningKey::from_seed("with space", [1; 32]).is_err());
    assert!(site.sign("no newline").is_err());
}

#[test]
fn no_part_of_a_key_is_a_key() {
    for start in 0..EXAMPLE_KEY.len() {
        for end in start..EXAMPLE_KEY.len() {
            assert!(EXAMPLE_KEY[start..end].parse::<PublicKey>().is_err());
        }
    }
    for at in 0..EXAMPLE_KEY.len() {
        let mut bytes = EXAMPLE_KEY.as_bytes().to_vec();
        bytes[at] ^= 1;
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.parse::<PublicKey>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC*", lines in "([ -~\u{2014}\n]{0,80}\n\n?){1,6}") {
        for text in [text, lines] {
            if let Ok(note) = SignedNote::parse(&text) {
                prop_assert_eq!(note.to_string(), text.clone());
            }
            if let Ok(checkpoint) = Checkpoint::parse(&text) {
                prop_assert_eq!(checkpoint.to_text(), text.clone());
            }
            prop_assert!(text.parse::<PublicKey>().is_err());
        }
    }
}
