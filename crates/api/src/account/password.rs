//! Passwords: which ones may be chosen, and what is kept of them.
//!
//! ```text
//! Argon2id (password, salt) ─▶ 64 bytes ─┬─ first 32 ─▶ SHA-256 ─▶ kept, to compare with
//!                                        └─ last 32  ─▶ wraps the owner's signing key, not kept
//! ```
//!
//! Long ones that are in no list of breached ones; no rules on characters and no forced change,
//! which make people choose worse ones.
//!
//! Source: NIST SP 800-63B 5.1.1, OWASP ASVS 5.0 V6.2, RFC 9106.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use merkle::hash;
use subtle::ConstantTimeEq as _;

use super::Error;

/// Shortest password. Units: characters.
pub const PASSWORD_CHARS_MIN: usize = 15;
/// Longest password: what is longer is no password. Units: characters.
pub const PASSWORD_CHARS_MAX: usize = 128;

const COMMON: &str = include_str!("common.txt");
const SALT_BYTES: usize = 16;

/// What one guess costs: 19 MiB and 2 passes are what OWASP asks for at least.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Kept {
    algorithm: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    check: String,
}

/// What follows from a password.
pub(super) struct Derived {
    check: String,
    /// Wraps what only the owner may use.
    pub(super) key: [u8; 32],
}

/// Whether a password may be chosen for an account.
///
/// Errors: [`Error::Password`] says what to do.
pub(super) fn may_choose(password: &str, user: &str) -> Result<(), Error> {
    let count = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&count) {
        return Err(Error::Password(format!(
            "it has {count} characters; choose {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX}, such \
             as four words that nobody would put together"
        )));
    }
    let lower = password.to_lowercase();
    let lower: String = lower.chars().filter(|c| !c.is_whitespace()).collect();
    if is_common(&lower, &user.to_lowercase()) {
        return Err(Error::Password(
            "it is made of words and numbers that everybody tries first, or of the account's own \
             name; choose another"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Whether a text is nothing but common passwords, one after the other, or one letter repeated.
fn is_common(text: &str, user: &str) -> bool {
    let common = COMMON.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words: Vec<&str> = common.chain([user]).filter(|word| !word.is_empty()).collect();
    let first = text.chars().next();
    if text.chars().all(|c| Some(c) == first) {
        return true;
    }
    // Which beginnings of the text are put together from words.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for at in 0..text.len() {
        let Some(rest) = text.get(at..).filter(|_| reached[at]) else { continue };
        for word in words.iter().filter(|word| rest.starts_with(**word)) {
            reached[at + word.len()] = true;
        }
    }
    reached[text.len()]
}

impl Kept {
    /// What to keep of a password, and what follows from it.
    pub(super) fn of(password: &str) -> Result<(Self, Derived), Error> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(Error::Random)?;
        let mut kept = Self {
            algorithm: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: URL_SAFE_NO_PAD.encode(salt),
            check: String::new(),
        };
        let derived = kept.derive(password)?;
        kept.check.clone_from(&derived.check);
        Ok((kept, derived))
    }

    /// What no password fits, at the same cost: for accounts that are not there.
    pub(super) fn of_nobody() -> Self {
        Self {
            algorithm: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: URL_SAFE_NO_PAD.encode([0; SALT_BYTES]),
            check: String::new(),
        }
    }

    /// What follows from a password, if it is the one; costs the same if it is not.
    pub(super) fn open(&self, password: &str) -> Result<Option<Derived>, Error> {
        // What is longer than may be chosen cannot be right and is not worth the time.
        let end = password.char_indices().nth(PASSWORD_CHARS_MAX).map(|(at, _)| at);
        let derived = self.derive(end.and_then(|end| password.get(..end)).unwrap_or(password))?;
        let same = derived.check.as_bytes().ct_eq(self.check.as_bytes());
        Ok(bool::from(same).then_some(derived).filter(|_| end.is_none()))
    }

    fn derive(&self, password: &str) -> Result<Derived, Error> {
        let failed = |error: argon2::Error| Error::Hash(error.to_string());
        let salt = URL_SAFE_NO_PAD.decode(&self.salt).map_err(|e| Error::Hash(e.to_string()))?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(64));
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(failed)?);
        let mut out = [0; 64];
        argon.hash_password_into(password.as_bytes(), &salt, &mut out).map_err(failed)?;
        let mut key = [0; 32];
        key.copy_from_slice(&out[32..]);
        Ok(Derived { check: hash::sha256(&out[..32]).to_string(), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_that_nobody_tries_first_may_be_chosen() {
        let refused = [
            "short",
            "elevenchars1",
            "passwordpassword",
            "Password1 Password1",
            "qwertyuiop123456",
            "aaaaaaaaaaaaaaaaaaaa",
            "tracewright2026",
            "u-7u-7u-7u-7u-7",
            "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ",
        ];
        for password in refused {
            assert!(may_choose(password, "U-7").is_err(), "{password}");
        }
        let longest = "ab".repeat(PASSWORD_CHARS_MAX / 2);
        for password in ["rivet lantern oats kiln", "no digit in here", longest.as_str()] {
            assert!(may_choose(password, "U-7").is_ok(), "{password}");
        }
        assert!(may_choose(&format!("{longest}x"), "U-7").is_err());
    }

    #[test]
    fn only_the_password_opens_what_is_kept() {
        let (kept, first) = Kept::of("rivet lantern oats kiln").unwrap();
        let again = kept.open("rivet lantern oats kiln").unwrap().unwrap();
        assert_eq!(first.key, again.key);
        assert!(kept.open("rivet lantern oats kilm").unwrap().is_none());
        assert!(Kept::of_nobody().open("").unwrap().is_none());
        let (other, second) = Kept::of("rivet lantern oats kiln").unwrap();
        assert!(other.check != kept.check && first.key != second.key, "salted");
        let long = "x".repeat(PASSWORD_CHARS_MAX);
        let (kept, _) = Kept::of(&long).unwrap();
        assert!(kept.open(&format!("{long}y")).unwrap().is_none(), "not cut short");
    }
}
