//! Commands: once however often they are sent, refused in words, busy when the queue is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use api::{Outcome, Role};
use domain::{Command, Position};
use engine::QUEUE_COMMANDS_MAX;

use crate::site::{DEFINE, Got, Site, build, call};

#[test]
fn the_same_id_gets_the_first_answer_and_another_body_is_refused() {
    let site = Site::stocked();
    let key = [("content-type", "application/json"), ("idempotency-key", "order-7 unit-1")];
    let call = |headers: &[(&str, &str)], body: &str| {
        site.call(("POST", "/api/v1/commands"), Some(Role::Record), headers, Some(body.as_bytes()))
    };
    let first = call(&key, &build("SN-1"));
    assert_eq!(first.status, 200, "{first:?}");
    let size = site.size();
    let again = call(&key, &build("SN-1"));
    assert_eq!((again.status, again.json()["first"].clone()), (200, first.json()["first"].clone()));
    assert_eq!(again.json()["command"], first.json()["command"]);
    let other = call(&key, &build("SN-2"));
    assert_eq!((other.status, &other.json()["code"]), (409, &"TW0007".into()), "{other:?}");
    assert_eq!(site.size(), size);
    let id = first.json()["command"].as_str().unwrap().to_owned();
    let by_id = [("content-type", "application/json"), ("idempotency-key", id.as_str())];
    assert_eq!(call(&by_id, &build("SN-1")).json()["first"], first.json()["first"]);
    let with_id =
        build("SN-3").replacen('{', r#"{"id":"01890a5d-ac96-774b-bcce-b302099a8057","#, 1);
    assert_eq!(call(&key, &with_id).status, 400, "two ids");
    assert_eq!(call(&[("content-type", "application/json")], &with_id).status, 200);
}

#[test]
fn a_refusal_says_which_rule_on_what_and_where_it_is_explained() {
    let site = Site::stocked();
    assert_eq!(site.post(Role::Record, "/api/v1/commands", &build("SN-1")).status, 200);
    let got = site.post(Role::Record, "/api/v1/commands", &build("SN-1"));
    assert_eq!((got.status, got.media_type.as_str()), (409, "application/problem+json"));
    let problem = got.json();
    assert_eq!(problem["code"], "TW0010");
    assert_eq!(problem["status"], 409);
    assert_eq!(problem["type"], "/api/v1/errors/TW0010");
    assert_eq!(problem["instance"], "/api/v1/commands");
    assert!(!problem["findings"].as_array().unwrap().is_empty(), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("SN-1"), "{problem}");
    let page = site.call(("GET", problem["explain"].as_str().unwrap()), None, &[], None);
    assert_eq!(page.status, 200);
    assert!(page.text.contains("TW0010"), "{page:?}");
}

#[test]
fn a_question_at_least_at_a_position_sees_what_was_written() {
    let site = Site::stocked();
    for number in 0..50 {
        let got = site.post(Role::Record, "/api/v1/commands", &build(&format!("SN-{number}")));
        let position = got.json()["position"].as_u64().unwrap();
        assert_eq!(got.json()["at"][0]["position"], position);
        let path = format!("/api/v1/items/serial:SN-{number}?atLeast={position}");
        let got = site.get(Role::Read, &path);
        assert_eq!(got.status, 200, "{got:?}");
        assert!(got.json()["at"][0]["position"].as_u64().unwrap() >= position);
    }
    let got = site.get(Role::Read, "/api/v1/status?atLeast=1000000");
    assert_eq!((got.status, &got.json()["code"]), (422, &"TW0001".into()));
}

#[test]
fn many_commands_are_authorised_before_the_first_and_answered_one_by_one() {
    let site = Site::stocked();
    let one = |text: String| text.replace('\n', " ");
    let (good, twice) = (one(build("SN-1")), one(build("SN-1")));
    let array = format!("[{good},{twice},{}]", one(build("SN-2")));
    let got = site.post(Role::Record, "/api/v1/commands/batch", &array);
    let answers = got.json();
    let said: Vec<_> = answers.as_array().unwrap().iter().map(|one| &one["answer"]).collect();
    assert_eq!(said, ["admitted", "refused", "admitted"], "{got:?}");
    assert_eq!(answers[1]["code"], "TW0010");
    let lines = format!("{}\n\n{}\n", one(build("SN-3")), one(build("SN-4")));
    let ndjson = [("content-type", "application/x-ndjson")];
    let batch = |text: &str| {
        let body = Some(text.as_bytes());
        site.call(("POST", "/api/v1/commands/batch"), Some(Role::Record), &ndjson, body)
    };
    let got = batch(&lines);
    assert_eq!((got.status, got.text.lines().count()), (200, 2), "{got:?}");
    let size = site.size();
    let lift = r#"{"acts":[{"act":"lift","code":"H-1","reason":"x"}]}"#;
    let got = batch(&format!("{}\n{lift}\n", one(build("SN-5"))));
    assert_eq!((got.status, &got.json()["code"]), (403, &"TW0009".into()), "{got:?}");
    assert!(got.json()["detail"].as_str().unwrap().starts_with("command 1:"), "{got:?}");
    let got = batch(&format!("{}\n{{\"acts\":[{{}}]}}\n", one(build("SN-5"))));
    assert_eq!(got.status, 400);
    assert!(got.json()["detail"].as_str().unwrap().contains("line 2"), "{got:?}");
    let many = format!("[{}]", vec![r#"{"acts":[]}"#; 1001].join(","));
    assert_eq!(site.post(Role::Record, "/api/v1/commands/batch", &many).status, 413);
    assert_eq!(site.size(), size);
}

/// Batches the writer may be ahead of what readers see.
const BATCHES_AHEAD: usize = 64;

/// Sends commands until one is told to come back; those before it wait in the queue.
fn until_busy(site: &Site) -> Got {
    let body = serde_json::to_string(&Command::attempt(Vec::new())).unwrap();
    let authorization = format!("Bearer {}", site.token(Role::Record));
    let (to, answers) = channel();
    loop {
        let (to, body, authorization) = (to.clone(), body.clone(), authorization.clone());
        let addr = site.addr;
        thread::spawn(move || {
            let json =
                [("content-type", "application/json"), ("authorization", authorization.as_str())];
            let got = call(addr, ("POST", "/api/v1/commands"), &json, Some(body.as_bytes()));
            to.send(got).ok();
        });
        match answers.recv_timeout(Duration::from_millis(100)) {
            Ok(got) if got.status == 503 => return got,
            Ok(_) | Err(_) => {}
        }
    }
}

#[test]
fn a_full_queue_says_when_to_come_back_and_loses_nothing() {
    let site = Site::start();
    let command: Command = serde_json::from_str(DEFINE).unwrap();
    let define = Command { id: Some(engine::new_command_id().unwrap()), ..command };
    site.plant.submit(define.clone(), "test").unwrap();
    // While somebody reads, the follower waits, then the writer waits for it.
    let reading = site.plant.published().read();
    let answered = Arc::new(AtomicUsize::new(0));
    let filling = {
        let (plant, define, answered) =
            (Arc::clone(&site.plant), define.clone(), Arc::clone(&answered));
        thread::spawn(move || {
            for _ in 0..2 * BATCHES_AHEAD {
                match plant.submit(define.clone(), "test") {
                    Ok(_) => answered.fetch_add(1, Ordering::SeqCst),
                    Err(engine::Error::Busy { .. }) => return,
                    Err(error) => panic!("{error}"),
                };
            }
        })
    };
    while answered.load(Ordering::SeqCst) < BATCHES_AHEAD {
        thread::yield_now();
    }
    // What is left of this after the last batches is as much as the queue takes.
    let (flooded, answers) = channel();
    let mut sent = 0;
    loop {
        let flooded = flooded.clone();
        let then = move |reply: engine::Result<_>| flooded.send(reply.is_ok()).unwrap();
        match site.plant.submit_then(define.clone(), "test", then) {
            Ok(()) => sent += 1,
            Err(engine::Error::Busy { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(sent >= QUEUE_COMMANDS_MAX);
    // Many at once have a queue of their own: they wait, and are not told to come back.
    let flooding = {
        let plant = Arc::clone(&site.plant);
        thread::spawn(move || plant.submit_all(vec![define; 2 * QUEUE_COMMANDS_MAX], "test"))
    };
    let busy = until_busy(&site);
    assert_eq!(busy.json()["code"], "TW0008");
    assert_eq!(busy.headers["retry-after"], "1");
    assert!(busy.json()["retryAfterMs"].as_u64().unwrap() > 0);
    drop(reading);
    filling.join().unwrap();
    assert_eq!(flooding.join().unwrap().unwrap().len(), 2 * QUEUE_COMMANDS_MAX);
    drop(flooded);
    assert_eq!(answers.iter().filter(|taken| *taken).count(), sent);
    let position =
        site.client(Role::Record).command_patiently(&serde_json::from_str(&build("SN-1")).unwrap());
    assert!(position.is_ok(), "{position:?}");
}

#[test]
fn the_client_sends_many() {
    let site = Site::stocked();
    let client = site.client(Role::Record);
    let commands: Vec<Command> =
        ["SN-1", "SN-2", "SN-1"].map(|s| serde_json::from_str(&build(s)).unwrap()).into();
    let outcomes = client.commands(&commands).unwrap();
    assert!(
        matches!(&outcomes[..], [Outcome::Admitted(_), Outcome::Admitted(_), Outcome::Refused(p)]
        if p.status == 409)
    );
    let answer = client.command(&serde_json::from_str(&build("SN-3")).unwrap()).unwrap();
    let item = client.at_least(answer.position).item(&"serial:SN-3".parse().unwrap()).unwrap();
    assert_eq!(item.items[0].serial_number.as_deref(), Some("SN-3"));
    assert!(item.at[0].position >= Position(answer.admitted.last.0));
}
