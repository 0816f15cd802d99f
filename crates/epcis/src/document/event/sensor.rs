//! What sensors reported.
//!
//! Source: GS1 EPCIS 2.0, §7.3.7.

use super::{Extension, Numeral, Timestamp};
use crate::document::extension::rest;
use crate::document::json::{Reader, Value};
use crate::document::problem::Code;
use crate::document::scalar;
use crate::identifier::Identifier;
use crate::vocabulary::{ALERT_TYPES, COMPONENTS, MEASUREMENT_TYPES, Term};
use alloc::string::String;
use alloc::vec::Vec;

/// Reports of one or more sensors that share metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorElement {
    /// What holds for all the reports unless a report says otherwise.
    pub metadata: Option<SensorMetadata>,
    /// The reports; at least one.
    pub reports: Vec<SensorReport>,
    /// Fields of somebody's own.
    pub extensions: Vec<Extension>,
}

/// What holds for all reports of a sensor element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorMetadata {
    /// When it was measured.
    pub time: Option<Timestamp>,
    /// Start of the time an aggregated value is of.
    pub start_time: Option<Timestamp>,
    /// End of the time an aggregated value is of.
    pub end_time: Option<Timestamp>,
    /// The device.
    pub device_id: Option<Identifier>,
    /// Where the device is described.
    pub device_metadata: Option<String>,
    /// Where the raw data is.
    pub raw_data: Option<String>,
    /// How the raw data was processed.
    pub data_processing_method: Option<String>,
    /// The rules that were applied.
    pub biz_rules: Option<String>,
    /// Fields of somebody's own.
    pub extensions: Vec<Extension>,
}

/// One value a sensor reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SensorReport {
    /// What was measured.
    pub kind: Term,
    /// What the sensor raised.
    pub exception: Option<Term>,
    /// The device.
    pub device_id: Option<Identifier>,
    /// Where the device is described.
    pub device_metadata: Option<String>,
    /// Where the raw data is.
    pub raw_data: Option<String>,
    /// How the raw data was processed.
    pub data_processing_method: Option<String>,
    /// The rules that were applied.
    pub biz_rules: Option<String>,
    /// When it was measured.
    pub time: Option<Timestamp>,
    /// The micro-organism that was looked for.
    pub microorganism: Option<String>,
    /// The substance that was looked for.
    pub chemical_substance: Option<String>,
    /// What a position refers to.
    pub coordinate_reference_system: Option<String>,
    /// Which axis of a position or vector the value is of.
    pub component: Option<Term>,
    /// The value.
    pub value: Option<Numeral>,
    /// The value, where it is text.
    pub string_value: Option<String>,
    /// The value, where it is a yes or no.
    pub boolean_value: Option<bool>,
    /// The value, where it is bytes: hexadecimal digits.
    pub hex_binary_value: Option<String>,
    /// The value, where it is a URI.
    pub uri_value: Option<String>,
    /// The least value in the time.
    pub min_value: Option<Numeral>,
    /// The greatest value in the time.
    pub max_value: Option<Numeral>,
    /// The mean value in the time.
    pub mean_value: Option<Numeral>,
    /// Standard deviation.
    pub standard_deviation: Option<Numeral>,
    /// Rank of the percentile.
    pub percentile_rank: Option<Numeral>,
    /// Value of the percentile.
    pub percentile_value: Option<Numeral>,
    /// Unit code of all the numbers.
    pub uom: Option<String>,
    /// Fields of somebody's own.
    pub extensions: Vec<Extension>,
}

pub(super) fn element(value: Value<'_, '_>, reader: &mut Reader) -> Option<SensorElement> {
    let mut fields = value.fields(reader)?;
    let metadata = fields.optional("sensorMetadata", reader, metadata);
    let reports = fields.required("sensorReport", reader, |value, reader| {
        let reports = value.items(reader, report)?;
        if value.is_empty_list() {
            reader.problem(value.path, Code::EmptyList, "at least one report is needed");
        }
        Some(reports)
    });
    Some(SensorElement { metadata, extensions: rest(fields, reader), reports: reports? })
}

fn metadata(value: Value<'_, '_>, reader: &mut Reader) -> Option<SensorMetadata> {
    let mut fields = value.fields(reader)?;
    Some(SensorMetadata {
        time: fields.optional("time", reader, scalar::timestamp),
        start_time: fields.optional("startTime", reader, scalar::timestamp),
        end_time: fields.optional("endTime", reader, scalar::timestamp),
        device_id: fields.optional("deviceID", reader, scalar::identifier),
        device_metadata: fields.optional("deviceMetadata", reader, scalar::uri),
        raw_data: fields.optional("rawData", reader, scalar::uri),
        data_processing_method: fields.optional("dataProcessingMethod", reader, scalar::uri),
        biz_rules: fields.optional("bizRules", reader, scalar::uri),
        extensions: rest(fields, reader),
    })
}

fn report(value: Value<'_, '_>, reader: &mut Reader) -> Option<SensorReport> {
    let mut fields = value.fields(reader)?;
    let kind = fields.required("type", reader, scalar::term(&MEASUREMENT_TYPES));
    Some(SensorReport {
        exception: fields.optional("exception", reader, scalar::term(&ALERT_TYPES)),
        device_id: fields.optional("deviceID", reader, scalar::identifier),
        device_metadata: fields.optional("deviceMetadata", reader, scalar::uri),
        raw_data: fields.optional("rawData", reader, scalar::uri),
        data_processing_method: fields.optional("dataProcessingMethod", reader, scalar::uri),
        biz_rules: fields.optional("bizRules", reader, scalar::uri),
        time: fields.optional("time", reader, scalar::timestamp),
        microorganism: fields.optional("microorganism", reader, scalar::uri),
        chemical_substance: fields.optional("chemicalSubstance", reader, scalar::uri),
        coordinate_reference_system: fields.optional(
            "coordinateReferenceSystem",
            reader,
            scalar::uri,
        ),
        component: fields.optional("component", reader, scalar::term(&COMPONENTS)),
        value: fields.optional("value", reader, scalar::numeral),
        string_value: fields.optional("stringValue", reader, scalar::string),
        boolean_value: fields.optional("booleanValue", reader, scalar::boolean),
        hex_binary_value: fields.optional("hexBinaryValue", reader, scalar::hexadecimal),
        uri_value: fields.optional("uriValue", reader, scalar::uri),
        min_value: fields.optional("minValue", reader, scalar::numeral),
        max_value: fields.optional("maxValue", reader, scalar::numeral),
        mean_value: fields.optional("meanValue", reader, scalar::numeral),
        standard_deviation: fields.optional("sDev", reader, scalar::numeral),
        percentile_rank: fields.optional("percRank", reader, scalar::numeral),
        percentile_value: fields.optional("percValue", reader, scalar::numeral),
        uom: fields.optional("uom", reader, scalar::string),
        extensions: rest(fields, reader),
        // Last, so that every other field is checked even without it.
        kind: kind?,
    })
}
