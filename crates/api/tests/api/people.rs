//! Accounts for tests: added with a token, their passwords chosen, their sessions opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::Role;
use domain::Time;
use engine::{Clock, Options};
use serde_json::{Value, json};

use crate::site::{Got, Site};

/// A password anybody may choose.
pub(crate) const PASSWORD: &str = "rivet lantern oats kiln";

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn now() -> Self {
        Self(Arc::new(AtomicI64::new(engine::now().0)))
    }

    pub(crate) fn options(&self) -> Options {
        let hands = Arc::clone(&self.0);
        let clock = Clock::of(move || Time(hands.load(Ordering::Relaxed)));
        Options { clock, ..Options::default() }
    }

    pub(crate) fn move_on(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

/// A call with headers of one's own and a body of JSON.
pub(crate) fn send(
    site: &Site,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Got {
    let text = body.map(Value::to_string);
    let json = [("content-type", "application/json")];
    let headers = [headers, if text.is_some() { &json[..] } else { &[] }].concat();
    site.call((method, path), None, &headers, text.as_deref().map(str::as_bytes))
}

/// A call by a session or a token.
pub(crate) fn as_bearer(site: &Site, secret: &str, call: (&str, &str), body: &Value) -> Got {
    let bearer = format!("Bearer {secret}");
    let body = (!body.is_null()).then_some(body);
    send(site, call, &[("authorization", &bearer)], body)
}

/// Adds an account with the token of an administrator; answers its secret.
pub(crate) fn add(site: &Site, user: &str, role: Role) -> String {
    let ask =
        json!({"user": user, "person": format!("P-{user}"), "name": "Ann Meier", "role": role});
    let got = site.post(Role::Admin, "/api/v1/users", &ask.to_string());
    assert_eq!(got.status, 201, "{got:?}");
    got.json()["secret"].as_str().unwrap().to_owned()
}

/// Tries to sign in.
pub(crate) fn sign_in(site: &Site, user: &str, secret: &str, new: Option<&str>) -> Got {
    sign_in_at(site, (user, secret, new), "192.0.2.1")
}

/// Tries to sign in at a terminal, told by a proxy.
pub(crate) fn sign_in_at(
    site: &Site,
    (user, secret, new): (&str, &str, Option<&str>),
    terminal: &str,
) -> Got {
    let mut ask = json!({"user": user, "secret": secret});
    if let Some(new) = new {
        ask["newPassword"] = json!(new);
    }
    send(site, ("POST", "/api/v1/session"), &[("x-forwarded-for", terminal)], Some(&ask))
}

/// The session of an account that is new, opened on this machine.
pub(crate) fn open(site: &Site, user: &str, role: Role) -> String {
    let secret = add(site, user, role);
    let ask = json!({"user": user, "secret": secret, "newPassword": PASSWORD});
    let got = send(site, ("POST", "/api/v1/session"), &[], Some(&ask));
    assert_eq!(got.status, 201, "{got:?}");
    got.json()["secret"].as_str().unwrap().to_owned()
}

/// The session of somebody with a role.
pub(crate) fn member(site: &Site, role: Role) -> String {
    open(site, &format!("U-{role}"), role)
}

/// What the ledger says happened to accounts, the oldest first.
pub(crate) fn events(site: &Site) -> Vec<Value> {
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let got = site.get(Role::Read, "/api/v1/entries?act=noteAccount&limit=500");
    let mut rows = got.json()["items"].as_array().unwrap().clone();
    rows.reverse();
    rows
}

/// The words of those events.
pub(crate) fn told(site: &Site) -> Vec<String> {
    events(site).iter().map(|row| row["fact"]["event"].as_str().unwrap().to_owned()).collect()
}
