//! Completeness: the entries of an item, by the item's own sequence numbers.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Claim, Finding, ITEM_PREFIX};
use crate::entry::Member;

/// One entry of an item.
struct Touch {
    position: u64,
    sequence: u64,
    previous: Option<u64>,
}

/// What the value of an `item/` member says, whatever else it holds.
#[derive(serde::Deserialize)]
struct Value {
    sequence: u64,
    previous: Option<u64>,
}

/// The entries of each item, as far as they are shown.
#[derive(Default)]
pub(super) struct Items(BTreeMap<String, Vec<Touch>>);

impl Items {
    /// Notes an open member, if it says that its entry touches an item.
    pub(super) fn note(&mut self, position: u64, member: &Member) -> Result<(), Finding> {
        let Some(item) = member.name.strip_prefix(ITEM_PREFIX) else { return Ok(()) };
        let Ok(Value { sequence, previous }) = serde_json::from_slice(&member.value) else {
            return Err(Finding::TouchUnreadable { position, member: member.name.clone() });
        };
        let touches = self.0.entry(item.to_owned()).or_default();
        touches.push(Touch { position, sequence, previous });
        Ok(())
    }

    /// Checks every item shown and every claim; returns the claims that are borne out.
    pub(super) fn check(mut self, claims: &[Claim], findings: &mut Vec<Finding>) -> Vec<Claim> {
        let mut claimed = BTreeMap::new();
        for Claim { item, through_sequence } in claims {
            let again = claimed.insert(item.as_str(), *through_sequence).is_some();
            if again || *through_sequence == 0 {
                findings.push(Finding::ClaimUnclear { item: item.clone() });
            }
        }
        for (item, touches) in &mut self.0 {
            touches.sort_by_key(|touch| touch.position);
            links(item, touches, claimed.contains_key(item.as_str()), findings);
        }
        let mut complete = Vec::new();
        for claim in claims {
            let Claim { item, through_sequence } = claim;
            let (item, claimed) = (item.clone(), *through_sequence);
            let last = self.0.get(&item).and_then(|touches| touches.last());
            let shown = last.map_or(0, |touch| touch.sequence);
            match shown.cmp(&claimed) {
                core::cmp::Ordering::Less => {
                    findings.push(Finding::NotComplete { item, claimed, shown });
                }
                core::cmp::Ordering::Equal => complete.push(claim.clone()),
                core::cmp::Ordering::Greater => {
                    findings.push(Finding::BeyondClaim { item, claimed, shown });
                }
            }
        }
        complete
    }
}

/// Checks that an item's entries follow each other; gaps count only where completeness is claimed.
fn links(item: &str, touches: &[Touch], claimed: bool, findings: &mut Vec<Finding>) {
    let mut before: Option<&Touch> = None;
    for touch in touches {
        let Touch { position, sequence, previous } = *touch;
        let after = before.map_or(0, |before| before.sequence);
        let found = before.map(|before| before.position);
        let item = item.to_owned();
        if sequence <= after {
            findings.push(Finding::SequenceNotRising { item, position, sequence, after });
        } else if sequence == after.saturating_add(1) {
            if previous != found {
                let said = previous;
                findings.push(Finding::PreviousDiffers { item, position, said, found });
            }
        } else if claimed {
            findings.push(Finding::SequenceGap { item, after, before: sequence });
        }
        before = Some(touch);
    }
}
