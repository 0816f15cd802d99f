//! The ledger as a C2SP `tlog-tiles` log, whose prefix is the address of the server: the signed
//! head and the hashes of its tree for everybody, what was hashed with a token.

use merkle::tree::TilePath;

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{BYTES, Route, TEXT, get};

const TAG: &str = "Proof";

/// Levels an address can name; a tree never has more than eight.
const LEVEL_MAX: u8 = 63;

/// Whoever has it may keep it: a tile never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The same for what was given to one caller.
const FOR_EVER_PRIVATE: &str = "private, max-age=31536000, immutable";

const TILES: &str = "\
Hashes of the tree of the ledger (RFC 6962), 32 bytes each, in tiles of 256, as C2SP `tlog-tiles` \
says. `index` is written in groups of three digits, all but the last behind an `x`: \
`x001/x234/067`. The last tile of a level is not full; `.p/112` behind its index asks for its \
first 112 hashes. They say nothing about what was recorded and need no token.";

const BUNDLES: &str = "\
What the leaves of the tree are hashes of: the log bytes of up to 256 entries, each behind its \
length in two bytes, big-endian. Log bytes hold digests of salted members and nothing of what they \
say; `docs/formats/ledger.md` in the repository describes them. `index` is written as that of a \
tile.";

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/checkpoint", None)
            .says(
                TAG,
                "Read the signed head, as a C2SP log shows it",
                "As `/api/v1/checkpoint`, at the address `tlog-tiles` asks for; but a head that \
                 witnesses cosigned is shown for up to ten seconds in place of newer ones.",
            )
            .answers(TEXT)
            .raw(|call, _: Nothing| Ok(Reply::whole(TEXT, call.plant().checkpoint()?.to_string()))),
        get("/tile/{level}/{*index}", None)
            .says(TAG, "Fetch hashes of the tree", TILES)
            .answers(BYTES)
            .raw(|call, _: Nothing| tile(call)),
        get("/tile/entries/{*index}", Some(Role::Read))
            .says(TAG, "Fetch the log bytes of entries", BUNDLES)
            .answers(BYTES)
            .raw(|call, _: Nothing| bundle(call)),
    ]
}

fn tile(call: &Call) -> Result<Reply, Box<Problem>> {
    let text: String = call.part("level")?;
    let level = text.parse().ok().filter(|level: &u8| *level <= LEVEL_MAX);
    let level = level.filter(|level| level.to_string() == text).ok_or_else(|| {
        Problem::not_found(format!("there is no level {text:?}: a level is 0 to {LEVEL_MAX}"))
    })?;
    let path = path(call)?;
    let hashes = call.plant().tile(level, path)?.ok_or_else(|| beyond(call))?;
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    Ok(Reply::whole(BYTES, bytes).header("cache-control", FOR_EVER))
}

fn bundle(call: &Call) -> Result<Reply, Box<Problem>> {
    let bundle = call.plant().entry_bundle(path(call)?)?.ok_or_else(|| beyond(call))?;
    Ok(Reply::whole(BYTES, bundle).header("cache-control", FOR_EVER_PRIVATE))
}

fn path(call: &Call) -> Result<TilePath, Box<Problem>> {
    let text: String = call.part("index")?;
    text.parse().map_err(|why| Problem::not_found(format!("there is no tile {text:?}: {why}")))
}

fn beyond(call: &Call) -> Box<Problem> {
    let size = call.plant().ledger().and_then(|ledger| Ok(ledger.size()?)).unwrap_or(0);
    Problem::not_found(format!("the tree has {size} leaves and does not reach so far"))
}
