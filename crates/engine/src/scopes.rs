//! Scopes that are frozen: numbered, hashed, in the ledger, and made again to show that they hold.
//!
//! ```text
//! freeze ─► document of what is known now ─► files/ by its hash ─► entry `scope.frozen` number 0
//! delta  ─► the same question now, held against the number before ─► entry number n + 1
//! rerun  ─► the ledger folded up to the document's position ─► the same bytes, or what differs
//! ```
//!
//! Invariants: the program makes every document from the ledger; a caller gives only the question
//! and a reason. A delta that changes nothing is not written. What is signed is the ledger's head
//! over the entry, which names the document by its hash.
//!
//! Limits: [`NUMBERS_MAX`] numbers of a series; a rerun folds every entry up to its position, in
//! memory and time like a refold.
//!
//! Crash: leaves at most a document that no entry names.

mod export;
mod rerun;

use domain::act::{Act, Alike, FreezeScope, ScopeQuery};
use domain::{
    Answer, Code, Command, FileRef, ItemRef, PersonCode, Position, ScopeCode, Time, start::Start,
};
use merkle::Hash;
use serde::{Deserialize, Serialize};

pub(crate) use export::cell;
pub use export::{ExportAbout, ExportFormat};
use export::{Exported, Standing};
pub(crate) use rerun::Again;
pub use rerun::{Rerun, RerunAnswer};

use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::query::{
    Before, ITEMS_MAX, Like, Naming, ScopeAnswer, ScopeAsk, ScopeDelta, ScopeDocument, Seen,
    Summary,
};
use crate::state::State;

/// Numbers of one series: a delta a working day for ten years.
pub const NUMBERS_MAX: u32 = 4000;
/// How often a code or number is chosen again when another caller took it.
const TRIES_MAX: usize = 8;

/// Asks for a scope to be frozen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeAsk {
    /// How it is to be called; absent: `RC-` with the year and the next free number.
    #[serde(default)]
    pub code: Option<ScopeCode>,
    /// Where the suspicion begins.
    #[serde(default)]
    pub from: Vec<Start<ItemRef>>,
    /// Or: at all units like one.
    #[serde(default)]
    pub like: Option<Like>,
    /// What was so by then.
    #[serde(default)]
    pub as_of: Option<Time>,
    /// The last entry that is to be known; absent: the last there is.
    #[serde(default)]
    pub known_at: Option<Position>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    #[serde(default)]
    pub by: Option<PersonCode>,
}

/// Asks for the delta of a frozen scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeltaAsk {
    /// Why it is looked at again.
    #[serde(default)]
    pub reason: Option<String>,
    /// Who asks.
    #[serde(default)]
    pub by: Option<PersonCode>,
}

/// One number of the series of a frozen scope, without its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrozenScope {
    /// How people call it.
    pub code: ScopeCode,
    /// Which of its series: 0 is the scope as it was frozen.
    pub number: u32,
    /// Its entry.
    pub position: Position,
    /// When the server took the entry.
    pub received: Time,
    /// Who decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Why.
    pub reason: String,
    /// What was asked, in words.
    pub question: String,
    /// The last entry that was known.
    pub known_at: Position,
    /// How many items are concerned for certain.
    pub proven: u64,
    /// How many are perhaps concerned.
    pub possible: u64,
    /// How many are not, by evidence.
    pub cleared: u64,
    /// SHA-256 of the document, as 64 hexadecimal digits.
    pub sha256: String,
}

/// Frozen scopes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopesAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// Each number, by code.
    pub scopes: Vec<FrozenScope>,
}

/// What was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreezeAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The scope.
    pub frozen: FrozenScope,
    /// Counts of what was found.
    pub summary: Summary,
}

/// How a frozen scope changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeltaAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The number that was written; absent: nothing changed, or it was only looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<FrozenScope>,
    /// Counts of what is found now.
    pub summary: Summary,
    /// What changed since the number before.
    pub delta: ScopeDelta,
}

impl FreezeAsk {
    fn query(&self) -> ScopeQuery {
        let like = self.like.as_ref();
        ScopeQuery {
            from: self.from.clone(),
            like: like.map(|like| Alike { item: like.item.clone(), by: like.by.clone() }),
            as_of: self.as_of,
        }
    }
}

/// A question in words.
#[must_use]
pub fn question(query: &ScopeQuery) -> String {
    let mut each: Vec<String> = query.from.iter().map(ToString::to_string).collect();
    each.extend(query.like.as_ref().map(|like| format!("units like {} by {}", like.item, like.by)));
    let mut text = each.join(" or ");
    if let Some(time) = query.as_of {
        text.push_str(&format!(", as of {time}"));
    }
    text
}

/// A document with what is kept of it.
struct Made {
    document: ScopeDocument,
    file: FileRef,
}

impl Plant {
    /// Freezes the scope of a suspicion as number 0 of a new series.
    ///
    /// Errors: as [`Plant::scope`]; [`Error::Rejected`] where the code is taken; [`Error::Input`]
    /// where there is no reason or the scope is too large.
    pub fn freeze_scope(&self, ask: &FreezeAsk, by: &str) -> Result<FreezeAnswer> {
        if ask.reason.trim().is_empty() {
            return Err(Error::Input("a scope is frozen for a reason: say which".to_owned()));
        }
        let last = Position(self.published().read().next().0.saturating_sub(1));
        if let Some(position) = ask.known_at.filter(|position| *position > last) {
            return Err(Error::not_known_yet(position, last));
        }
        let mut tries = 0;
        loop {
            let code = ask.code.clone().map_or_else(|| self.next_code(), Ok)?;
            let naming = self.naming((code, 0), &ask.reason, ask.query());
            let document = match ask.known_at {
                None => self.see((ask.as_of, None), |seen| {
                    seen.document(&|| self.source(), naming, None)
                })?,
                Some(position) => self.document_at(position, naming, None)?,
            };
            let summary = document.scope.summary.clone();
            tries += 1;
            match self.write_frozen(self.keep(document)?, ask.by.as_ref(), by) {
                Err(Error::Rejected(rejection))
                    if rejection.code == Code::CodeTaken
                        && ask.code.is_none()
                        && tries < TRIES_MAX => {}
                recorded => {
                    let frozen = recorded?;
                    return Ok(FreezeAnswer { at: self.at(), frozen, summary });
                }
            }
        }
    }

    /// What changed since a scope was last frozen; writes nothing.
    ///
    /// Errors: [`Error::NotFound`] if no scope is called so.
    pub fn look_at_scope(&self, code: &ScopeCode) -> Result<DeltaAnswer> {
        let document = self.again(code, "looked at")?;
        let delta = document.delta.ok_or_else(|| self.no_scope(code))?;
        Ok(DeltaAnswer { at: self.at(), frozen: None, summary: document.scope.summary, delta })
    }

    /// Asks the question of a frozen scope again and writes what changed as its next number;
    /// nothing where nothing did.
    ///
    /// Errors: [`Error::NotFound`] if no scope is called so; [`Error::Rejected`] if another delta
    /// was written meanwhile.
    pub fn scope_delta(&self, code: &ScopeCode, ask: &DeltaAsk, by: &str) -> Result<DeltaAnswer> {
        let reason = ask.reason.as_deref().unwrap_or("looked at again");
        let document = self.again(code, reason)?;
        let delta = document.delta.clone().ok_or_else(|| self.no_scope(code))?;
        let summary = document.scope.summary.clone();
        let frozen = if delta.is_empty() {
            None
        } else {
            Some(self.write_frozen(self.keep(document)?, ask.by.as_ref(), by)?)
        };
        Ok(DeltaAnswer { at: self.at(), frozen, summary, delta })
    }

    /// Every number of every frozen scope.
    ///
    /// Errors: an entry that cannot be read.
    pub fn scopes(&self) -> Result<ScopesAnswer> {
        let all: Vec<_> = self.published().read().masters().scopes.values().cloned().collect();
        let scopes = all.into_iter().map(|(frozen, at)| self.frozen(&frozen, at));
        Ok(ScopesAnswer { at: self.at(), scopes: scopes.collect::<Result<_>>()? })
    }

    /// The series of one frozen scope.
    ///
    /// Errors: [`Error::NotFound`] if no scope is called so.
    pub fn scope_series(&self, code: &ScopeCode) -> Result<ScopesAnswer> {
        let series: Vec<_> = self.published().read().masters().scope(code).cloned().collect();
        if series.is_empty() {
            return Err(self.no_scope(code));
        }
        let scopes = series.into_iter().map(|(frozen, at)| self.frozen(&frozen, at));
        Ok(ScopesAnswer { at: self.at(), scopes: scopes.collect::<Result<_>>()? })
    }

    /// One number of a series; without a number the last.
    ///
    /// Errors: [`Error::NotFound`] if there is none.
    pub fn frozen_scope(&self, code: &ScopeCode, number: Option<u32>) -> Result<FrozenScope> {
        let (frozen, at) = self.number(code, number)?;
        self.frozen(&frozen, at)
    }

    /// The kept document of a number, and its text exactly as it was hashed.
    ///
    /// Errors: [`Error::NotFound`] if there is no such number; [`Error::Store`] where the file is
    /// not there or was changed.
    pub fn scope_document(
        &self,
        code: &ScopeCode,
        number: Option<u32>,
    ) -> Result<(ScopeDocument, Vec<u8>)> {
        let (frozen, _) = self.number(code, number)?;
        let bytes = self.kept(&frozen)?;
        Ok((ScopeDocument::parse(&bytes)?, bytes))
    }

    /// One number of a series in a form others read; without a number the last.
    ///
    /// Errors: as [`Plant::scope_document`].
    pub fn export_scope(
        &self,
        (code, number): (&ScopeCode, Option<u32>),
        format: ExportFormat,
        about: &ExportAbout,
    ) -> Result<Vec<u8>> {
        if format == ExportFormat::Proof {
            let proof = self.scope_proof(code)?.to_bytes();
            return proof.map_err(|error| Error::Input(crate::chain(&error)));
        }
        let (document, bytes) = self.scope_document(code, number)?;
        if format == ExportFormat::Json {
            return Ok(bytes);
        }
        let frozen = self.frozen_scope(code, Some(document.number))?;
        let standing = Standing::Frozen {
            code: document.code.as_str(),
            number: document.number,
            reason: &document.reason,
        };
        let stands = (document.known_at, frozen.received);
        self.exported((&document.scope, standing), stands, about).bytes(format)
    }

    /// The scope of a suspicion in a form others read, without freezing it; it says in itself that
    /// it is not frozen and where it stands.
    ///
    /// Errors: as [`Plant::scope`]; [`Error::Input`] where it has more than [`ITEMS_MAX`] items or
    /// the form is that of a proof.
    pub fn export_open_scope(
        &self,
        ask: &ScopeAsk,
        format: ExportFormat,
        about: &ExportAbout,
    ) -> Result<Vec<u8>> {
        let scope = self.scope(&ScopeAsk { limit: None, ..ask.clone() })?;
        if scope.truncated {
            return Err(Error::Input(format!(
                "the scope has more than {ITEMS_MAX} items: part the question and export each part"
            )));
        }
        let last = scope.at.first().map_or(Position(0), |at| at.position);
        let known_at = scope.known_at.unwrap_or(last);
        let missing = || Error::NotFound(format!("the entry at position {known_at}"));
        let stored = self.ledger()?.entry(known_at.0)?.ok_or_else(missing)?;
        let mut question = scope.from.join(" or ");
        if let Some(time) = scope.as_of {
            question.push_str(&format!(", as of {time}"));
        }
        let stands = (known_at, Time(stored.received_us));
        self.exported((&scope, Standing::Open { question }), stands, about).bytes(format)
    }

    fn exported<'a>(
        &self,
        (scope, standing): (&'a ScopeAnswer, Standing<'a>),
        (known_at, time): (Position, Time),
        about: &ExportAbout,
    ) -> Exported<'a> {
        let ledger = self.ledger_id().to_string();
        let base = about.base.as_ref().map(|base| base.trim_end_matches('/').to_owned());
        let firm = about.firm.clone();
        Exported {
            firm: firm.unwrap_or_else(|| self.keys().genesis().origin.clone()),
            base: base.unwrap_or_else(|| format!("https://ledger-{ledger}.invalid")),
            scope,
            standing,
            ledger,
            known_at,
            time,
        }
    }

    fn no_scope(&self, code: &ScopeCode) -> Error {
        Error::NotFound(format!("a frozen scope called {code}"))
    }

    fn number(&self, code: &ScopeCode, number: Option<u32>) -> Result<(FreezeScope, Position)> {
        let state = self.published().read();
        let mut series = state.masters().scope(code);
        let found = match number {
            None => series.next_back(),
            Some(number) => series.find(|(frozen, _)| frozen.number == number),
        };
        found.cloned().ok_or_else(|| match number {
            None => self.no_scope(code),
            Some(number) => Error::NotFound(format!("number {number} of a scope called {code}")),
        })
    }

    fn kept(&self, frozen: &FreezeScope) -> Result<Vec<u8>> {
        let hash = hash_of(&frozen.document)?;
        Ok(self.folder().files().read(hash)?)
    }

    fn frozen(&self, frozen: &FreezeScope, position: Position) -> Result<FrozenScope> {
        let missing = || Error::NotFound(format!("the entry at position {position}"));
        let stored = self.ledger()?.entry(position.0)?.ok_or_else(missing)?;
        let entry = crate::codec::decode(&stored)?.ok_or_else(missing)?;
        Ok(FrozenScope {
            code: frozen.code.clone(),
            number: frozen.number,
            position,
            received: entry.received,
            by: entry.context.performed_by,
            recorded_by: entry.context.recorded_by,
            reason: frozen.reason.clone(),
            question: question(&frozen.query),
            known_at: frozen.known_at,
            proven: frozen.proven,
            possible: frozen.possible,
            cleared: frozen.cleared,
            sha256: frozen.document.sha256.clone(),
        })
    }

    /// The next free code of this year.
    fn next_code(&self) -> Result<ScopeCode> {
        let now = crate::clock::now().to_string();
        let year = now.get(..4).unwrap_or_default();
        let prefix = format!("RC-{year}-");
        let state = self.published().read();
        let codes = state.masters().scopes.keys();
        let taken = codes.filter_map(|(code, _)| code.as_str().strip_prefix(&prefix));
        let last = taken.filter_map(|rest| rest.parse::<u32>().ok()).max().unwrap_or(0);
        let code = format!("{prefix}{:02}", last.saturating_add(1));
        ScopeCode::new(&code).map_err(|error| Error::Input(error.to_string()))
    }

    fn naming(&self, (code, number): (ScopeCode, u32), reason: &str, query: ScopeQuery) -> Naming {
        let ledger = self.ledger_id().to_string();
        Naming { ledger, code, number, reason: reason.to_owned(), query }
    }

    /// The document of a series' next number, as it is now.
    fn again(&self, code: &ScopeCode, reason: &str) -> Result<ScopeDocument> {
        let (last, _) = self.number(code, None)?;
        if last.number >= NUMBERS_MAX {
            return Err(Error::Input(format!(
                "scope {code} has {NUMBERS_MAX} deltas: freeze the question under a new code"
            )));
        }
        let before = self.before(&last)?;
        let next = (code.clone(), last.number.saturating_add(1));
        let naming = self.naming(next, reason, last.query.clone());
        self.see((last.query.as_of, None), |seen| {
            seen.document(&|| self.source(), naming, Some(&before))
        })
    }

    fn before(&self, frozen: &FreezeScope) -> Result<Before> {
        let document = ScopeDocument::parse(&self.kept(frozen)?)?;
        Ok(Before { sha256: frozen.document.sha256.clone(), document })
    }

    /// Keeps a document by its hash.
    fn keep(&self, document: ScopeDocument) -> Result<Made> {
        let bytes = document.to_bytes()?;
        let hash = self.folder().files().put(&bytes)?;
        let name = format!("{}-{}.json", document.code, document.number);
        let file = FileRef { sha256: hash.to_string(), name: Some(name) };
        Ok(Made { document, file })
    }

    /// Writes the entry of a document.
    fn write_frozen(
        &self,
        made: Made,
        person: Option<&PersonCode>,
        by: &str,
    ) -> Result<FrozenScope> {
        let Made { document, file } = made;
        let summary = &document.scope.summary;
        let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let fact = FreezeScope {
            code: document.code.clone(),
            number: document.number,
            query: document.query,
            known_at: document.known_at,
            proven: counted(summary.proven),
            possible: counted(summary.possible),
            cleared: counted(summary.cleared),
            reason: document.reason,
            document: file,
        };
        let number = fact.number;
        let mut command = Command::attempt(vec![Act::FreezeScope(fact)]);
        command.performed_by = person.cloned();
        let reply = self.submit_own(command, (by, None))?;
        match reply.answer {
            Answer::Admitted(_) => {}
            Answer::Rejected(rejection) => return Err(Error::Rejected(Box::new(rejection))),
        }
        self.published().wait_for(reply.position)?;
        self.frozen_scope(&document.code, Some(number))
    }

    /// A document as of a position: the ledger folded up to it, and nothing else.
    fn document_at(
        &self,
        position: Position,
        naming: Naming,
        before: Option<&Before>,
    ) -> Result<ScopeDocument> {
        let state = self.state_at(position)?;
        let ledger = self.ledger()?;
        let as_of = naming.query.as_of;
        let at = crate::plant::at_of(self.ledger_id(), &state);
        document_of(&state, &ledger, (at, as_of), &|| self.source(), (naming, before))
    }
}

/// The document of a state that stands somewhere.
fn document_of(
    state: &State,
    ledger: &store::LedgerReader,
    seeing: (Vec<At>, Option<Time>),
    rows: &dyn Fn() -> Result<crate::starts::Source>,
    (naming, before): (Naming, Option<&Before>),
) -> Result<ScopeDocument> {
    let seen = Seen::whole(state, ledger, seeing)?;
    let document = seen.document(rows, naming, before)?;
    seen.finish_with(document)
}

fn hash_of(file: &FileRef) -> Result<Hash> {
    Hash::from_hex(&file.sha256)
        .ok_or_else(|| Error::Input(format!("{} names no file", file.sha256)))
}
