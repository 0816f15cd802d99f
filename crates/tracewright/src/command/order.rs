//! Work orders: see them, plan, release, split and close them.

use clap::{Args, Subcommand, ValueEnum};
use domain::act::{Act, CloseOrder, PlanOrder, ReleaseOrder, SplitOrder};
use domain::order::OrderStage;
use domain::{Amount, ItemRef, OrderCode, OrderKind, Part, PartyCode, PersonCode, Time};
use engine::query::{DefinitionsAsk, OrderAnswer, OrderItem, OrderRow};

use super::list::{self, Paging};
use super::{Bench, PERSON, Result, submit};
use crate::backend::Backend;
use crate::failure::Outcome;
use crate::output::{Page, Row, Tone, count, moment, word};

/// See work orders; plan, release, split and close them.
///
/// An order is planned, released and closed. Nothing is started in one that is not released, nor
/// more than it plans. Orders that only an import or a report named are unplanned, and free.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tracewright order plan WO-7 LP-300/F 240 --customer C-104 --data plant
  tracewright order release WO-7 --data plant
  tracewright order show WO-7 --data plant
  tracewright order split WO-7 40 --into WO-7-2 --reason 'second line' --by P-9 --data plant
  tracewright order plan WO-7 LP-300/G 200 --reason 'revision G' --by P-9 --data plant
  tracewright order close WO-7 --by P-9 --data plant")]
pub(crate) struct OrderArgs {
    #[command(subcommand)]
    deed: OrderDeed,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum OrderDeed {
    /// List work orders with their quantities, by code.
    List {
        /// With a code that contains this.
        #[arg(long)]
        text: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an order: its plan, its quantities, what happened to it, and its items.
    Show {
        /// Which order.
        #[arg(value_parser = OrderCode::new)]
        order: OrderCode,
    },
    /// Plan an order, or change its plan.
    ///
    /// Of a plan that stands, what is not said stays as it is. What is in work stays as it is, too:
    /// a unit is moved to another revision or version by acts of its own.
    Plan(PlanArgs),
    /// Let an order be worked on; a closed one again, with a reason.
    Release {
        /// Which order.
        #[arg(value_parser = OrderCode::new)]
        order: OrderCode,
        /// Why a closed one is opened again.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Part a quantity off an order as an order of its own.
    Split {
        /// The order that gives.
        #[arg(value_parser = OrderCode::new)]
        order: OrderCode,
        /// How many of what is planned go.
        quantity: Amount,
        /// The code of the new order.
        #[arg(long, value_name = "ORDER", value_parser = OrderCode::new)]
        into: OrderCode,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Items of the order that go with it.
        #[arg(value_name = "REF")]
        items: Vec<ItemRef>,
        #[command(flatten)]
        who: Who,
    },
    /// End an order: nothing is started in it any more.
    Close {
        /// Which order.
        #[arg(value_parser = OrderCode::new)]
        order: OrderCode,
        /// Why, where fewer were made than planned.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        who: Who,
    },
}

/// Who does it.
#[derive(Debug, Args)]
struct Who {
    /// The code of the person who does it.
    #[arg(long = "by", value_name = "PERSON", env = PERSON, value_parser = PersonCode::new)]
    by: Option<PersonCode>,
}

/// What an order is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum For {
    /// To make new items.
    Build,
    /// To mend nonconforming items.
    Rework,
    /// To take items apart.
    Disassemble,
    /// To make returned items as new.
    Refurbish,
}

impl For {
    const fn kind(self) -> OrderKind {
        match self {
            Self::Build => OrderKind::Build,
            Self::Rework => OrderKind::Rework,
            Self::Disassemble => OrderKind::Disassemble,
            Self::Refurbish => OrderKind::Refurbish,
        }
    }
}

/// What is planned.
#[derive(Debug, Args)]
struct PlanArgs {
    /// The code of the order.
    #[arg(value_parser = OrderCode::new)]
    order: OrderCode,
    /// What it makes, mends or takes apart: NUMBER or NUMBER/REVISION.
    part: Part,
    /// How many good ones.
    quantity: Amount,
    /// What it is for; without it to build.
    #[arg(long)]
    kind: Option<For>,
    /// By which version of a work master: its hash, the beginning of it, or CODE@VERSION.
    #[arg(long)]
    master: Option<String>,
    /// For which customer.
    #[arg(long, value_name = "PARTY", value_parser = PartyCode::new)]
    customer: Option<PartyCode>,
    /// What the customer calls it.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// The production order of the ERP.
    #[arg(long, value_name = "ORDER", value_parser = OrderCode::new)]
    production_order: Option<OrderCode>,
    /// When it is due.
    #[arg(long, value_name = "TIME")]
    due: Option<Time>,
    /// Why the plan changes, where one stands already.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// Does what was asked about orders.
pub(crate) fn run(args: OrderArgs, at: &Bench<'_>) -> Result {
    match args.deed {
        OrderDeed::List { text, paging } => orders(text.as_deref(), &paging, at),
        OrderDeed::Show { order } => {
            let answer = at.open()?.order(&order)?;
            at.output.show(&answer, show)?;
            Ok(Outcome::Done)
        }
        OrderDeed::Plan(args) => plan(args, at),
        OrderDeed::Release { order, reason, who } => {
            submit::one(Act::ReleaseOrder(ReleaseOrder { order, reason }), who.by, at)
        }
        OrderDeed::Split { order, quantity, into, reason, items, who } => {
            let split = SplitOrder { order, into, quantity, items, reason };
            submit::one(Act::SplitOrder(split), who.by, at)
        }
        OrderDeed::Close { order, reason, who } => {
            submit::one(Act::CloseOrder(CloseOrder { order, reason }), who.by, at)
        }
    }
}

fn plan(args: PlanArgs, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let master = args.master.map(|named| hash(&backend, &named)).transpose()?;
    // What is not said of a plan that stands stays as it is.
    let old = backend.order(&args.order).ok().and_then(|answer| answer.plan);
    let old = old.as_ref();
    let plan = PlanOrder {
        code: args.order,
        kind: args.kind.map_or_else(|| old.map(|old| old.kind).unwrap_or_default(), For::kind),
        part: args.part,
        quantity: args.quantity,
        master: master.or_else(|| old?.master.clone()),
        customer: args.customer.or_else(|| old?.customer.clone()),
        customer_reference: args.reference.or_else(|| old?.customer_reference.clone()),
        production_order: args.production_order.or_else(|| old?.production_order.clone()),
        due: args.due.or_else(|| old?.due),
        reason: args.reason,
    };
    drop(backend);
    submit::one(Act::PlanOrder(plan), args.who.by, at)
}

fn hash(backend: &Backend, named: &str) -> anyhow::Result<domain::instruction::MasterHash> {
    Ok(backend.master(named)?.row.hash)
}

fn orders(text: Option<&str>, paging: &Paging, at: &Bench<'_>) -> Result {
    let backend = at.open()?;
    let listed = paging.collect(|after, limit| {
        backend.orders(&DefinitionsAsk { text: text.map(str::to_owned), after, limit })
    })?;
    let header = &[
        "order", "kind", "stage", "part", "planned", "started", "made", "in work", "scrapped",
        "short", "held",
    ];
    list::show(&listed, header, row, "No orders match. `order plan` makes one.", at)
}

fn row(row: &OrderRow) -> Row {
    let sums = &row.quantities;
    let some = |amount: Option<Amount>| amount.map_or_else(String::new, |a| a.normal().to_string());
    let number = |amount: Amount| amount.normal().to_string();
    vec![
        row.order.code.to_string(),
        word(&row.order.kind),
        stage(row.stage),
        row.order.part.as_ref().map(ToString::to_string).unwrap_or_default(),
        some(sums.planned),
        number(sums.started),
        number(sums.made),
        number(sums.in_work),
        number(sums.scrapped),
        some(sums.short),
        number(sums.held),
    ]
}

fn stage(stage: Option<OrderStage>) -> String {
    stage.map_or("unplanned", OrderStage::word).to_owned()
}

fn show(page: &mut Page, answer: &OrderAnswer) {
    let order = &answer.order;
    let plan = answer.plan.as_ref();
    let text = |text: Option<String>| text.unwrap_or_default();
    let part = order.order.part.as_ref().map(ToString::to_string);
    let customer = plan.and_then(|plan| {
        let code = plan.customer.as_ref().map(ToString::to_string);
        match (code, plan.customer_reference.clone()) {
            (Some(code), Some(reference)) => Some(format!("{code}, {reference}")),
            (code, reference) => code.or(reference),
        }
    });
    page.pairs([
        ("order", order.order.code.to_string()),
        ("kind", word(&order.order.kind)),
        ("stage", stage(order.stage)),
        ("part", text(part)),
        ("version", text(answer.master.as_ref().map(|master| master.name.clone()))),
        ("customer", text(customer)),
        ("production order", text(order.order.production_order.as_ref().map(ToString::to_string))),
        ("due", text(plan.and_then(|plan| plan.due).map(moment))),
        ("split from", text(order.order.split_from.as_ref().map(ToString::to_string))),
        ("quantities", order.quantities.to_string()),
    ]);
    for parted in &answer.split_into {
        page.line(format!("{} went to order {}.", parted.quantity.normal(), parted.order));
    }
    events(page, answer);
    items(page, answer);
}

fn events(page: &mut Page, answer: &OrderAnswer) {
    if answer.events.is_empty() {
        page.line("Nobody planned it here: it is known because items name it.");
        return;
    }
    page.heading("What happened to it");
    let rows: Vec<Row> = answer
        .events
        .iter()
        .map(|event| {
            vec![
                event.position.to_string(),
                moment(event.at),
                event.act.clone(),
                event.quantity.normal().to_string(),
                event.by.as_ref().map(ToString::to_string).unwrap_or_default(),
                event.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    page.table(&["entry", "when", "what", "planned", "by", "why"], &rows);
}

fn items(page: &mut Page, answer: &OrderAnswer) {
    if answer.items.is_empty() {
        page.line("No items are in it yet.");
        return;
    }
    page.heading(count(answer.items.len(), "item"));
    let row = |one: &OrderItem| {
        vec![
            one.item.label.clone(),
            one.part.as_ref().map(ToString::to_string).unwrap_or_default(),
            word(&one.standing),
            word(&one.status),
            one.master.as_ref().map(|master| master.name.clone()).unwrap_or_default(),
            one.differs.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Row> = answer.items.iter().map(row).collect();
    page.table(&["item", "part", "stands", "status", "made by", "differs from the plan"], &rows);
    if answer.more > 0 {
        page.line(format!("{} more; `items --order` lists them all.", answer.more));
    }
    let differ = answer.items.iter().filter(|one| one.differs.is_some()).count();
    if differ > 0 {
        let what = count(differ, "item");
        page.toned(Tone::Bad, format!("{what} not as the plan now says; a change moves none."));
    }
}
