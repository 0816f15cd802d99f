//! What a signature means: a controlled list, from which its owner chooses; none is the default.
//!
//! Source: 21 CFR 11.50(a)(3).

use core::fmt;
use core::str::FromStr;

macro_rules! meanings {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What a signature means.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "camelCase")]
        pub enum Meaning { $($(#[$doc])* $name,)* }

        impl Meaning {
            /// Every meaning.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

meanings! {
    /// I did it.
    Performed = "performed";
    /// I saw that it is right.
    Verified = "verified";
    /// I looked it through.
    Reviewed = "reviewed";
    /// It may be so from now on.
    Approved = "approved";
    /// I wrote it.
    Authored = "authored";
    /// It may not be so.
    Rejected = "rejected";
    /// I was there when it was done.
    Witnessed = "witnessed";
    /// I answer for it.
    Responsible = "responsible";
    /// It may leave.
    Released = "released";
}

impl Meaning {
    /// Whether it is somebody else who says so than who did the work.
    #[must_use]
    pub const fn is_of_another(self) -> bool {
        match self {
            Self::Performed | Self::Authored | Self::Responsible => false,
            Self::Verified
            | Self::Reviewed
            | Self::Approved
            | Self::Rejected
            | Self::Witnessed
            | Self::Released => true,
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Meaning {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().copied().find(|meaning| meaning.as_str() == text);
        known.ok_or(
            "a signature means performed, verified, reviewed, approved, authored, rejected, \
             witnessed, responsible or released",
        )
    }
}
