//! Everything that is asked: items, trace, scope, record, what a unit shares, lists.
//!
//! Reading order: `ask` (how a question says from where it looks), `seen` (the state as seen from
//! there), `whereabouts` (where an item is and its status), `line` (an item as answers print it),
//! then one module for each question.
//!
//! Invariants: nothing here writes; every answer begins with the ledger and position it stands
//! at; what is asked about the past is answered from the entries known and performed by then.
//!
//! Limits: [`ITEMS_MAX`], [`PAGE_MAX`] and the other constants of the single questions.

mod ask;
mod audit;
mod batch;
mod captures;
mod catalog;
pub mod devices;
mod evidence;
mod frozen;
mod hold;
mod instructions;
mod line;
mod list;
mod named;
mod notices;
mod orders;
mod ranges;
mod record;
mod scope;
mod seen;
mod shares;
mod signature;
mod trace;
mod whereabouts;
mod words;
mod work;

pub use ask::{ITEMS_MAX, KnownAt, Moment};
pub use audit::AuditRow;
pub use batch::*;
pub use captures::{Captures, MissingLine};
pub(crate) use frozen::{Before, Naming};
pub use frozen::{
    Cause, CauseKind, DeltaGroup, DocumentFormat, ItemChange, ScopeDelta, ScopeDocument, Stood,
};
pub use hold::{Containment, HoldAnswer, HoldStation, PASSED_MAX, PassedRow};
pub use instructions::*;
pub use line::{Certainty, Evidence, ItemLine, ItemName, ItemsAnswer, PathStep, Reason, Within};
pub use list::*;
pub use notices::{NOTICES_MAX, Notice, NoticeKind, Notices, NoticesAsk};
pub use orders::*;
pub use ranges::*;
pub use record::*;
pub use scope::*;
pub(crate) use seen::Seen;
pub use shares::*;
pub use signature::Signature;
pub use trace::{Direction, TraceAnswer, TraceAsk, TraceStep, TracedItem};
pub use whereabouts::{Where, WhereKind};
pub use work::*;
