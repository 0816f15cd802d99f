//! A door for those who come from systems that list manufactured devices as JSON:API: the same
//! addresses, field names, filters and envelope, answered from the manufacturing record.
//!
//! Source: JSON:API 1.0; docs/guides/devices.md says which systems, and what is different here.

use std::collections::{BTreeMap, BTreeSet};

use domain::ItemId;
use engine::query::devices::filter::{Filter, Relation, Test};
use engine::query::devices::{
    DEVICES, DEVICES_MAX, Device, DevicesAnswer, DevicesAsk, LISTED, TITLES,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Parameter;
use crate::role::Role;
use crate::route::{JSON_API, Route, SCHEMA_JSON, get};

const TAG: &str = "Devices";
const READ: Option<Role> = Some(Role::Read);
const DEVICES_AT: &str = "/manufacturing/devices";

const LIST: &str = "\
Units with their manufacturing record as flat attributes, oldest first.\n\n\
`filter[FIELD]=a,b` keeps those whose field is one of the values. Operators follow in brackets: \
`match` (the same), `fuzzy-match` (begins so, whatever the case; with AND, OR, NOT, parentheses, \
and double quotes for exactly that), `min`, `max`, `exists`. `filter[or][FIELD]…` and \
`filter[and][FIELD]…` are groups, which may stand in each other, side by side with a number \
behind the word: `filter[or][1][and][FIELD]`. `address.city` goes into an object, \
`pallet:status` to what the device is in: `lot`, `package` or `pallet`. What is not in a group \
must all hold.";

const SCHEMA: &str = "\
The types there are with their fields, and what a field links to. With `Accept: \
application/schema+json` the fields of a device as a JSON Schema of draft 2020-12.";

/// Which version of JSON:API this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// `1.0`.
    pub version: String,
}

/// What is said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meta {
    /// How many there are on all pages.
    pub count: usize,
    /// Where the answer stands.
    pub at: Vec<engine::At>,
}

/// Where else to look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// This page.
    #[serde(rename = "self")]
    pub own: String,
    /// The first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The page before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
    /// The page after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Which resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// What a device has to do with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Relationship {
    /// Which resource; null: none.
    pub data: Option<Named>,
}

/// A device, or something it has to do with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Its type: `devices`, `lots`, `packages` or `pallets`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its fields; what is not known is left out.
    pub attributes: BTreeMap<String, Value>,
    /// What it has to do with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub relationships: BTreeMap<String, Relationship>,
    /// Where it is to be had by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
}

/// Devices in their envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DevicesDocument {
    /// Which JSON:API.
    pub jsonapi: Version,
    /// How many, and where the answer stands.
    pub meta: Meta,
    /// Other pages.
    pub links: Links,
    /// The devices of the page.
    pub data: Vec<Resource>,
    /// What `include` asked for, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<Resource>,
}

/// One device in its envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceDocument {
    /// Which JSON:API.
    pub jsonapi: Version,
    /// Where the answer stands.
    pub meta: Meta,
    /// Where it is.
    pub links: Links,
    /// The device.
    pub data: Resource,
    /// What `include` asked for, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<Resource>,
}

/// Types with their fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TypesDocument(pub BTreeMap<String, BTreeMap<String, FieldDocument>>);

/// A field of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldDocument {
    /// What its values are: `String`, `Number`, `Boolean`, `Date`, `Object` or `Any`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The type it links to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Whether it is a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_array: bool,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get(DEVICES_AT, READ)
            .says(TAG, "List devices", LIST)
            .json_api()
            .answers_as::<DevicesDocument>(JSON_API)
            .asks(parameters(true), devices),
        get("/manufacturing/devices/{ids}", READ)
            .says(
                TAG,
                "Read devices by their ids",
                "One device, or a list where several ids stand with commas between them.",
            )
            .json_api()
            .answers_as::<DeviceDocument>(JSON_API)
            .asks(parameters(false), by_ids),
        get("/manufacturing/schema", READ)
            .says(TAG, "Read which fields there are", SCHEMA)
            .json_api()
            .answers_as::<TypesDocument>(JSON_API)
            .answers(SCHEMA_JSON)
            .asks(Vec::new(), schema),
    ]
}

/// What a call may ask, as the document says it.
fn parameters(list: bool) -> Vec<Parameter> {
    let text = |name: &str, description: &str| Parameter {
        name: name.to_owned(),
        schema: json!({"type": "string", "description": description}),
        required: false,
    };
    let number = |name: &str, description: String| Parameter {
        name: name.to_owned(),
        schema: json!({"type": "integer", "minimum": 0, "description": description}),
        required: false,
    };
    let mut all = vec![
        text("fields[devices]", "Only these fields, with commas between them."),
        text("include", "Also what devices have to do with: `lot`, `package`, `pallet`."),
    ];
    if list {
        let most = format!("How many devices a page has: {DEVICES}, at most {DEVICES_MAX}.");
        all.extend([
            text("filter[FIELD][OPERATOR]", "Which devices; may be given often."),
            text("sort", "Fields to sort by, with commas between; `-` before one: falling."),
            number("page[limit]", most),
            number("page[offset]", "How many devices come before the page.".to_owned()),
        ]);
    }
    all
}

fn devices(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let ask = asked(&call.query)?;
    let answer = call.plant().devices(&ask)?;
    let links = Links::of(&call.query, &ask, answer.count);
    let data = answer.devices.iter().map(|device| resource(device, &ask)).collect();
    let document = DevicesDocument {
        jsonapi: Version::one(),
        meta: Meta { count: answer.count, at: answer.at.clone() },
        links,
        data,
        included: included(answer),
    };
    replied(&document)
}

fn by_ids(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let given: String = call.part("ids")?;
    let ids: Vec<&str> = given.split(',').collect();
    let allowed = |name: &str| name == "include" || name.starts_with("fields[");
    if let Some((name, _)) = call.query.iter().find(|(name, _)| !allowed(name)) {
        return Err(unknown(name, "fields[devices] and include are taken"));
    }
    let mut ask = asked(&call.query)?;
    if ids.len() > DEVICES_MAX {
        return Err(Problem::malformed(format!("at most {DEVICES_MAX} ids are read at once")));
    }
    let wanted = ids.iter().map(|id| (*id).to_owned()).collect();
    let field = "id".parse().map_err(|error: String| Problem::malformed(error))?;
    ask.filter = Filter::All(vec![Filter::Is(field, Test::Match(wanted))]);
    (ask.offset, ask.limit) = (0, DEVICES_MAX);
    let answer = call.plant().devices(&ask)?;
    let found = |id: &&&str| answer.devices.iter().any(|device| device.id.to_string() == **id);
    if let Some(missing) = ids.iter().find(|id| !found(id)) {
        return Err(Problem::not_found(format!("there is no device {missing}")));
    }
    let own = Links { own: format!("{DEVICES_AT}/{}", encoded(&given)), ..Links::default() };
    let meta = Meta { count: answer.count, at: answer.at.clone() };
    let mut data: Vec<Resource> =
        answer.devices.iter().map(|device| resource(device, &ask)).collect();
    let jsonapi = Version::one();
    let included = included(answer);
    match (ids.len(), data.pop()) {
        (1, Some(data)) => replied(&DeviceDocument { jsonapi, meta, links: own, data, included }),
        (_, last) => {
            data.extend(last);
            replied(&DevicesDocument { jsonapi, meta, links: own, data, included })
        }
    }
}

/// Reads a query.
fn asked(query: &[(String, String)]) -> Result<DevicesAsk, Box<Problem>> {
    let filter = query.iter().filter(|(name, _)| name.starts_with("filter"));
    let filter = Filter::read(filter.map(|(name, value)| (name.as_str(), value.as_str())));
    let filter = filter.map_err(|wrong| Problem::parameter(&wrong.parameter, &wrong.detail))?;
    let mut ask = DevicesAsk { filter, limit: DEVICES, ..DevicesAsk::default() };
    let mut seen = BTreeSet::new();
    for (name, value) in query.iter().filter(|(name, _)| !name.starts_with("filter")) {
        let wrong = |detail: &str| Problem::parameter(name, detail);
        if !seen.insert(name.as_str()) {
            return Err(wrong("it is given twice; give it once"));
        }
        let list = || value.split(',').map(str::trim).filter(|one| !one.is_empty());
        match name.as_str() {
            "sort" => {
                let sort: Result<_, String> = list().map(str::parse).collect();
                ask.sort = sort.map_err(|detail| wrong(&detail))?;
            }
            "include" => {
                let include: Result<_, &str> = list().map(str::parse).collect();
                ask.include = include.map_err(wrong)?;
            }
            "fields[devices]" => ask.fields = Some(list().map(str::to_owned).collect()),
            "page[offset]" => {
                ask.offset = value.parse().map_err(|_| wrong("it is no whole number"))?;
            }
            "page[limit]" => {
                let limit = value.parse().ok().filter(|limit| (1..=DEVICES_MAX).contains(limit));
                let detail = format!("a page has 1 to {DEVICES_MAX} devices");
                ask.limit = limit.ok_or_else(|| wrong(&detail))?;
            }
            other => {
                let known = "filter, sort, include, fields[devices], page[limit] and page[offset] \
                             are taken";
                return Err(unknown(other, known));
            }
        }
    }
    Ok(ask)
}

fn unknown(name: &str, known: &str) -> Box<Problem> {
    Problem::parameter(name, &format!("there is no such parameter here; {known}"))
}

fn resource(device: &Device, ask: &DevicesAsk) -> Resource {
    let id = device.id.to_string();
    let own = format!("{DEVICES_AT}/{}", encoded(&id));
    let wanted = |name: &str| ask.fields.as_ref().is_none_or(|fields| fields.contains(name));
    let relationships = Relation::ALL.into_iter().filter(|relation| wanted(relation.word()));
    let relationships = relationships.map(|relation| {
        let data = device.related.get(&relation).map(|id| named(relation, *id));
        (relation.word().to_owned(), Relationship { data })
    });
    Resource {
        kind: "devices".to_owned(),
        id,
        attributes: device.fields.clone(),
        relationships: relationships.collect(),
        links: Some(Links { own, ..Links::default() }),
    }
}

fn included(answer: DevicesAnswer) -> Vec<Resource> {
    let resources = answer.included.into_iter().map(|related| {
        let Named { kind, id } = named(related.relation, related.id);
        let (attributes, relationships) = (related.fields, BTreeMap::new());
        Resource { kind, id, attributes, relationships, links: None }
    });
    resources.collect()
}

fn named(relation: Relation, id: ItemId) -> Named {
    Named { kind: plural(relation).to_owned(), id: id.to_string() }
}

const fn plural(relation: Relation) -> &'static str {
    match relation {
        Relation::Lot => "lots",
        Relation::Package => "packages",
        Relation::Pallet => "pallets",
    }
}

impl Version {
    pub(crate) fn one() -> Self {
        Self { version: "1.0".to_owned() }
    }
}

impl Links {
    /// The pages beside a page.
    fn of(query: &[(String, String)], ask: &DevicesAsk, count: usize) -> Self {
        let page = |offset: usize| {
            let kept = query.iter().filter(|(name, _)| name != "page[offset]");
            let kept = kept.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
            let offset = format!("{}={offset}", encoded("page[offset]"));
            let query: Vec<String> = kept.chain([offset]).collect();
            format!("{DEVICES_AT}?{}", query.join("&"))
        };
        let last = count.saturating_sub(1) / ask.limit * ask.limit;
        let after = ask.offset.saturating_add(ask.limit);
        Self {
            own: page(ask.offset),
            first: Some(page(0)),
            last: Some(page(last)),
            prev: (ask.offset > 0).then(|| page(ask.offset.saturating_sub(ask.limit))),
            next: (after < count).then(|| page(after)),
        }
    }
}

/// A text as one segment of a path, a name or a value of a query: RFC 3986, unreserved as it is.
fn encoded(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}

fn replied<T: Serialize>(document: &T) -> Result<Reply, Box<Problem>> {
    let text = serde_json::to_vec(document).map_err(|error| Problem::internal(&error))?;
    Ok(Reply::whole(JSON_API, text))
}

fn schema(call: &mut Call) -> Result<Reply, Box<Problem>> {
    if let Some((name, _)) = call.query.first() {
        return Err(unknown(name, "none is taken"));
    }
    let own = call.plant().own_fields();
    if call.wants(SCHEMA_JSON) {
        let text = serde_json::to_vec(&json_schema(&own));
        let text = text.map_err(|error| Problem::internal(&error))?;
        return Ok(Reply::whole(SCHEMA_JSON, text));
    }
    let field =
        |kind: &str, is_array| FieldDocument { kind: Some(kind.to_owned()), link: None, is_array };
    let listed = LISTED.into_iter().filter(|name| *name != "id").map(|name| {
        let of = match name {
            "tenants" => field("String", true),
            "createdAt" | "updatedAt" => field("Date", false),
            _ => field("String", false),
        };
        (name.to_owned(), of)
    });
    let own = own.iter().map(|(name, schema)| (name.clone(), own_field(schema)));
    let fields: BTreeMap<String, FieldDocument> = listed.chain(own).collect();
    let mut types: BTreeMap<String, BTreeMap<String, FieldDocument>> =
        Relation::ALL.into_iter().map(|of| (plural(of).to_owned(), fields.clone())).collect();
    let links = Relation::ALL.into_iter().map(|relation| {
        let link = Some(plural(relation).to_owned());
        (relation.word().to_owned(), FieldDocument { link, ..FieldDocument::default() })
    });
    types.insert("devices".to_owned(), fields.clone().into_iter().chain(links).collect());
    replied(&TypesDocument(types))
}

/// What the user's own schema says of a field, as a type.
fn own_field(schema: &Value) -> FieldDocument {
    let is_array = schema["type"] == "array";
    let inner = if is_array { &schema["items"] } else { schema };
    let kind = match inner["type"].as_str() {
        Some("string") if inner["format"] == "date-time" || inner["format"] == "date" => "Date",
        Some("string") => "String",
        Some("number" | "integer") => "Number",
        Some("boolean") => "Boolean",
        Some("object") => "Object",
        Some(_) | None => "Any",
    };
    FieldDocument { kind: Some(kind.to_owned()), link: None, is_array }
}

fn json_schema(own: &BTreeMap<String, Value>) -> Value {
    let listed = TITLES
        .into_iter()
        .map(|(name, title)| (name.to_owned(), json!({"type": "string", "title": title})));
    let tenants = json!({"type": "array", "items": {"type": "string"}, "title": "Tenants"});
    let properties: Map<String, Value> = listed
        .chain([("tenants".to_owned(), tenants)])
        .chain(own.iter().map(|(name, schema)| (name.clone(), schema.clone())))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "/manufacturing/schema",
        "title": "Device",
        "type": "object",
        "properties": properties,
    })
}
