//! Log bytes, member digests and stored members: golden bytes, limits, strictness.

use merkle::entry::{
    CIPHERTEXT_BYTES_MAX, Error, LOG_BYTES_MAX, MEMBER_VALUE_BYTES_MAX, MEMBERS_MAX, decode_log,
    decode_members, encode_log, encode_members, member_digest,
};
use merkle::hash::sha256;
use merkle::{Hash, Header, LedgerId, Member, MemberState};
use proptest::prelude::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn header() -> Header {
    Header {
        ledger: LedgerId([0xab; 16]),
        position: 7,
        received_us: 1_700_000_000_000_000,
        entry_type: "work.started".to_owned(),
        type_version: 1,
    }
}

fn member(name: &str, value: &str, salt: u8) -> Member {
    Member { name: name.to_owned(), value: value.as_bytes().to_vec(), salt: [salt; 16] }
}

#[test]
fn golden_log_bytes() {
    let digests = [Hash([0x11; 32]), Hash([0x22; 32])];
    let bytes = encode_log(&header(), &digests).unwrap();
    let wanted = [
        "5457450101",                       // "TWE", version, suite
        "abababababababababababababababab", // ledger
        "0000000000000007",                 // position
        "00060a24181e4000",                 // received
        "0c776f726b2e73746172746564",       // type
        "00010002",                         // type version, count
        &"11".repeat(32),
        &"22".repeat(32),
    ];
    assert_eq!(hex(&bytes), wanted.concat());
    assert_eq!(decode_log(&bytes).unwrap(), (header(), digests.to_vec()));
}

#[test]
fn golden_member_digest() {
    let member = member("station", "\"line 3\"", 0x5a);
    let preimage = [
        b"TWM\x01".as_slice(),
        &[0x5a; 16],
        &[0, 0, 0, 7],
        b"station",
        &[0, 0, 0, 8],
        b"\"line 3\"",
    ];
    assert_eq!(member.digest(), sha256(&preimage.concat()));
    assert_eq!(
        member.digest().to_string(),
        "9182a420b647a6641bc04fe83f71bf61e9873635e0cb7ed3e72eaded08bf8b72"
    );
}

#[test]
fn golden_members() {
    let members = [
        MemberState::Open(member("a", "1", 0x01)),
        MemberState::Sealed {
            name: "n".to_owned(),
            person: "p7".to_owned(),
            ciphertext: vec![0xcc, 0xdd],
        },
        MemberState::Withheld { digest: Hash([0x33; 32]) },
    ];
    let bytes = encode_members(&members).unwrap();
    let wanted = [
        "010003",
        "010161",
        &"01".repeat(16),
        "0000000131",
        "02016e027037",
        "00000002ccdd",
        "03",
        &"33".repeat(32),
    ];
    assert_eq!(hex(&bytes), wanted.concat());
    assert_eq!(decode_members(&bytes).unwrap(), members);
}

#[test]
fn digests_tell_name_from_value() {
    let salt = [0; 16];
    assert_ne!(member_digest("ab", b"c", &salt), member_digest("a", b"bc", &salt));
    assert_ne!(member_digest("a", b"b", &salt), member_digest("a", b"b", &[1; 16]));
}

#[test]
fn the_largest_entry_fits_and_a_larger_does_not() {
    let header = Header { entry_type: "t".repeat(64), ..header() };
    let mut digests = vec![Hash([0; 32]); MEMBERS_MAX];
    let bytes = encode_log(&header, &digests).unwrap();
    assert!(bytes.len() <= LOG_BYTES_MAX && bytes.len() + 32 > LOG_BYTES_MAX);
    assert_eq!(decode_log(&bytes).unwrap().1.len(), MEMBERS_MAX);
    digests.push(Hash([0; 32]));
    assert_eq!(encode_log(&header, &digests), Err(Error::Members(MEMBERS_MAX + 1)));
}

#[test]
fn entry_types_are_short_printable_and_not_empty() {
    for wrong in ["", "with space", "tab\t", "umläut", &"t".repeat(65)] {
        let header = Header { entry_type: wrong.to_owned(), ..header() };
        assert_eq!(encode_log(&header, &[]), Err(Error::Type), "{wrong:?}");
    }
}

#[test]
fn long_names_and_values_are_refused() {
    let check = |member: Member, error| {
        assert_eq!(encode_members(&[MemberState::Open(member)]), Err(error));
    };
    check(member(&"n".repeat(256), "1", 0), Error::Name(256));
    let long = MEMBER_VALUE_BYTES_MAX + 1;
    check(member("n", &"v".repeat(long), 0), Error::Value(long));
    let ciphertext = vec![0; CIPHERTEXT_BYTES_MAX + 1];
    let sealed = MemberState::Sealed { name: "n".to_owned(), person: "p".to_owned(), ciphertext };
    assert_eq!(encode_members(&[sealed]), Err(Error::Value(CIPHERTEXT_BYTES_MAX + 1)));
}

#[test]
fn damaged_log_bytes_say_what_is_wrong() {
    let good = encode_log(&header(), &[Hash([0; 32])]).unwrap();
    let check = |change: fn(&mut Vec<u8>), error| {
        let mut bytes = good.clone();
        change(&mut bytes);
        assert_eq!(decode_log(&bytes).map(|_| ()), Err(error));
    };
    check(|bytes| bytes[3] = 2, Error::Format);
    check(|bytes| bytes[4] = 9, Error::Suite(9));
    check(|bytes| bytes[37] = 0, Error::Type);
    check(|bytes| bytes.push(0), Error::Trailing);
    check(|bytes| bytes.truncate(bytes.len() - 1), Error::Truncated);
    check(Vec::clear, Error::Truncated);
}

prop_compose! {
    fn any_member()(name in ".{0,40}", value in any::<Vec<u8>>(), salt in any::<[u8; 16]>())
        -> Member { Member { name, value, salt } }
}

fn any_state() -> impl Strategy<Value = MemberState> {
    let sealed = (".{0,40}", ".{0,40}", any::<Vec<u8>>());
    prop_oneof![
        any_member().prop_map(MemberState::Open),
        sealed.prop_map(|(name, person, ciphertext)| {
            MemberState::Sealed { name, person, ciphertext }
        }),
        any::<[u8; 32]>().prop_map(|digest| MemberState::Withheld { digest: Hash(digest) }),
    ]
}

proptest! {
    #[test]
    fn members_read_back(members in prop::collection::vec(any_state(), 0..20)) {
        let bytes = encode_members(&members).unwrap();
        prop_assert_eq!(decode_members(&bytes).unwrap(), members);
    }

    #[test]
    fn log_bytes_read_back(
        ids in any::<([u8; 16], u64, i64, u16)>(),
        entry_type in "[!-~]{1,64}",
        digests in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..20),
    ) {
        let (ledger, position, received_us, type_version) = ids;
        let ledger = LedgerId(ledger);
        let header = Header { ledger, position, received_us, entry_type, type_version };
        let bytes = encode_log(&header, &digests).unwrap();
        prop_assert_eq!(decode_log(&bytes).unwrap(), (header, digests));
    }

    #[test]
    fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(decode_log(&bytes).is_err());
        if let Ok(members) = decode_members(&bytes) {
            prop_assert_eq!(encode_members(&members).unwrap(), bytes);
        }
    }

    #[test]
    fn damaged_bytes_never_panic_and_have_one_encoding(
        members in prop::collection::vec(any_state(), 0..6),
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let mut bytes = encode_members(&members).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(members) = decode_members(&bytes) {
            prop_assert_eq!(encode_members(&members).unwrap(), bytes);
        }
        let mut bytes = encode_log(&header(), &[Hash([1; 32]); 3]).unwrap();
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok((header, digests)) = decode_log(&bytes) {
            prop_assert_eq!(encode_log(&header, &digests).unwrap(), bytes);
        }
    }
}
