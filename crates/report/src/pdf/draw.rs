//! Draws composed pages, with their tags, their outline and the files inside.

use std::num::NonZeroU16;

use krilla::Document as Pdf;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::KrillaGlyph;

use super::Error;
use super::compose::{SMALL, image};
use super::font::{Face, Fonts, Weight};
use super::sheet::{BOTTOM, Composed, Drawn, ElementId, HEIGHT, MEASURE, Role, SIDE, WIDTH, What};
use crate::document::{Document, File};

const INK: (u8, u8, u8) = (22, 24, 28);
const SOFT: (u8, u8, u8) = (90, 97, 107);
const LINE: (u8, u8, u8) = (205, 209, 215);
/// The first file is what the document was made from; the others go with it.
const RELATIONS: [AssociationKind; 2] = [AssociationKind::Source, AssociationKind::Supplement];

/// What was drawn of each element.
type Content = Vec<Vec<Identifier>>;

pub(super) fn drawn(
    document: &Document,
    composed: &Composed,
    fonts: &Fonts,
) -> Result<Vec<u8>, Error> {
    let failed = |why: &str| Error::NotArchivable(why.to_owned());
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .finish()
        .map_err(|error| Error::NotArchivable(format!("{error:?}")))?;
    let mut pdf = Pdf::new_with(SerializeSettings { configuration, ..Default::default() });
    let made = date(&document.made).ok_or_else(|| failed("its date does not read"))?;
    pdf.set_metadata(metadata(document, made));
    let mut content: Content = composed.elements.iter().map(|_| Vec::new()).collect();
    let pages = composed.sheets.len();
    for (number, sheet) in (1..).zip(&composed.sheets) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| failed("page size"))?;
        let mut page = pdf.start_page_with(settings);
        let mut surface = page.surface();
        for drawn in sheet {
            draw((document, fonts), drawn, &mut surface, &mut content);
        }
        foot(&document.mark, &format!("page {number} of {pages}"), fonts, &mut surface);
        surface.finish();
        page.finish();
    }
    let mut outline = Outline::new();
    for (text, page, y) in &composed.outline {
        let place = XyzDestination::new(*page, Point::from_xy(0.0, *y));
        outline.push_child(OutlineNode::new(text.clone(), place));
    }
    pdf.set_outline(outline);
    let mut tree = TagTree::new();
    for root in &composed.roots {
        tree.push(group(*root, composed, &content));
    }
    pdf.set_tag_tree(tree);
    let relations = RELATIONS.into_iter().chain(std::iter::repeat(RELATIONS[1]));
    for (file, association_kind) in document.files.iter().zip(relations) {
        let mime_type = MimeType::new(&file.media_type);
        let embedded = EmbeddedFile {
            path: file.name.clone(),
            mime_type: mime_type.or_else(|| MimeType::new("application/octet-stream")),
            description: Some(file.what.clone()),
            association_kind,
            data: file.content.clone().into(),
            modification_date: Some(made),
            compress: None,
            location: None,
        };
        pdf.embed_file(embedded).ok_or_else(|| failed("two files have one name"))?;
    }
    pdf.finish().map_err(|error| match error {
        KrillaError::Image(..) => Error::Picture,
        other => Error::NotArchivable(format!("{other:?}")),
    })
}

/// Whether a file is a picture that can be drawn, found out by drawing it alone.
pub(super) fn is_picture(file: &File, fonts: &Fonts) -> bool {
    let name = file.name.clone();
    let picture = Drawn {
        x: SIDE,
        y: SIDE,
        what: What::Picture { file: name, width: SIDE, height: SIDE },
        element: None,
    };
    let document = Document {
        kind: String::new(),
        title: file.name.clone(),
        lead: Vec::new(),
        mark: file.name.clone(),
        made: "2000-01-01T00:00:00Z".to_owned(),
        sections: Vec::new(),
        files: vec![file.clone()],
    };
    let composed = Composed { sheets: vec![vec![picture]], ..Composed::default() };
    !matches!(drawn(&document, &composed, fonts), Err(Error::Picture))
}

fn metadata(document: &Document, made: DateTime) -> Metadata {
    Metadata::new()
        .title(format!("{}: {}", document.kind, document.title))
        .description(document.mark.clone())
        .language("en".to_owned())
        .creator("Tracewright".to_owned())
        .producer("Tracewright".to_owned())
        .document_id(document.mark.clone())
        .creation_date(made)
}

/// A moment as RFC 3339 in UTC.
fn date(text: &str) -> Option<DateTime> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok();
    let small = |from: usize, to: usize| u8::try_from(number(from, to)?).ok();
    let date = DateTime::new(number(0, 4)?).month(small(5, 7)?).day(small(8, 10)?);
    let date = date.hour(small(11, 13)?).minute(small(14, 16)?).second(small(17, 19)?);
    Some(date.utc_offset_hour(0).utc_offset_minute(0))
}

fn draw(
    (document, fonts): (&Document, &Fonts),
    drawn: &Drawn,
    surface: &mut Surface<'_>,
    content: &mut Content,
) {
    let tag = match (&drawn.what, drawn.element) {
        (_, None) => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
        (What::Text { .. }, Some(_)) => ContentTag::Span(SpanTag::empty()),
        (What::Rule { .. } | What::Picture { .. }, Some(_)) => ContentTag::Other,
    };
    let identifier = surface.start_tagged(tag);
    match &drawn.what {
        What::Text { text, size, weight, soft, struck } => {
            let ink = if *soft { SOFT } else { INK };
            words(surface, (drawn.x, drawn.y), (fonts.face(*weight), *size, ink), text);
            if let Some(width) = struck {
                rule(surface, (drawn.x, drawn.y - size * 0.3), *width, (INK, 0.6));
            }
        }
        What::Rule { width } => rule(surface, (drawn.x, drawn.y), *width, (LINE, 0.5)),
        What::Picture { file, width, height } => {
            let image = document.file(file).and_then(image);
            if let Some((image, size)) = image.zip(Size::from_wh(*width, *height)) {
                surface.push_transform(&Transform::from_translate(drawn.x, drawn.y));
                surface.draw_image(image, size);
                surface.pop();
            }
        }
    }
    surface.end_tagged();
    if let Some(parts) = drawn.element.and_then(|element| content.get_mut(element.0)) {
        parts.push(identifier);
    }
}

/// Draws text.
fn words(
    surface: &mut Surface<'_>,
    (x, y): (f32, f32),
    (face, size, ink): (&Face, f32, (u8, u8, u8)),
    text: &str,
) {
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .map(|(at, character)| {
            let glyph = face.glyph(character);
            KrillaGlyph {
                glyph_id: glyph.id,
                text_range: at..at + character.len_utf8(),
                x_advance: glyph.advance,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            }
        })
        .collect();
    let paint = rgb::Color::new(ink.0, ink.1, ink.2).into();
    surface.set_fill(Some(Fill { paint, ..Fill::default() }));
    surface.set_stroke(None);
    surface.draw_glyphs(Point::from_xy(x, y), &glyphs, face.font.clone(), text, size, false);
}

/// Draws a line across.
fn rule(
    surface: &mut Surface<'_>,
    (x, y): (f32, f32),
    length: f32,
    (ink, width): ((u8, u8, u8), f32),
) {
    let mut path = PathBuilder::new();
    path.move_to(x, y);
    path.line_to(x + length, y);
    let Some(path) = path.finish() else { return };
    let paint = rgb::Color::new(ink.0, ink.1, ink.2).into();
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint,
        width,
        opacity: NormalizedF32::ONE,
        ..Stroke::default()
    }));
    surface.draw_path(&path);
}

/// What stands at the foot of a page: the mark of the document, and which page it is.
fn foot(mark: &str, number: &str, fonts: &Fonts, surface: &mut Surface<'_>) {
    let face = fonts.face(Weight::Regular);
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    rule(surface, (SIDE, BOTTOM + 16.0), MEASURE, (LINE, 0.5));
    let right = WIDTH - SIDE - face.width(number, SMALL);
    words(surface, (right, BOTTOM + 28.0), (face, SMALL, SOFT), number);
    // A long name of a document would run into the number of the page.
    let room = right - SIDE - 12.0;
    let mut size = SMALL;
    while size > 4.0 && face.width(mark, size) > room {
        size -= 0.25;
    }
    words(surface, (SIDE, BOTTOM + 28.0), (face, size, SOFT), mark);
    surface.end_tagged();
}

/// An element with all that is in it, as a group of tags.
fn group(id: ElementId, composed: &Composed, content: &Content) -> TagGroup {
    let Some(element) = composed.elements.get(id.0) else { return TagGroup::new(Tag::P) };
    let mut group = TagGroup::new(tag(&element.role));
    for part in content.get(id.0).into_iter().flatten() {
        group.push(*part);
    }
    for child in &element.children {
        group.push(self::group(*child, composed, content));
    }
    group
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Section => Tag::Section.into(),
        Role::Title => Tag::Hn(NonZeroU16::MIN, None).into(),
        Role::Heading => Tag::Hn(NonZeroU16::MIN.saturating_add(1), None).into(),
        Role::Paragraph => Tag::P.into(),
        Role::Table => Tag::Table.into(),
        Role::Caption => Tag::Caption.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Role::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
    }
}
