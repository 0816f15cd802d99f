//! Where the server listens, and how it ends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use api::{Config, Error, PlainRemote, Role};
use engine::{Options, Plant};

use crate::site::{Site, build};

#[test]
fn an_address_others_can_reach_is_refused_unless_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    let plant = Arc::new(Plant::open(&path, &Options::default(), |_| {}).unwrap());
    let open = Config { listen: "0.0.0.0:0".parse().unwrap(), ..Config::default() };
    let refused = api::serve(Arc::clone(&plant), &open, async {}).unwrap_err();
    assert!(matches!(refused, Error::PlainRemote(_)));
    assert!(refused.to_string().contains("--allow-plain-remote"), "{refused}");
    let told = Config { plain_remote: PlainRemote::Allowed, ..open };
    api::serve(Arc::clone(&plant), &told, async {}).unwrap().wait().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config { listen: taken.local_addr().unwrap(), ..Config::default() };
    assert!(matches!(api::serve(plant, &config, async {}), Err(Error::Listen { .. })));
}

#[test]
fn a_connection_that_waits_does_not_keep_the_server() {
    let mut site = Site::start();
    let mut idle = TcpStream::connect(site.addr).unwrap();
    let mut used = TcpStream::connect(site.addr).unwrap();
    used.write_all(b"GET /api/v1/health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut head = [0; 15];
    used.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    site.stop();
    assert_eq!(idle.read(&mut head).unwrap_or(0), 0);
    assert!(TcpStream::connect(site.addr).is_err());
}

#[test]
fn a_stream_nobody_reads_is_cut_and_seen_to_be() {
    let mut site = Site::stocked();
    // More than the buffers of a connection hold.
    let note = "long remark ".repeat(1000);
    let step = |n: usize| {
        format!(
            r#"{{"acts":[{{"act":"step","operation":"OP10","note":"{note}",
                "items":[{{"item":"serial:SN-{n}"}}]}}]}}"#
        )
    };
    let texts = (0..50).map(|n| build(&format!("SN-{n}"))).chain((0..1000).map(|n| step(n % 50)));
    let commands = texts.map(|text| serde_json::from_str(&text).unwrap()).collect();
    for reply in site.plant.submit_all(commands, "test").unwrap() {
        assert!(matches!(reply.answer, domain::Answer::Admitted(_)), "{reply:?}");
    }
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let mut stream = TcpStream::connect(site.addr).unwrap();
    let token = site.token(Role::Read);
    write!(
        stream,
        "GET /api/v1/entries HTTP/1.1\r\nhost: x\r\naccept: application/x-ndjson\r\n\
         authorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    site.stop();
    let mut rest = Vec::new();
    let is_closed = stream.read_to_end(&mut rest).is_ok();
    let (lines, is_whole) = unchunked(&rest);
    let facts = usize::try_from(site.size()).unwrap() - 1;
    // What fits into the buffers of the system arrives; what does not must not look whole.
    assert_eq!(is_whole && is_closed, lines == facts, "{lines} of {facts} lines");
}

/// How many lines a chunked answer has, and whether it came to its end.
fn unchunked(answer: &[u8]) -> (usize, bool) {
    let find = |text: &[u8], what: &[u8]| text.windows(what.len()).position(|at| at == what);
    let Some(head) = find(answer, b"\r\n\r\n") else { return (0, false) };
    let (mut rest, mut lines) = (&answer[head + 4..], 0);
    while let Some(end) = find(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (lines, true);
        }
        let piece = &rest[end + 2..];
        let piece = &piece[..size.min(piece.len())];
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
        rest = rest.get(end + 2 + size + 2..).unwrap_or_default();
    }
    (lines, false)
}
