//! Composed pages: what is drawn where, and to which element of the document it belongs.

use super::font::Weight;

/// A4. Units: points.
pub(super) const WIDTH: f32 = 595.28;
/// See [`WIDTH`].
pub(super) const HEIGHT: f32 = 841.89;
/// What stays free at the sides.
pub(super) const SIDE: f32 = 42.0;
/// What stays free above.
pub(super) const TOP: f32 = 44.0;
/// Where text ends; the foot of the page stands below.
pub(super) const BOTTOM: f32 = HEIGHT - 58.0;
/// How wide text is.
pub(super) const MEASURE: f32 = WIDTH - 2.0 * SIDE;

/// An element of the document, by its place among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementId(pub(super) usize);

/// What an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Section,
    Title,
    Heading,
    Paragraph,
    Table,
    Caption,
    Row,
    ColumnHead,
    RowHead,
    Cell,
    Figure(String),
}

/// An element of the document.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) role: Role,
    pub(super) children: Vec<ElementId>,
}

/// Something drawn.
#[derive(Debug)]
pub(super) struct Drawn {
    /// Its left end.
    pub(super) x: f32,
    /// Its base line or upper edge.
    pub(super) y: f32,
    pub(super) what: What,
    /// What it belongs to; absent: it is no content, such as a line or a repeated heading.
    pub(super) element: Option<ElementId>,
}

/// What is drawn.
#[derive(Debug)]
pub(super) enum What {
    Text { text: String, size: f32, weight: Weight, soft: bool, struck: Option<f32> },
    Rule { width: f32 },
    Picture { file: String, width: f32, height: f32 },
}

/// A page.
pub(super) type Sheet = Vec<Drawn>;

/// All pages, and the elements on them.
#[derive(Debug, Default)]
pub(super) struct Composed {
    pub(super) sheets: Vec<Sheet>,
    pub(super) elements: Vec<Element>,
    /// Elements that are in no other.
    pub(super) roots: Vec<ElementId>,
    /// Headings, with the page and the place they stand at.
    pub(super) outline: Vec<(String, usize, f32)>,
}

impl Composed {
    pub(super) fn element(&mut self, role: Role, parent: Option<ElementId>) -> ElementId {
        let id = ElementId(self.elements.len());
        self.elements.push(Element { role, children: Vec::new() });
        match parent.and_then(|parent| self.elements.get_mut(parent.0)) {
            Some(parent) => parent.children.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// The last page.
    pub(super) fn sheet(&mut self) -> &mut Sheet {
        if self.sheets.is_empty() {
            self.sheets.push(Sheet::new());
        }
        self.sheets.last_mut().expect("invariant: there is one")
    }
}
