//! Puts tables on pages: columns as wide as what they hold asks for, headings on every page.

use super::compose::{Composer, LEADING, SMALL, TEXT};
use super::font::Weight;
use super::sheet::{BOTTOM, Drawn, ElementId, MEASURE, Role, SIDE, TOP, What};
use super::wrap::{Line, Setting};
use crate::document::{Field, Run, Table};

/// Between columns, and around a row. Units: points.
const GAP: f32 = 9.0;
const PAD: f32 = 2.6;
/// Widest word that a column makes room for; what is wider is broken. Units: points.
const WORD_MAX: f32 = 96.0;
/// Widest text that a column makes room for before the others have what they ask for.
const WHOLE_MAX: f32 = 190.0;
/// How wide the names of fields are. Units: points.
const NAMES: f32 = 118.0;

/// A row ready to be put.
struct Row<'a> {
    cells: Vec<Vec<Line>>,
    columns: &'a [(f32, f32)],
    weight: Weight,
    size: f32,
    /// What its cells belong to; none: it is a heading that stands on the page before.
    elements: Vec<Option<ElementId>>,
}

impl Composer<'_> {
    pub(super) fn fields(&mut self, fields: &[Field], section: ElementId) {
        let table = self.composed.element(Role::Table, Some(section));
        let columns = [(0.0, NAMES - GAP), (NAMES, MEASURE - NAMES)];
        for (name, value) in fields {
            let row = self.composed.element(Role::Row, Some(table));
            let head = self.composed.element(Role::RowHead, Some(row));
            let cell = self.composed.element(Role::Cell, Some(row));
            let setting = self.setting(TEXT, Weight::Regular);
            let cells = vec![
                setting.lines(&[Run::plain(name.clone())], NAMES - GAP),
                setting.lines(value, MEASURE - NAMES),
            ];
            let row = Row {
                cells,
                columns: &columns,
                weight: Weight::Regular,
                size: TEXT,
                elements: vec![Some(head), Some(cell)],
            };
            self.row(&row, |_| ());
        }
        self.y += 4.0;
    }

    pub(super) fn table(&mut self, table: &Table, section: ElementId) {
        if table.rows.is_empty() {
            let element = self.composed.element(Role::Paragraph, Some(section));
            let text = format!("{}: none.", table.caption);
            self.caption(&text, element);
            return;
        }
        self.room(60.0);
        let element = self.composed.element(Role::Table, Some(section));
        let caption = self.composed.element(Role::Caption, Some(element));
        self.caption(&table.caption, caption);
        let columns = columns(table, self.setting(SMALL, Weight::Regular));
        let heads = self.composed.element(Role::Row, Some(element));
        let head_elements: Vec<Option<ElementId>> = table
            .columns
            .iter()
            .map(|_| Some(self.composed.element(Role::ColumnHead, Some(heads))))
            .collect();
        self.heads(table, &columns, head_elements);
        for cells in &table.rows {
            let row = self.composed.element(Role::Row, Some(element));
            let elements: Vec<Option<ElementId>> =
                cells.iter().map(|_| Some(self.composed.element(Role::Cell, Some(row)))).collect();
            let setting = self.setting(SMALL, Weight::Regular);
            let cells = cells.iter().zip(&columns);
            let cells = cells.map(|(runs, (_, width))| setting.lines(runs, *width)).collect();
            let row =
                Row { cells, columns: &columns, weight: Weight::Regular, size: SMALL, elements };
            self.row(&row, |composer| {
                composer.heads(table, &columns, vec![None; table.columns.len()]);
            });
        }
        self.y += 6.0;
    }

    fn caption(&mut self, text: &str, element: ElementId) {
        self.y += TEXT * LEADING;
        let lines = self.setting(TEXT, Weight::Regular).lines(&[Run::plain(text)], MEASURE);
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                self.y += TEXT * LEADING;
            }
            let y = self.y - TEXT * 0.32;
            self.put(line, (SIDE, y), (TEXT, Weight::Regular, true), Some(element));
        }
    }

    fn heads(&mut self, table: &Table, columns: &[(f32, f32)], elements: Vec<Option<ElementId>>) {
        let setting = self.setting(SMALL, Weight::Bold);
        let heads = table.columns.iter().zip(columns);
        let cells =
            heads.map(|(name, (_, width))| setting.lines(&[Run::plain(name.clone())], *width));
        let cells = cells.collect();
        self.row(&Row { cells, columns, weight: Weight::Bold, size: SMALL, elements }, |_| ());
    }

    /// Puts a row; `again` puts what stands at the top of each further page.
    fn row(&mut self, row: &Row<'_>, again: impl Fn(&mut Self)) {
        let leading = row.size * LEADING;
        let lines = row.cells.iter().map(Vec::len).max().unwrap_or(0);
        let height = (0..lines).fold(2.0 * PAD, |height, _| height + leading);
        let whole = height <= BOTTOM - TOP - 40.0;
        if whole && self.y + height > BOTTOM {
            self.next_page();
            again(self);
        }
        self.y += PAD;
        let mut from = 0;
        while from < lines {
            let mut to = from;
            let top = self.y;
            while to < lines && self.y + leading <= BOTTOM {
                self.y += leading;
                to += 1;
            }
            self.cells(row, (from, to), top);
            from = to;
            if from < lines {
                self.next_page();
                again(self);
                self.y += PAD;
            }
        }
        self.y += PAD;
        let y = self.y;
        let what = What::Rule { width: MEASURE };
        self.composed.sheet().push(Drawn { x: SIDE, y, what, element: None });
    }

    /// Puts some lines of each cell of a row, one cell after the other, as they are read.
    fn cells(&mut self, row: &Row<'_>, (from, to): (usize, usize), top: f32) {
        for ((cell, (x, _)), element) in row.cells.iter().zip(row.columns).zip(&row.elements) {
            let mut y = top - row.size * 0.32;
            for line in cell.iter().take(to).skip(from) {
                y += row.size * LEADING;
                self.put(line, (SIDE + x, y), (row.size, row.weight, false), *element);
            }
        }
    }
}

/// Where each column begins, and how wide it is.
fn columns(table: &Table, setting: Setting<'_>) -> Vec<(f32, f32)> {
    let bold = Setting { weight: Weight::Bold, ..setting };
    let mut asked: Vec<(f32, f32)> =
        table.columns.iter().map(|name| bold.widths(&[Run::plain(name.clone())])).collect();
    for row in &table.rows {
        for (asked, cell) in asked.iter_mut().zip(row) {
            let (whole, word) = setting.widths(cell);
            *asked = (asked.0.max(whole), asked.1.max(word.min(WORD_MAX)));
        }
    }
    let gaps = asked.iter().skip(1).fold(0.0, |sum, _| sum + GAP);
    let widths = shared(&asked, MEASURE - gaps);
    let mut x = 0.0;
    let place = |width: f32| {
        let from = x;
        x += width + GAP;
        (from, width + 0.05)
    };
    widths.into_iter().map(place).collect()
}

/// Shares the room among columns that ask for the width of all their text, and of one word.
fn shared(asked: &[(f32, f32)], room: f32) -> Vec<f32> {
    let modest = |(whole, word): &(f32, f32)| whole.min(WHOLE_MAX).max(*word);
    let words: f32 = asked.iter().map(|(_, word)| word).sum();
    let modestly: f32 = asked.iter().map(modest).sum();
    let wholly: f32 = asked.iter().map(|(whole, _)| whole).sum();
    let between = |low: f32, high: f32, part: f32| low + (high - low) * part;
    let share = |asked: &(f32, f32)| {
        let (whole, word) = *asked;
        if wholly <= room {
            whole
        } else if modestly <= room {
            between(modest(asked), whole, (room - modestly) / (wholly - modestly))
        } else if words <= room {
            between(word, modest(asked), (room - words) / (modestly - words))
        } else {
            word * room / words
        }
    };
    asked.iter().map(share).collect()
}
