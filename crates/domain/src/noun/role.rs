//! What somebody may do: four roles, each of which may do all that the one before it may.

use core::fmt;
use core::str::FromStr;

/// What a person or a token may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// May ask anything.
    Read,
    /// May also tell what happens.
    Record,
    /// May also decide about product.
    Quality,
    /// May also look after the server.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Record, Self::Quality, Self::Admin];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Record => "record",
            Self::Quality => "quality",
            Self::Admin => "admin",
        }
    }

    /// Whether it may do what `needed` may.
    #[must_use]
    pub fn covers(self, needed: Self) -> bool {
        needed <= self
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|role| role.as_str() == text);
        known.ok_or("a role is read, record, quality or admin")
    }
}
