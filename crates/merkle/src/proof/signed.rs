//! The signatures of persons under the entries of a proof file.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::verify::Checked;
use super::{Finding, Signature, Validity};
use crate::entry::Member;
use crate::signature::{PersonKey, SIGNATURE, SIGNED, is_valid};

/// The type of the entries that say whose a key is, and what they say then.
const NOTED: &str = "account.noted";
const REGISTERED: &str = "keyRegistered";

/// Looks at every entry that is signed, or says so.
pub(super) fn check(entries: &[Checked], findings: &mut Vec<Finding>) -> Vec<Signature> {
    let keys = registered(entries);
    let mut found = Vec::new();
    for entry in entries {
        let position = entry.header.position;
        let (signed, value) = (text(entry, SIGNED), member(entry, SIGNATURE));
        if signed.is_none() && value.is_none() {
            continue;
        }
        let signed: Option<Value> = signed.and_then(|text| serde_json::from_str(text).ok());
        let validity = match (&signed, value) {
            (Some(signed), Some(value)) => judge(entry, signed, (value, &keys)),
            _ => Validity::Withheld,
        };
        if validity == Validity::Invalid {
            findings.push(Finding::SignatureInvalid { position });
        }
        let of = |name: &str| signed.as_ref().map(|signed| field(signed, name)).unwrap_or_default();
        let name = text(entry, "signedName").and_then(|name| serde_json::from_str(name).ok());
        found.push(Signature {
            position,
            signer: of("signer"),
            name: name.unwrap_or_default(),
            meaning: of("meaning"),
            at: of("at"),
            validity,
        });
    }
    found
}

fn judge(
    entry: &Checked,
    signed: &Value,
    (value, keys): (&Member, &BTreeMap<PersonKey, (String, u64)>),
) -> Validity {
    let Ok(key) = field(signed, "key").parse::<PersonKey>() else { return Validity::Invalid };
    // The signature is the last member; all others are signed.
    let Some((last, others)) = entry.digests.split_last() else { return Validity::Invalid };
    if value.digest() != *last || !is_valid(key, &value.value, &entry.header, others) {
        return Validity::Invalid;
    }
    match keys.get(&key) {
        Some((person, since)) if *since < entry.header.position => {
            let own = *person == field(signed, "signer");
            if own { Validity::Valid } else { Validity::Invalid }
        }
        Some(_) | None => Validity::UnknownKey,
    }
}

/// The keys that entries say were made, whose they are and since when.
fn registered(entries: &[Checked]) -> BTreeMap<PersonKey, (String, u64)> {
    let noted = entries.iter().filter(|entry| entry.header.entry_type == NOTED);
    let key = |entry: &Checked| {
        let of = |name| serde_json::from_str::<String>(text(entry, name)?).ok();
        let event = of("fact/event")?;
        let (key, person) = (of("fact/new")?.parse().ok()?, of("fact/person")?);
        (event == REGISTERED).then_some((key, (person, entry.header.position)))
    };
    noted.filter_map(key).collect()
}

fn member<'a>(entry: &'a Checked, name: &str) -> Option<&'a Member> {
    entry.members.iter().find(|member| member.name == name)
}

fn text<'a>(entry: &'a Checked, name: &str) -> Option<&'a str> {
    core::str::from_utf8(&member(entry, name)?.value).ok()
}

fn field(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
