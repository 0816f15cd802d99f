//! What `fuzzy-match` is given: words, joined by AND, OR, NOT and parentheses.
//!
//! ```text
//! either  = both { OR both }
//! both    = one { AND one }
//! one     = NOT one | ( either ) | "literal" | words
//! ```
//!
//! Words stand for everything that begins with them, whatever the case; what stands in double
//! quotes for exactly that. Single quotes are left out, a backslash in double quotes takes the next
//! character as it is.
//!
//! Limits: [`NESTING_MAX`].

use std::fmt;
use std::str::FromStr;

use super::filter::{quoted, unescaped};

/// Parentheses and NOTs inside each other.
pub const NESTING_MAX: usize = 32;

/// What must be so of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// It begins so, whatever the case: in lower case.
    Begins(String),
    /// It is exactly this.
    Literal(String),
    /// This is not so.
    Not(Box<Self>),
    /// All of this is so: two or more, none of them such a list itself.
    Both(Vec<Self>),
    /// One of these is so: two or more, none of them such a list itself.
    Either(Vec<Self>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Literal(String),
    And,
    Or,
    Not,
    Open,
    Close,
}

impl Expression {
    /// Whether it holds of something with these texts: of one of several is enough.
    #[must_use]
    pub fn holds(&self, texts: &[String]) -> bool {
        match self {
            Self::Begins(with) => texts.iter().any(|text| text.to_lowercase().starts_with(with)),
            Self::Literal(exactly) => texts.contains(exactly),
            Self::Not(inner) => !inner.holds(texts),
            Self::Both(inner) => inner.iter().all(|inner| inner.holds(texts)),
            Self::Either(inner) => inner.iter().any(|inner| inner.holds(texts)),
        }
    }
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut reader = Reader { tokens: tokens.into_iter().peekable(), depth: 0 };
        let expression = reader.either()?;
        match reader.tokens.next() {
            None => Ok(expression),
            Some(token) => Err(format!("{token} is out of place; join words by AND or OR")),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begins(words) => f.write_str(words),
            Self::Literal(text) => f.write_str(&quoted(text)),
            Self::Not(inner) => match **inner {
                Self::Both(_) | Self::Either(_) => write!(f, "NOT ({inner})"),
                Self::Begins(_) | Self::Literal(_) | Self::Not(_) => write!(f, "NOT {inner}"),
            },
            Self::Both(inner) => write_joined(f, inner, " AND "),
            Self::Either(inner) => write_joined(f, inner, " OR "),
        }
    }
}

fn write_joined(f: &mut fmt::Formatter<'_>, inner: &[Expression], word: &str) -> fmt::Result {
    for (at, one) in inner.iter().enumerate() {
        if at > 0 {
            f.write_str(word)?;
        }
        match one {
            Expression::Both(_) | Expression::Either(_) => write!(f, "({one})")?,
            Expression::Begins(_) | Expression::Literal(_) | Expression::Not(_) => {
                write!(f, "{one}")?;
            }
        }
    }
    Ok(())
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) => f.write_str(text),
            Self::Literal(text) => f.write_str(&quoted(text)),
            Self::And => f.write_str("AND"),
            Self::Or => f.write_str("OR"),
            Self::Not => f.write_str("NOT"),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
        }
    }
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Reader {
    fn either(&mut self) -> Result<Expression, String> {
        let mut list = Vec::new();
        loop {
            match self.both()? {
                Expression::Either(inner) => list.extend(inner),
                one => list.push(one),
            }
            if self.tokens.next_if_eq(&Token::Or).is_none() {
                return Ok(single(list, Expression::Either));
            }
        }
    }

    fn both(&mut self) -> Result<Expression, String> {
        let mut list = Vec::new();
        loop {
            match self.one()? {
                Expression::Both(inner) => list.extend(inner),
                one => list.push(one),
            }
            if self.tokens.next_if_eq(&Token::And).is_none() {
                return Ok(single(list, Expression::Both));
            }
        }
    }

    fn one(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > NESTING_MAX {
            return Err(format!("at most {NESTING_MAX} parentheses and NOTs stand in each other"));
        }
        let one = match self.tokens.next() {
            Some(Token::Not) => Expression::Not(Box::new(self.one()?)),
            Some(Token::Open) => {
                let inner = self.either()?;
                self.tokens.next_if_eq(&Token::Close).ok_or("a parenthesis is not closed")?;
                inner
            }
            Some(Token::Literal(text)) => Expression::Literal(text),
            Some(Token::Word(first)) => {
                let mut words = first;
                while let Some(Token::Word(word)) =
                    self.tokens.next_if(|token| matches!(token, Token::Word(_)))
                {
                    words.push(' ');
                    words.push_str(&word);
                }
                Expression::Begins(words.to_lowercase())
            }
            Some(token) => return Err(format!("{token} is out of place: a word belongs there")),
            None => return Err("a word is missing at the end".to_owned()),
        };
        self.depth -= 1;
        Ok(one)
    }
}

fn single(mut list: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (list.len(), list.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            list.extend(last);
            many(list)
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars();
    loop {
        let character = characters.next();
        let token = match character {
            Some('(') => Some(Token::Open),
            Some(')') => Some(Token::Close),
            Some('"') => Some(Token::Literal(literal(&mut characters)?)),
            Some('\'') => continue,
            Some(other) if !other.is_whitespace() => {
                word.push(other);
                continue;
            }
            Some(_) | None => None,
        };
        match std::mem::take(&mut word).as_str() {
            "" => {}
            "AND" => tokens.push(Token::And),
            "OR" => tokens.push(Token::Or),
            "NOT" => tokens.push(Token::Not),
            other => tokens.push(Token::Word(other.to_owned())),
        }
        tokens.extend(token);
        if character.is_none() {
            return Ok(tokens);
        }
    }
}

/// The rest of a literal, up to its closing quote.
fn literal(characters: &mut std::str::Chars<'_>) -> Result<String, String> {
    let rest = characters.as_str();
    let mut escaped = false;
    for (at, character) in rest.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                *characters = rest[at + 1..].chars();
                return Ok(unescaped(&rest[..at]));
            }
            _ => {}
        }
    }
    Err("a double quote is not closed".to_owned())
}
