//! Scopes frozen in the middle of random histories: what was frozen comes out again, byte by byte,
//! whatever was told since; and the freeze with its deltas is what is found now.

use std::collections::BTreeMap;

use domain::{ItemId, Position, ScopeCode};
use engine::query::{ItemChange, ScopeAnswer, ScopeDelta, ScopeDocument, Stood};
use engine::{DeltaAsk, Error, FreezeAsk, Plant, VerifyOptions, verify_folder};
use proptest::prelude::*;

use crate::history::History;
use crate::told::{facts, open};

/// Suspicions about everything a history can touch.
const ASKED: [(&str, &[&str]); 6] = [
    ("RC-GLUE", &["lot:L0"]),
    ("RC-CHIP", &["lot:L2"]),
    ("RC-UNIT", &["serial:U1"]),
    ("RC-STATION", &["station:ST"]),
    ("RC-ORDER", &["order:WO-0", "lot:L1"]),
    ("RC-PALLET", &["container:K0"]),
];

type Standing = BTreeMap<ItemId, (String, String)>;

/// How each item stands, without the words.
fn standing(scope: &ScopeAnswer) -> Standing {
    let lines = scope.start.iter().chain(&scope.items);
    let said = |line: &engine::query::ItemLine| {
        let place = (line.place.kind, &line.place.party);
        (format!("{:?}", line.certainty), format!("{place:?}"))
    };
    lines.map(|line| (line.id, said(line))).collect()
}

fn stands(stood: &Stood) -> (String, String) {
    (format!("{:?}", stood.certainty), format!("{:?}", (stood.place, &stood.party)))
}

/// Freezes what is not yet frozen and can be, looks again at what is.
fn look(plant: &Plant) {
    for (name, from) in ASKED {
        let code = ScopeCode::new(name).unwrap();
        if plant.frozen_scope(&code, None).is_ok() {
            match plant.scope_delta(&code, &DeltaAsk::default(), "history") {
                Ok(_) | Err(Error::NotFound(_)) => {}
                Err(error) => panic!("{name}: {}", engine::chain(&error)),
            }
            continue;
        }
        let from = from.iter().map(|start| start.parse().unwrap()).collect();
        let reason = "history".to_owned();
        let ask = FreezeAsk { code: Some(code), from, reason, ..FreezeAsk::default() };
        match plant.freeze_scope(&ask, "history") {
            Ok(_) | Err(Error::NotFound(_)) => {}
            Err(error) => panic!("{name}: {}", engine::chain(&error)),
        }
    }
}

/// Every document of a series, oldest first.
fn series(plant: &Plant, code: &ScopeCode) -> Vec<ScopeDocument> {
    let numbers = plant.scope_series(code).unwrap().scopes;
    let numbers = numbers.iter().map(|frozen| frozen.number);
    numbers.map(|number| plant.scope_document(code, Some(number)).unwrap().0).collect()
}

fn again(plant: &Plant) -> Result<(), TestCaseError> {
    for (name, _) in ASKED {
        let code = ScopeCode::new(name).unwrap();
        if plant.frozen_scope(&code, None).is_ok() {
            let rerun = plant.rerun_scope(&code, None).unwrap();
            prop_assert!(rerun.holds, "{:#?}", rerun);
        }
    }
    Ok(())
}

/// Takes one change into account.
fn apply(change: &ItemChange, now: &mut Standing) -> Result<(), TestCaseError> {
    prop_assert_eq!(change.was.as_ref().map(stands), now.get(&change.id).cloned());
    match &change.now {
        Some(stood) => drop(now.insert(change.id, stands(stood))),
        None => drop(now.remove(&change.id)),
    }
    Ok(())
}

/// Whether a change names entries since the number before, all of which are told.
fn is_caused(change: &ItemChange, delta: &ScopeDelta, known_at: Position) -> bool {
    let told = |cause: &Position| {
        let since = *cause > delta.since_known_at && *cause <= known_at;
        since && delta.causes.iter().any(|told| told.position == *cause)
    };
    !change.because.is_empty() && change.because.iter().all(told)
}

/// The freeze and its deltas, applied in order, are what is found now; each change has a cause.
fn chained(plant: &Plant) -> Result<(), TestCaseError> {
    for (name, _) in ASKED {
        let code = ScopeCode::new(name).unwrap();
        if plant.frozen_scope(&code, None).is_err() {
            continue;
        }
        let documents = series(plant, &code);
        let mut now = standing(&documents[0].scope);
        for document in &documents[1..] {
            let delta = document.delta.as_ref().unwrap();
            prop_assert!(!delta.is_empty());
            for change in &delta.changes {
                apply(change, &mut now)?;
                let told = is_caused(change, delta, document.known_at);
                prop_assert!(told, "{} {:#?}", name, change);
            }
            prop_assert_eq!(&now, &standing(&document.scope), "{} {}", name, document.number);
        }
        let ask = engine::query::ScopeAsk {
            from: documents[0].query.from.clone(),
            ..engine::query::ScopeAsk::default()
        };
        match plant.scope(&ask) {
            Ok(scope) => prop_assert_eq!(&now, &standing(&scope), "{} now", name),
            Err(Error::NotFound(_)) => {}
            Err(error) => panic!("{}", engine::chain(&error)),
        }
    }
    Ok(())
}

/// What the books and the genealogy of each suspect lot say of each other.
fn accounts(plant: &Plant) -> Result<(), TestCaseError> {
    for lot in ["L0", "L1", "L2"] {
        let from = vec![format!("lot:{lot}").parse().unwrap()];
        let ask = engine::query::ScopeAsk { from, ..engine::query::ScopeAsk::default() };
        let Ok(scope) = plant.scope(&ask) else { continue };
        for account in &scope.accounts {
            let explained = account.difference.is_zero() && account.balance.unexplained.is_zero();
            prop_assert_eq!(account.balanced, explained);
        }
    }
    Ok(())
}

pub(crate) fn check(history: &History) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder);
    history.tell(|more| {
        let replies = plant.submit_all(more, "history").unwrap();
        plant.published().wait_for(replies.last().unwrap().position).unwrap();
        look(&plant);
        facts(&plant).0
    });
    look(&plant);
    chained(&plant)?;
    again(&plant)?;
    accounts(&plant)?;
    drop(plant);
    let path = folder.path().join("plant");
    let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
    prop_assert!(report.holds(), "{}", report);
    std::fs::remove_file(path.join("views.db")).unwrap();
    again(&open(&folder))
}
