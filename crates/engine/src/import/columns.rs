//! What the columns of a file mean: fields of the manufacturing record, fields of the user's own,
//! secrets that are never recorded.
//!
//! A header is read without regard to case, spaces, `_` and `-`, and without the group before its
//! point (`manufacturing.`, `provision.`, `connectable.`, `identity.`, `traceability.`).

use std::collections::BTreeMap;

use domain::noun::check_code;

/// Most columns of a file, or fields of an object.
pub(super) const COLUMNS_MAX: usize = 512;

/// A field of the manufacturing record that a file can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    SerialNumber,
    PartNumber,
    PcbPartNumber,
    FwVersion,
    HwRevision,
    DeviceType,
    LotCode,
    WorkOrder,
    ProductionOrder,
    PalletId,
    PackageId,
    CloudId,
    /// Taken for the cloud id where no column gives that.
    InitId,
}

impl Field {
    const ALL: [Self; 13] = [
        Self::SerialNumber,
        Self::PartNumber,
        Self::PcbPartNumber,
        Self::FwVersion,
        Self::HwRevision,
        Self::DeviceType,
        Self::LotCode,
        Self::WorkOrder,
        Self::ProductionOrder,
        Self::PalletId,
        Self::PackageId,
        Self::CloudId,
        Self::InitId,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::SerialNumber => "serialNumber",
            Self::PartNumber => "partNumber",
            Self::PcbPartNumber => "pcbPartNumber",
            Self::FwVersion => "fwVersion",
            Self::HwRevision => "hwRevision",
            Self::DeviceType => "deviceType",
            Self::LotCode => "lotCode",
            Self::WorkOrder => "workOrder",
            Self::ProductionOrder => "productionOrder",
            Self::PalletId => "palletId",
            Self::PackageId => "packageId",
            Self::CloudId => "cloudId",
            Self::InitId => "initId",
        }
    }

    fn of(bare: &str) -> Option<Self> {
        let folded = folded(bare);
        if folded == "connhexid" {
            return Some(Self::CloudId);
        }
        Self::ALL.into_iter().find(|field| field.word().eq_ignore_ascii_case(&folded))
    }
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// It is a field of the manufacturing record.
    Field(Field),
    /// It is a field of the user's own, by that name.
    Own(String),
    /// It is a credential and never recorded.
    Secret,
    /// The mapping leaves it out.
    LeftOut,
    /// It has no header, so it must hold nothing.
    Unnamed,
}

impl Target {
    /// The meaning of a header.
    ///
    /// Errors: why it has none.
    pub(super) fn of(header: &str, mapping: &BTreeMap<String, String>) -> Result<Self, String> {
        let header = header.trim();
        let mapped = mapping.iter().find(|(from, _)| from.trim() == header);
        let name = match mapped {
            Some((_, to)) if to.trim().is_empty() => return Ok(Self::LeftOut),
            Some((_, to)) => to.trim(),
            None => header,
        };
        let (group, bare) = ungrouped(name);
        if is_secret(bare) {
            return Ok(Self::Secret);
        }
        if let Some(field) = Field::of(bare) {
            return Ok(Self::Field(field));
        }
        let own = if group { camel(bare) } else { bare.to_owned() };
        check_code(&own).map_err(|error| format!("its name cannot be used: {error}"))?;
        Ok(Self::Own(own))
    }
}

/// Groups other systems put before a header, or around fields of an object.
pub(super) const GROUPS: [&str; 5] =
    ["manufacturing", "provision", "connectable", "identity", "traceability"];

/// The name without the group before its point, and whether there was one.
fn ungrouped(name: &str) -> (bool, &str) {
    match name.split_once('.') {
        Some((group, bare)) if GROUPS.iter().any(|known| known.eq_ignore_ascii_case(group)) => {
            (true, bare)
        }
        _ => (false, name),
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// `color_code` as `colorCode`.
fn camel(name: &str) -> String {
    let mut words = name.split(['_', '-', ' ']).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let mut letters = word.chars();
        name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        name.push_str(letters.as_str());
        name
    })
}

fn is_secret(bare: &str) -> bool {
    const KEYS: [&str; 7] =
        ["initkey", "migrationkey", "privatekey", "clientkey", "apikey", "presharedkey", "psk"];
    const WORDS: [&str; 3] = ["password", "passwd", "secret"];
    let folded = folded(bare);
    KEYS.contains(&folded.as_str()) || WORDS.iter().any(|word| folded.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Field, Target};
    use std::collections::BTreeMap;

    #[test]
    fn headers_mean_what_other_systems_mean_by_them() {
        let table = [
            ("serialNumber", Target::Field(Field::SerialNumber)),
            ("serial_number", Target::Field(Field::SerialNumber)),
            ("Serial Number", Target::Field(Field::SerialNumber)),
            ("manufacturing.serial_number", Target::Field(Field::SerialNumber)),
            ("manufacturing.serialNumber", Target::Field(Field::SerialNumber)),
            ("traceability.palletId", Target::Field(Field::PalletId)),
            ("connhexId", Target::Field(Field::CloudId)),
            ("cloud_id", Target::Field(Field::CloudId)),
            ("provision.init_id", Target::Field(Field::InitId)),
            ("connectable.init_key", Target::Secret),
            ("provision.migration_key", Target::Secret),
            ("wifiPassword", Target::Secret),
            ("provision.migration_key_quota", Target::Own("migrationKeyQuota".to_owned())),
            ("manufacturing.color_code", Target::Own("colorCode".to_owned())),
            ("tenant", Target::Own("tenant".to_owned())),
            ("colour code", Target::Own("colour code".to_owned())),
        ];
        for (header, expect) in table {
            assert_eq!(Target::of(header, &BTreeMap::new()), Ok(expect), "{header}");
        }
        let mapping = BTreeMap::from([
            ("SN".to_owned(), "serialNumber".to_owned()),
            ("noise".to_owned(), String::new()),
        ]);
        assert_eq!(Target::of("SN", &mapping), Ok(Target::Field(Field::SerialNumber)));
        assert_eq!(Target::of("noise", &mapping), Ok(Target::LeftOut));
        assert!(Target::of(&"x".repeat(300), &mapping).is_err());
    }
}
