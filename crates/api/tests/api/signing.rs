//! The signing ceremony, what demands it, and what a signature is worth away from the server.

use std::process::Command;

use api::Role;
use merkle::proof::{Trust, Validity, verify_bytes};
use serde_json::{Value, json};

use crate::people::{PASSWORD, as_bearer, open, told};
use crate::site::Site;

/// A plant where `Q-1` and `Q-2` may sign.
pub(crate) struct Signers {
    pub(crate) site: Site,
    admin: String,
    pub(crate) first: String,
    pub(crate) second: String,
}

impl Signers {
    pub(crate) fn new() -> Self {
        Self::of(Site::stocked())
    }

    pub(crate) fn with(options: &engine::Options) -> Self {
        Self::of(Site::with(options))
    }

    fn of(site: Site) -> Self {
        let admin = open(&site, "A-1", Role::Admin);
        let first = open(&site, "Q-1", Role::Quality);
        let second = open(&site, "Q-2", Role::Quality);
        let signers = Self { site, admin, first, second };
        for (user, session) in [("Q-1", &signers.first), ("Q-2", &signers.second)] {
            signers.confirm(user);
            signers.accept(session);
        }
        signers
    }

    fn confirm(&self, user: &str) {
        let body = json!({"change": "confirmIdentity", "method": "card", "evidence": "no. 12"});
        let path = format!("/api/v1/users/{user}");
        let got = as_bearer(&self.site, &self.admin, ("POST", &path), &body);
        assert_eq!(got.status, 200, "{got:?}");
    }

    fn accept(&self, session: &str) {
        let path = "/api/v1/session/statement";
        let read = as_bearer(&self.site, session, ("GET", path), &Value::Null).json();
        let body = json!({"version": read["version"]});
        let got = as_bearer(&self.site, session, ("POST", path), &body);
        assert_eq!(got.status, 204, "{got:?}");
    }

    /// Sends an act with a signature; answers the status and what came back.
    fn sign(&self, session: &str, act: &Value, signature: &Value) -> (u16, Value) {
        let body = json!({"acts": [act], "signature": signature});
        let got = as_bearer(&self.site, session, ("POST", "/api/v1/commands"), &body);
        self.site.plant.published().wait_for(domain::Position(self.site.size())).unwrap();
        (got.status, got.json())
    }

    fn entry(&self, answer: &Value) -> Value {
        let path = format!("/api/v1/entries/{}", answer["first"]);
        self.site.get(Role::Read, &path).json()
    }
}

pub(crate) fn by(user: &str, meaning: &str) -> Value {
    json!({"user": user, "secret": PASSWORD, "meaning": meaning})
}

fn note(text: &str) -> Value {
    json!({"act": "move", "items": ["lot:77120-A"], "place": text})
}

/// ES-01, ES-02, ES-10, ES-11: account and secret, then the secret, always a meaning.
#[test]
fn a_signature_takes_account_and_secret_and_then_the_secret_each_time() {
    let signers = Signers::new();
    let place = json!({"acts": [{"act": "definePlace", "code": "RACK-1", "name": "Rack"}]});
    let got = signers.site.post(Role::Record, "/api/v1/commands", &place.to_string());
    assert_eq!(got.status, 200, "{got:?}");
    let act = note("RACK-1");
    let sign = |signature: Value| signers.sign(&signers.first, &act, &signature).0;
    let only_secret = json!({"secret": PASSWORD, "meaning": "verified"});
    assert_eq!(sign(only_secret.clone()), 403, "the first takes both");
    assert_eq!(sign(json!({"user": "Q-1", "meaning": "verified"})), 400, "no click signs");
    assert_eq!(sign(json!({"user": "Q-1", "secret": PASSWORD})), 400, "no meaning is meant");
    assert_eq!(sign(json!({"user": "Q-1", "secret": PASSWORD, "meaning": "ok"})), 400);
    let (status, answer) = signers.sign(&signers.first, &act, &by("Q-1", "verified"));
    assert_eq!(status, 200, "{answer}");
    let row = signers.entry(&answer);
    let signature = &row["signature"];
    assert_eq!(
        (&signature["name"], &signature["meaning"]),
        (&json!("Ann Meier"), &json!("verified"))
    );
    assert_eq!((&signature["signer"], &signature["role"]), (&json!("P-Q-1"), &json!("quality")));
    assert!(signature["at"].as_str().unwrap().ends_with('Z'), "{signature}");
    assert!(!row.to_string().contains(PASSWORD));
    assert_eq!(sign(only_secret), 200, "in the same session");
    assert_eq!(told(&signers.site).iter().filter(|e| *e == "signingFailed").count(), 1);
    // What follows from no signature has none: an unsigned command of the same person.
    let body = json!({"acts": [act]});
    let got = as_bearer(&signers.site, &signers.first, ("POST", "/api/v1/commands"), &body);
    assert!(signers.entry(&got.json()).get("signature").is_none());
}

/// ES-16, ES-25, ES-28, (g) 4: no token, no other's account, no wrong secret; failures lock.
#[test]
fn nobody_signs_for_another_and_no_machine_signs() {
    let signers = Signers::new();
    let act = json!({"act": "hold", "code": "H-1", "on": [{"start": "item", "item": "lot:77120-A"}], "reason": "leak"});
    for role in Role::ALL {
        let token = signers.site.token(role).to_owned();
        let (status, answer) = signers.sign(&token, &act, &by("Q-1", "approved"));
        assert_eq!((status, &answer["code"]), (403, &json!("TW0009")), "{role}: {answer}");
    }
    let (status, answer) = signers.sign(&signers.first, &act, &by("Q-2", "approved"));
    assert_eq!((status, &answer["title"]), (403, &json!("not signed")), "another's account");
    let other = json!({"acts": [act], "performedBy": "P-Q-2", "signature": by("Q-1", "approved")});
    let got = as_bearer(&signers.site, &signers.first, ("POST", "/api/v1/commands"), &other);
    assert_eq!(got.status, 403, "{got:?}");
    let wrong = json!({"user": "Q-1", "secret": "not the password", "meaning": "approved"});
    for _ in 0..4 {
        assert_eq!(signers.sign(&signers.first, &act, &wrong).0, 403);
    }
    let (status, _) = signers.sign(&signers.first, &act, &by("Q-1", "approved"));
    assert_eq!(status, 401, "five failures lock the account and end its sessions");
    assert!(told(&signers.site).contains(&"locked".to_owned()));
    let holds = signers.site.get(Role::Read, "/api/v1/holds").json();
    assert_eq!(holds["items"], json!([]));
}

/// ES-19, ES-20, ES-22, P11-20: not before identity and statement, and not after a reset.
#[test]
fn nobody_signs_before_identity_and_statement_nor_after_a_reset() {
    let signers = Signers::new();
    let act = json!({"act": "hold", "code": "H-1", "on": [{"start": "item", "item": "lot:77120-A"}], "reason": "leak"});
    let session = open(&signers.site, "Q-3", Role::Quality);
    let sign = |session: &str| signers.sign(session, &act, &by("Q-3", "approved")).0;
    assert_eq!(sign(&session), 409, "nobody knows who that is");
    signers.confirm("Q-3");
    assert_eq!(sign(&session), 409, "nothing was accepted");
    signers.accept(&session);
    let reset = json!({"change": "reset", "reason": "forgot it"});
    let path = ("POST", "/api/v1/users/Q-3");
    let got = as_bearer(&signers.site, &signers.admin, path, &reset).json();
    assert_eq!(sign(&session), 401, "a reset ends the session");
    // The administrator who gave the secret out takes the account over, and still cannot sign.
    let ask = json!({"user": "Q-3", "secret": got["secret"], "newPassword": "stolen by an administrator"});
    let taken = crate::people::send(&signers.site, ("POST", "/api/v1/session"), &[], Some(&ask));
    let session = taken.json()["secret"].as_str().unwrap().to_owned();
    let by_admin =
        json!({"user": "Q-3", "secret": "stolen by an administrator", "meaning": "approved"});
    assert_eq!(signers.sign(&session, &act, &by_admin).0, 409);
    let confirm = json!({"change": "confirmIdentity", "method": "card", "evidence": "none"});
    assert_eq!(as_bearer(&signers.site, &signers.admin, path, &confirm).status, 409);
}

/// What decides about product is signed as soon as people can; tokens alone cannot do it then.
#[test]
fn an_approval_is_signed_as_approved() {
    let signers = Signers::new();
    let master = json!({"code": "WM-P", "version": 1, "title": "Pump",
        "part": {"number": "LP-300", "revision": "F"}, "operations": [
        {"code": "OP10", "title": "Look", "steps": [{"code": "S1", "text": "Look.", "captures": [
            {"kind": "scan", "code": "membrane", "part": {"number": "MB-09"}},
            {"kind": "signature", "code": "seen", "text": "it is clean", "meaning": "performed",
             "role": "admin"}]}]}]});
    let propose = json!({"acts": [{"act": "proposeMaster", "master": master, "reason": "new"}]});
    let path = ("POST", "/api/v1/commands");
    let got = as_bearer(&signers.site, &signers.first, path, &propose);
    assert_eq!(got.status, 200, "{got:?}");
    signers.site.plant.published().wait_for(domain::Position(signers.site.size())).unwrap();
    let hash = {
        let state = signers.site.plant.published().read();
        state.floor().versions.keys().next().unwrap().to_string()
    };
    let approve = json!({"act": "approveMaster", "master": hash});
    let unsigned = as_bearer(&signers.site, &signers.second, path, &json!({"acts": [approve]}));
    assert_eq!((unsigned.status, &unsigned.json()["code"]), (409, &json!("TW0045")));
    let report = json!({"mode": "report", "acts": [approve]});
    assert_eq!(as_bearer(&signers.site, &signers.second, path, &report).status, 409);
    let token = json!({"performedBy": "P-Q-2", "acts": [approve]}).to_string();
    assert_eq!(signers.site.post(Role::Admin, "/api/v1/commands", &token).status, 409);
    let (_, answer) = signers.sign(&signers.second, &approve, &by("Q-2", "reviewed"));
    assert_eq!(answer["code"], "TW0045", "{answer}");
    let (status, answer) = signers.sign(&signers.second, &approve, &by("Q-2", "approved"));
    assert_eq!(status, 200, "{answer}");
    // A signature nobody may give is a fault of the work master.
    let mut faulty = propose.clone();
    faulty["acts"][0]["master"]["version"] = json!(2);
    faulty["acts"][0]["master"]["operations"][0]["steps"][0]["captures"][1]["role"] = json!("read");
    let got = as_bearer(&signers.site, &signers.first, path, &faulty);
    assert_eq!(got.json()["code"], "TW0032", "{got:?}");
}

/// ES-07, ES-13, ES-29, (g) 9: each signature is checked without the server, and none can be moved.
#[test]
fn a_signature_holds_away_from_the_server_and_on_its_own_entry_alone() {
    let signers = Signers::new();
    let hold = |code: &str| json!({"act": "hold", "code": code, "on": [{"start": "item", "item": "lot:77120-A"}], "reason": "leak"});
    for (session, user, code) in [(&signers.first, "Q-1", "H-1"), (&signers.second, "Q-2", "H-2")] {
        let (status, answer) = signers.sign(session, &hold(code), &by(user, "responsible"));
        assert_eq!(status, 200, "{answer}");
    }
    let proof = |query: &str| {
        let path = format!("/api/v1/items/lot:77120-A/proof{query}");
        let got = signers.site.get(Role::Quality, &path);
        assert_eq!(got.status, 200, "{got:?}");
        got.bytes
    };
    let check = |bytes: &[u8]| verify_bytes(bytes, &Trust::default()).unwrap();
    let bytes = proof("?persons=true");
    let report = check(&bytes);
    assert!(report.holds(), "{report}");
    let valid = |validity: Validity| report.signatures.iter().all(|one| one.validity == validity);
    assert_eq!(report.signatures.len(), 2);
    assert!(valid(Validity::Valid), "{report}");
    assert_eq!(report.signatures[0].name, "Ann Meier");
    assert!(python(&bytes).contains("responsible by P-Q-1"));
    // Swapped, a byte changed, taken off: each is seen, by both verifiers.
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    let entries = file["entries"].as_array().unwrap();
    let signed: Vec<usize> = (0..entries.len())
        .filter(|at| entries[*at]["members"].to_string().contains("\"signature\""))
        .collect();
    let member = |at: usize| entries[at]["members"].as_array().unwrap().last().unwrap().clone();
    let with = |at: usize, member: Value| {
        let mut file = file.clone();
        *file["entries"][at]["members"].as_array_mut().unwrap().last_mut().unwrap() = member;
        serde_json::to_vec(&file).unwrap()
    };
    let swapped = with(signed[0], member(signed[1]));
    assert!(!check(&swapped).holds(), "another entry's");
    assert!(python(&swapped).contains("finding: member_differs"));
    // Erasing the signer takes the name and leaves the signature valid.
    let erase = json!({"acts": [{"act": "erase", "person": "P-Q-1", "reason": "asked"}]});
    let got = signers.site.post(Role::Admin, "/api/v1/commands", &erase.to_string());
    assert_eq!(got.status, 200, "{got:?}");
    let report = check(&proof("?persons=true"));
    assert!(report.holds() && report.signatures.iter().all(|one| one.validity == Validity::Valid));
    assert_eq!(report.signatures[0].name, "");
    assert_eq!(report.signatures[1].name, "Ann Meier");
}

/// What the stand-alone verifier says.
fn python(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py");
    let output = Command::new("python3").arg(script).arg(file.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
