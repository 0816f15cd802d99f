//! Lists of definitions, by code.

use domain::{MaterialDefinition, Part, Party, Station};

use super::{DefinitionsAsk, EquipmentRow, Page, PartRow, cursor, holds_text, page_size};
use crate::error::Result;
use crate::plant::Plant;
use crate::query::seen::Seen;

impl DefinitionsAsk {
    pub(in crate::query) fn fits(&self, code: &str, name: &str) -> bool {
        self.after.as_ref().is_none_or(|after| code > after.as_str()) && self.says(code, name)
    }

    fn says(&self, code: &str, name: &str) -> bool {
        let text = self.text.as_ref().map(|text| text.to_lowercase());
        text.is_none_or(|text| holds_text([code, name].into_iter(), &text))
    }
}

impl Plant {
    /// A page of parts, by number and revision.
    ///
    /// Errors: [`crate::Error::Input`] if the cursor does not read.
    pub fn parts(&self, ask: &DefinitionsAsk) -> Result<Page<PartRow>> {
        let after: Option<Part> = cursor(ask.after.as_deref())?;
        self.see((None, None), |seen| {
            let materials = seen.state.masters().materials.values();
            let rows = materials.filter(|material| {
                after.as_ref().is_none_or(|after| material.part > *after)
                    && ask.says(&material.part.to_string(), &material.name)
            });
            let rows = rows.map(|material| seen.part_row(material));
            let code = |row: &PartRow| row.material.part.to_string();
            Ok(Page::of(seen.at(), rows, page_size(ask.limit), code))
        })
    }

    /// A page of parties, by code.
    pub fn parties(&self, ask: &DefinitionsAsk) -> Result<Page<Party>> {
        self.see((None, None), |seen| {
            let parties = seen.state.masters().parties.values();
            let rows = parties.filter(|party| ask.fits(party.code.as_str(), &party.name));
            let code = |row: &Party| row.code.to_string();
            Ok(Page::of(seen.at(), rows.cloned(), page_size(ask.limit), code))
        })
    }

    /// A page of stations, by code.
    pub fn stations(&self, ask: &DefinitionsAsk) -> Result<Page<Station>> {
        self.see((None, None), |seen| {
            let stations = seen.state.masters().stations.values();
            let rows = stations.filter(|station| ask.fits(station.code.as_str(), &station.name));
            let code = |row: &Station| row.code.to_string();
            Ok(Page::of(seen.at(), rows.cloned(), page_size(ask.limit), code))
        })
    }

    /// A page of equipment, by code.
    pub fn equipment(&self, ask: &DefinitionsAsk) -> Result<Page<EquipmentRow>> {
        self.see((None, None), |seen| {
            let masters = seen.state.masters();
            let rows = masters.equipment.values();
            let rows = rows.filter(|each| ask.fits(each.code.as_str(), &each.name));
            let rows = rows.map(|equipment| {
                let last = masters.checks.get(&equipment.code).and_then(|checks| checks.last());
                EquipmentRow {
                    equipment: equipment.clone(),
                    checked: last.map(|check| check.performed),
                    good: last.map(|check| check.good),
                }
            });
            let code = |row: &EquipmentRow| row.equipment.code.to_string();
            Ok(Page::of(seen.at(), rows, page_size(ask.limit), code))
        })
    }
}

impl Seen<'_> {
    fn part_row(&self, material: &MaterialDefinition) -> PartRow {
        let items = self.state.items_of_part(&material.part.number);
        let own = items
            .filter_map(|index| self.item(index))
            .filter(|item| item.part.value.as_ref().is_some_and(|part| *part == material.part));
        PartRow {
            material: material.clone(),
            bom: self.state.masters().boms.get(&material.part).cloned(),
            items: own.count(),
        }
    }
}
