//! What pages are made of: the frame, tables, and where an answer stands.

use std::fmt::{self, Write as _};

use engine::At;

use super::About;

use report::STYLE;

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

/// Text as markup.
pub(super) fn e(text: &impl ToString) -> String {
    Escaped(&text.to_string()).to_string()
}

/// A whole page: what kind of page it is, short and in full, its title, what is said under it and
/// its sections, which are markup already.
pub(super) fn page(
    (short, kind): (&str, &str),
    title: &str,
    lead: &str,
    sections: &[String],
) -> String {
    let title = e(&title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{short}: {title}</title><style>{STYLE}</style></head><body><main>\
         <header><p class=\"kind\">{kind}</p><h1>{title}</h1><p>{lead}</p></header>\n\
         {}</main></body></html>\n",
        sections.concat()
    )
}

/// Where an answer stands, with the signed head of its ledger.
pub(super) fn standing(at: &[At], about: &About) -> String {
    let at: Vec<String> =
        at.iter().map(|at| format!("ledger {}, position {}", e(&at.ledger), at.position)).collect();
    format!(
        "<section aria-labelledby=\"at\"><h2 id=\"at\">Where this stands</h2>\
         <p>{}. Ledger {}. Everything recorded up to that position is in this answer; nothing \
         after it is. The signed head below fixes that record: a proof file of any item here can \
         be verified against it without this program's server.</p><pre>{}</pre></section>\n",
        at.join("; "),
        e(&about.origin),
        e(&about.checkpoint)
    )
}

/// A table; cells are markup already. Empty ones say so.
pub(super) fn table<const N: usize>(
    caption: &str,
    columns: &[&str; N],
    rows: &[[String; N]],
) -> String {
    if rows.is_empty() {
        return format!("<p class=\"empty\">{}: none.</p>", e(&caption));
    }
    let heads: String =
        columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    let body: String = rows
        .iter()
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    format!(
        "<table><caption>{}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>",
        e(&caption)
    )
}
