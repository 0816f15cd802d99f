//! Results as text: for the terminal, and as a section of `bench/RESULTS.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::spread::{Spread, number};

/// Sections in the order they stand in the file.
pub(crate) const ORDER: &[&str] = &["Facts", "Work", "Trace", "Record", "Start", "Contemporaneity"];

const TITLE: &str = "\
# Results

Written by `make bench`; how it measures stands in [bench](README.md). Each figure is the median of
several runs with the least and the most, ratios are taken within a run.
";

/// A goal and what was reached.
#[derive(Debug)]
pub(crate) struct Goal {
    /// What is asked.
    pub(crate) what: String,
    /// What was reached.
    pub(crate) reached: Spread,
    /// What it takes.
    pub(crate) wanted: Wanted,
    /// Where the time goes, if it is missed.
    pub(crate) why: &'static str,
}

/// What a goal takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

impl Goal {
    fn line(&self) -> String {
        let reached = self.reached.median();
        let (sign, wanted, met) = match self.wanted {
            Wanted::AtLeast(wanted) => ("≥", wanted, reached >= wanted),
            Wanted::AtMost(wanted) => ("≤", wanted, reached <= wanted),
        };
        let verdict = if met {
            "met".to_owned()
        } else {
            let part = reached / wanted * 100.0;
            format!("**missed**: {} % of it. {}", number(part), self.why)
        };
        format!("| {} | {sign} {} | {} | {verdict} |", self.what, number(wanted), self.reached)
    }
}

/// A part's results.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// Its heading.
    pub(crate) title: &'static str,
    /// Paragraphs and tables.
    text: String,
    goals: Vec<Goal>,
}

impl Section {
    /// An empty one, with what was measured on.
    pub(crate) fn new(title: &'static str, place: &Path) -> Result<Self> {
        let mut section = Self { title, ..Self::default() };
        let lines = crate::machine::lines(place)?;
        section.text = lines.iter().map(|line| format!("- {line}\n")).collect();
        Ok(section)
    }

    /// An empty one of what does not depend on the machine.
    pub(crate) fn plain(title: &'static str) -> Self {
        Self { title, ..Self::default() }
    }

    /// Adds a paragraph.
    pub(crate) fn say(&mut self, text: &str) {
        self.text.push('\n');
        self.text.push_str(text.trim());
        self.text.push('\n');
    }

    /// Adds a table.
    pub(crate) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
        self.text.push('\n');
        self.text.push_str(&line(heads));
        self.text.push_str(&line(&vec!["---"; heads.len()]));
        for row in rows {
            self.text.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }

    /// Adds a goal; they stand before everything else.
    pub(crate) fn goal(&mut self, goal: Goal) {
        self.goals.push(goal);
    }

    /// The section as it stands in the file.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("## {}\n", self.title);
        if !self.goals.is_empty() {
            text.push_str("\n| goal | asked | reached | |\n| --- | --- | --- | --- |\n");
            self.goals.iter().for_each(|goal| {
                // Writing to a string cannot fail.
                writeln!(text, "{}", goal.line()).ok();
            });
        }
        text + "\n" + &self.text
    }
}

/// Puts a section in the place of its former self.
pub(crate) fn record(path: &Path, section: &Section) -> Result<()> {
    let old = fs::read_to_string(path).unwrap_or_default();
    let mut text = TITLE.to_owned();
    for title in ORDER {
        let kept = if *title == section.title { Some(section.render()) } else { part(&old, title) };
        if let Some(kept) = kept {
            text.push('\n');
            text.push_str(kept.trim_end());
            text.push('\n');
        }
    }
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn part(text: &str, title: &str) -> Option<String> {
    let head = format!("## {title}\n");
    let start = text.find(&head)?;
    let rest = &text[start + head.len()..];
    let end = rest.find("\n## ").map_or(rest.len(), |end| end + 1);
    Some(text[start..start + head.len() + end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Goal, Section, Wanted, part, record};

    #[test]
    fn a_section_takes_the_place_of_its_former_self_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("RESULTS.md");
        let section = |title, text: &str| {
            let mut section = Section { title, ..Section::default() };
            section.say(text);
            section
        };
        for (title, text) in [("Start", "first"), ("Facts", "second"), ("Start", "third")] {
            record(&path, &section(title, text)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(part(&text, "Facts").unwrap().trim_end(), "## Facts\n\n\nsecond");
        assert_eq!(part(&text, "Start").unwrap().trim_end(), "## Start\n\n\nthird");
        assert!(text.find("## Facts") < text.find("## Start"));
    }

    #[test]
    fn a_missed_goal_says_by_how_much_and_why() {
        let goal = |wanted| Goal {
            what: "speed".to_owned(),
            reached: [5.0].into_iter().collect(),
            wanted,
            why: "The disk waits.",
        };
        let missed = goal(Wanted::AtLeast(10.0)).line();
        assert_eq!(missed, "| speed | ≥ 10.0 | 5.00 | **missed**: 50.0 % of it. The disk waits. |");
        assert_eq!(goal(Wanted::AtMost(10.0)).line(), "| speed | ≤ 10.0 | 5.00 | met |");
    }
}
