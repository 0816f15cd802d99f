//! EPCIS 2.0 documents in JSON or JSON-LD.
//!
//! [`Document::parse`] takes an `EPCISDocument`, the answer to a query (`EPCISQueryDocument`), or
//! one event by itself, checks it at least as strictly as the official JSON Schema does, and
//! answers with typed events or with every problem it found.
//!
//! Stricter than the schema: a prefix must be declared, packing and unpacking name their parent,
//! places and bodies hold no unknown field without a namespace, an object has no field twice.
//!
//! More lenient: the long forms of standard words (`urn:epcglobal:cbv:…`,
//! `https://ref.gs1.org/cbv/…`) are taken for the words they stand for, and `epcisBody` may hold
//! one `event` in place of an `eventList`. What breaks only the rules of GS1 identifiers is kept
//! as written and becomes a finding, and so do remarks (`_comment…`), which are left in the text,
//! and numbers in quotes, which are read as numbers.
//!
//! Source: GS1 EPCIS 2.0, JSON Schema.

mod context;
pub mod event;
mod extension;
mod header;
mod json;
mod problem;
mod scalar;

pub use problem::{Code, Problem};
pub use scalar::{Numeral, Timestamp};

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use event::Event;
use extension::rest;
use json::{Fields, Path, Reader, Value};

/// Largest document, in bytes: a batch of some ten thousand events. It is held in memory about
/// twice while it is read.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Most events in one document, so that one import stays one reviewable batch.
pub const EVENTS_MAX: usize = 20_000;

/// Deepest nesting of objects and lists; the standard itself needs 9.
pub const DEPTH_MAX: usize = 64;

/// Most fields in one object; the largest of the standard has 25.
pub const FIELDS_MAX: usize = 512;

/// Most problems, and most findings, reported of one document; a person mends those first.
pub const PROBLEMS_MAX: usize = 100;

/// A document that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// In which form the events came.
    pub form: Form,
    /// The document's id, a URI.
    pub id: Option<String>,
    /// Version of EPCIS it is written in.
    pub schema_version: Option<String>,
    /// When it was put together.
    pub creation_date: Option<Timestamp>,
    /// Who sends it.
    pub sender: Option<String>,
    /// Whom it is for.
    pub receiver: Option<String>,
    /// The sender's name for it.
    pub instance_identifier: Option<String>,
    /// The JSON text of `@context`, which gives the fields of somebody's own their meaning; of a
    /// single event, it is in the event's text.
    pub context: Option<String>,
    /// The JSON text of `epcisHeader`: master data.
    pub header: Option<String>,
    /// The events, in the order of the document.
    pub events: Vec<Event>,
    /// Fields of somebody's own, of the document as a whole.
    pub extensions: Vec<event::Extension>,
    /// What is worth knowing but no reason to refuse, at most [`PROBLEMS_MAX`].
    pub findings: Vec<Problem>,
}

/// The forms in which events come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `EPCISDocument`: events to capture.
    Capture,
    /// `EPCISQueryDocument`: the answer to a query.
    Query {
        /// Which query.
        name: String,
        /// Which subscription, if it ran by itself.
        subscription_id: Option<String>,
    },
    /// One event, by itself.
    Event,
}

impl Document {
    /// Reads a document.
    ///
    /// Errors: every problem found, at least one and at most [`PROBLEMS_MAX`], in the order in
    /// which the parts of the document were read.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let text = check_text(bytes).map_err(|problem| Vec::from([problem]))?;
        let mut reader = Reader::default();
        let document = read(Value { text, path: &Path::Root }, &mut reader);
        match document {
            Some(document) if reader.problems.is_empty() => {
                Ok(Self { findings: reader.findings, ..document })
            }
            _ => Err(reader.problems),
        }
    }
}

/// The text of a JSON value within the limits.
fn check_text(bytes: &[u8]) -> Result<&str, Problem> {
    let refuse = |code, message| Problem { path: String::new(), code, message };
    if bytes.len() > DOCUMENT_BYTES_MAX {
        let message = format!("{} bytes, at most {DOCUMENT_BYTES_MAX}", bytes.len());
        return Err(refuse(Code::TooLarge, message));
    }
    let text = core::str::from_utf8(bytes);
    let text = text.map_err(|error| refuse(Code::NotUtf8, error.to_string()))?;
    json::check_syntax(text)
}

fn read(value: Value<'_, '_>, reader: &mut Reader) -> Option<Document> {
    let fields = value.fields(reader)?;
    let kind = fields.peek("type", reader, scalar::string);
    match kind.as_deref() {
        Some("EPCISDocument") => read_capture(fields, reader),
        Some("EPCISQueryDocument") => read_query(fields, reader),
        Some(_) => {
            let event = event::read_bare(value, reader)?;
            Some(Document { events: Vec::from([event]), ..empty(Form::Event) })
        }
        None => {
            if !fields.has("type") {
                fields.missing("type", reader);
            }
            None
        }
    }
}

const fn empty(form: Form) -> Document {
    Document {
        form,
        id: None,
        schema_version: None,
        creation_date: None,
        sender: None,
        receiver: None,
        instance_identifier: None,
        context: None,
        header: None,
        events: Vec::new(),
        extensions: Vec::new(),
        findings: Vec::new(),
    }
}

fn read_capture(mut fields: Fields<'_, '_>, reader: &mut Reader) -> Option<Document> {
    let _kind = fields.optional("type", reader, scalar::string);
    let context = fields.required("@context", reader, context::read);
    let id = fields.optional("id", reader, scalar::uri);
    let schema_version = fields.required("schemaVersion", reader, scalar::version);
    let creation_date = fields.required("creationDate", reader, scalar::timestamp);
    let instance_identifier = fields.optional("instanceIdentifier", reader, scalar::string);
    let sender = fields.optional("sender", reader, scalar::string);
    let receiver = fields.optional("receiver", reader, scalar::string);
    let header = fields.optional("epcisHeader", reader, header::read);
    let events = fields.required("epcisBody", reader, |value, reader| {
        let mut body = value.fields(reader)?;
        let events = if body.has("event") && !body.has("eventList") {
            body.optional("event", reader, event::read).map(|event| Vec::from([event]))
        } else {
            body.required("eventList", reader, read_events)
        };
        drop(rest(body, reader));
        events
    });
    let extensions = rest(fields, reader);
    Some(Document {
        id,
        schema_version,
        creation_date,
        sender,
        receiver,
        instance_identifier,
        context,
        header,
        events: events?,
        extensions,
        ..empty(Form::Capture)
    })
}

fn read_query(mut fields: Fields<'_, '_>, reader: &mut Reader) -> Option<Document> {
    let _kind = fields.optional("type", reader, scalar::string);
    let context = fields.required("@context", reader, context::read);
    let id = fields.optional("id", reader, scalar::uri);
    let schema_version = fields.optional("schemaVersion", reader, scalar::version);
    let creation_date = fields.optional("creationDate", reader, scalar::timestamp);
    let answer = fields.required("epcisBody", reader, |value, reader| {
        let mut body = value.fields(reader)?;
        let answer = body.required("queryResults", reader, read_results);
        drop(rest(body, reader));
        answer
    });
    let extensions = rest(fields, reader);
    let (form, events) = answer?;
    let document = Document { id, schema_version, creation_date, context, ..empty(form) };
    Some(Document { events, extensions, ..document })
}

fn read_results(value: Value<'_, '_>, reader: &mut Reader) -> Option<(Form, Vec<Event>)> {
    let mut results = value.fields(reader)?;
    let name = results.required("queryName", reader, scalar::string);
    let subscription_id = results.optional("subscriptionID", reader, scalar::string);
    let events = results.required("resultsBody", reader, |value, reader| {
        let mut body = value.fields(reader)?;
        let events = body.required("eventList", reader, read_events);
        drop(body.list("vocabularyList", reader, header::vocabulary));
        drop(rest(body, reader));
        events
    });
    drop(rest(results, reader));
    Some((Form::Query { name: name?, subscription_id }, events?))
}

fn read_events(value: Value<'_, '_>, reader: &mut Reader) -> Option<Vec<Event>> {
    let mut count = 0_usize;
    let events = value.items(reader, |value, reader| {
        count = count.saturating_add(1);
        if count > EVENTS_MAX { None } else { event::read(value, reader) }
    });
    if count > EVENTS_MAX {
        let message = format!("{count} events, at most {EVENTS_MAX}");
        reader.problem(value.path, Code::TooManyEvents, message);
    }
    events
}

#[cfg(test)]
mod tests;
