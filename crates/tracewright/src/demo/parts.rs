//! The demo plant before any work: parties, places, stations, materials, bills of material.

use serde_json::{Value, json};

use super::line::{ENGINEER, QUALITY};

/// A customer: code, name, city, country.
pub(super) type Customer = (&'static str, &'static str, &'static str, &'static str);

/// Hospitals and distributors, all invented.
pub(super) const CUSTOMERS: [Customer; 30] = [
    ("C-101", "Lindhaga Hospital", "Lindhaga", "SE"),
    ("C-102", "Norrvik Clinic", "Norrvik", "SE"),
    ("C-103", "Sjöberga Children's Hospital", "Sjöberga", "SE"),
    ("C-104", "Fjordnes Hospital", "Fjordnes", "NO"),
    ("C-105", "Ekelund University Hospital", "Ekelund", "NO"),
    ("C-106", "Havnegade Hospital", "Havnegade", "DK"),
    ("C-107", "Midtfyn Clinic", "Midtfyn", "DK"),
    ("C-108", "Lahdenranta Hospital", "Lahdenranta", "FI"),
    ("C-109", "Pohjanlinna Clinic", "Pohjanlinna", "FI"),
    ("C-110", "Klinikum Spreetal", "Spreetal", "DE"),
    ("C-111", "Elbwiesen Klinik", "Elbwiesen", "DE"),
    ("C-112", "Lindenbergklinik", "Lindenberg", "DE"),
    ("C-113", "Isarhöhe Klinikum", "Isarhöhe", "DE"),
    ("C-114", "Dompleinzicht Ziekenhuis", "Dompleinzicht", "NL"),
    ("C-115", "Maasduin Medisch Centrum", "Maasduin", "NL"),
    ("C-116", "AZ Leiebocht", "Leiebocht", "BE"),
    ("C-117", "Clinique du Vieux Canal", "Vieux-Canal", "FR"),
    ("C-118", "Hôpital de l'Erdrière", "Erdrière", "FR"),
    ("C-119", "Clinique Garonnelle", "Garonnelle", "FR"),
    ("C-120", "Hospital del Retamar", "Retamar", "ES"),
    ("C-121", "Clínica Turiana", "Turiana", "ES"),
    ("C-122", "Hospital da Ribeirinha", "Ribeirinha", "PT"),
    ("C-123", "Ospedale Porta Vecchia", "Porta Vecchia", "IT"),
    ("C-124", "Clinica Santo Renello", "Renello", "IT"),
    ("C-125", "Seehalde Spital", "Seehalde", "CH"),
    ("C-126", "Donauauen Klinik", "Donauauen", "AT"),
    ("C-127", "Szpital Nad Motławką", "Motławka", "PL"),
    ("C-128", "Nemocnice Svratice", "Svratice", "CZ"),
    ("C-129", "Airevale Infirmary", "Airevale", "GB"),
    ("C-130", "Medlager Distribution", "Medlager", "DE"),
];

const SUPPLIERS: [(&str, &str); 6] = [
    ("POLYFLEX", "Polyflex Elastomer"),
    ("CAPTEC", "Captec Components"),
    ("MIKROLOG", "Mikrolog Semiconductor"),
    ("DREHWERK", "Drehwerk Antriebe"),
    ("CELLPACK", "Cellpack Energy"),
    ("SPRITZGUSS", "Nordguss Kunststoff"),
];

/// A part: number, revision, name, tracking, class, overdraw.
type PartRow =
    (&'static str, &'static str, &'static str, &'static str, Option<&'static str>, &'static str);

const PARTS: [PartRow; 17] = [
    ("LP-300", "F", "Volumetric infusion pump", "serial", None, "refuse"),
    ("PH-22", "C", "Pump head assembly", "serial", None, "refuse"),
    ("PC-301", "D", "Main board", "serial", Some("board"), "refuse"),
    ("BT-18", "", "Battery pack 7.2 V", "serial", None, "refuse"),
    ("MT-31", "", "Stepper motor 0.9°", "serial", None, "refuse"),
    ("FW-LP3", "", "Pump firmware", "lot", Some("firmware"), "exception"),
    ("HS-05", "", "Housing, front and rear", "lot", None, "refuse"),
    ("GK-114", "", "Housing gasket", "lot", None, "refuse"),
    ("SC-M4", "", "Screw M4×12 Torx", "lot", None, "exception"),
    ("AS-12", "", "Sterile accessory set", "lot", None, "refuse"),
    ("MB-09", "", "Pump membrane, silicone 0.8 mm", "lot", None, "refuse"),
    ("MB-10", "", "Pump membrane, silicone 0.8 mm, second source", "lot", None, "refuse"),
    ("RT-14", "B", "Rotor, 12 finger", "lot", None, "refuse"),
    ("BR-06", "", "Bearing 6×13×5", "lot", None, "refuse"),
    ("U4", "", "Safety microcontroller", "lot", None, "exception"),
    ("U9", "", "Pressure sensor", "lot", None, "exception"),
    ("C17", "", "Capacitor 22 µF 25 V", "lot", None, "exception"),
];

fn part(number: &str) -> Value {
    let known = PARTS.iter().find(|(known, ..)| *known == number);
    match known.map(|(_, revision, ..)| *revision) {
        Some(revision) if !revision.is_empty() => json!({"number": number, "revision": revision}),
        _ => json!({"number": number}),
    }
}

/// A part as commands name it.
pub(super) fn named(number: &str) -> Value {
    part(number)
}

fn line(number: &str, quantity: u32, operation: &str) -> Value {
    json!({"part": part(number), "quantity": quantity, "operation": operation})
}

/// Everything that is defined before the first unit, as acts.
pub(super) fn definitions() -> Vec<Value> {
    let mut acts = Vec::new();
    for (code, name, city, country) in CUSTOMERS {
        acts.push(json!({"act": "defineParty", "code": code, "name": name,
            "roles": ["customer"], "place": city, "country": country}));
    }
    for (code, name) in SUPPLIERS {
        acts.push(json!({"act": "defineParty", "code": code, "name": name,
            "roles": ["supplier"]}));
    }
    for (code, name) in [
        ("WH-1", "Warehouse"),
        ("FG-1", "Finished goods"),
        ("RT-1", "Returns"),
        ("LINE-2", "Line 2"),
    ] {
        acts.push(json!({"act": "definePlace", "code": code, "name": name}));
    }
    acts.push(json!({"act": "defineWorkCenter", "code": "LINE-2", "name": "Line 2",
        "place": "LINE-2"}));
    for (code, name) in [
        ("SMT-1", "Board assembly"),
        ("ST-20", "Pump head assembly"),
        ("ST-30", "Final assembly"),
        ("ST-40", "Leak and occlusion test"),
        ("ST-70", "Firmware, label and pack"),
    ] {
        acts.push(json!({"act": "defineStation", "code": code, "name": name,
            "workCenter": "LINE-2"}));
    }
    for (code, name, station) in [
        ("TW-07", "Torque wrench", "ST-30"),
        ("ATE-3", "Leak and occlusion tester", "ST-40"),
        ("FW-2", "Programming station", "ST-70"),
        ("OV-1", "Reflow oven", "SMT-1"),
        ("SX-1", "Steriliser", "ST-70"),
    ] {
        acts.push(json!({"act": "defineEquipment", "code": code, "name": name,
            "station": station}));
    }
    for (code, name) in [
        ("P-11", "M. Lindmark"),
        ("P-12", "A. Osei"),
        ("P-13", "S. Achter"),
        (ENGINEER, "R. Engdahl"),
        (QUALITY, "T. Novak"),
    ] {
        acts.push(json!({"act": "definePerson", "code": code, "name": name}));
    }
    acts.extend(materials());
    acts.extend(bills());
    acts
}

fn materials() -> impl Iterator<Item = Value> {
    PARTS.iter().map(|(number, _, name, tracking, class, overdraw)| {
        let mut act = json!({"act": "defineMaterial", "part": part(number), "name": name,
            "tracking": tracking, "baseUnit": "ea", "overdraw": overdraw});
        if let Some(class) = class {
            act["class"] = json!(class);
        }
        if *number == "LP-300" {
            act["deviceType"] = json!("Volumetric infusion pump");
        }
        act
    })
}

fn bills() -> Vec<Value> {
    let mut membrane = line("MB-09", 1, "OP20");
    membrane["alternates"] = json!([{"part": part("MB-10")}]);
    let mut capacitor = line("C17", 2, "OP10");
    capacitor["designators"] = json!(["C17", "C18"]);
    vec![
        json!({"act": "defineBom", "part": part("PC-301"),
            "lines": [line("U4", 1, "OP10"), line("U9", 1, "OP10"), capacitor]}),
        json!({"act": "defineBom", "part": part("PH-22"), "lines": [membrane,
            line("RT-14", 1, "OP20"), line("MT-31", 1, "OP20"), line("BR-06", 2, "OP20")]}),
        json!({"act": "defineBom", "part": part("LP-300"), "lines": [
            line("PH-22", 1, "OP30"), line("PC-301", 1, "OP30"), line("BT-18", 1, "OP30"),
            line("HS-05", 1, "OP30"), line("GK-114", 1, "OP30"), line("SC-M4", 10, "OP35"),
            line("FW-LP3", 1, "OP60"), line("AS-12", 1, "OP70")]}),
    ]
}
