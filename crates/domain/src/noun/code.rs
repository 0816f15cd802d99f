//! Codes people give to things that are not items: parts, orders, stations, persons.

use alloc::sync::Arc;
use core::fmt;

/// Longest code accepted, in bytes; GS1 and ERP keys stay well under it.
pub const CODE_BYTES_MAX: usize = 200;

/// Why a text is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Nothing but white space.
    #[error("it is empty; give 1 to {CODE_BYTES_MAX} characters")]
    Empty,
    /// More than [`CODE_BYTES_MAX`] bytes.
    #[error("it has {0} bytes; at most {CODE_BYTES_MAX} are allowed")]
    Long(usize),
    /// A control character, which no label or scanner carries.
    #[error("it holds a control character; use printable text only")]
    Control,
}

/// Checks the text of a code or identifier value.
///
/// Errors: [`CodeError`], which completes "this code cannot be used: …".
pub fn check_code(text: &str) -> Result<(), CodeError> {
    if text.trim().is_empty() {
        return Err(CodeError::Empty);
    }
    if text.len() > CODE_BYTES_MAX {
        return Err(CodeError::Long(text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(CodeError::Control);
    }
    Ok(())
}

// Codes are told once and copied often: into the state, its undo, rows and answers. A copy shares
// the text.
macro_rules! code {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, schemars::JsonSchema)]
        #[schemars(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a checked text, without surrounding white space.
            ///
            /// Errors: [`CodeError`] if it is empty, too long or holds control characters.
            pub fn new(text: &str) -> Result<Self, CodeError> {
                check_code(text)?;
                Ok(Self(Arc::from(text.trim())))
            }

            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, ser: S) -> Result<S::Ok, S::Error> {
                ser.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
                $crate::noun::read_text(de, Self::new)
            }
        }
    )*};
}

code! {
    /// Number of a material definition, such as `MB-09`.
    PartNumber;
    /// Revision of a material definition, such as `F`.
    Revision;
    /// Code of a work order, such as `WO-51187`.
    OrderCode;
    /// Code of a work center (a line, a cell).
    WorkCenterCode;
    /// Code of a station.
    StationCode;
    /// A place at a station where a lot is loaded: a feeder slot, a hopper, a tank.
    SlotCode;
    /// Code of a piece of equipment: a tool, a tester, an oven.
    EquipmentCode;
    /// Pseudonymous code of a person; names live in erasable members only.
    PersonCode;
    /// What an account is called, such as `U-7`; it is never given to another.
    UserCode;
    /// Code of a company: supplier, maker, customer, subcontractor.
    PartyCode;
    /// Code of a place: a site, a warehouse, a bin.
    PlaceCode;
    /// Code of an operation, such as `OP40`.
    OperationCode;
    /// Code of one run of a process over several items: a furnace or steriliser load.
    RunCode;
    /// Code of a shipment or delivery note.
    ShipmentCode;
    /// Code of a hold, such as `H-7`; chosen by the caller or made from its position.
    HoldCode;
    /// Code of a unit of measure, such as `ea`, `g`, `N·m` (UCUM or UN/CEFACT, kept as given).
    UnitOfMeasure;
    /// Scheme of an identifier: [`Identifier`](super::Identifier) names the usual ones.
    Scheme;
    /// Code of a frozen scope, such as `RC-2026-03`.
    ScopeCode;
    /// Code of an import, which resumes under the same code.
    ImportCode;
    /// Code of a work master, such as `WM-LP300`; its versions share it.
    MasterCode;
    /// Code of a step within an operation.
    StepCode;
    /// Code of a capture within a step.
    CaptureCode;
    /// Code of a qualification, such as `torque`.
    QualificationCode;
    /// Code of a range of serial numbers.
    RangeCode;
    /// Code of a nonconformance, such as `NC-118`; chosen by the caller or made from its position.
    NonconformanceCode;
}
