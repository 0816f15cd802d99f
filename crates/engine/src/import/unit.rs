//! One row as what it says of one unit.

use std::collections::BTreeMap;

use domain::noun::{CODE_BYTES_MAX, CodeError, check_code};
use domain::{Amount, Code, OrderCode, PartNumber, Revision};
use serde_json::{Map, Value};

use super::columns::{Field, Target};
use super::refused::Wrong;
use crate::state::State;

/// Longest text of a field of the user's own, in bytes; larger things are files.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// What a row says of a unit; what it leaves open is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UnitRow {
    pub(super) serial: String,
    pub(super) part: Option<PartNumber>,
    pub(super) pcb_part: Option<PartNumber>,
    pub(super) firmware: Option<String>,
    pub(super) revision: Option<Revision>,
    pub(super) device_type: Option<String>,
    pub(super) lot: Option<String>,
    pub(super) order: Option<OrderCode>,
    pub(super) production_order: Option<OrderCode>,
    pub(super) pallet: Option<String>,
    pub(super) package: Option<String>,
    pub(super) cloud_id: Option<String>,
    /// Taken for the cloud id where the row has none.
    init_id: Option<String>,
    pub(super) own: BTreeMap<String, Value>,
}

impl UnitRow {
    /// Puts a row together from its cells: header, meaning, value. Nothing is said by an empty
    /// text and by null.
    pub(super) fn of<'a>(
        cells: impl Iterator<Item = (&'a str, &'a Target, Value)>,
        typing: &Typing,
    ) -> Result<Self, Wrong> {
        let mut row = Self::default();
        for (header, target, value) in cells {
            let said = match target {
                Target::Field(field) => text_of(value)
                    .and_then(|text| text.map_or(Ok(()), |text| row.set(*field, text))),
                Target::Own(name) => typing.own(name, value).map(|value| {
                    row.own.extend(value.map(|value| (name.clone(), value)));
                }),
                Target::Secret | Target::LeftOut | Target::Unnamed => Ok(()),
            };
            said.map_err(|wrong| wrong.in_column(header))?;
        }
        row.check()?;
        Ok(row)
    }

    /// What is wrong with what it says as a whole.
    fn check(&mut self) -> Result<(), Wrong> {
        self.cloud_id = self.cloud_id.take().or_else(|| self.init_id.take());
        if self.serial.is_empty() {
            let column = Field::SerialNumber.word();
            return Err(Wrong::new(
                Code::Malformed,
                "it has no serial number; every row is one unit and names it",
            )
            .in_column(column));
        }
        if self.package.is_some() && self.package == self.pallet {
            return Err(Wrong::new(
                Code::WrongKind,
                "its package and its pallet have the same code; give each its own",
            )
            .in_column(Field::PackageId.word()));
        }
        Ok(())
    }

    fn set(&mut self, field: Field, text: String) -> Result<(), Wrong> {
        let unusable = |error: CodeError| unusable(&error);
        match field {
            Field::SerialNumber => self.serial = text,
            Field::PartNumber => self.part = Some(PartNumber::new(&text).map_err(unusable)?),
            Field::PcbPartNumber => self.pcb_part = Some(PartNumber::new(&text).map_err(unusable)?),
            Field::FwVersion => self.firmware = Some(text),
            Field::HwRevision => self.revision = Some(Revision::new(&text).map_err(unusable)?),
            Field::DeviceType => self.device_type = Some(text),
            Field::LotCode => self.lot = Some(text),
            Field::WorkOrder => self.order = Some(OrderCode::new(&text).map_err(unusable)?),
            Field::ProductionOrder => {
                self.production_order = Some(OrderCode::new(&text).map_err(unusable)?);
            }
            Field::PalletId => self.pallet = Some(text),
            Field::PackageId => self.package = Some(text),
            Field::CloudId => self.cloud_id = Some(text),
            Field::InitId => self.init_id = Some(text),
        }
        Ok(())
    }
}

fn unusable(error: &CodeError) -> Wrong {
    let code = match error {
        CodeError::Long(_) => Code::TooLarge,
        CodeError::Empty | CodeError::Control => Code::Malformed,
    };
    Wrong::new(code, format!("it cannot be used: {error}"))
}

/// The text of a name or code; nothing where the cell says nothing.
fn text_of(value: Value) -> Result<Option<String>, Wrong> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        Value::Number(number) if !number.is_f64() => number.to_string(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            let reason = "it is no text; write it in quotes, so that its digits do not change";
            return Err(Wrong::new(Code::Malformed, reason));
        }
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    check_code(text).map_err(|error| unusable(&error))?;
    Ok(Some(text.to_owned()))
}

/// What the schema in force says the user's own fields are.
#[derive(Debug, Default)]
pub(super) struct Typing {
    validator: Option<jsonschema::Validator>,
    types: BTreeMap<String, Wanted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Integer,
    Number,
    Boolean,
}

impl Typing {
    /// Of the schema in force.
    pub(super) fn of(state: &State) -> Self {
        let Some((text, _)) = &state.masters().schema else { return Self::default() };
        let schema: Value = serde_json::from_str(text).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        let types = properties
            .into_iter()
            .flatten()
            .filter_map(|(name, property)| Some((name.clone(), wanted(property.get("type")?)?)))
            .collect();
        Self { validator: jsonschema::validator_for(&schema).ok(), types }
    }

    /// What is wrong with all own fields of a unit together.
    pub(super) fn check(&self, fields: &BTreeMap<String, Value>) -> Result<(), Wrong> {
        let Some(validator) = &self.validator else { return Ok(()) };
        let all: Map<String, Value> = fields.clone().into_iter().collect();
        validator.validate(&Value::Object(all)).map_err(|error| {
            let path = error.instance_path().to_string();
            let reason = format!("{error}; mend the value, or change the schema");
            let wrong = Wrong::new(Code::FieldInvalid, reason);
            match path.trim_start_matches('/') {
                "" => wrong,
                field => wrong.in_column(field),
            }
        })
    }

    /// A value of an own field; nothing where the cell says nothing.
    fn own(&self, name: &str, value: Value) -> Result<Option<Value>, Wrong> {
        let text = match value {
            Value::Null => return Ok(None),
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return if has_fraction(&value) {
                    let reason = "it is a number with a fraction; write it in quotes, such as \
                                  \"1.19\": digits must not change";
                    Err(Wrong::new(Code::FieldInvalid, reason))
                } else {
                    Ok(Some(value))
                };
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() > TEXT_BYTES_MAX {
            let reason = format!("it has {} bytes, at most {TEXT_BYTES_MAX}", text.len());
            return Err(Wrong::new(Code::TooLarge, format!("{reason}; keep it as a file")));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let reason = "it holds a control character; use printable text only";
            return Err(Wrong::new(Code::Malformed, reason));
        }
        self.typed(name, text).map(Some)
    }

    /// A text as the schema wants it; a number with a fraction stays text, digit by digit.
    fn typed(&self, name: &str, text: &str) -> Result<Value, Wrong> {
        let wrong = |what: &str| {
            Wrong::new(
                Code::FieldInvalid,
                format!("{} is no {what}, as the schema says", cut(text)),
            )
        };
        match self.types.get(name) {
            None => Ok(Value::from(text)),
            Some(Wanted::Boolean) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Ok(Value::from(true)),
                "false" | "no" | "0" => Ok(Value::from(false)),
                _ => Err(wrong("yes or no")),
            },
            Some(Wanted::Integer) => {
                text.parse::<i64>().map(Value::from).map_err(|_| wrong("whole number"))
            }
            Some(Wanted::Number) => match (text.parse::<i64>(), text.parse::<Amount>()) {
                (Ok(whole), _) => Ok(Value::from(whole)),
                (Err(_), Ok(_)) => Ok(Value::from(text)),
                (Err(_), Err(_)) => Err(wrong("number")),
            },
        }
    }
}

/// A value short enough for a message.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= CODE_BYTES_MAX / 4 {
        return text.to_owned();
    }
    text.chars().take(CODE_BYTES_MAX / 4).chain(['…']).collect()
}

fn wanted(kind: &Value) -> Option<Wanted> {
    match kind {
        Value::String(word) => match word.as_str() {
            "integer" => Some(Wanted::Integer),
            "number" => Some(Wanted::Number),
            "boolean" => Some(Wanted::Boolean),
            _ => None,
        },
        // Several types: text is one of them, or the one that is not null counts.
        Value::Array(words) if words.iter().any(|word| word == "string") => {
            words.iter().any(|word| word == "number").then_some(Wanted::Number)
        }
        Value::Array(words) => words.iter().find_map(wanted),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(elements) => elements.iter().any(has_fraction),
        Value::Object(fields) => fields.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
