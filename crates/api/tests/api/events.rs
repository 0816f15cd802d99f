//! What is pushed: over real connections that break, lag and end, while others write.

use std::io::{BufRead as _, BufReader, Lines};
use std::time::Duration;

use api::{Role, Tokens};
use serde_json::{Value, json};

use crate::site::{Site, build};

/// Longer than anything here takes; a push that does not come is a failure, not a wait.
const PATIENCE: Duration = Duration::from_secs(600);
const STATIONS: &[&str] = &["ST-1", "ST-2", "ST-3", "ST-4"];

/// One event.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    id: Option<u64>,
    name: String,
    data: Value,
}

/// A connection that listens.
struct Ear(Lines<BufReader<ureq::BodyReader<'static>>>);

impl Ear {
    fn at(site: &Site, query: &str, seen: Option<u64>) -> Self {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_recv_body(Some(PATIENCE))
            .build()
            .into();
        let uri = format!("http://{}/api/v1/events{query}", site.addr);
        let mut request = ureq::http::Request::get(uri)
            .header("authorization", format!("Bearer {}", site.token(Role::Read)));
        if let Some(seen) = seen {
            request = request.header("last-event-id", seen.to_string());
        }
        let response = agent.run(request.body(()).unwrap()).unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(BufReader::new(response.into_body().into_reader()).lines())
    }

    /// The next event; none once the server has ended it.
    fn next(&mut self) -> Option<Heard> {
        let mut heard = Heard { id: None, name: String::new(), data: Value::Null };
        loop {
            let line = self.0.next()?.unwrap();
            match line.split_once(": ") {
                Some(("id", id)) => heard.id = Some(id.parse().unwrap()),
                Some(("event", name)) => name.clone_into(&mut heard.name),
                Some(("data", data)) => heard.data = serde_json::from_str(data).unwrap(),
                _ if line.is_empty() && !heard.name.is_empty() => return Some(heard),
                _ => {}
            }
        }
    }

    /// Everything up to the moment at which the ledger is told to have come to a position.
    fn up_to(&mut self, position: u64) -> Vec<Heard> {
        let mut all = Vec::new();
        loop {
            let heard = self.next().expect("it goes on");
            assert_eq!(heard.data["position"], heard.id.unwrap());
            match heard.name.as_str() {
                "head" if heard.id.unwrap() >= position => return all,
                "head" => {}
                name => {
                    assert_eq!(heard.data["kind"], name);
                    all.push(heard);
                }
            }
        }
    }
}

fn named(heard: &[Heard]) -> Vec<String> {
    let text = |heard: &Heard| format!("{} {}", heard.name, heard.data["code"].as_str().unwrap());
    heard.iter().map(text).collect()
}

/// A server with parts, a lot, four stations.
fn stationed() -> Site {
    let site = Site::stocked();
    let acts: Vec<Value> = STATIONS
        .iter()
        .map(|code| json!({"act": "defineStation", "code": code, "name": code}))
        .collect();
    tell(&site, &json!({"acts": acts}));
    site
}

/// Sends a command; answers the position of its first entry.
fn tell(site: &Site, command: &Value) -> u64 {
    let got = site.post(Role::Quality, "/api/v1/commands", &command.to_string());
    assert_eq!(got.status, 200, "{got:?}");
    got.json()["first"].as_u64().unwrap()
}

fn hold(site: &Site, code: &str) -> u64 {
    let on = json!([{"start": "item", "item": "lot:77120-A"}]);
    tell(site, &json!({"acts": [{"act": "hold", "code": code, "on": on, "reason": "leak"}]}))
}

fn acknowledge(site: &Site, code: &str, station: &str) -> u64 {
    let acts = json!([{"act": "acknowledgeHold", "code": code}]);
    tell(site, &json!({"station": station, "acts": acts}))
}

fn last(site: &Site) -> u64 {
    site.size() - 1
}

#[test]
fn a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice() {
    let site = stationed();
    let mut ear = Ear::at(&site, "", None);
    assert!(ear.up_to(last(&site)).is_empty(), "nothing is open");
    let first = hold(&site, "H-1");
    let heard = ear.up_to(first);
    assert_eq!(named(&heard), ["hold H-1"]);
    assert_eq!((heard[0].id, &heard[0].data["reason"]), (Some(first), &json!("leak")));
    assert_eq!(heard[0].data["text"], "77120-A");
    drop(ear);
    hold(&site, "H-2");
    tell(&site, &json!({"acts": [{"act": "lift", "code": "H-1", "reason": "good"}]}));
    let said = acknowledge(&site, "H-2", "ST-1");
    let opened = json!({"act": "openNonconformance", "code": "NC-1", "items": ["lot:77120-A"],
        "description": "torn"});
    tell(&site, &json!({"station": "ST-2", "acts": [opened]}));
    let missed =
        ["hold H-2", "lift H-1", "acknowledgement H-2", "nonconformance NC-1", "hold NC-1"];
    let mut ear = Ear::at(&site, "", Some(first));
    let heard = ear.up_to(last(&site));
    assert_eq!(named(&heard), missed);
    assert!(heard.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(heard[2].data["station"], "ST-1");
    // Broken again in the middle.
    let mut ear = Ear::at(&site, "", Some(said));
    assert_eq!(named(&ear.up_to(last(&site))), missed[3..]);
    // By the query, where a header cannot be set.
    let mut ear = Ear::at(&site, &format!("?after={said}"), None);
    assert_eq!(named(&ear.up_to(last(&site))), missed[3..]);
    // Who comes anew is told what is open.
    let mut ear = Ear::at(&site, "", None);
    let open = ear.up_to(last(&site));
    assert_eq!(named(&open), ["hold H-2", "nonconformance NC-1", "hold NC-1"]);
    assert!(open.iter().all(|heard| heard.data["open"] == true));
}

#[test]
fn a_restart_keeps_what_a_listener_has_not_heard() {
    let mut site = stationed();
    let first = hold(&site, "H-1");
    hold(&site, "H-2");
    site.stop();
    let folder = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    drop(site);
    let site = Site::start_in(folder, &engine::Options::default());
    let mut ear = Ear::at(&site, "", Some(first));
    assert_eq!(named(&ear.up_to(last(&site))), ["hold H-2"]);
}

#[test]
fn a_station_hears_what_concerns_it() {
    let site = stationed();
    tell(&site, &serde_json::from_str(&build("SN-1")).unwrap());
    let step = json!({"act": "step", "items": [{"item": "SN-1"}], "operation": "OP1"});
    tell(&site, &json!({"station": "ST-1", "acts": [step]}));
    let mut here = Ear::at(&site, "?station=ST-1", None);
    let mut there = Ear::at(&site, "?station=ST-2", None);
    let on = json!([{"start": "item", "item": "lot:77120-A"}]);
    let placed = json!({"act": "hold", "code": "H-1", "on": on, "spreads": true, "reason": "leak"});
    tell(&site, &json!({"acts": [placed]}));
    let opened = json!({"act": "openNonconformance", "code": "NC-1", "items": ["SN-1"],
        "description": "torn"});
    tell(&site, &json!({"station": "ST-1", "acts": [opened]}));
    let said = acknowledge(&site, "H-1", "ST-2");
    let at_one = here.up_to(last(&site));
    assert_eq!(named(&at_one), ["hold H-1", "nonconformance NC-1", "hold NC-1"]);
    assert_eq!((&at_one[0].data["here"], &at_one[0].data["items"]), (&json!(1), &json!(2)));
    let at_two = there.up_to(last(&site));
    assert_eq!(named(&at_two), ["hold H-1", "hold NC-1", "acknowledgement H-1"]);
    assert_eq!(at_two[0].data["here"], 0);
    // Whoever looks again knows that it has said so.
    let mut again = Ear::at(&site, "?station=ST-2", None);
    assert_eq!(again.up_to(last(&site))[0].data["acknowledged"], said);
}

#[test]
fn readers_that_do_not_read_keep_nobody_waiting_and_lose_nothing() {
    const SLOW: usize = 12;
    const HOLDS: usize = 200;
    let site = stationed();
    let mut slow: Vec<Ear> = (0..SLOW).map(|_| Ear::at(&site, "", None)).collect();
    let mut ear = Ear::at(&site, "", None);
    // More than the sockets of one that does not read hold.
    let reason = "leak ".repeat(8000);
    for number in 0..HOLDS {
        let on = json!([{"start": "item", "item": "lot:77120-A"}]);
        let hold = json!({"act": "hold", "code": format!("H-{number}"), "on": on,
            "reason": reason});
        tell(&site, &json!({"acts": [hold]}));
    }
    let expected: Vec<String> = (0..HOLDS).map(|number| format!("hold H-{number}")).collect();
    assert_eq!(named(&ear.up_to(last(&site))), expected);
    // One that begins to read now finds all of it, in order. Was it let go meanwhile, it comes back.
    let (mut late, mut seen, mut heard) = (slow.pop().unwrap(), None, Vec::new());
    while seen < Some(last(&site)) {
        match late.next() {
            None => late = Ear::at(&site, "", seen),
            Some(event) => {
                seen = event.id;
                heard.extend((event.name != "head").then_some(event));
            }
        }
    }
    assert_eq!(named(&heard), expected);
}

#[test]
fn whoever_may_look_no_longer_hears_nothing_more() {
    let site = stationed();
    let mut ear = Ear::at(&site, "", None);
    ear.up_to(last(&site));
    Tokens::of(&site.folder.path().join("plant")).revoke("read").unwrap();
    hold(&site, "H-1");
    let end = loop {
        let heard = ear.next().expect("it is told so");
        if heard.name != "head" {
            break heard;
        }
    };
    assert_eq!((end.name.as_str(), end.id), ("end", None));
    assert_eq!(ear.next(), None);
}

#[test]
fn what_cannot_be_listened_to_is_refused() {
    let site = stationed();
    let of = |query: &str| site.get(Role::Read, &format!("/api/v1/events{query}"));
    assert_eq!(of("?station=ST-9").status, 404);
    assert_eq!(of("?after=999999").status, 422);
    let headers = [("last-event-id", "yesterday")];
    let got = site.call(("GET", "/api/v1/events"), Some(Role::Read), &headers, None);
    assert_eq!(got.status, 400, "{got:?}");
    assert_eq!(site.call(("GET", "/api/v1/events"), None, &[], None).status, 401);
    assert_eq!(site.get(Role::Read, "/api/v1/holds/H-9").status, 404);
}

#[test]
fn a_server_that_ends_lets_go_of_its_listeners() {
    let mut site = stationed();
    let mut ear = Ear::at(&site, "", None);
    ear.up_to(last(&site));
    site.stop();
    assert_eq!(ear.next(), None);
}

/// What was admitted and what was refused of a unit, by position.
fn told_of(site: &Site, serial: &str) -> Vec<(u64, String)> {
    let query = format!("item=serial:{serial}&limit=1000&atLeast={}", last(site));
    let got = site.get(Role::Read, &format!("/api/v1/entries?{query}"));
    let row =
        |row: &Value| (row["position"].as_u64().unwrap(), row["act"].as_str().unwrap().to_owned());
    got.json()["items"].as_array().unwrap().iter().map(row).collect()
}

/// Steps of each call of [`works`].
const EACH: usize = 60;

/// Steps on a unit at a station, whether or not they are admitted.
fn works(site: &Site, (serial, station): (&str, &str), from: usize) {
    for number in from..from + EACH {
        let step = json!({"act": "step", "items": [{"item": serial}],
            "operation": format!("OP{number}")});
        let body = json!({"station": station, "acts": [step]}).to_string();
        let got = site.post(Role::Record, "/api/v1/commands", &body);
        assert!(got.status == 200 || got.json()["code"] == "TW0012", "{got:?}");
    }
}

/// A hold on what has something of the lot, decided before now and told now.
fn hold_decided(site: &Site, decided: &Value) -> u64 {
    let on = json!([{"start": "item", "item": "lot:77120-A"}]);
    let hold = json!({"act": "hold", "code": "H-1", "on": on, "spreads": true, "reason": "leak"});
    let performed = json!({"from": decided, "to": decided});
    tell(site, &json!({"mode": "report", "acts": [hold], "performed": performed}))
}

fn page(site: &Site) -> Value {
    site.get(Role::Read, &format!("/api/v1/holds/H-1?atLeast={}", last(site))).json()
}

#[test]
fn nothing_of_a_held_item_passes_once_the_hold_is_in_the_ledger() {
    let site = stationed();
    let serials = ["SN-1", "SN-2", "SN-3", "SN-4"];
    let mut began = 0;
    for serial in serials {
        began = tell(&site, &serde_json::from_str(&build(serial)).unwrap());
    }
    let path = format!("/api/v1/entries/{began}?atLeast={began}");
    let decided = &site.get(Role::Read, &path).json()["received"];
    let at: Vec<(&str, &str)> = serials.into_iter().zip(STATIONS.iter().copied()).collect();
    let placed = std::thread::scope(|scope| {
        for place in &at {
            scope.spawn(|| works(&site, *place, 0));
        }
        // Some of it is done before, some after, some at the same moment.
        let mut seen = 0;
        while seen < 40 {
            seen = serials.iter().map(|serial| told_of(&site, serial).len()).sum();
        }
        hold_decided(&site, decided)
    });
    at.iter().for_each(|place| works(&site, *place, EACH));
    let (mut before, mut refused) = (0, 0);
    for (position, act) in serials.iter().flat_map(|serial| told_of(&site, serial)) {
        before += usize::from(act == "step" && position < placed);
        refused += usize::from(act == "refuse");
        assert!(position <= placed || act == "refuse", "{act} at {position}");
    }
    assert!(before > 0 && refused >= 4 * EACH, "{before} {refused}");
    let open = page(&site);
    let concerned = &open["concerned"];
    assert_eq!((&concerned["stations"], &concerned["acknowledged"]), (&json!(4), &json!(0)));
    let passed = open["passed"].as_array().unwrap();
    assert_eq!(passed.iter().filter(|row| row["act"] == "step").count(), before);
    let early = |row: &Value| row["held"] == false && row["position"].as_u64().unwrap() < placed;
    assert!(passed.iter().all(early), "{passed:?}");
    assert_eq!(open["refused"].as_array().unwrap().len(), refused.min(1000));
    for station in STATIONS {
        acknowledge(&site, "H-1", station);
    }
    known_everywhere(&page(&site), passed.len(), before);
    // What is told afterwards of the time before is on the page, and an exception.
    let step = json!({"act": "step", "items": [{"item": "SN-1"}], "operation": "OP999"});
    let late = tell(
        &site,
        &json!({"mode": "report", "station": "ST-1", "acts": [step],
        "late": "written on paper", "performed": {"from": decided, "to": decided}}),
    );
    let told = page(&site);
    let told = told["passed"].as_array().unwrap().iter().find(|row| row["position"] == late);
    assert_eq!(told.unwrap()["told"], true);
}

/// Every station knows; what passed before stays on the page.
fn known_everywhere(known: &Value, passed: usize, steps: usize) {
    assert_eq!(known["concerned"]["acknowledged"], 4);
    assert_eq!(known["concerned"]["at"], known["everywhere"]["at"]);
    assert!(known["concerned"]["afterMs"].as_i64().unwrap() >= 0);
    assert_eq!(known["passed"].as_array().unwrap().len(), passed);
    let rows = known["stations"].as_array().unwrap();
    let counted: u64 = rows.iter().map(|row| row["passed"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(counted).unwrap(), steps);
    let told = |row: &Value| row["acknowledged"].is_string() && row["recordedBy"] == "quality";
    assert!(rows.iter().all(told), "{rows:?}");
}
