//! Lists, page by page, and items as a table.

use std::io;
use std::sync::Arc;

use domain::Station;
use domain::act::Kind;
use engine::Plant;
use engine::query::{
    DefinitionsAsk, EquipmentRow, ExceptionRow, ExceptionsAsk, HoldRow, HoldsAsk, ItemRow,
    ItemsAsk, LotRow, LotsAsk, OrderRow, PAGE_MAX, Page, PartRow,
};
use serde::Serialize;

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::role::Role;
use crate::route::{CSV, Route, get};

const TAG: &str = "Lists";
const READ: Option<Role> = Some(Role::Read);
const PAGED: &str = "\
All filters that are given must hold. `limit` says how many rows a page has (100 where nothing \
is said, at most 1000); `next` of the answer, given as `after`, is the next page, and is absent \
on the last one.";

macro_rules! list {
    ($path:literal, $summary:literal, $ask:ty => $row:ty, $method:ident) => {
        get($path, READ).says(TAG, $summary, PAGED).json(
            |call: &Call, ask: $ask| -> Result<Page<$row>, Box<Problem>> {
                Ok(call.plant().$method(&ask)?)
            },
        )
    };
}

pub(super) fn table() -> Vec<Route> {
    vec![
        list!("/api/v1/items", "List items", ItemsAsk => ItemRow, items),
        list!("/api/v1/lots", "List lots with their books", LotsAsk => LotRow, lots),
        list!("/api/v1/orders", "List work orders", DefinitionsAsk => OrderRow, orders),
        list!("/api/v1/holds", "List holds", HoldsAsk => HoldRow, holds),
        list!("/api/v1/exceptions", "List exceptions", ExceptionsAsk => ExceptionRow, exceptions),
        list!("/api/v1/parts", "List parts", DefinitionsAsk => PartRow, parts),
        list!("/api/v1/parties", "List parties", DefinitionsAsk => domain::Party, parties),
        list!("/api/v1/stations", "List stations", DefinitionsAsk => Station, stations),
        list!("/api/v1/equipment", "List equipment", DefinitionsAsk => EquipmentRow, equipment),
        get("/api/v1/export/items.csv", READ)
            .says(
                TAG,
                "Export items as a table",
                "All items that fit, as CSV (RFC 4180) with a header, sent while they are read. \
                 If the connection breaks, the table is not whole.",
            )
            .answers(CSV)
            .raw(|call, ask: ItemsAsk| Ok(items_table(Arc::clone(call.plant()), ask))),
    ]
}

/// One row of the table of items.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableRow<'a> {
    id: String,
    kind: Kind,
    serial_number: Option<&'a str>,
    label: &'a str,
    part_number: Option<&'a str>,
    revision: Option<&'a str>,
    status: domain::item::Status,
    #[serde(rename = "where")]
    place: &'a str,
    party: Option<&'a str>,
    shipment: Option<&'a str>,
    lot: Option<&'a str>,
    work_order: Option<&'a str>,
    last_position: u64,
}

impl<'a> TableRow<'a> {
    fn of(row: &'a ItemRow) -> Self {
        let part = row.part.as_ref();
        Self {
            id: row.id.to_string(),
            kind: row.kind,
            serial_number: row.serial_number.as_deref(),
            label: &row.label,
            part_number: part.map(|part| part.number.as_str()),
            revision: part.and_then(|part| part.revision.as_ref()).map(domain::Revision::as_str),
            status: row.status,
            place: &row.place.text,
            party: row.place.party.as_ref().map(domain::PartyCode::as_str),
            shipment: row.place.shipment.as_ref().map(domain::ShipmentCode::as_str),
            lot: row.lot.as_ref().map(|lot| lot.label.as_str()),
            work_order: row.order.as_ref().map(domain::OrderCode::as_str),
            last_position: row.last.0,
        }
    }
}

fn items_table(plant: Arc<Plant>, mut ask: ItemsAsk) -> Reply {
    ask.limit = Some(PAGE_MAX);
    Reply::piecewise(CSV, move |to| {
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
        loop {
            let page = plant.items(&ask).map_err(io::Error::other)?;
            for row in &page.items {
                table.serialize(TableRow::of(row))?;
            }
            ask.after = page.next;
            if ask.after.is_none() {
                return table.flush();
            }
        }
    })
    .file("items.csv")
}
