//! Exact amounts with units of measure; never floats.

use core::fmt;
use core::str::FromStr;
use rust_decimal::Decimal;

use super::{UnitOfMeasure, misread, read_text};

/// Longest decimal text accepted, in bytes: 28 significant digits, sign and point.
const AMOUNT_BYTES_MAX: usize = 32;

/// An exact decimal number.
///
/// Shape: as JSON a string (`"1.19"`); whole JSON numbers are read too. Digits are kept as
/// written: `1.10` stays `1.10`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(Decimal);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// One.
    pub const ONE: Self = Self(Decimal::ONE);

    /// The sum, or the nearer end of the range where it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or the nearer end of the range where it does not fit.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The product, or the nearer end of the range where it does not fit.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self(self.0.saturating_mul(other.0))
    }

    /// The quotient, if the divisor is not zero and the result fits.
    #[must_use]
    pub fn divided_by(self, other: Self) -> Option<Self> {
        self.0.checked_div(other.0).map(Self)
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether sums of it stay exact: below 10^12, with at most 12 decimals. Of the 28 digits
    /// kept, four are left over, for ten thousand such amounts.
    #[must_use]
    pub fn is_bookable(self) -> bool {
        const WHOLE_MAX: Decimal = Decimal::from_parts(3_567_587_328, 232, 0, false, 0);
        const DECIMALS_MAX: u32 = 12;
        self.0.abs() < WHOLE_MAX && self.0.normalize().scale() <= DECIMALS_MAX
    }

    /// Whether it is below nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// Whether it is more than nothing.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self > Self::ZERO
    }

    /// How many digits stand after its point, as it was written.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.scale()
    }

    /// The whole number that it is written as; none where it is written with a sign or decimals.
    #[must_use]
    pub fn as_whole(self) -> Option<u64> {
        if self.0.scale() > 0 || self.0.is_sign_negative() {
            return None;
        }
        u64::try_from(self.0.mantissa()).ok()
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The same number without trailing zeros.
    #[must_use]
    pub fn normal(self) -> Self {
        Self(self.0.normalize())
    }
}

impl From<u32> for Amount {
    fn from(number: u32) -> Self {
        Self(Decimal::from(number))
    }
}

impl From<i64> for Amount {
    fn from(number: i64) -> Self {
        Self(Decimal::from(number))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "an amount is a decimal such as 1.19, with at most 28 digits and no exponent";
        if text.len() > AMOUNT_BYTES_MAX {
            return Err(wrong);
        }
        Decimal::from_str_exact(text).map(Self).map_err(|_| wrong)
    }
}

impl serde::Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
        ser.collect_str(&self.0)
    }
}

struct AmountVisitor;

impl serde::de::Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal in quotes, such as \"1.19\", or a whole number")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
        text.parse().map_err(|why: &str| misread(text, &why))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Amount, E> {
        Ok(Amount(Decimal::from(number)))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Amount, E> {
        Ok(Amount(Decimal::from(number)))
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        if de.is_human_readable() {
            de.deserialize_any(AmountVisitor)
        } else {
            read_text(de, str::parse)
        }
    }
}

impl schemars::JsonSchema for Amount {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": r"^-?\d+(\.\d+)?$",
            "description": "exact decimal; whole JSON numbers are read too"})
    }
}

/// An amount of something.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// How much.
    pub amount: Amount,
    /// In which unit of measure.
    pub unit: UnitOfMeasure,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.unit)
    }
}
