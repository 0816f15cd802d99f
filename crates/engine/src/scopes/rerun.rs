//! A frozen scope made again: from the ledger up to its position, and from nothing else.

use domain::ScopeCode;
use domain::act::FreezeScope;
use merkle::hash;
use serde::{Deserialize, Serialize};

use super::{document_of, hash_of};
use crate::error::Result;
use crate::plant::{At, Plant};
use crate::query::{Before, Naming, ScopeDocument};
use crate::starts::Source;
use crate::state::State;

/// What came of making one number of a series again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rerun {
    /// How people call the scope.
    pub code: ScopeCode,
    /// Which of its series.
    pub number: u32,
    /// Whether the kept document is the one the entry names, and the same comes out again.
    pub holds: bool,
    /// SHA-256 of the document, as its entry says.
    pub sha256: String,
    /// SHA-256 of what came out again; absent: it could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// The first thing that is wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// What came of making the numbers of a series again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RerunAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// Whether all of them hold.
    pub holds: bool,
    /// Each number.
    pub numbers: Vec<Rerun>,
}

impl Plant {
    /// Makes the numbers of a series again, or one of them, each from the ledger up to its
    /// position, and compares bytes.
    ///
    /// Errors: [`crate::Error::NotFound`] if there is none; what is wrong with one stands in the
    /// answer.
    pub fn rerun_scope(&self, code: &ScopeCode, number: Option<u32>) -> Result<RerunAnswer> {
        let asked = match number {
            Some(number) => vec![self.number(code, Some(number))?.0],
            None => {
                let state = self.published().read();
                state.masters().scope(code).map(|(frozen, _)| frozen.clone()).collect()
            }
        };
        if asked.is_empty() {
            return Err(self.no_scope(code));
        }
        let ledger = self.ledger()?;
        let mut numbers = Vec::with_capacity(asked.len());
        let mut state = State::journaled();
        for frozen in &asked {
            self.fold_to(&mut state, &ledger, frozen.known_at)?;
            let before = match frozen.number.checked_sub(1) {
                None => None,
                Some(number) => Some(self.number(code, Some(number))?.0),
            };
            let folder = self.folder().reading();
            let again = Again { state: &state, ledger: &ledger, files: &folder.files() };
            numbers.push(again.compare(frozen, before.as_ref(), &|| self.source()));
        }
        let holds = numbers.iter().all(|number| number.holds);
        Ok(RerunAnswer { at: self.at(), holds, numbers })
    }
}

/// What a document is made again from.
pub(crate) struct Again<'a> {
    /// Stands where the document does.
    pub(crate) state: &'a State,
    pub(crate) ledger: &'a store::LedgerReader,
    pub(crate) files: &'a store::FileReader,
}

impl Again<'_> {
    /// Makes a number again and holds it against what is kept.
    pub(crate) fn compare(
        &self,
        frozen: &FreezeScope,
        before: Option<&FreezeScope>,
        rows: &dyn Fn() -> Result<Source>,
    ) -> Rerun {
        let mut rerun = Rerun {
            code: frozen.code.clone(),
            number: frozen.number,
            holds: false,
            sha256: frozen.document.sha256.clone(),
            again: None,
            difference: None,
        };
        match self.compared(frozen, before, rows) {
            Ok((again, difference)) => {
                rerun.holds = difference.is_none();
                rerun.again = Some(again);
                rerun.difference = difference;
            }
            Err(error) => rerun.difference = Some(crate::chain(&error)),
        }
        rerun
    }

    fn compared(
        &self,
        frozen: &FreezeScope,
        before: Option<&FreezeScope>,
        rows: &dyn Fn() -> Result<Source>,
    ) -> Result<(String, Option<String>)> {
        let kept = self.files.read(hash_of(&frozen.document)?)?;
        // After a restore with loss the document still names the ledger it was made from.
        let ledger = ScopeDocument::parse(&kept)?.ledger;
        let at = vec![At { ledger: ledger.clone(), position: frozen.known_at }];
        let before = match before {
            None => None,
            Some(before) => {
                let bytes = self.files.read(hash_of(&before.document)?)?;
                let document = ScopeDocument::parse(&bytes)?;
                Some(Before { sha256: before.document.sha256.clone(), document })
            }
        };
        let naming = Naming {
            ledger,
            code: frozen.code.clone(),
            number: frozen.number,
            reason: frozen.reason.clone(),
            query: frozen.query.clone(),
        };
        let seeing = (at, frozen.query.as_of);
        let named = (naming, before.as_ref());
        let document = document_of(self.state, self.ledger, seeing, rows, named)?;
        let again = document.to_bytes()?;
        let sha256 = hash::sha256(&again).to_string();
        let counted = [
            (frozen.proven, document.scope.summary.proven, "proven"),
            (frozen.possible, document.scope.summary.possible, "possible"),
            (frozen.cleared, document.scope.summary.cleared, "cleared"),
        ];
        let miscounted = counted
            .into_iter()
            .find(|(said, found, _)| u64::try_from(*found).is_ok_and(|found| found != *said));
        let miscounted = miscounted
            .map(|(said, found, what)| format!("its entry says {said} {what}, there are {found}"));
        let differs = (kept != again).then(|| first_difference(&kept, &again));
        Ok((sha256, differs.or(miscounted)))
    }
}

/// Where two texts of JSON differ first, as a path into them.
fn first_difference(kept: &[u8], again: &[u8]) -> String {
    let read = |bytes| serde_json::from_slice::<serde_json::Value>(bytes);
    match (read(kept), read(again)) {
        (Ok(kept), Ok(again)) => different(&kept, &again, "").unwrap_or_else(|| {
            "the kept document says the same in other bytes than are made today".to_owned()
        }),
        (Err(error), _) | (_, Err(error)) => format!("the kept document does not read: {error}"),
    }
}

fn different(kept: &serde_json::Value, again: &serde_json::Value, path: &str) -> Option<String> {
    use serde_json::Value;
    let label = |value: &Value| {
        let text = value.to_string();
        let short: String = text.chars().take(80).collect();
        if short.len() < text.len() { format!("{short}…") } else { short }
    };
    match (kept, again) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let at = format!("{path}/{key}");
                let none = &Value::Null;
                different(a.get(key).unwrap_or(none), b.get(key).unwrap_or(none), &at)
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            let inner = a.iter().zip(b).enumerate().find_map(|(index, (a, b))| {
                let name = a.get("label").and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), ToOwned::to_owned);
                different(a, b, &format!("{path}/{name}"))
            });
            inner.or_else(|| {
                (a.len() != b.len())
                    .then(|| format!("{path}: {} are kept, {} come out", a.len(), b.len()))
            })
        }
        _ if kept == again => None,
        _ => Some(format!("{path}: {} is kept, {} comes out", label(kept), label(again))),
    }
}
