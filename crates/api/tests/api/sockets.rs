//! What can come over a socket: cut, mixed up, too long, too much of it. Each is answered with a
//! status or closed; the server goes on, and its memory stays bounded.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use api::Role;

use crate::load::{self, Chance};
use crate::mutate;
use crate::site::{DEFINE, Site, build};

/// Memory that long bodies of many connections may take. Units: kibibytes.
const BODIES_KIB_MAX: u64 = 1 << 20;

/// Sends bytes and reads what comes back, until nothing more does for a while.
fn sent(site: &Site, bytes: &[u8]) -> Vec<u8> {
    sent_for(site, bytes, Duration::from_secs(1))
}

fn sent_for(site: &Site, bytes: &[u8], silence: Duration) -> Vec<u8> {
    let mut stream = TcpStream::connect(site.addr).unwrap();
    stream.set_read_timeout(Some(silence)).unwrap();
    // A server that has heard enough closes before all is sent.
    drop(stream.write_all(bytes));
    let mut said = Vec::new();
    drop(stream.read_to_end(&mut said));
    said
}

fn statuses(said: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(said);
    let heads = text.split("HTTP/1.1 ").skip(1);
    heads.filter_map(|head| head.get(..3)?.parse().ok()).collect()
}

fn request(site: &Site, line: &str, more: &str, body: &str) -> Vec<u8> {
    let token = site.token(Role::Admin);
    format!("{line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{more}\r\n{body}")
        .into_bytes()
}

fn with_length(site: &Site, line: &str, body: &str) -> Vec<u8> {
    let json = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    request(site, line, &json, body)
}

fn samples(site: &Site) -> Vec<Vec<u8>> {
    let chunked =
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{DEFINE}\r\n0\r\n", DEFINE.len());
    let scope = r#"{"from":[{"start":"item","item":"lot:77120-A"}],"limit":5}"#;
    vec![
        request(site, "GET /api/v1/items?limit=10&text=SN", "", ""),
        request(site, "GET /api/v1/items/serial:SN-1/record?history=true", "", ""),
        request(site, "GET /api/v1/scope?from=lot:77120-A%20%26%20part:MB-09&limit=5", "", ""),
        request(site, "GET /api/v1/trace?of=measure:torque%3C1.15%20N&direction=forward", "", ""),
        request(site, "GET /api/v1/entries?after=3", "accept: application/x-ndjson\r\n", ""),
        request(site, "GET /tile/0/000", "", ""),
        with_length(site, "POST /api/v1/scope", scope),
        with_length(site, "POST /api/v1/commands", &build("SN-1")),
        with_length(site, "POST /api/v1/commands/batch", &format!("[{}]", build("SN-2"))),
        with_length(site, "POST /api/v1/imports?name=a.csv", "serialNumber,partNumber\nA,LP-300\n"),
        with_length(site, "POST /api/v1/verify", r#"{"witnesses":["a\n1\nb\n"],"siteKeys":[]}"#),
        request(site, "POST /api/v1/commands", &chunked, ""),
    ]
}

/// A call that is HTTP, with a path or body that is almost right.
fn sound(chance: &mut Chance, site: &Site) -> Vec<u8> {
    const PATHS: &[&str] = &[
        "/api/v1/items?limit=10&text=SN&after=3&status=in_stock&kind=unit",
        "/api/v1/items/serial:SN-1;issuer=POLY/record?asOf=2026-01-01&knownAt=3",
        "/api/v1/items/id:17.0/entries?from=2026-01-01T00:00:00Z&limit=3",
        "/api/v1/scope?from=lot:77120-A & part:MB-09&limit=5",
        "/api/v1/trace?of=equipment:TW-07@2026-01-01..&direction=forward",
        "/api/v1/entries/3?atLeast=1",
    ];
    const BODIES: &[&str] = &[
        r#"{"acts":[{"act":"scrap","item":"serial:SN-1","reason":"cracked"}],"mode":"report"}"#,
        r#"{"from":[{"start":"item","item":"lot:77120-A"}],"limit":5,"asOf":"2026-01-01"}"#,
    ];
    let of = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    if chance.below(3) > 0 {
        let path = mutate::bytes(chance, &of(PATHS));
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/?=&:.-_;%".contains(byte);
        let path: String = path
            .iter()
            .take(4000)
            .map(|byte| match plain(byte) {
                true => char::from(*byte).to_string(),
                false => format!("%{byte:02X}"),
            })
            .collect();
        return request(site, &format!("GET /{}", path.trim_start_matches('/')), "", "");
    }
    let body = mutate::bytes(chance, &of(BODIES));
    let line = *chance.pick(&["POST /api/v1/commands", "POST /api/v1/scope", "POST /api/v1/trace"]);
    let json = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    [request(site, line, &json, ""), body].concat()
}

#[test]
fn whatever_comes_over_a_socket_is_answered_or_closed() {
    let mut chance = Chance(load::seed("TRACEWRIGHT_FUZZ_SEED"));
    let site = Site::stocked();
    let samples = samples(&site);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..load::number("TRACEWRIGHT_FUZZ_ROUNDS", 400) {
        // Half of them are sound HTTP about paths and bodies that are not.
        let bytes = match chance.below(2) {
            0 => mutate::bytes(&mut chance, &samples),
            _ => sound(&mut chance, &site),
        };
        let said = sent_for(&site, &bytes, Duration::from_millis(30));
        let shown = || String::from_utf8_lossy(&bytes).into_owned();
        assert!(said.is_empty() || said.starts_with(b"HTTP/1."), "{}", shown());
        for status in statuses(&said) {
            assert!(status != 500, "{}\n{}", shown(), String::from_utf8_lossy(&said));
            *counts.entry(status).or_insert(0) += 1;
        }
    }
    println!("statuses: {counts:?}");
    assert!(counts.contains_key(&200) && counts.contains_key(&400));
    assert_eq!(site.get(Role::Read, "/api/v1/health").status, 200);
    assert_eq!(site.plant.published().failure(), None);
}

#[test]
fn limits_of_a_call_answer_by_name() {
    let site = Site::stocked();
    let long = "x".repeat(300 << 10);
    let head = request(&site, "GET /api/v1/items", &format!("x-more: {long}\r\n"), "");
    // A connection closed with more to read may lose its answer on the way.
    let said = statuses(&sent(&site, &head));
    assert!(matches!(said[..], [] | [431]), "{said:?}");
    let path = request(&site, &format!("GET /api/v1/items?text={long}"), "", "");
    let said = statuses(&sent(&site, &path));
    assert!(matches!(said[..], [] | [414 | 431]), "{said:?}");
    let said = "content-type: application/json\r\ncontent-length: 99999999999\r\n";
    let too_long = request(&site, "POST /api/v1/commands", said, "{");
    assert_eq!(statuses(&sent(&site, &too_long)), [413]);
    // Without saying how long it is, it is cut where the limit is.
    let piece = "[".repeat(1 << 20);
    let chunks = format!("{:x}\r\n{piece}\r\n", piece.len()).repeat(6);
    let chunked = format!("transfer-encoding: chunked\r\n\r\n{chunks}");
    let unsaid = request(&site, "POST /api/v1/commands", &chunked, "");
    let said = statuses(&sent(&site, &unsaid));
    assert!(matches!(said[..], [] | [413, ..]), "{said:?}");
    // A body shorter than it said is no command.
    let size = site.size();
    let body = build("SN-7");
    let cut = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len() + 9);
    let cut = sent(&site, &request(&site, "POST /api/v1/commands", &cut, &body));
    assert!(statuses(&cut).iter().all(|status| *status >= 400), "{cut:?}");
    assert_eq!(site.size(), size);
    // Calls sent at once are answered in order, and what follows rubbish is not.
    let one = request(&site, "GET /api/v1/status", "", "");
    let all =
        [one.clone(), with_length(&site, "POST /api/v1/commands", "{}"), one.clone()].concat();
    assert_eq!(statuses(&sent(&site, &all)), [200, 400, 200]);
    let smuggled = [&one[..], b"\0\r\n\r\n", &one].concat();
    assert_eq!(statuses(&sent(&site, &smuggled)), [200, 400]);
}

#[test]
fn long_bodies_of_many_connections_take_bounded_memory() {
    let site = Site::stocked();
    let Some(before) = mutate::peak_kib() else { return };
    // As long as is taken, of a hundred callers who do not finish.
    let mut open = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(site.addr).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
        let head = request(
            &site,
            "POST /api/v1/commands/batch",
            "content-type: application/json\r\ncontent-length: 33554432\r\n",
            "",
        );
        stream.write_all(&head).unwrap();
        let piece = vec![b' '; 1 << 20];
        // One less than is said: it waits for the rest, or was told to come back.
        for _ in 0..31 {
            if stream.write_all(&piece).is_err() {
                break;
            }
        }
        open.push(stream);
    }
    let mut busy = 0;
    for stream in &mut open {
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let mut head = [0; 12];
        if stream.read_exact(&mut head).is_ok() {
            assert_eq!(&head, b"HTTP/1.1 503");
            busy += 1;
        }
    }
    let peak = mutate::peak_kib().unwrap();
    println!("{busy} of 100 told to come back; {} MiB more at most", (peak - before) >> 10);
    assert!(busy > 0);
    assert!(peak - before < BODIES_KIB_MAX, "{peak} KiB");
    drop(open);
    // With those gone there is room again.
    let mut got = site.post(Role::Record, "/api/v1/commands", &build("SN-1"));
    while got.status == 503 {
        got = site.post(Role::Record, "/api/v1/commands", &build("SN-1"));
    }
    assert_eq!(got.status, 200, "{got:?}");
}
