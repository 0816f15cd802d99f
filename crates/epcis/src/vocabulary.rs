//! The words of the Core Business Vocabulary, in every form they are written in.
//!
//! A standard word may stand bare (`packing`), as a URN (`urn:epcglobal:cbv:bizstep:packing`), as
//! a prefixed name (`cbv:BizStep-packing`) or as a web address
//! (`https://ref.gs1.org/cbv/BizStep-packing`); all four are the same [`Term::Standard`]. Any
//! other URI is somebody's own word, [`Term::Custom`]. A bare word that is not standard is a
//! mistake, and so is an unknown word in a namespace that only the standard may fill.
//!
//! Source: GS1 Core Business Vocabulary 2.0, §7; the enumerations of the EPCIS 2.0 JSON Schema.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

/// A word of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// A word of the standard, bare.
    Standard(&'static str),
    /// Anybody else's word: a URI as written.
    Custom(String),
}

impl Term {
    /// The bare standard word, or the URI as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Standard(word) => word,
            Self::Custom(uri) => uri,
        }
    }

    /// Whether this is the standard's word `word`.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Self::Standard(standard) if *standard == word)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One list of standard words.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// What the list is of, for messages.
    pub(crate) name: &'static str,
    /// What stands before a word in its longer forms.
    prefixes: &'static [&'static str],
    /// Namespaces in which nobody but the standard may define words.
    reserved: &'static [&'static str],
    words: &'static [&'static str],
}

impl Vocabulary {
    /// The term `text` stands for; `None` if it is neither a standard word nor a URI of one's own.
    pub(crate) fn read(&self, text: &str) -> Option<Term> {
        let bare = self.prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        let word = self.words.iter().find(|word| **word == bare.unwrap_or(text));
        if let Some(word) = word {
            return Some(Term::Standard(word));
        }
        let reserved = self.reserved.iter().any(|prefix| text.starts_with(prefix));
        (!reserved && crate::uri::is_uri(text)).then(|| Term::Custom(text.to_owned()))
    }
}

/// Namespaces of the Core Business Vocabulary that are closed.
const CBV: &[&str] = &["urn:epcglobal:cbv", "https://ns.gs1.org/cbv/", "http://ns.gs1.org/cbv/"];

/// Namespaces of the GS1 Web Vocabulary that are closed; prefixed names stay open.
const WEB: &[&str] = &[
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
];

const WEB_PREFIXES: &[&str] = &[
    "gs1:",
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
];

/// The forms of a word of the Core Business Vocabulary.
macro_rules! cbv_prefixes {
    ($urn:literal, $name:literal) => {
        &[
            concat!("urn:epcglobal:cbv:", $urn, ":"),
            concat!("cbv:", $name, "-"),
            concat!("https://ref.gs1.org/cbv/", $name, "-"),
            concat!("https://ns.gs1.org/cbv/", $name, "-"),
            concat!("http://ns.gs1.org/cbv/", $name, "-"),
        ]
    };
}

/// CBV §7.1.
pub(crate) static BUSINESS_STEPS: Vocabulary = Vocabulary {
    name: "business step",
    prefixes: cbv_prefixes!("bizstep", "BizStep"),
    reserved: CBV,
    words: &[
        "accepting",
        "arriving",
        "assembling",
        "collecting",
        "commissioning",
        "consigning",
        "creating_class_instance",
        "cycle_counting",
        "decommissioning",
        "departing",
        "destroying",
        "disassembling",
        "dispensing",
        "encoding",
        "entering_exiting",
        "holding",
        "inspecting",
        "installing",
        "killing",
        "loading",
        "other",
        "packing",
        "picking",
        "receiving",
        "removing",
        "repackaging",
        "repairing",
        "replacing",
        "reserving",
        "retail_selling",
        "sampling",
        "sensor_reporting",
        "shipping",
        "staging_outbound",
        "stock_taking",
        "stocking",
        "storing",
        "transporting",
        "unloading",
        "unpacking",
        "void_shipping",
    ],
};

/// CBV §7.2.
pub(crate) static DISPOSITIONS: Vocabulary = Vocabulary {
    name: "disposition",
    prefixes: cbv_prefixes!("disp", "Disp"),
    reserved: CBV,
    words: &[
        "active",
        "available",
        "completeness_inferred",
        "completeness_verified",
        "conformant",
        "container_closed",
        "container_open",
        "damaged",
        "destroyed",
        "dispensed",
        "disposed",
        "encoded",
        "expired",
        "in_progress",
        "in_transit",
        "inactive",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "partially_dispensed",
        "recalled",
        "reserved",
        "retail_sold",
        "returned",
        "sellable_accessible",
        "sellable_not_accessible",
        "stolen",
        "unavailable",
        "unknown",
    ],
};

/// CBV §7.3.
pub(crate) static BUSINESS_TRANSACTION_TYPES: Vocabulary = Vocabulary {
    name: "business transaction type",
    prefixes: cbv_prefixes!("btt", "BTT"),
    reserved: CBV,
    words: &[
        "bol",
        "cert",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
        "testprd",
        "testres",
        "upevt",
    ],
};

/// CBV §7.4.
pub(crate) static SOURCE_DESTINATION_TYPES: Vocabulary = Vocabulary {
    name: "source or destination type",
    prefixes: cbv_prefixes!("sdt", "SDT"),
    reserved: CBV,
    words: &["location", "owning_party", "possessing_party"],
};

/// CBV §7.5.
pub(crate) static ERROR_REASONS: Vocabulary = Vocabulary {
    name: "error reason",
    prefixes: cbv_prefixes!("er", "ER"),
    reserved: CBV,
    words: &["did_not_occur", "incorrect_data"],
};

/// Axes of a position or a vector.
pub(crate) static COMPONENTS: Vocabulary = Vocabulary {
    name: "component",
    prefixes: cbv_prefixes!("comp", "Comp"),
    reserved: CBV,
    words: &[
        "altitude",
        "axial_distance",
        "azimuth",
        "easting",
        "elevation_angle",
        "height",
        "latitude",
        "longitude",
        "northing",
        "polar_angle",
        "spherical_radius",
        "x",
        "y",
        "z",
    ],
};

/// What a sensor raises.
pub(crate) static ALERT_TYPES: Vocabulary = Vocabulary {
    name: "sensor alert type",
    prefixes: WEB_PREFIXES,
    reserved: WEB,
    words: &["ALARM_CONDITION", "ERROR_CONDITION"],
};

/// What a sensor measures.
pub(crate) static MEASUREMENT_TYPES: Vocabulary = Vocabulary {
    name: "measurement type",
    prefixes: WEB_PREFIXES,
    reserved: WEB,
    words: &[
        "AbsoluteHumidity",
        "AbsorbedDose",
        "AbsorbedDoseRate",
        "Acceleration",
        "Altitude",
        "AmountOfSubstance",
        "AmountOfSubstancePerUnitVolume",
        "Angle",
        "AngularAcceleration",
        "AngularMomentum",
        "AngularVelocity",
        "Area",
        "Capacitance",
        "Conductance",
        "Conductivity",
        "Count",
        "Density",
        "Dimensionless",
        "DoseEquivalent",
        "DoseEquivalentRate",
        "DynamicViscosity",
        "ElectricCharge",
        "ElectricCurrent",
        "ElectricCurrentDensity",
        "ElectricFieldStrength",
        "Energy",
        "Exposure",
        "Force",
        "Frequency",
        "Illuminance",
        "Inductance",
        "Irradiance",
        "KinematicViscosity",
        "Length",
        "LinearMomentum",
        "Luminance",
        "LuminousFlux",
        "LuminousIntensity",
        "MagneticFlux",
        "MagneticFluxDensity",
        "MagneticVectorPotential",
        "Mass",
        "MassConcentration",
        "MassFlowRate",
        "MassPerAreaTime",
        "MemoryCapacity",
        "MolalityOfSolute",
        "MolarEnergy",
        "MolarMass",
        "MolarVolume",
        "Power",
        "Pressure",
        "RadiantFlux",
        "RadiantIntensity",
        "Radioactivity",
        "RelativeHumidity",
        "Resistance",
        "Resistivity",
        "SolidAngle",
        "SpecificVolume",
        "Speed",
        "SurfaceDensity",
        "SurfaceTension",
        "Temperature",
        "Time",
        "Torque",
        "Voltage",
        "Volume",
        "VolumeFlowRate",
        "VolumeFraction",
        "VolumetricFlux",
        "Wavenumber",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_standard_word_is_the_same_term() {
        for text in [
            "packing",
            "urn:epcglobal:cbv:bizstep:packing",
            "cbv:BizStep-packing",
            "https://ref.gs1.org/cbv/BizStep-packing",
            "https://ns.gs1.org/cbv/BizStep-packing",
        ] {
            assert_eq!(BUSINESS_STEPS.read(text), Some(Term::Standard("packing")), "{text}");
        }
        for text in ["Temperature", "gs1:Temperature", "https://gs1.org/voc/Temperature"] {
            assert_eq!(MEASUREMENT_TYPES.read(text), Some(Term::Standard("Temperature")), "{text}");
        }
    }

    #[test]
    fn words_of_ones_own_are_uris_outside_closed_namespaces() {
        for text in ["https://example.com/steps/etching", "example:etching", "cbv:my_own"] {
            let custom = Term::Custom(text.to_owned());
            assert_eq!(BUSINESS_STEPS.read(text), Some(custom), "{text}");
        }
        for text in [
            "etching",
            "",
            "urn:epcglobal:cbv:bizstep:etching",
            "urn:epcglobal:cbv:disp:active",
            "https://ns.gs1.org/cbv/BizStep-etching",
        ] {
            assert_eq!(BUSINESS_STEPS.read(text), None, "{text}");
        }
        assert_eq!(MEASUREMENT_TYPES.read("https://gs1.org/voc/Luck"), None);
    }

    #[test]
    fn a_term_is_asked_for_by_its_standard_word() {
        let packing = Term::Standard("packing");
        assert!(packing.is("packing") && !packing.is("unpacking"));
        assert!(!Term::Custom("packing".to_owned()).is("packing"));
    }
}
