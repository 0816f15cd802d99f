//! What verification of a folder says.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plant::At;

/// Findings reported one by one; more of them are only counted.
pub const FINDINGS_MAX: usize = 1000;

/// How far a ledger that holds can be believed.
///
/// Shape: as text and in JSON `consistent`, `site-signed` or `witnessed by 2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Bytes, tree, signatures and views agree; the key is known only from the folder itself.
    Consistent,
    /// A key the verifier trusts signed the head. The site can still rewrite what it alone signed.
    SiteSigned,
    /// So many others hold a checkpoint of this history.
    Witnessed(usize),
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consistent => f.write_str("consistent"),
            Self::SiteSigned => f.write_str("site-signed"),
            Self::Witnessed(count) => write!(f, "witnessed by {count}"),
        }
    }
}

impl FromStr for Standing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "consistent" => Ok(Self::Consistent),
            "site-signed" => Ok(Self::SiteSigned),
            other => other
                .strip_prefix("witnessed by ")
                .and_then(|count| count.parse().ok())
                .map(Self::Witnessed)
                .ok_or("a standing is consistent, site-signed or witnessed by N"),
        }
    }
}

impl Serialize for Standing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Standing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Standing {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Standing".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string",
            "pattern": r"^(consistent|site-signed|witnessed by [0-9]+)$"})
    }
}

/// What kind of thing is wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// A database file itself: its pages or its tables.
    Database,
    /// An entry: missing, out of place, unreadable, or not the one that was signed.
    Entry,
    /// A member of an entry: its value, its salt, its place.
    Member,
    /// A stored tile of the tree.
    Tile,
    /// A signed head of the tree.
    Checkpoint,
    /// The ledger's own entries about keys, or a signature by a key that is not trusted.
    Key,
    /// The file of signing keys.
    SiteKey,
    /// A checkpoint held elsewhere.
    Witness,
    /// The sequence of an item's entries.
    Sequence,
    /// A person's signature under an entry.
    Signature,
    /// Something an entry points at.
    Reference,
    /// A fact that cannot be understood.
    Fact,
    /// The answer kept for a command.
    Command,
    /// The keys of people.
    People,
    /// A file.
    File,
    /// A row of the views.
    View,
    /// A frozen scope that does not come out again.
    Scope,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of thing.
    pub what: What,
    /// The entry, where it is about one.
    pub position: Option<u64>,
    /// The item, where it is about one.
    pub item: Option<String>,
    /// The row, tile, command, person or file, where it is about one.
    pub name: Option<String>,
    /// What is wrong, in words.
    pub message: String,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Entries, hashed anew.
    pub entries: u64,
    /// Members held against their digests.
    pub members: u64,
    /// Members whose values were erased; their digests stand.
    pub erased: u64,
    /// Members that cannot be read, for the keys of people are kept apart from this copy.
    #[serde(default)]
    pub apart: u64,
    /// Full tiles of the tree.
    pub tiles: u64,
    /// Stored signed heads.
    pub checkpoints: u64,
    /// Checkpoints held elsewhere.
    pub held: u64,
    /// Items whose sequences have no gap.
    pub items: u64,
    /// Answers to commands.
    pub commands: u64,
    /// Files, hashed anew.
    pub files: u64,
    /// Rows of the views, held against a refold.
    pub view_rows: u64,
    /// Frozen scopes made again.
    #[serde(default)]
    pub scopes: u64,
    /// How many entries the compared views stood at; absent: no views were compared.
    pub views_at: Option<u64>,
}

/// The verdict on a data folder.
///
/// Shape: `Display` says it in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// The ledger and the position of the last entry looked at; empty where none can be read.
    pub at: Vec<At>,
    /// The ledger's name in checkpoints.
    pub origin: Option<String>,
    /// How many entries were looked at.
    pub size: u64,
    /// Root of the tree over them, as 64 hexadecimal digits; absent where it cannot be computed.
    pub root: Option<String>,
    /// The key that signed the head.
    pub signed_by: Option<String>,
    /// How far it can be believed; absent where something is wrong.
    pub standing: Option<Standing>,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// How many findings more there are than reported one by one.
    pub further_findings: u64,
    /// How much was looked at.
    pub checked: Checked,
    /// Who else holds a checkpoint of this history, and of how many entries.
    pub witnesses: Vec<FolderWitness>,
    /// What verification cannot say.
    pub unproven: Vec<String>,
}

/// Somebody else who saw the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FolderWitness {
    /// Who, or which file.
    pub who: String,
    /// How many entries it covers.
    pub size: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "holds" } else { "DOES NOT HOLD" };
        let name = self.origin.as_deref().unwrap_or("without a readable name");
        writeln!(f, "The ledger {verdict}: {name}, {}.", count(self.size, "entry", "entries"))?;
        for Finding { message, .. } in &self.findings {
            writeln!(f, "- {message}")?;
        }
        if self.further_findings > 0 {
            writeln!(f, "- and {} more", count(self.further_findings, "finding", "findings"))?;
        }
        match self.standing {
            Some(standing) => writeln!(f, "Standing: {standing}.")?,
            None => writeln!(f, "Nothing in this folder should be relied upon as it is.")?,
        }
        for FolderWitness { who, size } in &self.witnesses {
            writeln!(f, "Its first {size} entries are the ones {who} knows.")?;
        }
        let Checked { entries, members, erased, tiles, checkpoints, held, items, .. } =
            self.checked;
        let Checked { commands, files, view_rows, views_at, apart, scopes, .. } = self.checked;
        writeln!(
            f,
            "Checked: {}, {} ({erased} erased), {}, {}, {held} held elsewhere, {}, {}, {}.",
            count(entries, "entry", "entries"),
            count(members, "member", "members"),
            count(tiles, "tile", "tiles"),
            count(checkpoints, "checkpoint", "checkpoints"),
            count(items, "item", "items"),
            count(commands, "answer", "answers"),
            count(files, "file", "files"),
        )?;
        if apart > 0 {
            writeln!(f, "{apart} members do not open: the keys of people are kept apart.")?;
        }
        match views_at {
            Some(at) => {
                let (rows, at) = (count(view_rows, "row", "rows"), count(at, "entry", "entries"));
                writeln!(f, "Compared: {rows} of the views at {at}.")?;
            }
            None => writeln!(f, "No views were compared.")?,
        }
        if scopes > 0 {
            writeln!(f, "Made again: {}.", count(scopes, "frozen scope", "frozen scopes"))?;
        }
        self.unproven.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// So many of something: `1 file`, `2 files`.
fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What was found, and how much was looked at, as it goes on.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) further: u64,
    pub(super) checked: Checked,
}

impl Findings {
    pub(super) fn any(&self) -> bool {
        !self.list.is_empty()
    }

    /// How many there are, to see whether something was found since.
    pub(super) fn count(&self) -> u64 {
        u64::try_from(self.list.len()).unwrap_or(u64::MAX).saturating_add(self.further)
    }

    fn push(&mut self, finding: Finding) {
        if self.list.len() < FINDINGS_MAX {
            self.list.push(finding);
        } else {
            self.further = self.further.saturating_add(1);
        }
    }

    /// Something about the whole.
    pub(super) fn add(&mut self, what: What, message: String) {
        self.push(Finding { what, position: None, item: None, name: None, message });
    }

    /// Something about an entry.
    pub(super) fn at(&mut self, what: What, position: u64, said: &str) {
        let message = format!("entry {position}: {said}");
        let position = Some(position);
        self.push(Finding { what, position, item: None, name: None, message });
    }

    /// Something about an entry of an item.
    pub(super) fn of_item(&mut self, what: What, position: u64, item: &str, said: &str) {
        let message = format!("entry {position}, item {item}: {said}");
        let (position, item) = (Some(position), Some(item.to_owned()));
        self.push(Finding { what, position, item, name: None, message });
    }

    /// Something about the key of a person, or what is sealed under it.
    pub(super) fn of_person(&mut self, person: &str, position: u64, said: &str) {
        let message = format!("entry {position}: {said}");
        let (position, name) = (Some(position), Some(person.to_owned()));
        self.push(Finding { what: What::People, position, item: None, name, message });
    }

    /// Something about a row, a file or whatever else has a name.
    pub(super) fn named(&mut self, what: What, name: &str, said: &str) {
        let message = format!("{name}: {said}");
        let name = Some(name.to_owned());
        self.push(Finding { what, position: None, item: None, name, message });
    }
}
