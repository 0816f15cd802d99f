//! Which lines of bills of material nobody captured.

use domain::{Amount, Part};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::line::ItemName;
use super::seen::Seen;

/// What bills of material ask for, held against what was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Captures {
    /// How many items have a bill of material to be held against.
    pub items: usize,
    /// How many lines they have together, phantoms flattened.
    pub lines: usize,
    /// Those that nothing, or not enough, is known to stand in.
    pub missing: Vec<MissingLine>,
}

/// A line of a bill of material that nobody captured, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingLine {
    /// In words.
    pub text: String,
    /// Into which item.
    pub into: ItemName,
    /// Which line of its bill of material, from 1, phantoms flattened.
    pub number: usize,
    /// The planned part of the line.
    pub line: Part,
    /// What people call that part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How much of it the item takes, in its base unit; zero: as much as needed.
    pub needed: Amount,
    /// How much of that is not accounted for.
    pub missing: Amount,
}

impl Seen<'_> {
    /// What the bills of material of these items ask for and what of it was captured.
    pub(super) fn captures(&self, items: impl IntoIterator<Item = ItemIndex>) -> Captures {
        let each = genealogy::captured(self.state.graph(), items, self.view, self);
        Captures {
            items: each.len(),
            lines: each.iter().map(|one| one.lines).sum(),
            missing: each
                .iter()
                .flat_map(|one| one.missing.iter().map(|line| self.missing_line(one.item, line)))
                .collect(),
        }
    }

    fn missing_line(&self, item: ItemIndex, line: &genealogy::MissingLine) -> MissingLine {
        let into = self.name(item);
        let number = line.line.saturating_add(1);
        let name = self.material(&line.part).map(|material| material.name.clone());
        let called = name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let part = format!("line {number} of the bill of material, part {}{called}", line.part);
        let label = format!("{} {}", into.kind.word(), into.label);
        let text = if line.missing == line.needed {
            format!("{label}: no capture for {part}")
        } else {
            let (missing, needed) = (line.missing, line.needed);
            format!("{label}: {missing} of {needed} not captured for {part}")
        };
        MissingLine {
            text,
            into,
            number,
            line: line.part.clone(),
            name,
            needed: line.needed,
            missing: line.missing,
        }
    }
}
