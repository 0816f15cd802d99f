//! Verification of a whole data folder, with or without a server at work in it.
//!
//! Everything is looked at from the bytes up: pages, entries and their members, the tree with its
//! tiles, every signed head, keys, the sequences of items, what entries point at, answers, files,
//! views, frozen scopes. What is wrong is a [`Finding`] that names the place in words.
//!
//! Invariants: nothing is written to the folder; what is compared is compared at one size of the
//! ledger, taken first; damage ends in findings, never in a panic. Memory grows with the number of
//! items and people, and for the views with what a plant itself keeps in memory; never with the
//! number of entries.
//!
//! Not covered, and said so in the report: what came after the size that was taken; refusals that
//! left no entry; whether a head is marked as seen; values that were erased; access tokens.

mod commands;
mod entries;
mod files;
mod heads;
mod items;
mod members;
mod names;
mod report;
mod scopes;
mod views;

use std::path::Path;
use std::time::Duration;

use domain::Position;
use domain::act::Act;
use merkle::keychain::KeyChain;
use merkle::note::PublicKey;
use store::{LedgerReader, ReadFolder};

pub use report::{Checked, FINDINGS_MAX, Finding, FolderWitness, Standing, VerifyReport, What};

use crate::codec::decode;
use crate::error::Result;
use crate::plant::At;
use crate::witness_file::WitnessFile;
use entries::Pass;
use heads::Heads;
use items::Items;
use members::Members;
use report::Findings;

/// What the verifier knows from elsewhere, and how much it is to look at.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Keys of the site that the verifier trusts.
    pub site_keys: Vec<PublicKey>,
    /// Keys of witnesses that the verifier trusts.
    pub witness_keys: Vec<PublicKey>,
    /// Checkpoints held elsewhere.
    pub witnesses: Vec<WitnessFile>,
    /// Leaves out views and frozen scopes, which take as long as a refold.
    pub skip_views: bool,
}

/// What long work on a folder is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Pages of a database.
    Pages,
    /// Entries of the ledger.
    Entries,
    /// Files.
    Files,
    /// Views, folded from entries.
    Views,
    /// Frozen scopes, made again from entries.
    Scopes,
}

/// How far long work on a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// At what.
    pub stage: Stage,
    /// How many are done.
    pub done: u64,
    /// How many there are, where that is known.
    pub all: Option<u64>,
}

/// Verifies a data folder. It may be in use; nothing in it is changed.
///
/// Errors: only where there is no data folder at all. All that is wrong with one stands in the
/// report.
pub fn verify_folder(
    path: &Path,
    options: &VerifyOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<VerifyReport> {
    let folder = ReadFolder::open(path)?;
    let mut found = Findings::default();
    // What was cosigned first: the ledger read after it covers that.
    let cosigned = heads::cosigned(&folder, &mut found);
    // The views first: the ledger read after them is at least as far.
    let views = if options.skip_views { None } else { views::hold(&folder, &mut found) };
    let ledger = match open_ledger(&folder, &mut found) {
        Ok(ledger) => ledger,
        Err(error) => {
            found.named(What::Database, "ledger.db", &crate::chain(&error));
            return Ok(Verdict::default().report(found));
        }
    };
    let (size, latest) = match heads::newest(&ledger, &mut found) {
        Ok(newest) => newest,
        Err(error) => {
            found.add(What::Checkpoint, format!("the newest head: {}", crate::chain(&error)));
            (ledger.size().unwrap_or(0), None)
        }
    };
    let heads = Heads::new(latest.clone(), options, cosigned);
    let members = Members::new(open_people(&folder, &mut found), folder.keys_are_apart());
    let items = Items::new(folder.files());
    let subject = (&ledger, size);
    let mut pass = Pass::new(subject, &mut found, heads, members, items);
    pass.run(progress);
    let Pass { heads, members, keys, tree, scopes, .. } = pass;
    unexplained(&ledger, size, &members, &mut found);
    files::check_files(&folder, &mut found, progress);
    let chain = keys.chain.as_ref();
    let witnesses = heads.witnesses(size, chain, options, &mut found);
    if let Some(chain) = chain {
        files::check_site_key(&folder, chain, &mut found);
        trusted(size, chain, options, &mut found);
    }
    if let (Some(views), Some(id)) = (views, keys.ledger) {
        views.check(subject, id.0, &mut found, progress);
    }
    if let Some(id) = keys.ledger.filter(|_| !options.skip_views) {
        scopes.check(&folder, (&ledger, id.0), &mut found, progress);
    }
    let standing = chain.map(|chain| heads::standing(size, chain, options, &witnesses));
    let signed_by = chain.filter(|_| heads.authentic).and_then(|chain| chain.key_at(size));
    let position = Position(size.saturating_sub(1));
    let verdict = Verdict {
        at: keys.ledger.map(|id| At { ledger: id.to_string(), position }).into_iter().collect(),
        origin: chain.map(|chain| chain.genesis().origin.clone()),
        size,
        root: tree.root().map(|root| root.to_string()),
        signed_by: signed_by.map(ToString::to_string),
        standing,
        witnesses,
    };
    Ok(verdict.report(found))
}

fn open_ledger(folder: &ReadFolder, found: &mut Findings) -> store::Result<LedgerReader> {
    let ledger = folder.ledger()?;
    for fault in ledger.faults()? {
        found.named(What::Database, "ledger.db", &fault);
    }
    if ledger.strays()? > 0 {
        let said = "it has rows at numbers the program never uses";
        found.named(What::Database, "ledger.db", said);
    }
    Ok(ledger)
}

fn open_people(folder: &ReadFolder, found: &mut Findings) -> Option<store::PeopleReader> {
    const NAME: &str = "people.db";
    let people = match folder.people() {
        Ok(people) => people,
        Err(error) => {
            found.named(What::People, NAME, &crate::chain(&error));
            return None;
        }
    };
    // Damaged pages are no reason not to look for the keys that can still be read.
    match people.faults() {
        Ok(faults) => faults.iter().for_each(|fault| found.named(What::Database, NAME, fault)),
        Err(error) => found.named(What::Database, NAME, &crate::chain(&error)),
    }
    Some(people)
}

/// Names the people whose key is gone although nothing says that they were erased.
fn unexplained(ledger: &LedgerReader, size: u64, members: &Members, found: &mut Findings) {
    let mut missing: Vec<(&str, u64)> = members.unexplained().collect();
    missing.sort_unstable();
    // An erasure that was cut short before its entry was durable: the next start puts the key back.
    let aside = members.aside();
    let unfinished = |at: u64| ledger.size().is_ok_and(|size| at >= size);
    missing
        .retain(|(person, _)| !aside.iter().any(|(at, whose)| whose == person && unfinished(*at)));
    // A server at work sets a key aside just before it commits the entry that says so.
    const WAIT: Duration = Duration::from_millis(50);
    const WAITS_MAX: usize = 20;
    for wait in 0..WAITS_MAX {
        if missing.is_empty() {
            return;
        }
        if wait > 0 {
            std::thread::park_timeout(WAIT);
        }
        let erased = erased_since(ledger, size);
        missing.retain(|(person, _)| !erased.iter().any(|erased| erased == person));
    }
    for (person, position) in missing {
        let said = format!(
            "people.db: the key of {person}, which opens entry {position}, is missing, and no \
             entry says that it was erased"
        );
        found.named(What::People, person, &said);
    }
}

/// Who was erased by entries from `from` on; what cannot be read says nothing.
pub(crate) fn erased_since(ledger: &LedgerReader, from: u64) -> Vec<String> {
    const PAGE: usize = 1024;
    let mut erased = Vec::new();
    let mut next = from;
    while let Ok(page) = ledger.entries(next..u64::MAX, PAGE) {
        let Some(last) = page.last() else { break };
        next = last.position.saturating_add(1);
        for entry in page.iter().filter_map(|stored| decode(stored).ok().flatten()) {
            if let Act::Erase(erase) = &entry.fact {
                erased.push(erase.person.to_string());
            }
        }
    }
    erased
}

/// A verifier that names keys wants to know when none of them stands behind the ledger.
fn trusted(size: u64, chain: &KeyChain, options: &VerifyOptions, found: &mut Findings) {
    if options.site_keys.is_empty() || chain.is_trusted(size, &options.site_keys) {
        return;
    }
    let signer = chain.key_at(size).map_or_else(|| "no key".to_owned(), ToString::to_string);
    let said = format!("{signer} signs this ledger; none of the keys you trust stands behind it");
    found.add(What::Key, said);
}

/// What was found out about the whole.
#[derive(Default)]
struct Verdict {
    at: Vec<At>,
    origin: Option<String>,
    size: u64,
    root: Option<String>,
    signed_by: Option<String>,
    standing: Option<Standing>,
    witnesses: Vec<FolderWitness>,
}

impl Verdict {
    fn report(self, found: Findings) -> VerifyReport {
        let Self { at, origin, size, root, signed_by, standing, witnesses } = self;
        let standing = standing.filter(|_| !found.any());
        let unproven = unproven(size, standing, &witnesses);
        let Findings { list: findings, further: further_findings, checked } = found;
        VerifyReport {
            at,
            origin,
            size,
            root,
            signed_by,
            standing,
            findings,
            further_findings,
            checked,
            witnesses,
            unproven,
        }
    }
}

fn unproven(size: u64, standing: Option<Standing>, witnesses: &[FolderWitness]) -> Vec<String> {
    let Some(standing) = standing else { return Vec::new() };
    let seen = witnesses.iter().map(|witness| witness.size).max().unwrap_or(0);
    let rewriting = match standing {
        Standing::Consistent => "The signing key is known only from this folder: whoever holds it \
             could have made all of this. Name the site's key, or a checkpoint held elsewhere."
            .to_owned(),
        Standing::SiteSigned => "A key you trust signed it. A site can rewrite history that it \
             alone has signed; no checkpoint held elsewhere was shown."
            .to_owned(),
        Standing::Witnessed(_) if seen < size => format!(
            "Others know the first {seen} entries. A site can rewrite the {} after them, which it \
             alone has signed.",
            size.saturating_sub(seen)
        ),
        Standing::Witnessed(_) => "Others know all of it.".to_owned(),
    };
    vec![
        rewriting,
        format!("What came after the first {size} entries is unproven."),
        "Refusals that left no entry, erased values and access tokens are not in the ledger and so \
         not proven."
            .to_owned(),
    ]
}
