//! Work and signatures as browsers and programs bring them about: two tabs, repeated and cut calls,
//! sessions that are over, signatures that are voided and given again, a signed release.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use api::Role;
use domain::instruction::WorkMaster;
use merkle::proof::{Trust, Validity, verify_bytes};
use serde_json::{Value, json};

use crate::people::{Hands, PASSWORD, as_bearer, open, send};
use crate::signing::{Signers, by};
use crate::site::{Got, Site};

/// A plant where a lamp is made in two steps, of which the second is signed by quality.
struct Lamps {
    signers: Signers,
    worker: String,
    hash: String,
    /// The entry of the approval.
    approved: u64,
}

impl Lamps {
    fn new() -> Self {
        Self::of(Signers::new())
    }

    fn of(signers: Signers) -> Self {
        let worker = open(&signers.site, "W-1", Role::Record);
        let station = r#"{"acts":[{"act":"defineStation","code":"ST-1","name":"one"}]}"#;
        assert_eq!(signers.site.post(Role::Record, "/api/v1/commands", station).status, 200);
        let master = json!({"code": "WM-L", "version": 1, "title": "Lamp", "part": {"number": "LAMP"},
            "operations": [{"code": "OP10", "title": "Make", "steps": [
                {"code": "S1", "text": "Make it.", "captures": [
                    {"kind": "check", "code": "lit", "text": "it is lit"}]},
                {"code": "S2", "text": "Look.", "captures": [
                    {"kind": "signature", "code": "clean", "text": "it is clean",
                     "meaning": "verified", "role": "quality"}]}]}]});
        let hash = serde_json::from_value::<WorkMaster>(master.clone()).unwrap().hash().to_string();
        let mut lamps = Self { signers, worker, hash, approved: 0 };
        let acts = json!([
            {"act": "defineMaterial", "part": {"number": "LAMP"}, "name": "Lamp",
             "tracking": "serial", "baseUnit": "ea"},
            {"act": "definePlace", "code": "RACK-1", "name": "Rack"},
            {"act": "defineParty", "code": "ACME", "name": "Customer"},
            {"act": "create", "kind": "unit", "part": {"number": "LAMP"}, "items": [
                {"identifiers": [{"scheme": "serialNumber", "value": "SN-1"}]}]}]);
        lamps.done(&lamps.worker, &json!({"acts": acts}));
        let propose = json!({"act": "proposeMaster", "master": master, "reason": "new"});
        lamps.done(&lamps.signers.first, &json!({"acts": [propose]}));
        let approve = json!({"act": "approveMaster", "master": lamps.hash});
        lamps.approved = lamps.signed("Q-2", &approve, "approved");
        let activate = json!({"act": "activateMaster", "master": lamps.hash});
        lamps.done(&lamps.signers.second, &json!({"acts": [activate]}));
        let read = json!({"act": "acknowledge", "master": lamps.hash});
        lamps.done(&lamps.worker, &json!({"acts": [read]}));
        lamps
    }

    fn site(&self) -> &Site {
        &self.signers.site
    }

    fn session(&self, user: &str) -> &str {
        if user == "Q-1" { &self.signers.first } else { &self.signers.second }
    }

    /// Sends a command, from the one station there is.
    fn send(&self, session: &str, command: &Value) -> Got {
        let mut command = command.clone();
        command["station"] = json!("ST-1");
        let got = as_bearer(self.site(), session, ("POST", "/api/v1/commands"), &command);
        self.site().plant.published().wait_for(domain::Position(self.site().size())).unwrap();
        got
    }

    #[track_caller]
    fn done(&self, session: &str, command: &Value) -> u64 {
        let got = self.send(session, command);
        assert_eq!(got.status, 200, "{command}: {got:?}");
        got.json()["first"].as_u64().unwrap()
    }

    #[track_caller]
    fn refused(&self, session: &str, command: &Value, code: &str) {
        let got = self.send(session, command);
        assert_eq!(got.json()["code"], code, "{command}: {got:?}");
    }

    #[track_caller]
    fn signed(&self, user: &str, act: &Value, meaning: &str) -> u64 {
        let command = json!({"acts": [act], "signature": by(user, meaning)});
        self.done(self.session(user), &command)
    }

    fn start(&self) -> u64 {
        let start = json!({"act": "startWork", "items": [{"item": "SN-1"}]});
        self.done(&self.worker, &json!({"acts": [start]}))
    }

    /// All of the work; answers the entry of its signature.
    fn made(&self) -> u64 {
        let e = self.start();
        self.done(&self.worker, &json!({"acts": [lit(e)]}));
        self.done(&self.worker, &json!({"acts": [close(e, "S1")]}));
        let clean = self.signed("Q-1", &clean(e), "verified");
        self.done(&self.worker, &json!({"acts": [close(e, "S2")]}));
        clean
    }

    fn record(&self, query: &str) -> Value {
        let path = format!("/api/v1/items/serial:SN-1/batch-record{query}");
        let got = self.site().get(Role::Read, &path);
        assert_eq!(got.status, 200, "{got:?}");
        got.json()
    }

    fn release(&self, more: &Value) -> Got {
        let record = &self.record("")["record"];
        let mut ask =
            json!({"items": [{"item": "serial:SN-1", "record": record}], "person": "P-Q-2"});
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        as_bearer(self.site(), &self.signers.second, ("POST", "/api/v1/releases"), &ask)
    }

    fn ship(&self) -> Value {
        let ship = json!({"act": "ship", "party": "ACME", "lines": [{"item": "SN-1"}]});
        self.send(&self.worker, &json!({"acts": [ship]})).json()
    }
}

fn lit(execution: u64) -> Value {
    json!({"act": "take", "execution": execution, "step": "S1", "capture": "lit",
        "value": {"kind": "check", "good": true}})
}

fn clean(execution: u64) -> Value {
    json!({"act": "take", "execution": execution, "step": "S2", "capture": "clean",
        "value": {"kind": "signature"}})
}

fn close(execution: u64, step: &str) -> Value {
    json!({"act": "closeStep", "execution": execution, "step": step})
}

/// P11-06, (g) 3: what comes second cannot be done first, from whichever tab.
#[test]
fn two_tabs_are_one_work() {
    let lamps = Lamps::new();
    let ask = json!({"user": "W-1", "secret": PASSWORD});
    let other = send(lamps.site(), ("POST", "/api/v1/session"), &[], Some(&ask)).json();
    let other = other["secret"].as_str().unwrap();
    let e = lamps.start();
    lamps.refused(other, &json!({"acts": [close(e, "S2")]}), "TW0036");
    lamps.refused(other, &json!({"acts": [close(e, "S1")]}), "TW0037");
    lamps.done(&lamps.worker, &json!({"acts": [lit(e)]}));
    // The other tab does not know yet, and says it again: the same content under an id of its own.
    lamps.refused(other, &json!({"acts": [lit(e)]}), "TW0036");
    lamps.done(other, &json!({"acts": [close(e, "S1")]}));
    lamps.refused(&lamps.worker, &json!({"acts": [close(e, "S1")]}), "TW0036");
    let taken = lamps.site().get(Role::Read, "/api/v1/entries?act=take").json();
    assert_eq!(taken["items"].as_array().unwrap().len(), 1, "{taken}");
    // Both at the same moment: one of them starts it again, or none does.
    let start = json!({"acts": [{"act": "startWork", "items": [{"item": "SN-1"}]}]});
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| lamps.send(&lamps.worker, &start).status);
        let two = scope.spawn(|| lamps.send(other, &start).status);
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_eq!((one, two), (409, 409), "it is in work");
}

#[test]
fn a_repeated_call_is_answered_as_the_first_and_written_once() {
    let lamps = Lamps::new();
    let e = lamps.start();
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let take = json!({"id": id, "acts": [lit(e)]});
    let first = lamps.send(&lamps.worker, &take).json();
    let size = lamps.site().size();
    assert_eq!(lamps.send(&lamps.worker, &take).json(), first);
    assert_eq!(lamps.site().size(), size);
    lamps.refused(&lamps.worker, &json!({"id": id, "acts": [close(e, "S1")]}), "TW0007");
    lamps.refused(&lamps.worker, &json!({"acts": [lit(e)]}), "TW0036");
}

/// A cut before the end of a call changes nothing; one after it is made good by saying it again.
#[test]
fn a_cut_in_the_middle_of_a_call_loses_nothing_and_doubles_nothing() {
    let lamps = Lamps::new();
    let e = lamps.start();
    let id = "01890a5d-ac96-774b-bcce-b302099a8058";
    let body = json!({"id": id, "station": "ST-1", "acts": [lit(e)]}).to_string();
    let call = format!(
        "POST /api/v1/commands HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        lamps.worker,
        body.len()
    );
    let size = lamps.site().size();
    for cut in [20, call.len() - body.len(), call.len() - 1] {
        let mut stream = TcpStream::connect(lamps.site().addr).unwrap();
        stream.write_all(&call.as_bytes()[..cut]).unwrap();
        drop(stream);
    }
    // A call that is answered comes after those.
    assert!(lamps.record("")["operations"].is_array());
    assert_eq!(lamps.site().size(), size, "nothing was asked for as a whole");
    // All of it is there, and nobody waits for the answer.
    let mut stream = TcpStream::connect(lamps.site().addr).unwrap();
    stream.write_all(call.as_bytes()).unwrap();
    let mut byte = [0];
    stream.read_exact(&mut byte).unwrap();
    drop(stream);
    let again: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(lamps.done(&lamps.worker, &again), size);
    assert_eq!(lamps.site().size(), size + 1);
}

/// (g) 4: a session that is over signs nothing and tells nothing.
#[test]
fn what_a_session_that_is_over_says_is_not_written() {
    let hands = Hands::now();
    let lamps = Lamps::of(Signers::with(&hands.options()));
    let e = lamps.start();
    hands.move_on(11 * 60);
    let size = lamps.site().size();
    let post = ("POST", "/api/v1/commands");
    let acts = json!({"acts": [lit(e)]});
    assert_eq!(as_bearer(lamps.site(), &lamps.worker, post, &acts).status, 401);
    let signed = json!({"acts": [clean(e)], "signature": by("Q-1", "verified")});
    assert_eq!(as_bearer(lamps.site(), &lamps.signers.first, post, &signed).status, 401);
    assert_eq!(lamps.site().size(), size);
}

/// (g) 4: a badge, a secret alone, or another's cookie signs nothing.
#[test]
fn neither_a_badge_nor_a_pin_nor_the_cookie_of_another_signs() {
    let lamps = Lamps::new();
    let site = lamps.site();
    let e = lamps.start();
    lamps.done(&lamps.worker, &json!({"acts": [lit(e)]}));
    lamps.done(&lamps.worker, &json!({"acts": [close(e, "S1")]}));
    let badge = json!({"change": "badge", "badge": "0047114711"});
    let got = site.post(Role::Admin, "/api/v1/users/Q-1", &badge.to_string());
    assert_eq!(got.status, 200, "{got:?}");
    let read = json!({"badge": "0047114711", "station": "ST-1"}).to_string();
    let got = site.post(Role::Record, "/api/v1/session/badge", &read);
    assert_eq!(got.status, 201, "{got:?}");
    let badged = got.json()["secret"].as_str().unwrap().to_owned();
    let pin = json!({"secret": "0047114711", "meaning": "verified"});
    let whole = by("Q-1", "verified");
    let size = |site: &Site| {
        let work = site.get(Role::Read, "/api/v1/entries?act=take&limit=100").json();
        work["items"].as_array().unwrap().len()
    };
    let before = size(site);
    let tries = [
        (&badged, json!({"user": "Q-1", "secret": "0047114711", "meaning": "verified"})),
        (&badged, pin.clone()),
        (&lamps.signers.first, pin),
        (&lamps.signers.first, json!({"secret": PASSWORD, "meaning": "verified"})),
        (&lamps.signers.second, whole.clone()),
    ];
    for (session, signature) in tries {
        let got = lamps.send(session, &json!({"acts": [clean(e)], "signature": signature}));
        assert!(matches!(got.status, 403 | 409), "{signature}: {got:?}");
    }
    let cookie = format!("tracewright_session={}", lamps.signers.second);
    let command = json!({"acts": [clean(e)], "signature": whole});
    let post = ("POST", "/api/v1/commands");
    let bare = send(site, post, &[("cookie", &cookie)], Some(&command));
    assert_eq!(bare.status, 403, "a page of another site sends no header: {bare:?}");
    let proven = [("cookie", cookie.as_str()), ("tracewright-request", "1")];
    assert_eq!(send(site, post, &proven, Some(&command)).status, 403, "another's account");
    assert_eq!(size(site), before);
}

/// ES-08, ES-14, (g) 8: signed, changed and so unsigned, the signed version still there, signed anew.
#[test]
fn a_release_is_signed_and_a_change_leaves_it_unsigned() {
    let lamps = Lamps::new();
    lamps.made();
    let reviewed = lamps.record("");
    assert_eq!((&reviewed["complete"], &reviewed["unsigned"]), (&json!(true), &json!([])));
    assert_eq!(lamps.release(&json!({})).json()["code"], "TW0045");
    let signature = |meaning: &str| json!({"signature": by("Q-2", meaning)});
    assert_eq!(lamps.release(&signature("approved")).json()["code"], "TW0045");
    // What was looked at is kept first, and its hash stands in the signature.
    let mut seen = signature("released");
    seen["signature"]["shown"] = json!("0".repeat(64));
    assert_eq!(lamps.release(&seen).status, 409, "nobody kept that");
    let view = serde_json::to_vec(&lamps.record("")).unwrap();
    let bytes = [("content-type", "application/octet-stream")];
    let kept =
        lamps.site().call(("POST", "/api/v1/files"), Some(Role::Record), &bytes, Some(&view));
    seen["signature"]["shown"] = kept.json()["sha256"].clone();
    let got = lamps.release(&seen);
    assert_eq!(got.status, 201, "{got:?}");
    let released = lamps.record("");
    let line = released["signatures"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&line["signature"]["meaning"], &line["signature"]["shown"]),
        (&json!("released"), &kept.json()["sha256"])
    );
    assert_eq!(line["signature"]["name"], "Ann Meier");
    let first = &released["releases"][0];
    assert_eq!(first["stands"], true);
    // A change: the record is unsigned, and leaves only when it is signed as before.
    let label = json!({"act": "identify", "item": "SN-1",
        "identifiers": [{"scheme": "cloudId", "value": "c-1"}]});
    lamps.done(&lamps.worker, &json!({"acts": [label]}));
    let changed = lamps.record("");
    let unsigned = changed["unsigned"].as_array().unwrap();
    assert_eq!(unsigned.len(), 1, "{unsigned:?}");
    assert_eq!(
        (&unsigned[0]["meaning"], &unsigned[0]["position"]),
        (&json!("released"), &first["position"])
    );
    assert_eq!(lamps.ship()["code"], "TW0044");
    // The signed version is there to be read, with the hash that was signed.
    let then = lamps.record(&format!("?knownAt={}", first["knownAt"]));
    assert_eq!((&then["record"], &then["complete"]), (&first["record"], &json!(true)));
    assert_eq!(then["releases"], json!([]), "it is the version before the release");
    assert_ne!(changed["record"], first["record"]);
    let far = lamps.site().get(Role::Read, "/api/v1/items/serial:SN-1/batch-record?knownAt=9999");
    assert_eq!((far.status, &far.json()["parameter"]), (400, &json!("knownAt")), "{far:?}");
    assert_eq!(lamps.release(&signature("released")).status, 201);
    assert_eq!(lamps.record("")["unsigned"], json!([]));
    assert!(lamps.ship()["first"].is_u64());
}

/// ES-15: a void is a signed event of its own; the signature it voids stays and still verifies.
#[test]
fn a_voided_signature_stays_and_is_given_again() {
    let lamps = Lamps::new();
    let clean = lamps.made();
    assert_eq!(lamps.release(&json!({"signature": by("Q-2", "released")})).status, 201);
    let void = json!({"act": "voidSignature", "entry": clean, "reason": "looked at another lamp"});
    lamps.refused(&lamps.worker, &json!({"acts": [void]}), "TW0009");
    lamps.refused(&lamps.signers.second, &json!({"acts": [void]}), "TW0045");
    let again = json!({"act": "signAgain", "entry": clean});
    let signed =
        |act: &Value, meaning: &str| json!({"acts": [act], "signature": by("Q-1", meaning)});
    lamps.refused(&lamps.signers.first, &signed(&again, "verified"), "TW0036");
    let voided = lamps.signed("Q-2", &void, "rejected");
    lamps.refused(
        &lamps.signers.second,
        &json!({"acts": [void], "signature": by("Q-2", "rejected")}),
        "TW0036",
    );
    let record = lamps.record("");
    assert_eq!(record["complete"], false);
    let of = |record: &Value| {
        let lines = record["signatures"].as_array().unwrap().clone();
        lines.into_iter().find(|line| line["position"] == clean).unwrap()
    };
    assert_eq!(of(&record)["signature"]["voidedBy"], voided);
    assert_eq!(of(&record)["signature"]["name"], "Ann Meier", "it stays as it was");
    let open: Vec<&Value> = record["unsigned"].as_array().unwrap().iter().collect();
    assert_eq!(open.len(), 2, "what was verified, and the release: {open:?}");
    assert_eq!(
        lamps.release(&json!({"signature": by("Q-2", "released")})).json()["code"],
        "TW0042"
    );
    assert_eq!(lamps.ship()["code"], "TW0044");
    lamps.refused(&lamps.signers.first, &signed(&again, "approved"), "TW0045");
    lamps.refused(&lamps.signers.first, &json!({"acts": [again]}), "TW0045");
    let renewed = lamps.signed("Q-1", &again, "verified");
    let record = lamps.record("");
    assert_eq!(
        (&record["complete"], &of(&record)["signature"]["again"]),
        (&json!(true), &json!(renewed))
    );
    assert_eq!(lamps.release(&json!({"signature": by("Q-2", "released")})).status, 201);
    assert_eq!(lamps.record("")["unsigned"], json!([]));
    // Away from the server all of them are valid, the voided one too, and the void is there.
    let proof = lamps.site().get(Role::Quality, "/api/v1/items/serial:SN-1/proof?persons=true");
    let report = verify_bytes(&proof.bytes, &Trust::default()).unwrap();
    assert!(report.holds(), "{report}");
    assert_eq!(report.signatures.len(), 5);
    assert!(report.signatures.iter().all(|one| one.validity == Validity::Valid), "{report}");
    let nobody = json!({"act": "voidSignature", "entry": 1, "reason": "none"});
    lamps.refused(
        &lamps.signers.second,
        &json!({"acts": [nobody], "signature": by("Q-2", "rejected")}),
        "TW0005",
    );
}

/// A field is signed as not applicable while that signature holds, and no longer.
#[test]
fn what_was_signed_as_not_applicable_is_missed_while_its_signature_is_void() {
    let lamps = Lamps::new();
    let acts = json!([
        {"act": "defineMaterial", "part": {"number": "BOX"}, "name": "Box", "tracking": "serial",
         "baseUnit": "ea"},
        {"act": "create", "kind": "unit", "part": {"number": "BOX"}, "items": [
            {"identifiers": [{"scheme": "serialNumber", "value": "BX-1"}]}]}]);
    lamps.done(&lamps.worker, &json!({"acts": acts}));
    let missing = || -> Vec<Value> {
        let got = lamps.site().get(Role::Read, "/api/v1/items/serial:BX-1/batch-record").json();
        got["missing"].as_array().unwrap().iter().map(|gap| gap["field"].clone()).collect()
    };
    assert_eq!(missing(), ["definition"]);
    let act = json!({"act": "notApplicable", "item": "BX-1", "field": "definition",
        "reason": "bought as it is"});
    let signed = lamps.signed("Q-2", &act, "approved");
    assert_eq!(missing(), Vec::<Value>::new());
    let void = json!({"act": "voidSignature", "entry": signed, "reason": "meant for another"});
    lamps.signed("Q-1", &void, "rejected");
    assert_eq!(missing(), ["definition", "signature"]);
    lamps.signed("Q-2", &json!({"act": "signAgain", "entry": signed}), "approved");
    assert_eq!(missing(), Vec::<Value>::new());
}

/// An approval whose signature is voided is none.
#[test]
fn a_work_master_whose_approval_is_voided_is_worked_by_no_more() {
    let lamps = Lamps::new();
    let reason = "approved without the drawing";
    let void = json!({"act": "voidSignature", "entry": lamps.approved, "reason": reason});
    lamps.signed("Q-2", &void, "rejected");
    let start = json!({"act": "startWork", "items": [{"item": "SN-1"}]});
    lamps.refused(&lamps.worker, &json!({"acts": [start]}), "TW0034");
    let master = lamps.site().get(Role::Read, &format!("/api/v1/masters/{}", lamps.hash)).json();
    assert!(master.to_string().contains("\"inApproval\""), "{master}");
    let again = json!({"act": "signAgain", "entry": lamps.approved});
    let signed = json!({"acts": [again], "signature": by("Q-2", "approved")});
    lamps.refused(&lamps.signers.second, &signed, "TW0027");
    lamps.signed("Q-2", &json!({"act": "approveMaster", "master": lamps.hash}), "approved");
    let activate = json!({"act": "activateMaster", "master": lamps.hash});
    lamps.done(&lamps.signers.second, &json!({"acts": [activate]}));
    lamps.start();
}

/// AT-03: what a redefinition changed stands beside it, before and after.
#[test]
fn the_audit_trail_says_what_a_redefinition_changed() {
    let site = Site::stocked();
    let define = |name: &str, shelf: Option<u32>| {
        let mut act = json!({"act": "defineMaterial", "part": {"number": "MB-09"}, "name": name,
            "tracking": "lot", "baseUnit": "ea"});
        if let Some(days) = shelf {
            act["shelfLifeDays"] = json!(days);
        }
        let got = site.post(Role::Record, "/api/v1/commands", &json!({"acts": [act]}).to_string());
        assert_eq!(got.status, 200, "{got:?}");
        site.plant.published().wait_for(domain::Position(site.size())).unwrap();
        got.json()["first"].as_u64().unwrap()
    };
    let second = define("Membrane, thick", Some(30));
    let third = define("Membrane, thick", Some(20));
    let rows = site.get(Role::Read, "/api/v1/entries?act=defineMaterial").json();
    let of = |position: u64| {
        let rows = rows["items"].as_array().unwrap();
        rows.iter().find(|row| row["position"] == position).unwrap().clone()
    };
    assert_eq!(of(second)["old"], json!({"name": "Membrane", "shelfLifeDays": null}));
    assert_eq!(of(second)["new"], json!({"name": "Membrane, thick", "shelfLifeDays": 30}));
    assert_eq!(of(third)["old"], json!({"shelfLifeDays": 30}));
    assert_eq!(
        (&of(third)["redefines"], &of(third)["new"]),
        (&json!(second), &json!({"shelfLifeDays": 20}))
    );
    let first = rows["items"].as_array().unwrap().iter().find(|row| row.get("old").is_none());
    assert_eq!(first.unwrap()["fact"]["name"], "Pump", "what is defined first has no old value");
    let table = site.call(
        ("GET", "/api/v1/audit?act=defineMaterial&limit=2"),
        Some(Role::Read),
        &[("accept", "text/csv")],
        None,
    );
    assert!(
        table.text.contains(r#""{""shelfLifeDays"":30}","{""shelfLifeDays"":20}""#),
        "{table:?}"
    );
}
