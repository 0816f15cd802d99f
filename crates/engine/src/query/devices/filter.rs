//! What a list of devices is narrowed to, and how that is written in a query.
//!
//! ```text
//! filter[FIELD]=a,b                         FIELD is a or b
//! filter[FIELD][OPERATOR]=…                 match, fuzzy-match, min, max, exists
//! filter[or][FIELD]…  filter[and][FIELD]…   groups, one inside another, and several side by side:
//! filter[or][1][and][FIELD]…                a number after the word keeps groups of a kind apart
//! ```
//!
//! FIELD is an attribute (`lotCode`), a property of one that is an object (`address.city`), or an
//! attribute of what the device is in or of (`pallet:status`).
//!
//! Invariants: what is not in a group must all hold; what is read and written again is the same;
//! no text makes it panic.
//!
//! Limits: [`CONDITIONS_MAX`], [`VALUES_MAX`], [`DEPTH_MAX`].

use std::fmt;
use std::str::FromStr;

use super::expression::Expression;

/// Conditions of one filter.
pub const CONDITIONS_MAX: usize = 200;
/// Values of one condition: a page of ids.
pub const VALUES_MAX: usize = 1000;
/// Groups inside each other.
pub const DEPTH_MAX: usize = 16;

/// What must hold of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// All of these; none of them: any device.
    All(Vec<Self>),
    /// One of these or more.
    Any(Vec<Self>),
    /// This of a field.
    Is(Field, Test),
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Of which related item; absent: of the device itself.
    pub of: Option<Relation>,
    /// Name of the attribute, with the way into an object after it.
    pub name: String,
}

/// An item a device has to do with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Relation {
    /// The lot it belongs to.
    Lot,
    /// The package it is in.
    Package,
    /// The pallet it is on.
    Pallet,
}

/// What must be so of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these.
    Match(Vec<String>),
    /// One of these expressions holds of it.
    Fuzzy(Vec<Expression>),
    /// It is this or more.
    Min(String),
    /// It is this or less.
    Max(String),
    /// It is there, or is not.
    Exists(bool),
}

/// A parameter of a query that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read the parameter {parameter}: {detail}")]
pub struct Wrong {
    /// Its name.
    pub parameter: String,
    /// What is wrong, and what to write.
    pub detail: String,
}

/// A combinator and its number.
type Label = (Combinator, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Combinator {
    And,
    Or,
}

/// A group while it is read: what it is called by in its parent, and what is in it.
#[derive(Debug)]
struct Group {
    label: Label,
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Group(Group),
    Is(Field, Test),
}

impl Relation {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Lot, Self::Package, Self::Pallet];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lot => "lot",
            Self::Package => "package",
            Self::Pallet => "pallet",
        }
    }
}

impl FromStr for Relation {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|relation| relation.word() == text);
        known.ok_or("a device is related to lot, package and pallet")
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (of, name) = match text.split_once(':') {
            Some((of, name)) => (Some(of.parse::<Relation>().map_err(str::to_owned)?), name),
            None => (None, text),
        };
        if name.is_empty() || name.contains(['[', ']']) {
            return Err("name an attribute".to_owned());
        }
        Ok(Self { of, name: name.to_owned() })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Some(of) => write!(f, "{}:{}", of.word(), self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Filter {
    /// Reads the parameters of a query that begin with `filter`.
    ///
    /// Errors: the parameter that is wrong.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Wrong> {
        let mut top = Group { label: (Combinator::And, 0), nodes: Vec::new() };
        for (count, (name, value)) in pairs.into_iter().enumerate() {
            let wrong = |detail: String| Wrong { parameter: name.to_owned(), detail };
            if count >= CONDITIONS_MAX {
                return Err(wrong(format!("a filter has at most {CONDITIONS_MAX} conditions")));
            }
            let (labels, field, operator) = parts(name).map_err(wrong)?;
            let field: Field = field.parse().map_err(wrong)?;
            let test = test(operator, value).map_err(wrong)?;
            let group = labels.into_iter().fold(&mut top, Group::inner);
            group.nodes.push(Node::Is(field, test));
        }
        Ok(Self::of(top))
    }

    fn of(group: Group) -> Self {
        let nodes = group.nodes.into_iter().map(|node| match node {
            Node::Group(group) => Self::of(group),
            Node::Is(field, test) => Self::Is(field, test),
        });
        match group.label.0 {
            Combinator::And => Self::All(nodes.collect()),
            Combinator::Or => Self::Any(nodes.collect()),
        }
    }

    /// The parameters of a query that say the same.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        match self {
            // What must all hold needs no group around it.
            Self::All(inner) => write_all(inner, "filter", &mut pairs),
            Self::Any(_) | Self::Is(..) => {
                write_all(std::slice::from_ref(self), "filter", &mut pairs);
            }
        }
        pairs
    }

    /// Every field it looks at.
    pub(super) fn fields(&self) -> Vec<&Field> {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::fields).collect(),
            Self::Is(field, _) => vec![field],
        }
    }
}

impl Group {
    /// The group of this label in a group, made where it is not there.
    fn inner(&mut self, label: Label) -> &mut Self {
        let same = |node: &Node| matches!(node, Node::Group(group) if group.label == label);
        let at = self.nodes.iter().position(same).unwrap_or_else(|| {
            self.nodes.push(Node::Group(Self { label, nodes: Vec::new() }));
            self.nodes.len().saturating_sub(1)
        });
        match self.nodes.get_mut(at) {
            Some(Node::Group(group)) => group,
            Some(Node::Is(..)) | None => unreachable!("invariant: it was just found or made"),
        }
    }
}

/// Parts a name into groups, field and operator.
fn parts(name: &str) -> Result<(Vec<Label>, &str, Option<&str>), String> {
    const FORM: &str =
        "write filter[FIELD], filter[FIELD][OPERATOR] or filter[or][FIELD][OPERATOR]";
    let rest = name.strip_prefix("filter").ok_or(FORM)?;
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(FORM)?;
    let mut segments = inside.split("][").peekable();
    let mut labels = Vec::new();
    loop {
        let segment = segments.next().ok_or("a field is missing after the group")?;
        let combinator = match segment {
            "and" => Combinator::And,
            "or" => Combinator::Or,
            field => {
                let operator = segments.next();
                if segments.next().is_some() {
                    return Err(format!("nothing may follow the operator; {FORM}"));
                }
                return Ok((labels, field, operator));
            }
        };
        let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = match segments.next_if(digits) {
            Some(text) => {
                text.parse().map_err(|_| format!("the group number {text} is too large"))?
            }
            None => 0,
        };
        labels.push((combinator, number));
        if labels.len() > DEPTH_MAX {
            return Err(format!("groups may stand {DEPTH_MAX} deep in each other"));
        }
    }
}

fn test(operator: Option<&str>, value: &str) -> Result<Test, String> {
    let one = |value: &str| match value {
        "" => Err("give a value".to_owned()),
        value => Ok(value.to_owned()),
    };
    match operator {
        None | Some("match") => {
            let values = split(value, Quotes::Leading)?;
            Ok(Test::Match(values.into_iter().map(unquoted).collect()))
        }
        Some("fuzzy-match") => {
            let values = split(value, Quotes::Anywhere)?;
            values.into_iter().map(str::parse).collect::<Result<_, _>>().map(Test::Fuzzy)
        }
        Some("min") => one(value).map(Test::Min),
        Some("max") => one(value).map(Test::Max),
        Some("exists") => match value {
            "true" => Ok(Test::Exists(true)),
            "false" => Ok(Test::Exists(false)),
            _ => Err("exists is true or false".to_owned()),
        },
        Some(other) => Err(format!(
            "there is no operator {other:?}; there are match, fuzzy-match, min, max and exists"
        )),
    }
}

/// Where a double quote begins a text in which commas are part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// At the beginning of a value.
    Leading,
    /// Anywhere.
    Anywhere,
}

/// Parts values at commas outside of quotes.
fn split(text: &str, quotes: Quotes) -> Result<Vec<&str>, String> {
    let mut values = Vec::new();
    let (mut from, mut quoted, mut escaped) = (0, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if quoted => quoted = false,
            '"' if quotes == Quotes::Anywhere || at == from => quoted = true,
            ',' if !quoted => {
                values.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err("a double quote is not closed".to_owned());
    }
    values.push(&text[from..]);
    if values.len() > VALUES_MAX {
        return Err(format!("a condition has at most {VALUES_MAX} values"));
    }
    Ok(values)
}

/// A value without the quotes around it.
fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or_else(|| value.to_owned(), unescaped)
}

/// What a text in quotes stands for.
pub(super) fn unescaped(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut escaped = false;
    for character in inside.chars() {
        escaped = character == '\\' && !escaped;
        if !escaped {
            text.push(character);
        }
    }
    text
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn write_all(inner: &[Filter], before: &str, pairs: &mut Vec<(String, String)>) {
    for (number, filter) in inner.iter().enumerate() {
        match filter {
            Filter::All(inner) => write_all(inner, &format!("{before}[and][{number}]"), pairs),
            Filter::Any(inner) => write_all(inner, &format!("{before}[or][{number}]"), pairs),
            Filter::Is(field, test) => {
                let (operator, value) = written(test);
                pairs.push((format!("{before}[{field}][{operator}]"), value));
            }
        }
    }
}

fn written(test: &Test) -> (&'static str, String) {
    match test {
        Test::Match(values) => {
            let plain = |value: &String| !value.contains(',') && !value.starts_with('"');
            let shown =
                values.iter().map(|value| if plain(value) { value.clone() } else { quoted(value) });
            ("match", shown.collect::<Vec<_>>().join(","))
        }
        Test::Fuzzy(expressions) => {
            let shown: Vec<String> = expressions.iter().map(ToString::to_string).collect();
            ("fuzzy-match", shown.join(","))
        }
        Test::Min(value) => ("min", value.clone()),
        Test::Max(value) => ("max", value.clone()),
        Test::Exists(is) => ("exists", is.to_string()),
    }
}
