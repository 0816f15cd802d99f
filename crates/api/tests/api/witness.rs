//! A witness over HTTP: each answer of the protocol, and many who ask at once.

use std::convert::Infallible;
use std::net::SocketAddr;

use api::witness::service::{self, Config, Serving};
use api::{PlainRemote, Stopper};
use merkle::Hash;
use merkle::checkpoint::{Checkpoint, Signed};
use merkle::note::{PublicKey, SigningKey};
use merkle::tree::{
    TILE_WIDTH, TileId, Tiles, consistency_proof, derive_tile, empty_root, leaf_hash, root_of,
};
use merkle::witness::{AddCheckpoint, REQUEST_BYTES_MAX, cosigned};
use tempfile::TempDir;

use crate::site::{Got, call, raw};

const ORIGIN: &str = "example.com/plant";
const NAME: &str = "witness.example/w1";

/// A witness of one log in a folder of its own.
struct Bench {
    folder: TempDir,
    addr: SocketAddr,
    key: PublicKey,
    stop: Option<(Stopper, Serving)>,
}

impl Bench {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    fn start_in(folder: TempDir) -> Self {
        let (stopper, stopped) = api::stopper();
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            plain_remote: PlainRemote::Refused,
            folder: folder.path().join("w"),
            name: Some(NAME.to_owned()),
            logs: vec![(ORIGIN.to_owned(), site().public())],
        };
        let serving = service::serve(&config, stopped).unwrap();
        let (addr, key) = (serving.running.addr, serving.key.clone());
        Self { folder, addr, key, stop: Some((stopper, serving)) }
    }

    fn stop(mut self) -> TempDir {
        if let Some((stopper, serving)) = self.stop.take() {
            stopper.stop();
            serving.running.wait().unwrap();
        }
        self.folder
    }

    fn post(&self, body: &str) -> Got {
        call(self.addr, ("POST", "/add-checkpoint"), &[], Some(body.as_bytes()))
    }

    fn ask(&self, asked: &AddCheckpoint) -> Got {
        self.post(&asked.to_string())
    }
}

/// The leaves of a log that takes another turn from a leaf on.
struct Log(Vec<Hash>);

impl Log {
    fn forked(leaves: u64, from: u64) -> Self {
        let leaf = |at: u64| leaf_hash(format!("{} {at}", at >= from).as_bytes());
        Self((0..leaves).map(leaf).collect())
    }

    fn head(&self, size: u64, key: &SigningKey) -> Signed {
        let leaves = &self.0[..usize::try_from(size).unwrap()];
        let root = if leaves.is_empty() { empty_root() } else { root_of(leaves) };
        let origin = key.public().name().to_owned();
        Checkpoint { origin, size, root, extensions: Vec::new() }.sign(key).unwrap()
    }

    fn ask(&self, old: u64, new: u64) -> AddCheckpoint {
        let proof = if old == 0 { Vec::new() } else { consistency_proof(old, new, self).unwrap() };
        AddCheckpoint { old_size: old, proof, checkpoint: self.head(new, &site()) }
    }
}

impl Tiles for Log {
    type Error = Infallible;

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Infallible> {
        if id.level > 0 {
            return Ok(derive_tile(id, width, self).unwrap());
        }
        let first = usize::try_from(id.index).unwrap() * usize::from(TILE_WIDTH);
        Ok(self.0[first..first + usize::from(width)].to_vec())
    }
}

fn site() -> SigningKey {
    SigningKey::from_seed(ORIGIN, [1; 32]).unwrap()
}

#[test]
fn each_answer_is_the_one_of_the_protocol() {
    let bench = Bench::start();
    let (log, fork) = (Log::forked(40, 40), Log::forked(40, 5));
    let stranger = SigningKey::from_seed(ORIGIN, [9; 32]).unwrap();
    let unknown = SigningKey::from_seed("example.com/unknown", [1; 32]).unwrap();
    let by = |key: &SigningKey| AddCheckpoint { checkpoint: log.head(25, key), ..log.ask(20, 25) };
    let wrong_proof = AddCheckpoint { proof: log.ask(19, 25).proof, ..log.ask(20, 25) };
    let rows = [
        (log.ask(7, 20).to_string(), 409, "0\n"),
        (log.ask(0, 20).to_string(), 200, ""),
        (log.ask(20, 20).to_string(), 200, ""),
        (log.ask(0, 25).to_string(), 409, "20\n"),
        (log.ask(0, 10).to_string(), 409, "20\n"),
        (fork.ask(20, 20).to_string(), 409, "20\n"),
        (fork.ask(20, 25).to_string(), 422, "is not shown to begin"),
        (wrong_proof.to_string(), 422, "is not shown to begin"),
        (by(&stranger).to_string(), 403, "not signed by a key known here"),
        (by(&unknown).to_string(), 404, "no log called example.com/unknown"),
        (AddCheckpoint { old_size: 26, ..log.ask(20, 25) }.to_string(), 400, "beyond"),
        (String::new(), 400, "read the proof"),
        ("old 5\n\nx\n".to_owned(), 400, "note"),
        (log.ask(20, 25).to_string(), 200, ""),
        (log.ask(20, 30).to_string(), 409, "25\n"),
        (log.ask(25, 40).to_string(), 200, ""),
    ];
    for (row, (body, status, says)) in rows.iter().enumerate() {
        let got = bench.post(body);
        assert_eq!(got.status, *status, "row {row}: {got:?}");
        assert!(got.text.contains(says), "row {row}: {got:?}");
        match status {
            409 => assert_eq!(
                (got.media_type.as_str(), got.text.as_str()),
                ("text/x.tlog.size", *says)
            ),
            200 => {
                let head = AddCheckpoint::parse(body).unwrap().checkpoint.note;
                let (kept, time_s) = cosigned(&head, &got.text, &bench.key).unwrap();
                assert_eq!(kept.signatures.len(), 2);
                let now = u64::try_from(engine::now().0 / 1_000_000).unwrap();
                assert!(now.abs_diff(time_s) < 60, "row {row}: {time_s}");
            }
            _ => assert_eq!(got.media_type, "text/plain; charset=utf-8", "row {row}"),
        }
    }
    let length = (REQUEST_BYTES_MAX + 1).to_string();
    let head =
        format!("POST /add-checkpoint HTTP/1.1\r\nhost: w\r\ncontent-length: {length}\r\n\r\n");
    let long = raw(bench.addr, &head, "\r\n\r\n");
    assert!(long.starts_with("HTTP/1.1 413"), "{long}");
    assert_eq!(call(bench.addr, ("GET", "/add-checkpoint"), &[], None).status, 405);
    assert_eq!(call(bench.addr, ("GET", "/else"), &[], None).status, 404);
    let about = call(bench.addr, ("GET", "/"), &[], None).text;
    assert!(about.contains(&bench.key.to_string()) && about.contains("up to 40"), "{about}");
}

/// One caller who has a log cosigned again and again; answers what was.
fn ask_on(bench: &Bench, logs: &[Log; 2], caller: u64) -> Vec<(usize, u64)> {
    let history = usize::from(caller.is_multiple_of(3));
    let mut got = Vec::new();
    let mut old = 0;
    for step in 1..40_u64 {
        let new = (step * 5 - caller % 5).max(old);
        let answer = bench.ask(&logs[history].ask(old, new));
        match answer.status {
            200 => {
                got.push((history, new));
                old = new;
            }
            409 => old = answer.text.trim().parse().unwrap(),
            422 => break,
            other => panic!("{other}: {answer:?}"),
        }
    }
    got
}

#[test]
fn of_many_who_ask_at_once_one_history_is_cosigned() {
    let bench = Bench::start();
    let logs = [Log::forked(200, 200), Log::forked(200, 3)];
    // Who cosigned what: history and size, in the order each caller got it.
    let cosigned_heads: Vec<(usize, u64)> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8_u64)
            .map(|caller| {
                let (bench, logs) = (&bench, &logs);
                scope.spawn(move || ask_on(bench, logs, caller))
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let beyond: Vec<usize> =
        cosigned_heads.iter().filter(|(_, size)| *size > 3).map(|(history, _)| *history).collect();
    assert!(beyond.len() > 20, "{cosigned_heads:?}");
    assert!(beyond.iter().all(|history| *history == beyond[0]), "{cosigned_heads:?}");
    let largest = cosigned_heads.iter().map(|(_, size)| *size).max().unwrap();
    let stale = bench.ask(&logs[beyond[0]].ask(0, 199));
    assert_eq!(stale.text, format!("{largest}\n"), "no older head took the place of a newer one");
    // What it has seen outlives it.
    let again = Bench::start_in(bench.stop());
    assert_eq!(again.ask(&logs[beyond[0]].ask(0, 199)).text, format!("{largest}\n"));
    assert_eq!(again.ask(&logs[1 - beyond[0]].ask(largest, 199)).status, 422);
    assert_eq!(again.ask(&logs[beyond[0]].ask(largest, 199)).status, 200);
}

#[test]
fn a_witness_that_cannot_read_what_it_has_seen_cosigns_nothing() {
    let bench = Bench::start();
    let log = Log::forked(40, 40);
    assert_eq!(bench.ask(&log.ask(0, 20)).status, 200);
    let logs = bench.folder.path().join("w/logs");
    let kept = std::fs::read_dir(&logs).unwrap().next().unwrap().unwrap().path();
    let good = std::fs::read_to_string(&kept).unwrap();
    let of_another = log.head(1, &SigningKey::from_seed("example.com/x", [3; 32]).unwrap());
    for bad in ["", "half a no", &good[..good.len() / 2], &of_another.to_string()] {
        std::fs::write(&kept, bad).unwrap();
        assert_eq!(bench.ask(&log.ask(0, 30)).status, 500, "{bad}");
        assert_eq!(bench.ask(&log.ask(20, 30)).status, 500, "{bad}");
    }
    std::fs::write(&kept, good).unwrap();
    assert_eq!(bench.ask(&log.ask(20, 30)).status, 200);
}
