//! The questions of the stories, and their answers as lines a person can read.

use std::collections::BTreeMap;

use domain::item::Balance;
use domain::{Amount, ItemId, ItemRef, Position, Time};
use engine::Plant;
use engine::query::{
    Certainty, Component, Direction, Evidence, ExceptionsAsk, ItemLine, ItemName, KnownAt,
    PathStep, Reason, RecordAnswer, RecordAsk, ScopeAsk, TraceAsk,
};

use crate::script::Script;

/// A question about the plant.
pub(crate) struct Question {
    /// What is asked: `backward`, `forward`, `scope`, `accounts`, `missing`, `where`, `balance`, `record`, `contains`,
    /// `holds`, `names`, `exceptions`.
    pub(crate) word: String,
    /// About what.
    pub(crate) of: Vec<String>,
    /// As it was by then.
    pub(crate) as_of: Option<Time>,
    /// As it was known by then.
    pub(crate) known_at: Option<Position>,
}

/// An answer as people read it, and as it must be given again: labels come and go, ids do not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) text: Vec<String>,
    pub(crate) lasting: Vec<String>,
}

/// Answers a question; `now` is up to where it is asked, where that is not all that is known.
pub(crate) fn answer(
    plant: &Plant,
    script: &Script,
    question: &Question,
    now: Option<Position>,
) -> Answered {
    let text = one_answer(plant, Some(script), question, now);
    let lasting = one_answer(plant, None, question, now);
    Answered { text, lasting }
}

fn one_answer(
    plant: &Plant,
    script: Option<&Script>,
    question: &Question,
    now: Option<Position>,
) -> Vec<String> {
    let known_at = question.known_at.or(now);
    let asking = Asking { plant, script, question, known_at: known_at.map(KnownAt::Position) };
    let answered = match question.word.as_str() {
        "backward" => asking.trace(Direction::Backward),
        "forward" => asking.trace(Direction::Forward),
        "scope" => asking.scope(),
        "accounts" => asking.accounts(),
        "missing" => asking.missing(),
        "where" => asking.each(|record, found| {
            found.push(format!("{} {}", word(&record.status), record.place.text));
        }),
        "balance" => asking.each(|record, found| {
            found.push(record.balance.as_ref().map_or_else(|| "not counted".into(), balance));
        }),
        "record" => asking.each(|record, found| {
            let attributes = record.attributes.iter();
            found.push(
                attributes
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect::<Vec<_>>()
                    .join(" "),
            );
        }),
        "contains" => asking.contains(),
        "holds" => asking.each(|record, found| {
            let codes: Vec<String> = record.holds.iter().map(ToString::to_string).collect();
            found.push(if codes.is_empty() { "none".into() } else { codes.join(" ") });
        }),
        "names" => asking.each(|record, found| {
            let names = record.identifiers.iter().map(|name| {
                let gone = if name.withdrawn.is_some() { " (withdrawn)" } else { "" };
                format!("{}{gone}", name.identifier)
            });
            let names: Vec<String> = names.collect();
            found.push(if names.is_empty() { "no name".into() } else { names.join(", ") });
        }),
        "exceptions" => asking.exceptions(known_at),
        other => Ok(vec![format!("nobody asks {other}")]),
    };
    answered.unwrap_or_else(|error| vec![format!("failed: {}", engine::chain(&error))])
}

/// The word for a value, as in JSON.
fn word<T: serde::Serialize>(value: &T) -> String {
    let json = serde_json::to_value(value).unwrap();
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// The books, accounts without anything left out.
fn balance(balance: &Balance) -> String {
    let json = serde_json::to_value(balance).unwrap();
    let accounts = json.as_object().unwrap().iter();
    let said = accounts.filter_map(|(name, amount)| {
        let amount: Amount = serde_json::from_value(amount.clone()).unwrap();
        (!amount.is_zero()).then(|| format!("{name} {}", amount.normal()))
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "nothing".into() } else { said.join(", ") }
}

struct Asking<'a> {
    plant: &'a Plant,
    /// Absent: ids take the place of labels, and nothing is said in words.
    script: Option<&'a Script>,
    question: &'a Question,
    known_at: Option<KnownAt>,
}

type Lines = engine::Result<Vec<String>>;

impl Asking<'_> {
    fn starts(&self) -> Vec<domain::start::Start<ItemRef>> {
        self.question.of.iter().map(|of| of.parse().unwrap()).collect()
    }

    /// What an item is called: by its alias where it has no name, or one that fits two.
    fn called(&self, id: ItemId, label: &str) -> String {
        let Some(script) = self.script else { return format!("id:{id}") };
        let state = self.plant.published().read();
        let shared = label.parse().is_ok_and(|name: ItemRef| state.find(&name).len() > 1);
        let alias = script.aliases.iter().find(|(_, held)| **held == id);
        match alias {
            Some((alias, _)) if shared || label.starts_with("id:") => alias.clone(),
            _ => label.to_owned(),
        }
    }

    fn name(&self, item: &ItemName) -> String {
        self.called(item.id, &item.label)
    }

    /// Lines with the same text before the items they are about, in order of first mention.
    fn grouped(&self, lines: impl Iterator<Item = (String, String)>) -> Vec<String> {
        let mut order: Vec<String> = Vec::new();
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (text, item) in lines {
            if !groups.contains_key(&text) {
                order.push(text.clone());
            }
            groups.entry(text).or_default().push(item);
        }
        order.iter().map(|text| format!("{text}: {}", runs(&groups[text]))).collect()
    }

    fn trace(&self, direction: Direction) -> Lines {
        let answer = self.plant.trace(&TraceAsk {
            of: self.starts(),
            direction,
            as_of: self.question.as_of,
            known_at: self.known_at,
            limit: None,
            captures: false,
        })?;
        assert!(!answer.truncated);
        let found = answer.lines();
        let lines = found.iter().map(|line| {
            let text = format!("{} {}", word(&line.certainty), self.steps(&line.path));
            (text, self.called(line.id, &line.label))
        });
        Ok(answer.notes.iter().cloned().chain(self.grouped(lines)).collect())
    }

    /// How something got there: `installed then consumed`.
    fn steps(&self, path: &[PathStep]) -> String {
        let said = path.iter().map(|step| {
            let doubt = if step.certain { "" } else { "?" };
            let gone = if step.removed.is_some() { " and removed" } else { "" };
            format!("{} {}{doubt}{gone}", step.quantity.normal(), word(&step.how))
        });
        said.collect::<Vec<_>>().join(" then ")
    }

    fn scope(&self) -> Lines {
        let answer = self.plant.scope(&ScopeAsk {
            from: self.starts(),
            as_of: self.question.as_of,
            known_at: self.known_at,
            ..ScopeAsk::default()
        })?;
        let counts = [
            (Certainty::Proven, answer.summary.proven),
            (Certainty::Possible, answer.summary.possible),
            (Certainty::Cleared, answer.summary.cleared),
        ];
        for (certainty, count) in counts {
            let listed = answer.items.iter().filter(|line| line.certainty == certainty).count();
            assert_eq!(listed, count, "the summary counts what is listed");
        }
        let lines = answer.items.iter().map(|line| {
            let why = self.why(line);
            let (status, place) = (word(&line.status), &line.place.text);
            let text = format!("{}{why} [{status}, {place}]", word(&line.certainty));
            (text, self.called(line.id, &line.label))
        });
        let advice = answer
            .widenings
            .iter()
            // What a slot held is said by its times only while nothing has corrected it.
            .map(|advice| match self.script {
                Some(_) => format!("widened by {}: {}", advice.items, advice.text),
                None => format!("widened by {}", advice.items),
            });
        let told = answer.consignees.iter().map(|one| {
            let items: Vec<String> = one.items.iter().map(|item| self.name(item)).collect();
            format!("tell {}: {}", one.party, runs(&items))
        });
        Ok(answer
            .notes
            .iter()
            .cloned()
            .chain(self.grouped(lines))
            .chain(advice)
            .chain(told)
            .collect())
    }

    /// Where every piece of each suspect lot went.
    fn accounts(&self) -> Lines {
        let answer = self.plant.scope(&ScopeAsk {
            from: self.starts(),
            as_of: self.question.as_of,
            known_at: self.known_at,
            ..ScopeAsk::default()
        })?;
        let said = answer.accounts.iter().map(|one| {
            let balanced = if one.balanced { "balanced" } else { "NOT balanced" };
            format!("{} {balanced}: {}", self.name(&one.lot), one.text)
        });
        Ok(said.collect())
    }

    /// Which lines of bills of material nobody captured.
    fn missing(&self) -> Lines {
        let answer = self.plant.trace(&TraceAsk {
            of: self.starts(),
            direction: Direction::Backward,
            as_of: self.question.as_of,
            known_at: self.known_at,
            limit: None,
            captures: true,
        })?;
        let captures = answer.captures.expect("asked for");
        let lines = captures.missing.iter().map(|line| {
            let (missing, needed) = (line.missing, line.needed);
            let text = format!("line {} {}: {missing} of {needed}", line.number, line.line);
            (text, self.name(&line.into))
        });
        let lines: Vec<(String, String)> = lines.collect();
        if lines.is_empty() {
            return Ok(vec![match captures.lines {
                0 => "no bill of material".to_owned(),
                lines => format!("none of {lines} lines"),
            }]);
        }
        Ok(self.grouped(lines.into_iter()))
    }

    fn why(&self, line: &ItemLine) -> String {
        match &line.reason {
            Some(Reason::Candidates { candidates, .. }) => {
                let names: Vec<String> = candidates.iter().map(|c| self.name(c)).collect();
                return format!(" one of {}", names.join(" "));
            }
            Some(Reason::NoCapture { line: of, into, missing, .. }) => {
                let deep = (into.id != line.id).then(|| format!(" in {}", self.name(into)));
                return format!(
                    " {} {of} not captured{}",
                    missing.normal(),
                    deep.unwrap_or_default()
                );
            }
            None => {}
        }
        let said = line.evidence.iter().map(|evidence| match evidence {
            Evidence::Filled { by, .. } => {
                let by: Vec<String> = by.iter().map(|step| self.name(&step.from)).collect();
                format!(" has {}", by.join(" "))
            }
            Evidence::LeftBefore { .. } => " left before".to_owned(),
            Evidence::Decision { .. } => " by decision".to_owned(),
            Evidence::NotPlanned { .. } => " not planned".to_owned(),
        });
        said.collect()
    }

    fn records(&self, of: &str) -> engine::Result<Vec<RecordAnswer>> {
        let mut record = self.plant.record(&RecordAsk {
            as_of: self.question.as_of,
            known_at: self.known_at,
            ..RecordAsk::now(of.parse().unwrap())
        })?;
        let others = std::mem::take(&mut record.others);
        Ok(std::iter::once(record).chain(others).collect())
    }

    /// The same of each item asked about, items with the same answer together.
    fn each(&self, say: impl Fn(&RecordAnswer, &mut Vec<String>)) -> Lines {
        let mut lines = Vec::new();
        for of in &self.question.of {
            for record in self.records(of)? {
                let mut found = Vec::new();
                say(&record, &mut found);
                let called = self.called(record.item, &record.label);
                lines.extend(found.into_iter().map(|text| (text, called.clone())));
            }
        }
        let grouped = self.grouped(lines.into_iter());
        // The item first reads better where the answer is long.
        let turned = grouped.iter().filter_map(|line| line.rsplit_once(": "));
        Ok(turned.map(|(text, items)| format!("{items}: {text}")).collect())
    }

    fn contains(&self) -> Lines {
        self.each(|record, found| {
            let components = record.components.iter().map(|part| self.component(part));
            let contents = record.contents.iter().map(|item| self.name(item));
            let mut inside: Vec<String> = components.chain(contents).collect();
            inside.sort();
            found.push(if inside.is_empty() { "nothing".into() } else { inside.join(", ") });
        })
    }

    fn component(&self, part: &Component) -> String {
        let doubt = if part.certain { "" } else { "?" };
        let gone = if part.removed.is_some() { " (removed)" } else { "" };
        format!("{} {}{doubt}{gone}", part.quantity.normal(), self.name(&part.item))
    }

    fn exceptions(&self, known_at: Option<Position>) -> Lines {
        let answer = self.plant.exceptions(&ExceptionsAsk::default())?;
        let known = |position: Position| known_at.is_none_or(|known| position <= known);
        let rows = answer.items.iter().filter(|row| known(row.position));
        let said = rows.map(|row| {
            let closed = if row.closed_by.is_some_and(known) { " (closed)" } else { "" };
            format!("{} {}, {}{closed}", row.code, row.detail, row.owner)
        });
        let said: Vec<String> = said.collect();
        Ok(if said.is_empty() { vec!["none".into()] } else { said })
    }
}

/// `SN-1 SN-2 SN-3` as `SN-1..SN-3`.
fn runs(names: &[String]) -> String {
    let split = |name: &str| -> Option<(String, u32, usize)> {
        let digits = name.chars().rev().take_while(char::is_ascii_digit).count();
        let (stem, number) = name.split_at(name.len() - digits);
        Some((stem.to_owned(), number.parse().ok()?, digits))
    };
    let mut keyed: Vec<_> = names.iter().map(|name| (split(name), name)).collect();
    keyed.sort();
    keyed.dedup();
    let mut said: Vec<(String, String)> = Vec::new();
    let mut last: Option<(String, u32, usize)> = None;
    for (key, name) in keyed {
        let follows = last
            .as_ref()
            .zip(key.as_ref())
            .is_some_and(|(last, key)| (&last.0, last.1 + 1, last.2) == (&key.0, key.1, key.2));
        match said.last_mut() {
            Some((_, end)) if follows => name.clone_into(end),
            _ => said.push((name.clone(), name.clone())),
        }
        last = key;
    }
    let said = said.iter().map(|(from, to)| match from == to {
        true => from.clone(),
        false => format!("{from}..{to}"),
    });
    said.collect::<Vec<_>>().join(" ")
}
