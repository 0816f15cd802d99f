//! What is wrong with a document, and where.

use alloc::string::String;
use core::fmt;

/// One thing found in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901); empty for the document as a whole.
    pub path: String,
    /// Which rule.
    pub code: Code,
    /// What was found and what was needed.
    pub message: String,
}

impl Problem {
    pub(crate) fn at(path: &str, code: Code, message: impl Into<String>) -> Self {
        Self { path: path.into(), code, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the document:" } else { &self.path };
        write!(formatter, "{path} {} {}", self.code.as_str(), self.message)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A rule of the document format. The text form is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// The stable text form.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// Over [`DOCUMENT_BYTES_MAX`](super::DOCUMENT_BYTES_MAX).
    TooLarge = "document_too_large",
    /// Bytes that are no UTF-8 text.
    NotUtf8 = "not_utf8",
    /// Text that is no JSON.
    NotJson = "not_json",
    /// Nested beyond [`DEPTH_MAX`](super::DEPTH_MAX).
    TooDeep = "too_deep",
    /// Over [`EVENTS_MAX`](super::EVENTS_MAX).
    TooManyEvents = "too_many_events",
    /// Over [`FIELDS_MAX`](super::FIELDS_MAX).
    TooManyFields = "too_many_fields",
    /// A JSON value of another kind than the field has.
    WrongKind = "wrong_kind",
    /// A field that must be there.
    MissingField = "missing_field",
    /// A field the standard does not know, without a namespace.
    UnknownField = "unknown_field",
    /// A field twice in one object.
    DuplicateField = "duplicate_field",
    /// A field of one's own whose prefix no `@context` declares.
    UndeclaredPrefix = "undeclared_prefix",
    /// A value twice in a list that is a set.
    DuplicateValue = "duplicate_value",
    /// A list that must have an entry.
    EmptyList = "empty_list",
    /// Text that must be a URI.
    NotUri = "not_a_uri",
    /// Text that must be a date and time with offset (RFC 3339).
    NotTime = "not_a_time",
    /// Text that must be an offset from -14:00 to +14:00.
    NotOffset = "not_an_offset",
    /// Text that must be a version: numbers separated by dots.
    NotVersion = "not_a_version",
    /// Text that must be a unit code: two or three capitals or digits.
    NotUnit = "not_a_unit",
    /// Text that must be hexadecimal digits.
    NotHex = "not_hexadecimal",
    /// Neither a document nor an event of EPCIS, nor one's own event type.
    UnknownType = "unknown_type",
    /// An action other than ADD, OBSERVE, DELETE.
    UnknownAction = "unknown_action",
    /// Neither a word of the standard's vocabulary nor a URI of one's own.
    UnknownTerm = "unknown_term",
    /// An event that says nothing about any thing.
    NothingObserved = "nothing_observed",
    /// Things put together or taken apart, without the parent.
    ParentMissing = "parent_missing",
    /// Master data of instances or lots on an event that makes none.
    IlmdNotAllowed = "ilmd_not_allowed",
    /// A finding: an EPC URI that breaks the rules of its scheme; it is kept verbatim.
    IdentifierMalformed = "identifier_malformed",
    /// A finding: a check digit that is wrong; the identifier is kept as written.
    CheckDigitWrong = "check_digit_wrong",
    /// A finding: a field without a namespace whose name begins with `_`; it is left in the text.
    CommentIgnored = "comment_ignored",
    /// A finding: a number in quotes; it is read as the number.
    NumberAsText = "number_as_text",
    /// On capture: a name that the ledger cannot keep as a code or identifier.
    NameUnusable = "name_unusable",
    /// On capture: a quantity that books cannot keep: nothing, below nothing, or not exact.
    QuantityUnusable = "quantity_unusable",
    /// On capture: a quantity in another unit of measure than the material is kept in.
    UnitNotConvertible = "unit_not_convertible",
    /// On capture: more things than one fact may join.
    TooManyThings = "too_many_things",
    /// On capture: a thing that is put into itself, or taken out of itself.
    InItself = "in_itself",
    /// On capture: an event of the same `eventID` was captured with another content.
    EventChanged = "event_changed",
    /// On capture: an event type of somebody's own, which says nothing that is understood.
    NotUnderstood = "not_understood",
}
