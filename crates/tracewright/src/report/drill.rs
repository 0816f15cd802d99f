//! A mock recall as a page to print, sign and file.

use super::About;
use super::markup::{e, page, standing, table};
use crate::command::drill::{Drill, LotDrill, Percent, UnitDrill};
use crate::output::{count, word};

/// The page of a mock recall.
pub(crate) fn drill_page(drill: &Drill, about: &About) -> String {
    let title = match drill.lots.as_slice() {
        [] => "no lot to recall".to_owned(),
        lots => {
            let names: Vec<&str> = lots.iter().map(|lot| lot.lot.label.as_str()).collect();
            format!("lots {}", names.join(", "))
        }
    };
    let lead = format!("Drilled on {}: <code>{}</code>", e(&about.asked), e(&about.question));
    let sections = [
        result(drill),
        gaps(drill),
        forward(drill),
        backward(drill),
        signatures(),
        standing(&drill.at, about),
    ];
    page(("Mock recall", "Mock recall"), &title, &lead, &sections)
}

fn result(drill: &Drill) -> String {
    let (class, word) = if drill.passed { ("cleared", "passed") } else { ("proven", "not passed") };
    let failures: String =
        drill.failures.iter().map(|why| format!("<li>{}</li>", e(why))).collect();
    let failures =
        if failures.is_empty() { failures } else { format!("<p>Because:</p><ul>{failures}</ul>") };
    let limits = &drill.limits;
    let lowest = |shares: &mut dyn Iterator<Item = Percent>| {
        shares.min().map_or_else(|| "nothing to account for".to_owned(), |share| share.to_string())
    };
    let accounted = lowest(&mut drill.lots.iter().filter_map(|lot| lot.accounted));
    let captured = lowest(&mut drill.units.iter().filter_map(|unit| unit.captured));
    let rows = [
        ["Accounted for, the lowest lot".to_owned(), limits.accounted_min.to_string(), accounted],
        ["Lines captured, the lowest unit".to_owned(), limits.captured_min.to_string(), captured],
        [
            "Time, all questions together".to_owned(),
            limits.within.to_string(),
            drill.took.to_string(),
        ],
    ];
    let notes: String =
        drill.notes.iter().map(|note| format!("<p class=\"note\">{}</p>", e(note))).collect();
    format!(
        "<section aria-labelledby=\"res\"><h2 id=\"res\">Result</h2><ul class=\"counts\">\
         <li class=\"{class}\"><b>{word}</b> in {}</li></ul>{failures}{}{notes}\
         <p>Drawn by seed {} from position {}: the same seed and position draw the same.</p>\
         </section>\n",
        drill.took,
        table("Limits", &["What", "Limit", "Found"], &rows),
        drill.seed,
        drill.known_at
    )
}

fn gaps(drill: &Drill) -> String {
    let Some(worst) = drill.gaps.first() else {
        return "<section aria-labelledby=\"gap\"><h2 id=\"gap\">Worst gap</h2>\
                <p>None: every quantity is explained and every line was captured.</p></section>\n"
            .to_owned();
    };
    let rows: Vec<[String; 4]> = drill
        .gaps
        .iter()
        .map(|gap| {
            let fails = if gap.fails { "yes" } else { "no" };
            [e(&gap.text), word(&gap.kind), gap.left.to_string(), fails.to_owned()]
        })
        .collect();
    format!(
        "<section aria-labelledby=\"gap\"><h2 id=\"gap\">Worst gap</h2><p><b>{}</b></p>{}\
         </section>\n",
        e(&worst.text),
        table("All gaps, the worst first", &["What is missing", "Of", "Left", "Fails"], &rows)
    )
}

fn forward(drill: &Drill) -> String {
    let row = |lot: &LotDrill| {
        [
            format!("{}<br>{}", e(&lot.lot.label), e(&lot.part_text())),
            e(&lot.supplier.as_ref().map_or_else(|| "made here".to_owned(), ToString::to_string)),
            format!("{} / {}", lot.proven, lot.possible),
            e(&lot.where_text()),
            e(&lot.text),
            lot.accounted_text(),
            lot.took.to_string(),
        ]
    };
    let rows: Vec<[String; 7]> = drill.lots.iter().map(row).collect();
    let columns =
        ["Lot", "Supplier", "Proven / possible", "Where", "Account", "Accounted for", "Took"];
    let who: String = drill.lots.iter().map(consignees).collect();
    format!(
        "<section aria-labelledby=\"fwd\"><h2 id=\"fwd\">Forward: where each lot is</h2>{}{who}\
         </section>\n",
        table("Lots", &columns, &rows)
    )
}

fn consignees(lot: &LotDrill) -> String {
    let rows: Vec<[String; 4]> = lot
        .consignees
        .iter()
        .map(|one| {
            let name = one.name.clone().unwrap_or_default();
            let items: Vec<&str> = one.items.iter().map(|item| item.label.as_str()).collect();
            [
                format!("{} {}", e(&one.party), e(&name)),
                one.proven.to_string(),
                one.possible.to_string(),
                e(&items.join(", ")),
            ]
        })
        .collect();
    let caption = format!("Who has items of lot {}", lot.lot.label);
    table(&caption, &["Consignee", "Proven", "Possible", "Items"], &rows)
}

fn backward(drill: &Drill) -> String {
    let row = |unit: &UnitDrill| {
        let missing: Vec<String> = unit.missing.iter().map(|line| e(&line.text)).collect();
        let lots: Vec<String> = unit
            .suppliers
            .iter()
            .map(|supplied| format!("{} ({})", e(&supplied.lot.label), e(&supplied.supplier)))
            .collect();
        [
            format!("{}<br>{}", e(&unit.unit.label), e(&unit.part_text())),
            e(&unit.drawn_text()),
            format!("{}: {}", count(unit.suppliers.len(), "lot"), lots.join(", ")),
            unit.captured_text(),
            missing.join("<br>"),
            unit.took.to_string(),
        ]
    };
    let rows: Vec<[String; 6]> = drill.units.iter().map(row).collect();
    let columns = ["Unit", "Drawn", "Lots of suppliers", "Captured", "Not captured", "Took"];
    format!(
        "<section aria-labelledby=\"bwd\"><h2 id=\"bwd\">Backward: what is in finished units</h2>\
         {}</section>\n",
        table("Units", &columns, &rows)
    )
}

/// A printed drill is filed with who did it and who looked at it.
fn signatures() -> String {
    let rows = ["Done by", "Looked at by, quality"]
        .map(|who| [who.to_owned(), String::new(), String::new(), String::new()]);
    format!(
        "<section aria-labelledby=\"sig\"><h2 id=\"sig\">Signatures</h2>{}</section>\n",
        table("To be filled in by hand", &["", "Name", "Signature", "Date"], &rows)
    )
}
