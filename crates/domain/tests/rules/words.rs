//! A line of a table as words and options: `install L1 5 into U1 at=ST-1`.

use std::collections::BTreeMap;

use domain::{Amount, Part};

/// A line of a table, taken apart.
pub(crate) struct Words<'a> {
    pub(crate) words: Vec<&'a str>,
    pub(crate) options: BTreeMap<&'a str, &'a str>,
    pub(crate) line: &'a str,
}

impl<'a> Words<'a> {
    pub(crate) fn of(line: &'a str) -> Self {
        let json = line.split_whitespace().any(|word| word == "json");
        let (plain, _) = if json { line.split_once("json").unwrap() } else { (line, "") };
        let (mut words, mut options) = (Vec::new(), BTreeMap::new());
        for word in plain.split_whitespace() {
            match word.split_once('=') {
                Some((key, value)) => {
                    options.insert(key, value);
                }
                None => words.push(word),
            }
        }
        if json {
            words.push("json");
        }
        words.reverse();
        Self { words, options, line }
    }

    pub(crate) fn next(&mut self) -> &'a str {
        self.words.pop().unwrap_or_else(|| panic!("a word is missing in: {}", self.line))
    }

    pub(crate) fn eat(&mut self, word: &str) -> bool {
        let there = self.words.last() == Some(&word);
        if there {
            self.words.pop();
        }
        there
    }

    pub(crate) fn amount(&mut self) -> Option<Amount> {
        let amount = self.words.last()?.trim_end_matches(',').parse().ok()?;
        Some(amount).inspect(|_| self.words.push_comma())
    }

    pub(crate) fn part(&mut self) -> Part {
        self.next().trim_end_matches(',').parse().unwrap()
    }

    pub(crate) fn option<T: std::str::FromStr>(&self, key: &str) -> Option<T>
    where
        T::Err: std::fmt::Debug,
    {
        self.options.get(key).map(|value| value.parse().unwrap())
    }
}

/// An amount may carry the comma of the list it stands in; the comma stays to be read.
trait PushComma {
    fn push_comma(&mut self);
}

impl PushComma for Vec<&str> {
    fn push_comma(&mut self) {
        if self.pop().is_some_and(|word| word.ends_with(',')) {
            self.push(",");
        }
    }
}
