//! The two fonts of a document: which glyph a character has, and how wide it is.

use std::collections::HashMap;

use krilla::text::{Font, GlyphId};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

const REGULAR: &[u8] = include_bytes!("../../fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/NotoSans-Bold.ttf");
/// What stands for a character that the font does not have.
const MISSING: char = '\u{fffd}';

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both fonts.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
}

/// A font.
pub(super) struct Face {
    pub(super) font: Font,
    glyphs: HashMap<char, Glyph>,
    missing: Glyph,
}

/// A glyph, with its width as part of the size of the font.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub(super) id: GlyphId,
    pub(super) advance: f32,
}

impl Fonts {
    pub(super) fn load() -> Option<Self> {
        Some(Self { regular: Face::load(REGULAR)?, bold: Face::load(BOLD)? })
    }

    pub(super) fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// Whether it can draw a character.
    pub(super) fn has(&self, character: char) -> bool {
        self.regular.glyphs.contains_key(&character)
    }
}

impl Face {
    fn load(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let read = FontRef::new(bytes).ok()?;
        let metrics = read.glyph_metrics(Size::unscaled(), LocationRef::default());
        let glyph = |id: skrifa::GlyphId| Glyph {
            id: GlyphId::new(id.to_u32()),
            advance: metrics.advance_width(id).unwrap_or_default() / font.units_per_em(),
        };
        let glyphs: HashMap<char, Glyph> = read
            .charmap()
            .mappings()
            .filter_map(|(code, id)| Some((char::from_u32(code)?, glyph(id))))
            .collect();
        let missing = *glyphs.get(&MISSING)?;
        Some(Self { font, glyphs, missing })
    }

    pub(super) fn glyph(&self, character: char) -> Glyph {
        self.glyphs.get(&character).copied().unwrap_or(self.missing)
    }

    /// How wide text is. Units: points, at a size in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|character| self.glyph(character).advance * size).sum()
    }
}
