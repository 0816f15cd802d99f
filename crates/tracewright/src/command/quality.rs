//! Deeds with a command of their own: lift, ship, erase.

use clap::{Args, ValueEnum};
use domain::act::Act;
use domain::act::{Erase, Lift};
use domain::act::{Purpose, Ship, ShipmentLine};
use domain::{HoldCode, ItemRef, PartyCode, PersonCode, ShipmentCode};

use super::{Bench, Result, submit};

/// End a hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright lift H-7 --reason 'lot inspected, 0 of 80 leak' --data plant")]
pub(crate) struct LiftArgs {
    /// Which hold.
    #[arg(value_parser = HoldCode::new)]
    code: HoldCode,
    /// Why it may end.
    #[arg(long)]
    reason: String,
    /// Who decided it.
    #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
    by: Option<PersonCode>,
}

/// Lifts a hold.
pub(crate) fn lift(args: LiftArgs, at: &Bench<'_>) -> Result {
    let LiftArgs { code, reason, by } = args;
    submit::one(Act::Lift(Lift { code, reason }), by, at)
}

/// Ship items: units, lots, containers with all in them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright ship --to C-104 --shipment DN-5531 container:PL-09 --data plant
  tracewright ship --to C-207 --sender C-104 SN-0042 --data plant   C-104 sends it on")]
pub(crate) struct ShipArgs {
    /// To whom.
    #[arg(long, value_name = "PARTY", value_parser = PartyCode::new)]
    to: PartyCode,
    /// Who sends on what was delivered to it before; else it leaves from here.
    #[arg(long, value_name = "PARTY", value_parser = PartyCode::new)]
    sender: Option<PartyCode>,
    /// Shipment or delivery note.
    #[arg(long, value_name = "CODE", value_parser = ShipmentCode::new)]
    shipment: Option<ShipmentCode>,
    /// Why they leave.
    #[arg(long, default_value = "delivery")]
    purpose: Leaving,
    /// What.
    #[arg(required = true, value_name = "REF")]
    items: Vec<ItemRef>,
    /// Who ships it.
    #[arg(long, value_name = "PERSON", value_parser = PersonCode::new)]
    by: Option<PersonCode>,
}

/// Why items leave.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Leaving {
    /// To the one who ordered them.
    Delivery,
    /// For a step done elsewhere.
    Subcontract,
    /// Back to the supplier.
    ReturnToSupplier,
}

/// Ships items.
pub(crate) fn ship(args: ShipArgs, at: &Bench<'_>) -> Result {
    let line = |item| ShipmentLine { item, quantity: None, line: None };
    let ship = Ship {
        party: args.to,
        sender: args.sender,
        shipment: args.shipment,
        lines: args.items.into_iter().map(line).collect(),
        purpose: match args.purpose {
            Leaving::Delivery => Purpose::Delivery,
            Leaving::Subcontract => Purpose::Subcontract,
            Leaving::ReturnToSupplier => Purpose::ReturnToSupplier,
        },
    };
    submit::one(Act::Ship(ship), args.by, at)
}

/// Erase the name and contact data of a person, for good.
///
/// What is destroyed is the key that opens them. The record stays whole: it knows people by a code.
/// Every proof stays valid.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tracewright erase P-017 --reason 'left the company, asked for it' --data plant")]
pub(crate) struct EraseArgs {
    /// The code of the person.
    #[arg(value_parser = PersonCode::new)]
    person: PersonCode,
    /// Why, or on whose request.
    #[arg(long)]
    reason: String,
}

/// Erases the data of a person.
pub(crate) fn erase(args: EraseArgs, at: &Bench<'_>) -> Result {
    submit::one(Act::Erase(Erase { person: args.person, reason: args.reason }), None, at)
}
