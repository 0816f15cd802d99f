//! Why a rule says no: stable codes, and what they say.
//!
//! A code never changes its meaning and is never used again. `docs/errors/TW….md` explains each.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::noun::ItemId;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)*) => {
        /// A stable rejection code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in order of precedence: the first that applies is the answer's.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as text, such as `TW0012`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it says in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// The command itself cannot be read or makes no sense.
    Malformed = "TW0001", "malformed";
    /// No item is called so.
    UnknownItem = "TW0002", "unknown item";
    /// Several items are called so.
    AmbiguousItem = "TW0003", "ambiguous item";
    /// No such material is defined.
    UnknownPart = "TW0004", "unknown part";
    /// No such party, place, station, equipment, person, order, hold or exception is known.
    UnknownCode = "TW0005", "unknown code";
    /// More than a named limit allows.
    TooLarge = "TW0006", "too large";
    /// The same command id came with another body.
    CommandReused = "TW0007", "command id used";
    /// The queue is full.
    Busy = "TW0008", "busy";
    /// The caller's role does not allow it.
    NotAllowed = "TW0009", "not allowed";
    /// The identifier belongs to another item of its issuer and scheme.
    IdentifierUsed = "TW0010", "identifier used";
    /// The act does not fit this kind of item.
    WrongKind = "TW0011", "wrong kind of item";
    /// A hold forbids it.
    OnHold = "TW0012", "on hold";
    /// Its time of use is over.
    Expired = "TW0013", "expired";
    /// It was scrapped.
    Scrapped = "TW0014", "scrapped";
    /// It is not here: shipped, at a subcontractor, or not yet arrived.
    Shipped = "TW0015", "not here";
    /// It is a component of another item.
    InstalledElsewhere = "TW0016", "installed elsewhere";
    /// It is in quarantine or rejected.
    NotAccepted = "TW0017", "not accepted";
    /// The part is not on the bill of material.
    WrongPart = "TW0018", "wrong part";
    /// The part is right, its revision is not.
    WrongRevision = "TW0019", "wrong revision";
    /// More than is left.
    MoreThanLeft = "TW0020", "more than is left";
    /// It is said to be performed later than now.
    InTheFuture = "TW0021", "performed in the future";
    /// An item would contain itself.
    Cycle = "TW0022", "cycle";
    /// It is not where it is said to be taken from.
    NotThere = "TW0023", "not there";
    /// The unit of measure has no exact conversion.
    WrongUnit = "TW0024", "wrong unit of measure";
    /// It is packed in another container.
    PackedElsewhere = "TW0025", "packed elsewhere";
    /// The code is taken.
    CodeTaken = "TW0026", "code taken";
    /// The entry cannot be corrected so.
    NotCorrectable = "TW0027", "not correctable";
    /// A value outside its limits cannot pass.
    OutOfLimits = "TW0028", "out of limits";
    /// A field does not fit the schema.
    FieldInvalid = "TW0029", "field does not fit";
    /// It is said to be performed before the item came into being.
    BeforeBirth = "TW0030", "performed before it existed";
    /// A document could not be taken in.
    DocumentInvalid = "TW0031", "document not valid";
    /// A work master that cannot be worked by.
    MasterFaulty = "TW0032", "work master has errors";
    /// The version of the work master has not come so far, or is past it.
    WrongStage = "TW0033", "not at this stage";
    /// No effective work master says how it is done, or another one does.
    NoInstruction = "TW0034", "no instruction in force";
    /// The work is done by a work master, and this act goes past it.
    OutsideInstruction = "TW0035", "outside the instruction";
    /// Something else comes first, or it was done already.
    OutOfOrder = "TW0036", "out of order";
    /// What the step demands is not there.
    CaptureMissing = "TW0037", "capture missing";
    /// What was captured is not what the step demands.
    CaptureUnfit = "TW0038", "not what is demanded";
    /// The person may not do this work.
    NotQualified = "TW0039", "not qualified";
    /// Another person is needed.
    SamePerson = "TW0040", "another person is needed";
    /// The station or equipment may not be used for it.
    EquipmentUnfit = "TW0041", "station or equipment not fit";
    /// The record of the item does not hold all it must.
    RecordIncomplete = "TW0042", "record not complete";
    /// Something became known since the record was reviewed.
    ReviewOutdated = "TW0043", "changed since the review";
    /// The item was not released, or its record changed since.
    NotReleased = "TW0044", "not released";
    /// It takes a signature that is not there, or another one.
    SignatureMissing = "TW0045", "signature missing";
    /// The order is not released, is closed, or is for something else.
    OrderForbids = "TW0046", "not by this order";
    /// More than the order plans.
    OrderFull = "TW0047", "more than the order plans";
    /// The serial number is of a range, and was not given out for this.
    SerialNotIssued = "TW0048", "serial number not given out for this";
    /// Another range could give the same numbers.
    RangeOverlaps = "TW0049", "ranges overlap";
    /// What is said not to apply is nothing that is asked for.
    NotDemanded = "TW0053", "nothing that is asked for";
    /// A qualification is said to have begun before it was recorded.
    QualifiedInHindsight = "TW0054", "qualified in hindsight";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .ok_or("a code is written TW and four digits, such as TW0012")
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        String::deserialize(de)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Code {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^TW[0-9]{4}$"})
    }
}

/// What one rule found.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Which rule.
    pub code: Code,
    /// On which item, where it is one item's.
    pub item: Option<ItemId>,
    /// What was wrong.
    pub detail: String,
    /// What was needed, or what to do.
    pub needed: String,
    /// How much weight it has.
    pub weight: Weight,
}

/// How much weight a finding has.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Weight {
    /// Refuses even a report: it cannot be understood or attributed.
    Malformed,
    /// Refuses an attempt; on a report it becomes an exception.
    Rule,
    /// Never refuses: it becomes an exception.
    Exception,
}

impl Finding {
    /// A broken rule: `detail` says what was wrong, `needed` what to do about it.
    #[must_use]
    pub fn rule(code: Code, item: Option<ItemId>, detail: String, needed: &str) -> Self {
        Self { code, item, detail, needed: needed.into(), weight: Weight::Rule }
    }

    /// Something that cannot be understood or attributed.
    #[must_use]
    pub fn malformed(code: Code, detail: String, needed: &str) -> Self {
        Self { code, item: None, detail, needed: needed.into(), weight: Weight::Malformed }
    }
}

/// A refusal: an answer, not an error.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// The first code by precedence.
    pub code: Code,
    /// What it says in a few words.
    pub title: String,
    /// Which act of the command, from 0.
    pub act: usize,
    /// Everything that was found.
    pub findings: Vec<Finding>,
}

impl Rejection {
    /// The refusal for what was found in the act with index `act`.
    ///
    /// Shape: `findings` is not empty; the first by precedence gives the code.
    #[must_use]
    pub fn of(act: usize, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| (finding.weight, finding.code));
        let code = findings.first().map_or(Code::Malformed, |finding| finding.code);
        Self { code, title: code.title().into(), act, findings }
    }

    /// One finding as a refusal of the whole command.
    #[must_use]
    pub fn single(code: Code, detail: String, needed: &str) -> Self {
        Self::of(0, alloc::vec![Finding::malformed(code, detail, needed)])
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.title)?;
        match self.findings.first() {
            Some(first) => write!(f, ": {}; {}", first.detail, first.needed),
            None => Ok(()),
        }
    }
}
