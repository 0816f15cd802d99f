//! Tokens: shown once, kept as hashes, useless once revoked or expired.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::{Role, TokenAsk, Tokens};
use domain::Time;
use engine::{Clock, Options};

use crate::site::Site;

#[test]
fn a_token_is_shown_once_and_kept_as_a_hash() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = Tokens::of(folder.path());
    assert!(tokens.list().unwrap().is_empty());
    let made = tokens.create("line 1", Role::Record, None).unwrap();
    assert!(made.secret.starts_with("tw_") && made.secret.len() == 46, "{}", made.secret.len());
    assert!(!format!("{made:?}").contains(&made.secret));
    let path = folder.path().join("tokens.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&made.secret));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let now = engine::now();
    assert_eq!(tokens.find(&made.secret, now).unwrap(), Some(made.token.clone()));
    assert_eq!(tokens.find("tw_other", now).unwrap(), None);
    assert!(tokens.create("line 1", Role::Read, None).is_err(), "the name is taken");
    assert!(tokens.create(" ", Role::Read, None).is_err(), "no name");
    let until = Time(now.0 + 1);
    let short = tokens.create("short", Role::Admin, Some(until)).unwrap();
    assert!(tokens.find(&short.secret, now).unwrap().is_some());
    assert!(tokens.find(&short.secret, until).unwrap().is_none());
    // Another process, or another part of this one.
    let other = Tokens::of(folder.path());
    other.revoke("line 1").unwrap();
    assert_eq!(tokens.find(&made.secret, now).unwrap(), None);
    assert!(other.revoke("line 1").is_err());
    std::fs::write(&path, "{").unwrap();
    assert!(tokens.find(&short.secret, now).is_err(), "a damaged file lets nobody in");
}

#[test]
fn tokens_made_at_once_are_all_there() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                Tokens::of(path).create(&format!("T-{number}"), Role::Read, None).unwrap();
            });
        }
    });
    assert_eq!(Tokens::of(folder.path()).list().unwrap().len(), 8);
}

#[test]
fn tokens_are_made_and_revoked_while_the_server_runs() {
    let site = Site::start();
    let admin = site.client(Role::Admin);
    let ask = TokenAsk { name: "tester".to_owned(), role: Role::Read, expires: None };
    let made = admin.create_token(&ask).unwrap();
    let bearer = format!("Bearer {}", made.secret);
    let status = || {
        site.call(("GET", "/api/v1/status"), None, &[("authorization", bearer.as_str())], None)
            .status
    };
    assert_eq!(status(), 200);
    let names: Vec<String> = admin.tokens().unwrap().into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["admin", "quality", "read", "record", "tester"]);
    assert!(!site.get(Role::Admin, "/api/v1/tokens").text.contains("sha256"));
    let taken = admin.create_token(&ask).unwrap_err();
    assert_eq!(taken.problem().unwrap().status, 409);
    admin.revoke_token("tester").unwrap();
    assert_eq!(status(), 401);
    assert_eq!(admin.revoke_token("tester").unwrap_err().problem().unwrap().status, 404);
    let before = admin.keys().unwrap();
    let after = admin.rotate_key().unwrap();
    assert_eq!((before.keys.len(), after.keys.len()), (1, 2));
}

#[test]
fn a_token_counts_until_its_time_is_over() {
    let noon: Time = "2026-06-18T12:00:00Z".parse().unwrap();
    let now = Arc::new(AtomicI64::new(noon.0));
    let clock = {
        let now = Arc::clone(&now);
        Clock::of(move || Time(now.load(Ordering::SeqCst)))
    };
    let site = Site::with(&Options { clock, ..Options::default() });
    let expires = Time(noon.0 + 1_000_000);
    let ask = TokenAsk { name: "visitor".to_owned(), role: Role::Read, expires: Some(expires) };
    let made = site.client(Role::Admin).create_token(&ask).unwrap();
    let bearer = format!("Bearer {}", made.secret);
    let status_at = |time: Time| {
        now.store(time.0, Ordering::SeqCst);
        site.call(("GET", "/api/v1/status"), None, &[("authorization", bearer.as_str())], None)
    };
    assert_eq!(status_at(noon).status, 200);
    assert_eq!(status_at(Time(expires.0 - 1)).status, 200);
    let over = status_at(expires);
    assert_eq!(over.status, 401, "{over:?}");
    assert!(over.text.contains("its time is over"), "{over:?}");
    assert_eq!(status_at(Time(expires.0 + 86_400_000_000)).status, 401);
    // Others go on, and where the clock goes back it counts again: it was not forgotten.
    assert_eq!(site.get(Role::Admin, "/api/v1/status").status, 200);
    assert_eq!(status_at(noon).status, 200);
}
