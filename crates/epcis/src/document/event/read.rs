//! Reading and checking an event.

use super::{
    Action, BizTransaction, Endpoint, ErrorDeclaration, Event, Extension, PersistentDisposition,
    Quantity, What, sensor,
};
use crate::document::context;
use crate::document::extension::{close, rest};
use crate::document::json::{Fields, Kind, Path, Reader, Value};
use crate::document::problem::Code;
use crate::document::scalar;
use crate::identifier::Identifier;
use crate::vocabulary::{
    BUSINESS_STEPS, BUSINESS_TRANSACTION_TYPES, DISPOSITIONS, ERROR_REASONS,
    SOURCE_DESTINATION_TYPES, Term,
};
use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads an event of a document.
pub(in super::super) fn read(value: Value<'_, '_>, reader: &mut Reader) -> Option<Event> {
    read_in_scope(value, reader, false)
}

/// Reads an event that stands alone, and so must have a context of its own.
pub(in super::super) fn read_bare(value: Value<'_, '_>, reader: &mut Reader) -> Option<Event> {
    read_in_scope(value, reader, true)
}

fn read_in_scope(value: Value<'_, '_>, reader: &mut Reader, needs_context: bool) -> Option<Event> {
    let mut fields = value.fields(reader)?;
    let outer = fields.has("@context").then(|| reader.scope.clone());
    let context = fields.optional("@context", reader, context::read);
    if needs_context && context.is_none() {
        fields.missing("@context", reader);
    }
    let event = read_fields(value, fields, reader);
    if let Some(outer) = outer {
        reader.scope = outer;
    }
    event
}

fn read_fields(
    value: Value<'_, '_>,
    mut fields: Fields<'_, '_>,
    reader: &mut Reader,
) -> Option<Event> {
    let name = fields.required("type", reader, scalar::string)?;
    let admits_persistent = matches!(name.as_str(), "ObjectEvent" | "TransformationEvent");
    let time = fields.required("eventTime", reader, scalar::timestamp);
    let time_zone_offset = fields.required("eventTimeZoneOffset", reader, scalar::offset);
    let certification_info = fields.optional("certificationInfo", reader, certification_info);
    let id = fields.optional("eventID", reader, scalar::uri);
    let record_time = fields.optional("recordTime", reader, scalar::timestamp);
    let error_declaration = fields.optional("errorDeclaration", reader, error_declaration);
    let what = what(name, &mut fields, reader);
    let persistent_disposition = match admits_persistent {
        true => fields.optional("persistentDisposition", reader, persistent_disposition),
        false => None,
    };
    Some(Event {
        id,
        record_time,
        error_declaration,
        certification_info: certification_info.unwrap_or_default(),
        biz_step: fields.optional("bizStep", reader, scalar::term(&BUSINESS_STEPS)),
        disposition: fields.optional("disposition", reader, scalar::term(&DISPOSITIONS)),
        persistent_disposition,
        read_point: fields.optional("readPoint", reader, place),
        biz_location: fields.optional("bizLocation", reader, place),
        biz_transactions: fields.list("bizTransactionList", reader, biz_transaction),
        sources: fields.list("sourceList", reader, source),
        destinations: fields.list("destinationList", reader, destination),
        sensor_elements: fields.list("sensorElementList", reader, sensor::element),
        extensions: rest(fields, reader),
        original: value.text.to_owned(),
        // Last, so that every other field is checked even where these are missing.
        time: time?,
        time_zone_offset: time_zone_offset?,
        what: what?,
    })
}

/// Reads what only one kind of event has.
fn what(name: String, fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<What> {
    match name.as_str() {
        "ObjectEvent" => object(fields, reader),
        "AggregationEvent" => {
            let Children { action, parent, child_epcs, child_quantities } =
                children(fields, reader)?;
            if parent.is_none() && action != Action::Observe {
                let message = "parentID is needed unless the children are merely observed";
                reader.problem(fields.path, Code::ParentMissing, message);
            }
            Some(What::Aggregation { action, parent, child_epcs, child_quantities })
        }
        "AssociationEvent" => {
            if !fields.has("parentID") {
                fields.missing("parentID", reader);
            }
            let Children { action, parent, child_epcs, child_quantities } =
                children(fields, reader)?;
            Some(What::Association { action, parent: parent?, child_epcs, child_quantities })
        }
        "TransactionEvent" => transaction(fields, reader),
        "TransformationEvent" => transformation(fields, reader),
        _ => extended(name, fields, reader),
    }
}

fn object(fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<What> {
    let senses = fields.has_items("sensorElementList") && fields.has("readPoint");
    if !fields.has("epcList") && !fields.has_items("quantityList") && !senses {
        let message = "one of epcList, quantityList, or sensorElementList with readPoint is needed";
        reader.problem(fields.path, Code::NothingObserved, message);
    }
    let action = fields.required("action", reader, action);
    let ilmd = fields.optional("ilmd", reader, |value, reader| {
        if matches!(action, Some(Action::Observe | Action::Delete)) {
            let message = "ilmd may only stand on an event with the action ADD";
            reader.problem(value.path, Code::IlmdNotAllowed, message);
        }
        ilmd(value, reader)
    });
    Some(What::Object {
        epcs: distinct_identifiers(fields, "epcList", reader),
        quantities: fields.list("quantityList", reader, quantity),
        ilmd: ilmd.unwrap_or_default(),
        action: action?,
    })
}

/// What aggregation and association share.
struct Children {
    action: Action,
    parent: Option<Identifier>,
    child_epcs: Vec<Identifier>,
    child_quantities: Vec<Quantity>,
}

fn children(fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<Children> {
    let action = fields.required("action", reader, action);
    let has_children = fields.has_items("childEPCs") || fields.has_items("childQuantityList");
    if !has_children && action != Some(Action::Delete) {
        let message = "childEPCs or childQuantityList is needed unless all children are removed";
        reader.problem(fields.path, Code::NothingObserved, message);
    }
    Some(Children {
        parent: fields.optional("parentID", reader, scalar::identifier),
        child_epcs: fields.list("childEPCs", reader, scalar::identifier),
        child_quantities: fields.list("childQuantityList", reader, quantity),
        action: action?,
    })
}

fn transaction(fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<What> {
    let action = fields.required("action", reader, action);
    if !fields.has("bizTransactionList") {
        fields.missing("bizTransactionList", reader);
    } else if !fields.has_items("bizTransactionList") {
        let path = Path::Field(fields.path, "bizTransactionList");
        reader.problem(&path, Code::EmptyList, "at least one business transaction is needed");
    }
    let has_things = fields.has("epcList") || fields.has_items("quantityList");
    if !has_things && action != Some(Action::Delete) {
        let message = "epcList or quantityList is needed unless all things are untied";
        reader.problem(fields.path, Code::NothingObserved, message);
    }
    Some(What::Transaction {
        parent: fields.optional("parentID", reader, scalar::identifier),
        epcs: fields.list("epcList", reader, scalar::identifier),
        quantities: fields.list("quantityList", reader, quantity),
        action: action?,
    })
}

fn transformation(fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<What> {
    let has_inputs = fields.has_items("inputEPCList") || fields.has_items("inputQuantityList");
    let has_outputs = fields.has_items("outputEPCList") || fields.has_items("outputQuantityList");
    // A transformation reported in parts names the whole it belongs to.
    let is_part = fields.has("transformationID") && (has_inputs || has_outputs);
    if !(has_inputs && has_outputs || is_part) {
        let message = "inputs and outputs are needed, or one of them with a transformationID";
        reader.problem(fields.path, Code::NothingObserved, message);
    }
    Some(What::Transformation {
        id: fields.optional("transformationID", reader, scalar::uri),
        input_epcs: distinct_identifiers(fields, "inputEPCList", reader),
        input_quantities: fields.list("inputQuantityList", reader, quantity),
        output_epcs: distinct_identifiers(fields, "outputEPCList", reader),
        output_quantities: fields.list("outputQuantityList", reader, quantity),
        ilmd: fields.optional("ilmd", reader, ilmd).unwrap_or_default(),
    })
}

/// Reads an event type of somebody's own, about whose fields nothing is known.
fn extended(name: String, fields: &mut Fields<'_, '_>, reader: &mut Reader) -> Option<What> {
    if !crate::uri::is_uri(&name) {
        let path = Path::Field(fields.path, "type");
        let message = format!("{name:?} is not an event type of EPCIS, nor a URI of one's own");
        reader.problem(&path, Code::UnknownType, message);
    }
    let mut own = Vec::new();
    fields.take_all().rest(reader, |name, value, _| {
        own.push(Extension { name, json: value.text.to_owned() });
    });
    Some(What::Extended { name, fields: own })
}

fn action(value: Value<'_, '_>, reader: &mut Reader) -> Option<Action> {
    let text = value.string(reader)?;
    match text.as_str() {
        "ADD" => Some(Action::Add),
        "OBSERVE" => Some(Action::Observe),
        "DELETE" => Some(Action::Delete),
        _ => {
            let message = format!("{text:?} is none of ADD, OBSERVE, DELETE");
            reader.problem(value.path, Code::UnknownAction, message);
            None
        }
    }
}

/// Reads a list that is a set.
fn distinct_identifiers(
    fields: &mut Fields<'_, '_>,
    name: &str,
    reader: &mut Reader,
) -> Vec<Identifier> {
    let mut seen = BTreeSet::new();
    fields.list(name, reader, |value, reader| {
        if !seen.insert(value.text) {
            reader.problem(value.path, Code::DuplicateValue, "the same identifier stands twice");
        }
        scalar::identifier(value, reader)
    })
}

fn quantity(value: Value<'_, '_>, reader: &mut Reader) -> Option<Quantity> {
    let mut fields = value.fields(reader)?;
    let class = fields.required("epcClass", reader, scalar::identifier);
    let quantity = fields.optional("quantity", reader, scalar::numeral);
    let uom = fields.optional("uom", reader, scalar::unit);
    close(fields, reader);
    Some(Quantity { class: class?, quantity, uom })
}

fn ilmd(value: Value<'_, '_>, reader: &mut Reader) -> Option<Vec<Extension>> {
    Some(rest(value.fields(reader)?, reader))
}

fn error_declaration(value: Value<'_, '_>, reader: &mut Reader) -> Option<ErrorDeclaration> {
    let mut fields = value.fields(reader)?;
    let time = fields.required("declarationTime", reader, scalar::timestamp);
    Some(ErrorDeclaration {
        reason: fields.optional("reason", reader, scalar::term(&ERROR_REASONS)),
        corrective_event_ids: fields.list("correctiveEventIDs", reader, scalar::uri),
        extensions: rest(fields, reader),
        time: time?,
    })
}

/// One certification or a list of them.
fn certification_info(value: Value<'_, '_>, reader: &mut Reader) -> Option<Vec<String>> {
    if value.kind() == Kind::Array {
        return value.items(reader, scalar::uri);
    }
    scalar::uri(value, reader).map(|uri| Vec::from([uri]))
}

fn persistent_disposition(
    value: Value<'_, '_>,
    reader: &mut Reader,
) -> Option<PersistentDisposition> {
    let mut fields = value.fields(reader)?;
    if !fields.has("set") && !fields.has("unset") {
        fields.missing("set or unset", reader);
    }
    let set = fields.optional("set", reader, dispositions).unwrap_or_default();
    let unset = fields.optional("unset", reader, dispositions).unwrap_or_default();
    close(fields, reader);
    Some(PersistentDisposition { set, unset })
}

fn dispositions(value: Value<'_, '_>, reader: &mut Reader) -> Option<Vec<Term>> {
    if value.is_empty_list() {
        reader.problem(value.path, Code::EmptyList, "at least one disposition is needed");
    }
    let mut seen = BTreeSet::new();
    value.items(reader, |value, reader| {
        let term = scalar::term(&DISPOSITIONS)(value, reader)?;
        if !seen.insert(term.clone()) {
            reader.problem(value.path, Code::DuplicateValue, "the same disposition stands twice");
        }
        Some(term)
    })
}

fn place(value: Value<'_, '_>, reader: &mut Reader) -> Option<Identifier> {
    let mut fields = value.fields(reader)?;
    let id = fields.required("id", reader, scalar::identifier);
    // Other fields must be in a namespace; they stay in the event's text.
    drop(rest(fields, reader));
    id
}

fn biz_transaction(value: Value<'_, '_>, reader: &mut Reader) -> Option<BizTransaction> {
    let mut fields = value.fields(reader)?;
    let kind = fields.optional("type", reader, scalar::term(&BUSINESS_TRANSACTION_TYPES));
    let id = fields.required("bizTransaction", reader, scalar::uri);
    close(fields, reader);
    Some(BizTransaction { kind, id: id? })
}

fn source(value: Value<'_, '_>, reader: &mut Reader) -> Option<Endpoint> {
    endpoint(value, "source", reader)
}

fn destination(value: Value<'_, '_>, reader: &mut Reader) -> Option<Endpoint> {
    endpoint(value, "destination", reader)
}

fn endpoint(value: Value<'_, '_>, name: &str, reader: &mut Reader) -> Option<Endpoint> {
    let mut fields = value.fields(reader)?;
    let kind = fields.required("type", reader, scalar::term(&SOURCE_DESTINATION_TYPES));
    let id = fields.required(name, reader, scalar::identifier);
    close(fields, reader);
    Some(Endpoint { kind: kind?, id: id? })
}
