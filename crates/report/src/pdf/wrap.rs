//! Breaks text into lines.

use super::font::{Fonts, Weight};
use crate::document::{Run, Style};

/// After these a line may end, as after a space.
const BREAKS: &[char] = &['-', '/', '_', ',', ';', '\u{2013}', '\u{2014}'];

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
}

/// A part of a line in one style. A space at which a line was broken stays at its end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) style: Style,
    /// Units: points.
    pub(super) width: f32,
}

/// How text is set.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) fonts: &'a Fonts,
    /// Units: points.
    pub(super) size: f32,
    pub(super) weight: Weight,
}

struct Letter {
    character: char,
    style: Style,
    width: f32,
}

impl Setting<'_> {
    pub(super) fn weight_of(self, style: Style) -> Weight {
        match style {
            Style::Strong => Weight::Bold,
            Style::Plain | Style::Struck => self.weight,
        }
    }

    fn letter(self, character: char, style: Style) -> Option<Letter> {
        let character = drawable(character)?;
        let face = self.fonts.face(self.weight_of(style));
        let width = face.glyph(character).advance * self.size;
        Some(Letter { character, style, width })
    }

    /// Text in lines no wider than `width`; words that are wider are broken where they must.
    pub(super) fn lines(self, runs: &[Run], width: f32) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut letters: Vec<Letter> = Vec::new();
        for (character, style) in characters(runs) {
            if character == '\n' {
                break_up(&mut lines, &letters, width);
                letters.clear();
            } else {
                letters.extend(self.letter(character, style));
            }
        }
        break_up(&mut lines, &letters, width);
        lines
    }

    /// How wide text is in one line, and its widest word.
    pub(super) fn widths(self, runs: &[Run]) -> (f32, f32) {
        let (mut whole, mut line, mut widest, mut word) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
        for (character, style) in characters(runs) {
            let letter = self.letter(character, style).filter(|_| character != '\n');
            let letter_width = letter.map_or(0.0, |letter| letter.width);
            line = if character == '\n' { 0.0 } else { line + letter_width };
            word = if character.is_whitespace() { 0.0 } else { word + letter_width };
            (whole, widest) = (whole.max(line), widest.max(word));
        }
        (whole, widest)
    }
}

/// Characters with their styles.
fn characters(runs: &[Run]) -> impl Iterator<Item = (char, Style)> {
    runs.iter().flat_map(|run| run.text.chars().map(|character| (character, run.style)))
}

/// A character as it can stand in an archived document.
fn drawable(character: char) -> Option<char> {
    match character {
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => None,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => Some('\u{fffd}'),
        other if other.is_control() => Some(' '),
        other => Some(other),
    }
}

fn break_up(lines: &mut Vec<Line>, letters: &[Letter], width: f32) {
    let mut rest = letters;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(first_line(rest, width));
        lines.push(line_of(line));
        rest = after;
    }
    if letters.is_empty() {
        lines.push(Line::default());
    }
}

/// How many letters the first line takes, one at least.
fn first_line(letters: &[Letter], width: f32) -> usize {
    let mut used = 0.0;
    let mut last_break = 0;
    for (index, letter) in letters.iter().enumerate() {
        let blank = letter.character == ' ';
        if !blank && used + letter.width > width + 0.01 && index > 0 {
            return if last_break > 0 { last_break } else { index };
        }
        used += letter.width;
        if blank || BREAKS.contains(&letter.character) {
            last_break = index + 1;
        }
    }
    letters.len()
}

fn line_of(letters: &[Letter]) -> Line {
    let mut pieces: Vec<Piece> = Vec::new();
    for letter in letters {
        match pieces.last_mut() {
            Some(piece) if piece.style == letter.style => {
                piece.text.push(letter.character);
                piece.width += letter.width;
            }
            _ => pieces.push(Piece {
                text: letter.character.to_string(),
                style: letter.style,
                width: letter.width,
            }),
        }
    }
    Line { pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(runs: &[Run], width: f32) -> Vec<String> {
        let fonts = Fonts::load().unwrap();
        let setting = Setting { fonts: &fonts, size: 10.0, weight: Weight::Regular };
        let text = |line: &Line| line.pieces.iter().map(|piece| piece.text.as_str()).collect();
        setting.lines(runs, width).iter().map(text).collect()
    }

    #[test]
    fn nothing_is_lost_wherever_lines_end() {
        let text = "Torque 1.20 N·m with TW-08, 50fef86d4daddd237517ce484a588cb034e4c211, 数字 ok";
        for width in [8.0, 20.0, 55.5, 130.0, 1000.0] {
            assert_eq!(lines(&[Run::plain(text)], width).concat(), text, "at {width}");
        }
    }

    #[test]
    fn a_line_ends_after_a_word_and_where_the_text_says_so() {
        let runs = [Run::plain("one two\n"), Run::strong("three")];
        assert_eq!(lines(&runs, 30.0), ["one ", "two", "three"]);
        assert_eq!(lines(&[Run::plain("a\u{0}b\u{feff}c")], 99.0), ["a bc"]);
    }
}
