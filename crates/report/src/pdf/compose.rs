//! Puts a document on pages.

use std::collections::BTreeSet;

use krilla::image::Image;

use super::font::{Fonts, Weight};
use super::sheet::{BOTTOM, Composed, Drawn, ElementId, HEIGHT, MEASURE, Role, SIDE, TOP, What};
use super::wrap::{Line, Setting};
use crate::DRAWN_BYTES_MAX;
use crate::document::{Block, Document, File, Run, Section, Style};

/// Sizes of letters. Units: points.
pub(super) const TEXT: f32 = 8.5;
pub(super) const SMALL: f32 = 7.5;
const HEADING: f32 = 12.0;
const TITLE: f32 = 19.0;
/// From line to line, as part of the size.
pub(super) const LEADING: f32 = 1.36;
/// Largest picture. Units: points.
const PICTURE_HEIGHT_MAX: f32 = 190.0;
/// How many of the characters a font does not have are named.
const MISSING_NAMED_MAX: usize = 12;

/// A page in the making.
pub(super) struct Composer<'a> {
    pub(super) document: &'a Document,
    pub(super) fonts: &'a Fonts,
    pub(super) composed: Composed,
    /// Whether a picture is drawn.
    drawable: &'a mut dyn FnMut(&File) -> bool,
    /// How far down the page is filled.
    pub(super) y: f32,
}

/// A document on pages.
pub(super) fn composed(
    document: &Document,
    fonts: &Fonts,
    drawable: &mut dyn FnMut(&File) -> bool,
) -> Composed {
    let composed = Composed::default();
    let mut composer = Composer { document, fonts, composed, drawable, y: TOP };
    composer.head();
    for section in &document.sections {
        composer.section(section);
    }
    composer.missing();
    composer.composed
}

impl Composer<'_> {
    pub(super) fn setting(&self, size: f32, weight: Weight) -> Setting<'_> {
        Setting { fonts: self.fonts, size, weight }
    }

    /// Makes sure that so much fits under what is there; begins a page where it does not.
    pub(super) fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.next_page();
        }
    }

    pub(super) fn next_page(&mut self) {
        self.composed.sheets.push(Vec::new());
        self.y = TOP;
    }

    /// Puts a line of text at a place.
    pub(super) fn put(
        &mut self,
        line: &Line,
        (x, y): (f32, f32),
        (size, weight, soft): (f32, Weight, bool),
        element: Option<ElementId>,
    ) {
        let mut x = x;
        for piece in &line.pieces {
            let weight = self.setting(size, weight).weight_of(piece.style);
            let struck = (piece.style == Style::Struck).then_some(piece.width);
            let text = piece.text.clone();
            let what = What::Text { text, size, weight, soft, struck };
            self.composed.sheet().push(Drawn { x, y, what, element });
            x += piece.width;
        }
    }

    /// A paragraph over the whole width.
    fn paragraph(&mut self, runs: &[Run], how: (f32, Weight, bool), element: ElementId) {
        let (size, weight, _) = how;
        for line in self.setting(size, weight).lines(runs, MEASURE) {
            self.room(size * LEADING);
            self.y += size * LEADING;
            let y = self.y - size * 0.32;
            self.put(&line, (SIDE, y), how, Some(element));
        }
    }

    fn head(&mut self) {
        let document = self.document;
        let kind = self.composed.element(Role::Paragraph, None);
        let text = Run::plain(document.kind.clone());
        self.paragraph(&[text], (TEXT, Weight::Regular, true), kind);
        let title = self.composed.element(Role::Title, None);
        let text = Run::plain(document.title.clone());
        self.paragraph(&[text], (TITLE, Weight::Bold, false), title);
        self.y += 4.0;
        let lead = self.composed.element(Role::Paragraph, None);
        self.paragraph(&document.lead, (TEXT, Weight::Regular, false), lead);
    }

    fn section(&mut self, section: &Section) {
        let element = self.composed.element(Role::Section, None);
        self.room(90.0);
        self.y += 12.0;
        let page = self.composed.sheets.len().saturating_sub(1);
        self.composed.outline.push((section.heading.clone(), page, self.y));
        let heading = self.composed.element(Role::Heading, Some(element));
        let text = Run::plain(section.heading.clone());
        self.paragraph(&[text], (HEADING, Weight::Bold, false), heading);
        self.y += 3.0;
        for block in &section.blocks {
            self.block(block, element);
        }
    }

    fn block(&mut self, block: &Block, section: ElementId) {
        match block {
            Block::Text(runs) => {
                let element = self.composed.element(Role::Paragraph, Some(section));
                self.paragraph(runs, (TEXT, Weight::Regular, false), element);
                self.y += 4.0;
            }
            Block::Lines(lines) => {
                let element = self.composed.element(Role::Paragraph, Some(section));
                let run = Run::plain(lines.trim_end().to_owned());
                self.paragraph(&[run], (SMALL, Weight::Regular, false), element);
                self.y += 4.0;
            }
            Block::Fields(fields) => self.fields(fields, section),
            Block::Table(table) => self.table(table, section),
            Block::Picture { file, caption } => self.picture((file, caption), section),
            Block::Files => self.table(&self.document.files_table(), section),
        }
    }

    fn picture(&mut self, (name, caption): (&str, &str), section: ElementId) {
        let file = self.document.file(name).filter(|file| (self.drawable)(file));
        let drawn = file.and_then(image);
        if let Some((width, height)) = drawn.map(|image| fitted(image.size())) {
            self.room(height + 24.0);
            self.y += 4.0;
            let element = self.composed.element(Role::Figure(caption.to_owned()), Some(section));
            let what = What::Picture { file: name.to_owned(), width, height };
            let (x, y, element) = (SIDE, self.y, Some(element));
            self.composed.sheet().push(Drawn { x, y, what, element });
            self.y += height + 2.0;
        }
        let element = self.composed.element(Role::Paragraph, Some(section));
        self.paragraph(&[Run::plain(caption)], (SMALL, Weight::Regular, true), element);
        self.y += 4.0;
    }

    /// Says which characters could not be drawn.
    fn missing(&mut self) {
        let mut missing: BTreeSet<char> = BTreeSet::new();
        for drawn in self.composed.sheets.iter().flatten() {
            if let What::Text { text, .. } = &drawn.what {
                missing.extend(text.chars().filter(|character| !self.fonts.has(*character)));
            }
        }
        if missing.is_empty() {
            return;
        }
        let named: Vec<String> = missing
            .iter()
            .take(MISSING_NAMED_MAX)
            .map(|character| format!("U+{:04X}", u32::from(*character)))
            .collect();
        let more = missing.len().saturating_sub(MISSING_NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!(
            "Some characters are not in the font of these pages and stand here as \u{fffd}: \
             {}{more}. They can be copied out of this file, and the HTML and JSON forms show them.",
            named.join(", ")
        );
        let element = self.composed.element(Role::Paragraph, None);
        self.paragraph(&[Run::plain(text)], (TEXT, Weight::Regular, false), element);
    }
}

/// A file as a picture, if it is one.
pub(super) fn image(file: &File) -> Option<Image> {
    if file.content.len() > DRAWN_BYTES_MAX {
        return None;
    }
    let data = || file.content.clone().into();
    match file.media_type.as_str() {
        "image/png" => Image::from_png(data(), false).ok(),
        "image/jpeg" => Image::from_jpeg(data(), false).ok(),
        "image/gif" => Image::from_gif(data(), false).ok(),
        "image/webp" => Image::from_webp(data(), false).ok(),
        _ => None,
    }
}

/// How large a picture is drawn: a point a pixel where it fits.
fn fitted((width, height): (u32, u32)) -> (f32, f32) {
    let side = |pixels: u32| f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)).max(1.0);
    let (width, height) = (side(width), side(height));
    let most = PICTURE_HEIGHT_MAX.min(HEIGHT);
    let scale = (MEASURE / width).min(most / height).min(1.0);
    (width * scale, height * scale)
}
