//! The tree against published vectors and against the definition in RFC 6962.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use merkle::Hash;
use merkle::hash::sha256;
use merkle::tree::{
    self, Edge, Error, ReadError, TILE_WIDTH, TileId, TilePath, Tiles, consistency_proof,
    derive_tile, empty_root, inclusion_proof, leaf_hash, node_hash, root_at, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;

/// The tree as RFC 6962 2.1 defines it.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let mut left = 1;
            while left * 2 < leaves.len() {
                left *= 2;
            }
            node_hash(&naive_root(&leaves[..left]), &naive_root(&leaves[left..]))
        }
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect()
}

/// Stores full tiles only, as a store does; the rest is derived.
#[derive(Default)]
struct Stored {
    leaves: Vec<Hash>,
    full: BTreeMap<TileId, Vec<Hash>>,
    reads: AtomicUsize,
}

impl Stored {
    fn append(&mut self, edge: &mut Edge, leaf: Hash) {
        self.leaves.push(leaf);
        for (id, hashes) in edge.push(leaf) {
            assert_eq!(hashes.len(), usize::from(TILE_WIDTH));
            assert!(self.full.insert(id, hashes).is_none(), "tile {id} came twice");
        }
    }

    fn of(count: usize) -> (Self, Edge) {
        let (mut stored, mut edge) = (Self::default(), Edge::default());
        for leaf in leaves(count) {
            stored.append(&mut edge, leaf);
        }
        (stored, edge)
    }
}

impl Tiles for Stored {
    type Error = ReadError<String>;

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Self::Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let wanted = usize::from(width);
        if let Some(full) = self.full.get(&id) {
            return Ok(full[..wanted].to_vec());
        }
        if id.level == 0 {
            let start = usize::try_from(id.index).expect("a test's tree is small")
                * usize::from(TILE_WIDTH);
            return Ok(self.leaves[start..start + wanted].to_vec());
        }
        assert!(width < TILE_WIDTH, "the full tile {id} was never handed out");
        derive_tile(id, width, self).map_err(|error| ReadError::Tiles(error.to_string()))
    }
}

/// A tree that crosses into the third level of tiles, made once.
static LARGE: LazyLock<Stored> = LazyLock::new(|| Stored::of(66_000).0);

#[test]
fn edge_has_the_root_of_the_definition_at_every_size() {
    let (mut stored, mut edge) = (Stored::default(), Edge::default());
    let all = leaves(600);
    assert_eq!(edge.root(), empty_root());
    for (size, leaf) in all.iter().enumerate() {
        stored.append(&mut edge, *leaf);
        assert_eq!(edge.root(), naive_root(&all[..=size]), "size {}", size + 1);
        assert_eq!(tree::root_of(&all[..=size]), edge.root());
    }
    assert_eq!(edge.size(), 600);
    assert_eq!(edge.unfinished(0).len(), 600 - 512);
    assert_eq!(edge.unfinished(1).len(), 2);
    assert_eq!(edge.unfinished(2).len(), 0);
}

#[test]
fn proofs_hold_around_the_borders_of_tiles() {
    let stored = &*LARGE;
    let sizes = [1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000];
    for size in sizes {
        let count = usize::try_from(size).unwrap();
        let root = root_at(size, stored).unwrap();
        assert_eq!(root, naive_root(&stored.leaves[..count]), "root at {size}");
        let edge = Edge::load(size, stored).unwrap();
        assert_eq!((edge.size(), edge.root()), (size, root), "edge at {size}");
        for index in [0, 1, 254, 255, 256, 65_535, size / 2, size - 1] {
            if index < size {
                let leaf = stored.leaves[usize::try_from(index).unwrap()];
                let proof = inclusion_proof(index, size, stored).unwrap();
                verify_inclusion(&leaf, index, size, &proof, &root).unwrap();
            }
        }
        for old in sizes.into_iter().filter(|old| *old <= size) {
            let old_root = root_at(old, stored).unwrap();
            let proof = consistency_proof(old, size, stored).unwrap();
            verify_consistency(old, size, &proof, &old_root, &root)
                .unwrap_or_else(|error| panic!("{old} to {size}: {error}"));
        }
    }
}

#[test]
fn a_loaded_edge_goes_on_like_the_one_that_wrote() {
    for size in [0, 1, 255, 256, 257, 65_535, 65_536, 65_600] {
        let (mut stored, mut written) = Stored::of(size);
        let mut loaded = Edge::load(u64::try_from(size).unwrap(), &stored).unwrap();
        assert_eq!(loaded.root(), written.root());
        for leaf in leaves(300) {
            assert_eq!(loaded.push(leaf), written.clone().push(leaf));
            stored.append(&mut written, leaf);
            assert_eq!(loaded.root(), written.root());
        }
    }
}

#[test]
fn a_clone_rolls_a_batch_back() {
    let (_, mut edge) = Stored::of(300);
    let before = edge.clone();
    for leaf in leaves(1_000) {
        edge.push(leaf);
    }
    assert_ne!(edge, before);
    edge.clone_from(&before);
    assert_eq!(edge.root(), naive_root(&leaves(300)));
}

#[test]
fn a_proof_reads_each_tile_once() {
    let (stored, _) = Stored::of(66_000);
    inclusion_proof(1_000, 65_536, &stored).unwrap();
    assert_eq!(stored.reads.into_inner(), 2, "one tile of each of the two levels below the root");
}

#[test]
fn what_does_not_exist_is_not_proven() {
    let (stored, _) = Stored::of(10);
    let refused = |error| Err(ReadError::Ask(error));
    assert_eq!(inclusion_proof(10, 10, &stored), refused(Error::Index { index: 10, size: 10 }));
    assert_eq!(consistency_proof(0, 10, &stored), refused(Error::Sizes { old: 0, new: 10 }));
    assert_eq!(consistency_proof(11, 10, &stored), refused(Error::Sizes { old: 11, new: 10 }));
}

#[test]
fn a_tile_of_the_wrong_width_is_named() {
    struct Short;
    impl Tiles for Short {
        type Error = ();
        fn tile(&self, _: TileId, _: u16) -> Result<Vec<Hash>, ()> {
            Ok(leaves(3))
        }
    }
    let wrong = ReadError::Width { id: TileId { level: 0, index: 0 }, wanted: 7, found: 3 };
    assert_eq!(root_at(7, &Short), Err(wrong.clone()));
    assert_eq!(Edge::load(7, &Short), Err(wrong));
}

proptest! {
    #[test]
    fn inclusion_is_proven_and_nothing_else_is(
        size in 1_u64..66_000, index in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(),
    ) {
        let stored = &*LARGE;
        let index = u64::try_from(index.index(usize::try_from(size).unwrap())).unwrap();
        let leaf = stored.leaves[usize::try_from(index).unwrap()];
        let root = Edge::load(size, stored).unwrap().root();
        let mut proof = inclusion_proof(index, size, stored).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
        prop_assert!(verify_inclusion(&root, index, size, &proof, &root).is_err() || size == 1);
        if !proof.is_empty() {
            let at = flip.index(proof.len() * 32);
            proof[at / 32].0[at % 32] ^= 1;
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Err(Error::Root));
            proof.pop();
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Err(Error::Length));
        }
    }

    #[test]
    fn consistency_is_proven_and_nothing_else_is(
        new in 2_u64..66_000, old in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>(),
    ) {
        let stored = &*LARGE;
        let old = 1 + u64::try_from(old.index(usize::try_from(new).unwrap() - 1)).unwrap();
        let old_root = root_at(old, stored).unwrap();
        let new_root = root_at(new, stored).unwrap();
        let mut proof = consistency_proof(old, new, stored).unwrap();
        prop_assert_eq!(verify_consistency(old, new, &proof, &old_root, &new_root), Ok(()));
        prop_assert!(verify_consistency(old, new, &proof, &new_root, &old_root).is_err());
        let at = flip.index(proof.len() * 32);
        proof[at / 32].0[at % 32] ^= 1;
        prop_assert!(verify_consistency(old, new, &proof, &old_root, &new_root).is_err());
    }

    #[test]
    fn small_trees_agree_with_the_definition(size in 1_usize..700) {
        let (stored, edge) = Stored::of(size);
        let size = u64::try_from(size).unwrap();
        prop_assert_eq!(root_at(size, &stored).unwrap(), naive_root(&stored.leaves));
        prop_assert_eq!(Edge::load(size, &stored).unwrap(), edge);
    }
}

/// Where others' vectors lie: beside the checkout, or where the environment says.
fn vectors() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let named = std::env::var_os("TRACEWRIGHT_VECTORS").map(PathBuf::from);
    named.unwrap_or(beside).join("rfc6962-merkle")
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of vectors") {
        let path = entry.expect("a vector").path();
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found
}

fn number(vector: &serde_json::Value, name: &str) -> u64 {
    vector[name].as_u64().expect(name)
}

/// A hash, or a stand-in for bytes that are none: equal where they are.
fn hash(value: &serde_json::Value) -> Option<Hash> {
    let bytes = STANDARD.decode(value.as_str()?).ok().filter(|bytes| !bytes.is_empty())?;
    Some(bytes.as_slice().try_into().map_or_else(|_| sha256(&bytes), Hash))
}

fn proof(vector: &serde_json::Value) -> Option<Vec<Hash>> {
    vector["proof"].as_array().map_or(Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

fn includes(vector: &serde_json::Value) -> Option<()> {
    let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
    let (index, size) = (number(vector, "leafIdx"), number(vector, "treeSize"));
    verify_inclusion(&leaf, index, size, &proof(vector)?, &root).ok()
}

fn continues(vector: &serde_json::Value) -> Option<()> {
    let (old, new) = (hash(&vector["root1"])?, hash(&vector["root2"])?);
    let sizes = (number(vector, "size1"), number(vector, "size2"));
    verify_consistency(sizes.0, sizes.1, &proof(vector)?, &old, &new).ok()
}

#[test]
fn published_vectors_hold() {
    let folder = vectors();
    if !folder.is_dir() {
        println!("skipped: the RFC 6962 vectors are not at {}", folder.display());
        return;
    }
    let mut checked = [0, 0];
    for (at, (kind, check)) in
        [("inclusion", includes as fn(&_) -> _), ("consistency", continues)].into_iter().enumerate()
    {
        for path in json_files(&folder.join(kind)) {
            let text = fs::read_to_string(&path).unwrap();
            let vector: serde_json::Value = serde_json::from_str(&text).unwrap();
            let wanted = !vector["wantErr"].as_bool().unwrap();
            assert_eq!(check(&vector).is_some(), wanted, "{}", path.display());
            checked[at] += 1;
        }
    }
    println!("RFC 6962 vectors: {} inclusion, {} consistency", checked[0], checked[1]);
    assert!(checked.iter().all(|count| *count > 0));
}

#[test]
fn a_tile_has_one_name() {
    let rows = [
        (0, 256, "000"),
        (67, 112, "067.p/112"),
        (1_000, 256, "x001/000"),
        (1_234_067, 256, "x001/x234/067"),
        (1_234_067, 1, "x001/x234/067.p/1"),
        (u64::MAX, 255, "x018/x446/x744/x073/x709/x551/615.p/255"),
    ];
    for (index, width, text) in rows {
        assert_eq!(TilePath { index, width }.to_string(), text);
        assert_eq!(text.parse(), Ok(TilePath { index, width }));
    }
    let none = [
        "",
        "0",
        "67",
        "0067",
        "x067",
        "x000/001",
        "001/x234/067",
        "x001/234/067",
        "x001/x234/",
        "067.p/0",
        "067.p/256",
        "067.p/007",
        "067.p/+7",
        "067.p/",
        "067.p",
        "+67",
        "x001//067",
        "x018/x446/x744/x073/x709/x551/616",
        "x001/x234/067.p/1.p/2",
        "é67",
    ];
    for text in none {
        assert_eq!(text.parse::<TilePath>(), Err(tree::NoTile), "{text}");
    }
}

proptest! {
    #[test]
    fn the_name_of_a_tile_reads_back(index in any::<u64>(), width in 1..=TILE_WIDTH) {
        let path = TilePath { index, width };
        prop_assert_eq!(path.to_string().parse(), Ok(path));
    }

    #[test]
    fn any_text_is_a_name_or_none(text in "[x0-9/.p+]{0,30}") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
