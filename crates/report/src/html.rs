//! A document as one HTML page that needs nothing else: its files are links that hold what they
//! lead to, so they can be saved without a script.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::DRAWN_BYTES_MAX;
use crate::document::{Block, Document, File, Run, Section, Style, Table};

/// How pages of the house look.
pub const STYLE: &str = include_str!("report.css");

/// Media types of pictures that are drawn.
const DRAWN: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Text that cannot become markup.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

fn e(text: &str) -> Escaped<'_> {
    Escaped(text)
}

/// A document as a page.
#[must_use]
pub fn html(document: &Document) -> String {
    let mut page = Page { document, text: String::new() };
    // Writing to a string cannot fail.
    page.write().ok();
    page.text
}

struct Page<'a> {
    document: &'a Document,
    text: String,
}

impl Page<'_> {
    fn write(&mut self) -> fmt::Result {
        let Document { kind, title, lead, sections, .. } = self.document;
        write!(
            self.text,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"generator\" content=\"Tracewright\">\
             <title>{}: {}</title><style>{STYLE}{}</style></head><body><main>\
             <header><p class=\"kind\">{}</p><h1>{}</h1><p>{}</p></header>\n",
            e(kind),
            e(title),
            on_every_page(&self.document.mark),
            e(kind),
            e(title),
            Runs(lead)
        )?;
        for (number, section) in (1..).zip(sections) {
            self.section(number, section)?;
        }
        self.text.write_str("</main></body></html>\n")
    }

    fn section(&mut self, number: usize, section: &Section) -> fmt::Result {
        let heading = e(&section.heading);
        write!(
            self.text,
            "<section aria-labelledby=\"s{number}\"><h2 id=\"s{number}\">{heading}</h2>"
        )?;
        section.blocks.iter().try_for_each(|block| self.block(block))?;
        self.text.write_str("</section>\n")
    }

    fn block(&mut self, block: &Block) -> fmt::Result {
        match block {
            Block::Text(runs) => write!(self.text, "<p>{}</p>", Runs(runs)),
            Block::Lines(lines) => write!(self.text, "<pre>{}</pre>", e(lines)),
            Block::Fields(fields) => {
                self.text.write_str("<table class=\"fields\"><tbody>")?;
                for (name, value) in fields {
                    let name = e(name);
                    write!(
                        self.text,
                        "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>",
                        Runs(value)
                    )?;
                }
                self.text.write_str("</tbody></table>")
            }
            Block::Table(table) => self.table(table, |runs, _| Runs(runs).to_string()),
            Block::Picture { file, caption } => self.picture(file, caption),
            Block::Files => {
                let document = self.document;
                self.table(&document.files_table(), |runs, column| {
                    let name = runs.first().map_or("", |run| run.text.as_str());
                    let file = document.file(name).filter(|_| column == 0);
                    file.map_or_else(|| Runs(runs).to_string(), saved)
                })
            }
        }
    }

    fn table(&mut self, table: &Table, cell: impl Fn(&[Run], usize) -> String) -> fmt::Result {
        let caption = e(&table.caption);
        if table.rows.is_empty() {
            return write!(self.text, "<p class=\"empty\">{caption}: none.</p>");
        }
        write!(self.text, "<table><caption>{caption}</caption><thead><tr>")?;
        for column in &table.columns {
            write!(self.text, "<th scope=\"col\">{}</th>", e(column))?;
        }
        self.text.write_str("</tr></thead><tbody>")?;
        for row in &table.rows {
            self.text.write_str("<tr>")?;
            for (column, runs) in row.iter().enumerate() {
                write!(self.text, "<td>{}</td>", cell(runs, column))?;
            }
            self.text.write_str("</tr>")?;
        }
        self.text.write_str("</tbody></table>")
    }

    fn picture(&mut self, name: &str, caption: &str) -> fmt::Result {
        let caption = e(caption);
        let drawn = |file: &&File| {
            DRAWN.contains(&file.media_type.as_str()) && file.content.len() <= DRAWN_BYTES_MAX
        };
        self.text.write_str("<figure>")?;
        if let Some(file) = self.document.file(name).filter(drawn) {
            write!(self.text, "<img alt=\"{caption}\" src=\"{}\">", data(file))?;
        }
        write!(self.text, "<figcaption>{caption}</figcaption></figure>")
    }
}

/// A link that saves a file.
fn saved(file: &File) -> String {
    format!("<a download=\"{}\" href=\"{}\">{}</a>", e(&file.name), data(file), e(&file.name))
}

/// A file as an address that holds it.
fn data(file: &File) -> String {
    let media_type = e(&file.media_type);
    format!("data:{media_type};base64,{}", STANDARD.encode(&file.content))
}

/// What stands on each printed page: the mark of the document, page x of y.
fn on_every_page(mark: &str) -> String {
    // In a string of a style sheet any character may be written as its number.
    let mark = mark.chars().fold(String::new(), |mut text, character| {
        if character.is_ascii_alphanumeric() || " .,:-_".contains(character) {
            text.push(character);
        } else {
            write!(text, "\\{:x} ", u32::from(character)).ok();
        }
        text
    });
    format!(
        "@page{{size:A4;margin:16mm 14mm 18mm;@bottom-left{{content:\"{mark}\";\
         font:7.5pt sans-serif;width:80%;overflow-wrap:anywhere}}@bottom-right{{content:\"page \" \
         counter(page) \" of \" counter(pages);font:7.5pt sans-serif}}}}"
    )
}

/// Text of several styles as markup.
struct Runs<'a>(&'a [Run]);

impl fmt::Display for Runs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().flat_map(|run| {
            let lines = run.text.split('\n').enumerate();
            lines.map(|(index, line)| (index > 0, e(line), run.style))
        });
        for (is_next, line, style) in lines {
            if is_next {
                f.write_str("<br>")?;
            }
            match style {
                Style::Plain => write!(f, "{line}")?,
                Style::Strong => write!(f, "<strong>{line}</strong>")?,
                Style::Struck => write!(f, "<s>{line}</s>")?,
            }
        }
        Ok(())
    }
}
