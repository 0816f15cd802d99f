//! What lies beside the databases: the signing keys and the files.

use std::io;

use merkle::keychain::KeyChain;
use store::ReadFolder;

use super::report::{Findings, What};
use super::{Progress, Stage};
use crate::keeper::signing_key;

/// Every key the ledger names has its seed here, so that its signatures can be renewed.
pub(super) fn check_site_key(folder: &ReadFolder, chain: &KeyChain, found: &mut Findings) {
    const NAME: &str = "site.key";
    let seeds = match folder.seeds() {
        Ok(seeds) => seeds,
        Err(error) => {
            found.named(What::SiteKey, NAME, &crate::chain(&error));
            return;
        }
    };
    let origin = &chain.genesis().origin;
    let own: Vec<_> = seeds.iter().filter_map(|seed| signing_key(origin, seed).ok()).collect();
    for key in chain.keys() {
        if !own.iter().any(|own| own.public() == *key) {
            let in_force = chain.key_at(u64::MAX) == Some(key);
            let which = if in_force { "in force" } else { "once in force" };
            found.named(What::SiteKey, NAME, &format!("it lacks the key {key}, {which}"));
        }
    }
}

/// Hashes every file anew.
pub(super) fn check_files(
    folder: &ReadFolder,
    found: &mut Findings,
    progress: &mut dyn FnMut(Progress),
) {
    let files = folder.files();
    let listed = files.for_each(|hash| {
        if let Err(error) = files.copy_to(hash, &mut io::sink()) {
            found.named(What::File, &hash.to_string(), &crate::chain(&error));
        }
        found.checked.files = found.checked.files.saturating_add(1);
        progress(Progress { stage: Stage::Files, done: found.checked.files, all: None });
        Ok(())
    });
    if let Err(error) = listed {
        found.named(What::File, "files/", &crate::chain(&error));
    }
}
