//! Accounts: added, entered, locked, retired; each is told to the ledger once.

use std::collections::BTreeSet;

use api::Role;
use serde_json::{Value, json};

use crate::people::{
    Hands, PASSWORD, add, as_bearer, events, member, open, send, sign_in, sign_in_at, told,
};
use crate::site::Site;

/// ES-22, CRA-03: no password but the owner's own, which nobody else ever knew.
#[test]
fn a_secret_that_was_given_out_works_once_and_only_to_choose_a_password() {
    let hands = Hands::now();
    let site = Site::with(&hands.options());
    let secret = add(&site, "U-7", Role::Quality);
    assert_eq!(sign_in(&site, "U-7", &secret, None).status, 403);
    for weak in ["short", "passwordpassword", "U-7U-7U-7U-7U-7U-7", &secret] {
        let got = sign_in(&site, "U-7", &secret, Some(weak));
        assert_eq!(got.status, 422, "{weak}: {got:?}");
    }
    let got = sign_in(&site, "U-7", &secret, Some(PASSWORD));
    assert_eq!(got.status, 201, "{got:?}");
    assert_eq!(got.json()["role"], "quality");
    assert_eq!(sign_in(&site, "U-7", &secret, Some("another good one, long")).status, 401);
    assert_eq!(sign_in(&site, "U-7", PASSWORD, None).status, 201);
    let path = site.folder.path().join("plant/accounts.json");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(!kept.contains(&secret) && !kept.contains(PASSWORD));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // AT-16: no secret in the ledger either.
    let entries = site.get(Role::Read, "/api/v1/entries?limit=500").text;
    assert!(!entries.contains(&secret) && !entries.contains(PASSWORD));
    let late = add(&site, "U-8", Role::Record);
    hands.move_on(24 * 3600);
    assert_eq!(sign_in(&site, "U-8", &late, Some(PASSWORD)).status, 401, "a day is over");
}

/// AT-01, AT-15: everything that happens to an account is an entry; callers cannot write one.
#[test]
fn what_happens_to_accounts_is_in_the_ledger_and_nobody_else_can_say_it() {
    let site = Site::start();
    let admin = open(&site, "A-1", Role::Admin);
    let session = open(&site, "U-7", Role::Record);
    as_bearer(&site, &session, ("DELETE", "/api/v1/session"), &Value::Null);
    let change = |body: Value| {
        let got = as_bearer(&site, &admin, ("POST", "/api/v1/users/U-7"), &body);
        assert_eq!(got.status, 200, "{body}: {got:?}");
    };
    change(json!({"change": "role", "role": "quality", "reason": "moved to quality"}));
    change(json!({"change": "badge", "badge": "0047114711"}));
    change(json!({"change": "withdrawBadges", "reason": "lost"}));
    change(json!({"change": "reset", "reason": "forgot it"}));
    change(json!({"change": "disable", "reason": "left"}));
    change(json!({"change": "enable", "reason": "came back"}));
    assert_eq!(
        told(&site)[4..],
        [
            "added",
            "passwordSet",
            "keyRegistered",
            "signedIn",
            "signedOut",
            "roleChanged",
            "badgeRegistered",
            "badgeWithdrawn",
            "passwordReset",
            "disabled",
            "enabled"
        ]
    );
    let rows = events(&site);
    let changed = rows.iter().find(|row| row["fact"]["event"] == "roleChanged").unwrap();
    // AT-02, AT-03, AT-05: who, what before and after, why.
    assert_eq!(changed["recordedBy"], "A-1");
    assert_eq!(changed["by"], "P-A-1");
    assert_eq!(
        (&changed["fact"]["old"], &changed["fact"]["new"]),
        (&json!("record"), &json!("quality"))
    );
    assert_eq!(changed["why"], "moved to quality");
    assert!(!rows.iter().any(|row| row.to_string().contains("0047114711")), "a whole badge");
    let forged = json!({"acts": [{"act": "noteAccount", "event": "signedIn", "user": "U-7"}]});
    for role in Role::ALL {
        let got = site.post(role, "/api/v1/commands", &forged.to_string());
        assert!(matches!(got.status, 403 | 422), "{role}: {got:?}");
    }
    assert_eq!(events(&site).len(), rows.len());
}

/// ES-16, P11-25: five failures lock; who is refused is told nothing that tells accounts apart.
#[test]
fn an_account_locks_after_five_failures_and_another_administrator_unlocks_it() {
    let site = Site::with(&Hands::now().options());
    let admin = open(&site, "A-1", Role::Admin);
    let session = open(&site, "U-7", Role::Record);
    let wrong = |user: &str, number: usize| {
        sign_in_at(&site, (user, "wrong", None), &format!("192.0.2.{number}"))
    };
    let mut said = BTreeSet::new();
    for number in 0..5 {
        for user in ["U-7", "nobody"] {
            let got = wrong(user, number);
            assert_eq!(got.status, 401);
            said.insert(got.text);
        }
    }
    let right = sign_in_at(&site, ("U-7", PASSWORD, None), "192.0.2.99");
    assert_eq!(right.status, 401, "locked");
    said.insert(right.text);
    assert_eq!(said.len(), 1, "{said:?}");
    let ended = as_bearer(&site, &session, ("GET", "/api/v1/session"), &Value::Null);
    assert_eq!(ended.status, 401, "the lock ends what is open");
    let all = told(&site);
    assert_eq!(all.iter().filter(|event| *event == "signInFailed").count(), 11);
    assert_eq!(all.iter().filter(|event| *event == "locked").count(), 1);
    assert!(!site.get(Role::Read, "/api/v1/entries?limit=500").text.contains("nobody"));
    let unlock = |by: &str, user: &str, reason: &str| {
        let body = json!({"change": "unlock", "reason": reason});
        as_bearer(&site, by, ("POST", &format!("/api/v1/users/{user}")), &body).status
    };
    assert_eq!(unlock(&admin, "U-7", " "), 422, "a reason");
    assert_eq!(unlock(&admin, "A-1", "mine"), 409, "nobody's own");
    assert_eq!(unlock(&admin, "U-7", "saw the badge, asked by phone"), 200);
    assert_eq!(sign_in(&site, "U-7", PASSWORD, None).status, 201);
}

/// An attack writes a bounded number of entries: see `account::terminal`.
#[test]
fn a_terminal_that_keeps_failing_is_slowed_down_before_anything_is_written() {
    let hands = Hands::now();
    let site = Site::with(&hands.options());
    let attempt = || sign_in_at(&site, ("nobody", "wrong", None), "198.51.100.7");
    let before = site.size();
    let statuses: Vec<u16> = (0..30).map(|_| attempt().status).collect();
    assert_eq!(statuses[..5], [401; 5]);
    assert_eq!(statuses[5..], [429; 25]);
    assert_eq!(site.size(), before + 5);
    assert_eq!(attempt().headers["retry-after"], "1");
    hands.move_on(1);
    assert_eq!(attempt().status, 401);
    assert_eq!(attempt().headers["retry-after"], "2");
    assert_eq!(site.size(), before + 6);
}

/// ES-18, P11-16, (g) 5: a code that was used is never given to another.
#[test]
fn a_retired_account_cannot_be_made_again() {
    let options = engine::Options::default();
    let mut site = Site::start();
    open(&site, "U-7", Role::Record);
    let disable = json!({"change": "disable", "reason": "left"}).to_string();
    assert_eq!(site.post(Role::Admin, "/api/v1/users/U-7", &disable).status, 200);
    let again = |site: &Site, user: &str| {
        let ask = json!({"user": user, "person": "P-9", "name": "Bo", "role": "record"});
        site.post(Role::Admin, "/api/v1/users", &ask.to_string()).status
    };
    for user in ["U-7", "u-7", "local", "server", "record"] {
        assert_eq!(again(&site, user), 409, "{user}");
    }
    let token = json!({"name": "U-7", "role": "read"}).to_string();
    assert_eq!(site.post(Role::Admin, "/api/v1/tokens", &token).status, 409);
    assert_eq!(sign_in(&site, "U-7", PASSWORD, None).status, 401);
    // Not even where the file is lost: the ledger knows.
    site.stop();
    let folder = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    drop(site);
    std::fs::remove_file(folder.path().join("plant/accounts.json")).unwrap();
    let site = Site::start_in(folder, &options);
    assert_eq!(again(&site, "U-7"), 409);
    assert_eq!(again(&site, "U-70"), 201);
}

/// AT-13: a crash between the change and its entry leaves both, and the entry once.
#[test]
fn an_event_that_a_crash_kept_from_the_ledger_is_told_once_at_the_next_start() {
    let options = engine::Options::default();
    let mut site = Site::start();
    open(&site, "U-7", Role::Record);
    let count = told(&site).len();
    site.stop();
    let folder = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    drop(site);
    let path = folder.path().join("plant/accounts.json");
    let mut book: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    book["accounts"][0]["locked"] = json!(true);
    book["events"] = json!([{
        "id": "01890a5d-ac96-774b-bcce-b302099a8057", "by": "server",
        "note": {"event": "locked", "user": "U-7", "person": "P-U-7"}
    }]);
    let crashed = book.to_string();
    let mut folder = folder;
    // The second time it is as if the crash came after the entry, before the event was taken out.
    for _ in 0..2 {
        std::fs::write(folder.path().join("plant/accounts.json"), &crashed).unwrap();
        let mut site = Site::start_in(folder, &options);
        let all = told(&site);
        assert_eq!(all.len(), count + 1, "{all:?}");
        assert_eq!(all.last().unwrap(), "locked");
        let kept = std::fs::read(&path).unwrap();
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        assert!(kept.get("events").is_none(), "{kept:?}");
        site.stop();
        folder = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    }
    let site = Site::start_in(folder, &options);
    assert_eq!(sign_in(&site, "U-7", PASSWORD, None).status, 401, "it is locked");
}

/// ES-19, P11-20: an identity is confirmed by a person who did not give out the secret.
#[test]
fn an_identity_is_confirmed_by_somebody_else_than_who_gave_out_the_secret() {
    let site = Site::start();
    let (first, second) = (open(&site, "A-1", Role::Admin), open(&site, "A-2", Role::Admin));
    let ask = json!({"user": "U-7", "person": "P-7", "name": "Ann", "role": "quality"});
    assert_eq!(as_bearer(&site, &first, ("POST", "/api/v1/users"), &ask).status, 201);
    let confirm = |by: &str, user: &str| {
        let body = json!({"change": "confirmIdentity", "method": "card", "evidence": "no. 12"});
        as_bearer(&site, by, ("POST", &format!("/api/v1/users/{user}")), &body).status
    };
    assert_eq!(confirm(&first, "U-7"), 409, "gave it out");
    assert_eq!(confirm(&first, "A-1"), 409, "the own");
    assert_eq!(confirm(site.token(Role::Admin), "U-7"), 409, "a token is nobody");
    assert_eq!(confirm(&second, "U-7"), 200);
    let row = |user: &str| {
        let all = site.get(Role::Admin, "/api/v1/users").json();
        let rows = all["users"].as_array().unwrap().clone();
        rows.into_iter().find(|row| row["user"] == user).unwrap()
    };
    assert_eq!(row("U-7")["identity"]["verifier"], "P-A-2");
    let reset = json!({"change": "reset", "reason": "forgot it"});
    assert_eq!(as_bearer(&site, &second, ("POST", "/api/v1/users/U-7"), &reset).status, 200);
    assert!(row("U-7").get("identity").is_none(), "a reset takes it away");
    assert_eq!(confirm(&second, "U-7"), 409);
    assert_eq!(confirm(&first, "U-7"), 200);
    assert!(!site.get(Role::Admin, "/api/v1/users").text.contains("password"));
}

#[test]
fn an_account_is_of_a_person_who_is_defined_or_named() {
    let site = Site::start();
    let ask = json!({"user": "U-7", "person": "P-7", "role": "record"});
    let got = site.post(Role::Admin, "/api/v1/users", &ask.to_string());
    assert_eq!((got.status, &got.json()["code"]), (422, &json!("TW0005")));
    let admin = member(&site, Role::Admin);
    let found = send(
        &site,
        ("GET", "/api/v1/users"),
        &[("authorization", &format!("Bearer {admin}"))],
        None,
    );
    assert_eq!(found.json()["users"].as_array().unwrap().len(), 1);
}

#[test]
fn the_audit_trail_comes_as_a_page_as_lines_and_as_a_table() {
    let site = Site::start();
    open(&site, "U-7", Role::Record);
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let of = |accept: &str| {
        let bearer = format!("Bearer {}", site.token(Role::Read));
        let headers = [("accept", accept), ("authorization", bearer.as_str())];
        send(&site, ("GET", "/api/v1/audit?act=noteAccount"), &headers, None)
    };
    let page = of("application/json").json();
    let count = page["items"].as_array().unwrap().len();
    assert!(count >= 4, "{page}");
    assert_eq!(of("application/x-ndjson").text.lines().count(), count);
    let table = of("text/csv").text;
    assert_eq!(table.lines().count(), count + 1);
    assert!(table.starts_with("position,"), "{table}");
}
