//! The ledger as a C2SP log, read by a client that knows the specifications and nothing of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::Role;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Command;
use merkle::hash::{Hash, sha256};
use merkle::note::SignedNote;

use crate::site::{Got, Site};

/// What came back; a token only where one is needed.
fn fetch(site: &Site, path: &str, role: Option<Role>) -> Got {
    site.call(("GET", path), role, &[], None)
}

fn cache(got: &Got) -> &str {
    got.headers["cache-control"].to_str().unwrap()
}

/// The tree hash exactly as RFC 6962 2.1 defines it, over entries.
fn tree_hash(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => sha256(&[]),
        [entry] => sha256(&[&[0][..], entry].concat()),
        _ => {
            let mut left = 1;
            while left * 2 < entries.len() {
                left *= 2;
            }
            let (left, right) = (tree_hash(&entries[..left]), tree_hash(&entries[left..]));
            sha256(&[&[1][..], &left.0, &right.0].concat())
        }
    }
}

/// The addresses of the tiles of one level of a tree, and how many hashes each has.
fn tiles(hashes: usize) -> Vec<(String, usize)> {
    let full = (0..hashes / 256).map(|index| (format!("{index:03}"), 256));
    let rest = hashes % 256;
    let last = (rest > 0).then(|| (format!("{:03}.p/{rest}", hashes / 256), rest));
    full.chain(last).collect()
}

/// A reader of the log.
struct Reader<'a> {
    site: &'a Site,
}

impl Reader<'_> {
    /// The signed head: size and root, its signature verified.
    fn head(&self) -> (usize, Hash) {
        let got = fetch(self.site, "/checkpoint", None);
        assert_eq!((got.status, got.media_type.as_str()), (200, "text/plain; charset=utf-8"));
        assert_eq!(cache(&got), "no-store");
        let text = got.text;
        let lines: Vec<&str> = text.lines().collect();
        let keys = self.site.plant.keys();
        assert_eq!(lines[0], keys.genesis().origin);
        let key = keys.keys().last().unwrap();
        SignedNote::parse(&text).unwrap().verify(key).unwrap();
        let root = STANDARD.decode(lines[2]).unwrap().try_into().unwrap();
        (lines[1].parse().unwrap(), Hash(root))
    }

    fn tile(&self, path: &str) -> Vec<u8> {
        let got = fetch(self.site, path, None);
        assert_eq!((got.status, got.media_type.as_str()), (200, "application/octet-stream"));
        assert_eq!(cache(&got), "public, max-age=31536000, immutable");
        got.bytes
    }

    fn entries(&self, size: usize) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        for (name, count) in tiles(size) {
            let path = format!("/tile/entries/{name}");
            let got = fetch(self.site, &path, Some(Role::Read));
            assert_eq!((got.status, got.media_type.as_str()), (200, "application/octet-stream"));
            assert_eq!(cache(&got), "private, max-age=31536000, immutable");
            let mut rest = got.bytes.as_slice();
            for _ in 0..count {
                let (length, after) = rest.split_first_chunk::<2>().unwrap();
                let (entry, after) = after.split_at(u16::from_be_bytes(*length).into());
                entries.push(entry.to_vec());
                rest = after;
            }
            assert!(rest.is_empty(), "{name}: {} bytes more", rest.len());
        }
        entries
    }

    /// Rebuilds the tree from entries alone, and holds tiles and head against it.
    fn check(&self) -> usize {
        let (size, root) = self.head();
        let entries = self.entries(size);
        assert_eq!(tree_hash(&entries), root, "root over {size}");
        let (mut level, mut span) = (0, 1);
        while size / span > 0 {
            let hashes = (0..size / span).map(|at| tree_hash(&entries[at * span..(at + 1) * span]));
            let hashes: Vec<Hash> = hashes.collect();
            let mut from = 0;
            for (name, count) in tiles(hashes.len()) {
                let wanted: Vec<u8> =
                    hashes[from..from + count].iter().flat_map(|hash| hash.0).collect();
                assert_eq!(self.tile(&format!("/tile/{level}/{name}")), wanted, "{level}/{name}");
                from += count;
            }
            (level, span) = (level + 1, span * 256);
        }
        size
    }
}

fn fill(site: &Site, commands: usize, named: &str) {
    for at in 0..commands {
        let acts: Vec<String> = (0..40)
            .map(|act| format!(r#"{{"act":"defineParty","code":"{named}-{at}-{act}","name":"N"}}"#))
            .collect();
        let command: Command =
            serde_json::from_str(&format!(r#"{{"acts":[{}]}}"#, acts.join(","))).unwrap();
        site.plant.submit(command, "test").unwrap();
    }
}

#[test]
fn head_tiles_and_entries_agree_while_the_ledger_grows() {
    let site = Arc::new(Site::start());
    fill(&site, 7, "A");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (site, stop) = (Arc::clone(&site), Arc::clone(&stop));
        std::thread::spawn(move || {
            let mut round = 0;
            while !stop.load(Ordering::Relaxed) && round < 200 {
                fill(&site, 1, &format!("B{round}"));
                round += 1;
            }
        })
    };
    let reader = Reader { site: &site };
    let sizes: Vec<usize> = (0..3).map(|_| reader.check()).collect();
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert!(sizes.is_sorted() && sizes[0] > 256, "{sizes:?}");
}

#[test]
fn a_head_is_renewed_at_most_once_a_second() {
    let site = Site::start();
    let reader = Reader { site: &site };
    let began = std::time::Instant::now();
    let mut heads = std::collections::BTreeSet::new();
    for round in 0..50 {
        fill(&site, 1, &format!("C{round}"));
        heads.insert(reader.head().0);
    }
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    assert!(heads.len() <= seconds + 2, "{} heads in {seconds} s", heads.len());
}

#[test]
fn what_the_tree_does_not_have_is_not_there() {
    let site = Site::start();
    fill(&site, 7, "A");
    let size = site.size();
    assert!(size > 256 && size < 512, "{size}");
    let partial = size - 256;
    let rows = [
        ("/tile/0/000".to_owned(), 200),
        ("/tile/0/000.p/255".to_owned(), 200),
        (format!("/tile/0/001.p/{partial}"), 200),
        (format!("/tile/0/001.p/{}", partial + 1), 404),
        ("/tile/0/001".to_owned(), 404),
        ("/tile/0/002.p/1".to_owned(), 404),
        ("/tile/1/000.p/1".to_owned(), 200),
        ("/tile/1/000.p/2".to_owned(), 404),
        ("/tile/2/000.p/1".to_owned(), 404),
        ("/tile/8/000.p/1".to_owned(), 404),
        ("/tile/63/000.p/1".to_owned(), 404),
        ("/tile/64/000.p/1".to_owned(), 404),
        ("/tile/00/000".to_owned(), 404),
        ("/tile/-1/000".to_owned(), 404),
        ("/tile/0/0".to_owned(), 404),
        ("/tile/0/x000/000".to_owned(), 404),
        ("/tile/0/000.p/0".to_owned(), 404),
        ("/tile/0/000.p/256".to_owned(), 404),
        ("/tile/0/x018/x446/x744/x073/x709/x551/615".to_owned(), 404),
        ("/tile/entries/000".to_owned(), 200),
        (format!("/tile/entries/001.p/{partial}"), 200),
        (format!("/tile/entries/001.p/{}", partial + 1), 404),
        ("/tile/entries/001".to_owned(), 404),
        ("/tile/data/000".to_owned(), 404),
    ];
    for (path, status) in rows {
        let got = fetch(&site, &path, Some(Role::Read));
        assert_eq!(got.status, status, "{path}");
        let kind = if status == 200 { "octet-stream" } else { "problem+json" };
        assert_eq!(got.media_type, format!("application/{kind}"), "{path}");
    }
    assert_eq!(fetch(&site, "/tile/entries/000", None).status, 401);
    assert_eq!(fetch(&site, "/tile/0/000", None).status, 200);
}
