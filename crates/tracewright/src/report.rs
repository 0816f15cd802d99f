//! Answers as self-contained HTML pages that can be printed and handed on: a scope here, a mock
//! recall in [`drill`]; [`markup`] has what pages are made of. Batch records are
//! written by `engine`.
//!
//! A page needs no network, no script and no program of ours. It says at which ledger position
//! it stands and carries the signed head of that ledger, so a proof file of any item in it can be
//! held against it later.

mod drill;
mod markup;

use engine::query::{
    Advice, Certainty, Consignee, Evidence, ItemLine, PartCount, PathStep, Reason, ScopeAnswer,
};

use anyhow::Result;

use crate::backend::Backend;
use crate::output::word;
pub(crate) use drill::drill_page;
use markup::{e, page, standing, table};

/// Rows of items printed at most; a longer list belongs in a file for machines.
const ROWS_MAX: usize = 20_000;

/// What the page says besides the answer itself.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// What was asked, as it was typed.
    pub(crate) question: String,
    /// When it was asked.
    pub(crate) asked: String,
    /// Name of the ledger.
    pub(crate) origin: String,
    /// Its signed head.
    pub(crate) checkpoint: String,
}

impl About {
    /// What a page says of a question asked now.
    pub(crate) fn now(backend: &Backend, question: String) -> Result<Self> {
        let head = backend.head()?;
        let asked = engine::now().to_string();
        Ok(Self { question, asked, origin: head.origin, checkpoint: head.note })
    }
}

/// The page of a scope.
pub(crate) fn scope_page(scope: &ScopeAnswer, about: &About) -> String {
    let title = start_text(scope);
    let sections = [
        summary(scope),
        balances(scope),
        widenings(&scope.widenings),
        consignees(&scope.consignees),
        items(scope, Certainty::Proven, "Proven", "An unbroken chain of recorded facts."),
        items(
            scope,
            Certainty::Possible,
            "Possible",
            "It cannot be ruled out by what was recorded.",
        ),
        items(
            scope,
            Certainty::Cleared,
            "Cleared",
            "Positive evidence for every line that could have held it.",
        ),
        standing(&scope.at, about),
    ];
    let lead = format!("Asked on {}: <code>{}</code>", e(&about.asked), e(&about.question));
    page(("Scope", "Scope of a suspicion"), &title, &lead, &sections)
}

fn start_text(scope: &ScopeAnswer) -> String {
    let names: Vec<String> = scope
        .start
        .iter()
        .take(3)
        .map(|line| match &line.part {
            Some(part) => format!("{} {} ({part})", line.kind.word(), line.label),
            None => format!("{} {}", line.kind.word(), line.label),
        })
        .collect();
    let more = scope.start.len().saturating_sub(3);
    match (names.is_empty(), more) {
        (true, _) => "units named one by one".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn summary(scope: &ScopeAnswer) -> String {
    let counts = &scope.summary;
    let mut text = format!(
        "<section aria-labelledby=\"sum\"><h2 id=\"sum\">In short</h2><ul class=\"counts\">\
         <li class=\"proven\"><b>{}</b> proven</li><li class=\"possible\"><b>{}</b> possible</li>\
         <li class=\"cleared\"><b>{}</b> cleared</li></ul>",
        counts.proven, counts.possible, counts.cleared
    );
    text.push_str(&by_part(&counts.by_part));
    let places: Vec<[String; 2]> =
        counts.by_where.iter().map(|(place, count)| [e(&word(place)), count.to_string()]).collect();
    text.push_str(&table("Where the proven and possible are now", &["Where", "Items"], &places));
    if let Some(dates) = &scope.by_build_date {
        text.push_str(&format!(
            "<p>A recall by build date would take {} units for these {}: {} more.</p>",
            dates.in_days, dates.concerned, dates.more_in_days
        ));
    }
    for note in &scope.notes {
        text.push_str(&format!("<p class=\"note\">{}</p>", e(note)));
    }
    if scope.truncated {
        text.push_str("<p class=\"note\">The list was cut at its limit; the set is larger.</p>");
    }
    text.push_str("</section>\n");
    text
}

fn by_part(counts: &[PartCount]) -> String {
    let rows: Vec<[String; 5]> = counts
        .iter()
        .map(|count| {
            let part =
                count.part.as_ref().map_or_else(|| "no part".to_owned(), ToString::to_string);
            let name = count.name.clone().unwrap_or_default();
            [
                format!("{} {}", e(&part), e(&name)),
                count.proven.to_string(),
                count.possible.to_string(),
                count.cleared.to_string(),
                (count.proven + count.possible + count.cleared).to_string(),
            ]
        })
        .collect();
    table("By part", &["Part", "Proven", "Possible", "Cleared", "All"], &rows)
}

fn balances(scope: &ScopeAnswer) -> String {
    let mut text = String::new();
    for line in &scope.start {
        let Some(balance) = &line.balance else { continue };
        let rows: Vec<[String; 2]> = [
            ("Received", balance.received),
            ("Produced", balance.produced),
            ("Split and merged in", balance.split_in.plus(balance.merged_in)),
            ("Counted up", balance.counted_up),
            ("Removed again", balance.removed_again),
            ("Consumed", balance.consumed),
            ("of that, perhaps of another lot", balance.uncertain),
            ("Installed", balance.installed),
            ("Split and merged out", balance.split_out.plus(balance.merged_out)),
            ("Shipped", balance.shipped),
            ("Scrapped and sampled", balance.scrapped.plus(balance.sampled)),
            ("Returned to supplier", balance.sent_back),
            ("Counted down", balance.counted_down),
            ("On hand", balance.on_hand),
            ("Unexplained", balance.unexplained),
        ]
        .into_iter()
        .filter(|(name, quantity)| !quantity.is_zero() || *name == "Unexplained")
        .map(|(name, quantity)| [name.to_owned(), quantity.normal().to_string()])
        .collect();
        let caption = format!("Books of lot {}", line.label);
        text.push_str(&table(&caption, &["Account", "Quantity"], &rows));
    }
    let rows: Vec<[String; 3]> = scope
        .accounts
        .iter()
        .map(|account| {
            let said = if account.balanced { "yes" } else { "no" };
            [e(&account.lot.label), said.to_owned(), e(&account.text)]
        })
        .collect();
    if !rows.is_empty() {
        let columns = ["Lot", "Balanced", "Where it is"];
        text.push_str(&table("Books held against genealogy", &columns, &rows));
    }
    if text.is_empty() {
        return text;
    }
    format!("<section aria-labelledby=\"bal\"><h2 id=\"bal\">Quantities</h2>{text}</section>\n")
}

fn widenings(advice: &[Advice]) -> String {
    if advice.is_empty() {
        return String::new();
    }
    let items: String =
        advice.iter().map(|advice| format!("<li>{}</li>", e(&advice.text))).collect();
    format!(
        "<section aria-labelledby=\"wide\"><h2 id=\"wide\">What would narrow it</h2>\
         <ul>{items}</ul></section>\n"
    )
}

fn consignees(consignees: &[Consignee]) -> String {
    let rows: Vec<[String; 6]> = consignees
        .iter()
        .map(|consignee| {
            let place = [consignee.place.clone(), consignee.country.clone()];
            let place: Vec<String> = place.into_iter().flatten().collect();
            let shipments: Vec<String> =
                consignee.shipments.iter().map(ToString::to_string).collect();
            let items: Vec<&str> = consignee.items.iter().map(|item| item.label.as_str()).collect();
            let name = consignee.name.clone().unwrap_or_default();
            [
                format!("{} {}", e(&consignee.party), e(&name)),
                e(&place.join(", ")),
                e(&shipments.join(", ")),
                consignee.proven.to_string(),
                consignee.possible.to_string(),
                e(&items.join(", ")),
            ]
        })
        .collect();
    let columns = ["Consignee", "Place", "Shipments", "Proven", "Possible", "Items"];
    format!(
        "<section aria-labelledby=\"who\"><h2 id=\"who\">Who has them</h2>{}</section>\n",
        table("Consignees of proven and possible items", &columns, &rows)
    )
}

fn items(scope: &ScopeAnswer, certainty: Certainty, title: &str, means: &str) -> String {
    let lines: Vec<&ItemLine> =
        scope.items.iter().filter(|line| line.certainty == certainty).collect();
    let rows: Vec<[String; 5]> = lines
        .iter()
        .take(ROWS_MAX)
        .map(|line| {
            let part = line.part.as_ref().map(ToString::to_string).unwrap_or_default();
            [
                e(&line.label),
                e(&part),
                e(&word(&line.status)),
                e(&line.place.text),
                e(&because(line)),
            ]
        })
        .collect();
    let id = title.to_lowercase();
    let left = lines.len().saturating_sub(ROWS_MAX);
    let more = match left {
        0 => String::new(),
        left => format!("<p class=\"note\">{left} more are not printed.</p>"),
    };
    format!(
        "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}: {}</h2><p>{means}</p>\
         {}{more}</section>\n",
        lines.len(),
        table(title, &["Item", "Part", "Status", "Where", "Because"], &rows)
    )
}

/// Why an item is in the list, in words.
fn because(line: &ItemLine) -> String {
    if let Some(reason) = &line.reason {
        let text = match reason {
            Reason::Candidates { text, .. } | Reason::NoCapture { text, .. } => text,
        };
        return text.clone();
    }
    if !line.evidence.is_empty() {
        let texts: Vec<&str> = line
            .evidence
            .iter()
            .map(|evidence| match evidence {
                Evidence::Filled { text, .. }
                | Evidence::LeftBefore { text, .. }
                | Evidence::Decision { text, .. }
                | Evidence::NotPlanned { text } => text.as_str(),
            })
            .collect();
        return texts.join("; ");
    }
    path_text(&line.path)
}

/// A path in words: `lot A → board B → pump C`.
pub(crate) fn path_text(path: &[PathStep]) -> String {
    let Some(first) = path.first() else { return "it is where the question begins".to_owned() };
    let mut text = format!("{} {}", first.from.kind.word(), first.from.label);
    for step in path {
        let doubt = if step.certain { "" } else { " perhaps" };
        let removed = if step.removed.is_some() { ", later removed" } else { "" };
        let how = step.how.word();
        let to = &step.to;
        let step = format!(" →{doubt} {how} into {} {}{removed}", to.kind.word(), to.label);
        text.push_str(&step);
    }
    text
}
