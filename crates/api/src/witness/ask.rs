//! One witness asked to cosign one head: proofs, answers, and what each refusal means.
//!
//! Invariant: what a witness answers counts only if its own key made it.
//!
//! Limits: the constants below; an answer takes at most [`ANSWER_TIME`] altogether.

use std::time::Duration;

use engine::Plant;
use merkle::checkpoint::Signed;
use merkle::note::{Kind, NOTE_BYTES_MAX, PublicKey, Signature};
use merkle::witness::{AddCheckpoint, cosigned};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ureq::Agent;

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(3);
/// How long a call may take altogether: within the time a server has to end.
const ANSWER_TIME: Duration = Duration::from_secs(4);
/// Calls for one head: a witness that says another size each time is asked no further.
const CALLS_MAX: usize = 4;

/// Witnesses a server can have; a note has room for 64 signatures.
pub const WITNESSES_MAX: usize = 16;

/// A witness: where it is, and the key it cosigns with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    url: String,
    key: PublicKey,
}

/// A witness that cannot be asked as it is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address.
    #[error("use the witness address {0}: write http://HOST:PORT or https://HOST/PATH")]
    Address(String),
    /// The key.
    #[error("use the witness key {0}: it is no key that cosigns; ask the witness for its own")]
    Key(String),
}

/// Why a witness did not cosign.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// It did not answer, or answered that something is wrong on its side.
    Unreachable,
    /// It does not know this ledger.
    UnknownLog,
    /// It does not know the key that signed the head.
    UnknownKey,
    /// It has seen more of this ledger than there is here: this is an older copy.
    RolledBack,
    /// It has seen another history of this ledger.
    Forked,
    /// It answered something else than the protocol says, or its cosignature is false.
    Strange,
}

/// Why a witness did not cosign, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it means.
    pub trouble: Trouble,
    /// In words, with what to do.
    pub detail: String,
}

impl Witness {
    /// A witness below an address.
    ///
    /// Errors: [`Error`].
    pub fn new(url: &str, key: PublicKey) -> Result<Self, Error> {
        let address = || Error::Address(url.to_owned());
        let uri: ureq::http::Uri = url.parse().map_err(|_| address())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.query().is_some() {
            return Err(address());
        }
        uri.host().ok_or_else(address)?;
        if key.kind() != Kind::Cosignature {
            return Err(Error::Key(key.to_string()));
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), key })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The key it cosigns with.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What calls witnesses; clones share its connections.
    #[must_use]
    pub fn agent(&self) -> Agent {
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("tracewright/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(ANSWER_TIME));
        let uri: Option<ureq::http::Uri> = self.url.parse().ok();
        if uri.and_then(|uri| uri.host().map(crate::client::is_loopback)).unwrap_or(false) {
            agent = agent.proxy(None);
        }
        agent.build().new_agent()
    }

    /// Has a head of this ledger cosigned and keeps the cosignature; answers how many entries it
    /// covers, and the time in seconds since 1970-01-01 00:00 UTC.
    ///
    /// Errors: why there is none.
    pub fn cosign(
        &self,
        agent: &Agent,
        plant: &Plant,
        head: &Signed,
    ) -> Result<(u64, u64), Failure> {
        let (cosignature, time_s) = self.ask(agent, plant, head)?;
        plant.add_cosignature(head, cosignature).map_err(|error| Failure {
            trouble: Trouble::Unreachable,
            detail: format!("its cosignature cannot be kept: {}", engine::chain(&error)),
        })?;
        Ok((head.checkpoint.size, time_s))
    }

    fn ask(
        &self,
        agent: &Agent,
        plant: &Plant,
        head: &Signed,
    ) -> Result<(Signature, u64), Failure> {
        let size = head.checkpoint.size;
        let mut old = plant.last_cosigned(&self.key).map_or(0, |(old, _)| old).min(size);
        for _ in 0..CALLS_MAX {
            let (status, text) = self.call(agent, &request(plant, head, old)?)?;
            match status {
                200 => return self.read(head, &text),
                409 => match text.trim_end_matches('\n').parse::<u64>() {
                    Ok(seen) if seen == old => return Err(forked(seen)),
                    Ok(seen) if seen > size => return Err(rolled_back(plant, seen, size)),
                    Ok(seen) => old = seen,
                    Err(_) => return Err(forked(old)),
                },
                422 => return Err(forked(old)),
                _ => return Err(self.refused(status, &text, head)),
            }
        }
        Err(strange(format!("it named another size {CALLS_MAX} times, the last one {old}")))
    }

    fn call(&self, agent: &Agent, body: &str) -> Result<(u16, String), Failure> {
        let unreachable = |error: ureq::Error| Failure {
            trouble: Trouble::Unreachable,
            detail: format!("it cannot be reached: {}", engine::chain(&error)),
        };
        let url = format!("{}/add-checkpoint", self.url);
        let call = agent.post(url).header("content-type", "text/plain; charset=utf-8");
        let mut response = call.send(body).map_err(unreachable)?;
        let limit = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let text = response.body_mut().with_config().limit(limit).read_to_vec();
        let text = String::from_utf8_lossy(&text.map_err(unreachable)?).into_owned();
        Ok((response.status().as_u16(), text))
    }

    fn read(&self, head: &Signed, answer: &str) -> Result<(Signature, u64), Failure> {
        let (note, time_s) = cosigned(&head.note, answer, &self.key)
            .map_err(|why| strange(format!("its cosignature does not count: {why}")))?;
        let of_witness =
            |line: &&Signature| line.name == self.key.name() && line.id == self.key.id();
        let cosignature = note.signatures.iter().rfind(of_witness).cloned();
        Ok((cosignature.ok_or_else(|| strange("it gave none".to_owned()))?, time_s))
    }

    fn refused(&self, status: u16, text: &str, head: &Signed) -> Failure {
        /// Characters of a foreign answer that are shown.
        const SHOWN_CHARS: usize = 200;
        let said: String = text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect();
        let origin = &head.checkpoint.origin;
        let (trouble, detail) = match status {
            404 => (
                Trouble::UnknownLog,
                format!("it knows no ledger called {origin}: have its operator add it"),
            ),
            403 => (
                Trouble::UnknownKey,
                format!(
                    "it does not know the key that signs {origin}: have its operator add the last \
                     key that `tracewright keys show` prints"
                ),
            ),
            429 | 500..=599 => {
                (Trouble::Unreachable, format!("it answered {status}; it is asked again: {said}"))
            }
            _ => (Trouble::Strange, format!("it answered {status}: {said}")),
        };
        Failure { trouble, detail }
    }
}

fn request(plant: &Plant, head: &Signed, old_size: u64) -> Result<String, Failure> {
    let proof = match old_size {
        0 => Ok(Vec::new()),
        old => plant.consistency(old, head.checkpoint.size),
    };
    let proof = proof.map_err(|error| Failure {
        trouble: Trouble::Unreachable,
        detail: format!("the ledger cannot be read to ask it: {}", engine::chain(&error)),
    })?;
    Ok(AddCheckpoint { old_size, proof, checkpoint: head.clone() }.to_string())
}

fn strange(detail: String) -> Failure {
    Failure { trouble: Trouble::Strange, detail }
}

fn forked(size: u64) -> Failure {
    let detail = format!(
        "it has cosigned another history: the first {size} entries it knows are not the ones \
         here. Find out which copy of the ledger is the right one before going on"
    );
    Failure { trouble: Trouble::Forked, detail }
}

/// What it means that a witness has seen more than a head covers.
fn rolled_back(plant: &Plant, seen: u64, size: u64) -> Failure {
    let here = plant.published().head().0;
    if here >= seen {
        let detail = format!("it was shown a newer head meanwhile, over {seen} entries");
        return Failure { trouble: Trouble::Unreachable, detail };
    }
    let detail = format!(
        "it has seen {seen} entries of this ledger, here are {size}: this is an older copy. \
         Restore a newer one, or accept the loss with `tracewright restore --accept-loss`"
    );
    Failure { trouble: Trouble::RolledBack, detail }
}
