//! Both forms of a document hold all of it, by the word of other programs: poppler reads the PDF.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use report::{Block, Document, File, Run, Section, Table, carried, html, pdf};

/// A picture of one pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0,
    0, 0, 144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 156, 99, 80, 104, 112, 0, 0, 1, 164,
    0, 225, 173, 211, 167, 129, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn cell(text: &str) -> Vec<Run> {
    vec![Run::plain(text)]
}

fn rows() -> Vec<Vec<Vec<Run>>> {
    let long = "It was dropped, picked up, looked at and measured again. ".repeat(12);
    (0..120)
        .map(|number| {
            let value = vec![
                Run::struck(format!("1.{number}5 N·m")),
                Run::plain(" set aside"),
                Run::strong(" not good"),
            ];
            let told = if number == 60 { long.as_str() } else { "Drive both screws." };
            vec![
                cell(&format!("S{number}")),
                cell(told),
                value,
                cell(&"0123456789abcdef".repeat(4)),
            ]
        })
        .collect()
}

fn document() -> Document {
    let mut spoilt = PNG.to_vec();
    spoilt[46] ^= 0x40;
    let files = [
        ("SN-1.twproof", "application/json", b"{\"format\":\"x\"}".repeat(500)),
        ("seal.png", "image/png", PNG.to_vec()),
        ("broken.png", "image/png", b"no picture".to_vec()),
        ("spoilt.png", "image/png", spoilt),
    ];
    let file = |(name, media_type, content): (&str, &str, Vec<u8>)| File {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        what: format!("what {name} is"),
        content,
    };
    let text = "Größe ≤ 5 µm → ✓ <script>alert('x')</script> & Ω-Ωmega Ёлка 数字 \u{e000}";
    let sections = vec![
        Section {
            heading: "Identity".to_owned(),
            blocks: vec![
                Block::Fields(vec![
                    ("Part".to_owned(), cell(text)),
                    ("Order".to_owned(), cell("")),
                ]),
                Block::Text(vec![Run::plain("A line\nand another.")]),
                Block::Lines("head\n— key sig=\n".to_owned()),
                Block::Picture { file: "seal.png".into(), caption: "The seal line".into() },
                Block::Picture { file: "broken.png".into(), caption: "Not a picture".into() },
                Block::Picture { file: "spoilt.png".into(), caption: "A spoilt picture".into() },
            ],
        },
        Section {
            heading: "Steps".to_owned(),
            blocks: vec![
                Block::Table(Table {
                    caption: "What was done".to_owned(),
                    columns: ["Step", "Asked", "Value", "Hash"].map(str::to_owned).into(),
                    rows: rows(),
                }),
                Block::Table(Table {
                    caption: "Releases".to_owned(),
                    columns: vec!["Entry".to_owned()],
                    rows: Vec::new(),
                }),
            ],
        },
        Section { heading: "Files".to_owned(), blocks: vec![Block::Files] },
    ];
    Document {
        kind: "Batch record (DHR)".to_owned(),
        title: "unit SN-1 \"one\" \\ </style>".to_owned(),
        lead: cell("As it stood."),
        mark: "81.0 · record 50fef86d4daddd237517ce484a588cb034e4c211b545645af8e9222d548c7dc6 </style>"
            .to_owned(),
        made: "2026-11-25T09:14:38.123456Z".to_owned(),
        sections,
        files: files.into_iter().map(file).collect(),
    }
}

/// Every text of a document, in order.
fn texts(document: &Document) -> Vec<String> {
    let mut texts = vec![document.kind.clone(), document.title.clone()];
    let runs = |runs: &[Run]| runs.iter().map(|run| run.text.as_str()).collect::<String>();
    texts.push(runs(&document.lead));
    for section in &document.sections {
        texts.push(section.heading.clone());
        for block in &section.blocks {
            match block {
                Block::Text(text) => texts.push(runs(text)),
                Block::Lines(lines) => texts.push(lines.clone()),
                Block::Fields(fields) => {
                    texts.extend(fields.iter().flat_map(|(name, v)| [name.clone(), runs(v)]));
                }
                Block::Table(table) => {
                    texts.push(table.caption.clone());
                    let heads = table.columns.iter().filter(|_| !table.rows.is_empty());
                    texts.extend(heads.cloned());
                    texts.extend(table.rows.iter().flatten().map(|cell| runs(cell)));
                }
                Block::Picture { caption, .. } => texts.push(caption.clone()),
                Block::Files => {
                    texts.extend(
                        document
                            .files
                            .iter()
                            .flat_map(|file| [file.name.clone(), file.what.clone(), file.sha256()]),
                    );
                }
            }
        }
    }
    texts
}

/// Text without its blanks, for lines may end anywhere; what may not be archived is gone.
fn bare(text: &str) -> String {
    let kept = text.chars().filter(|character| !character.is_whitespace());
    kept.map(|character| if character == '\u{e000}' { '\u{fffd}' } else { character }).collect()
}

#[track_caller]
fn in_order(texts: &[String], held: &str) {
    let mut rest = held;
    for text in texts {
        let text = bare(text);
        let at = rest.find(&text).unwrap_or_else(|| panic!("{text} is not there, or out of order"));
        rest = &rest[at + text.len()..];
    }
}

fn ran(program: &str, arguments: &[&str], file: &Path) -> String {
    let ran = Command::new(program).args(arguments).arg(file).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}, of poppler-utils, is needed: {error}"));
    assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
    let said = String::from_utf8(ran.stdout).unwrap();
    // Some versions of poppler take `/Suspects false` for an error, which it is not.
    let complaints = String::from_utf8(ran.stderr).unwrap();
    let others = complaints.lines().find(|line| !line.is_empty() && !line.contains("Suspects"));
    assert_eq!(others, None, "{program} says: {complaints}");
    said
}

/// The text of a PDF.
fn text_of(file: &Path, arguments: &[&str]) -> String {
    let to = file.with_extension("txt");
    let mut pdftotext = Command::new("pdftotext");
    let ran = pdftotext.args(arguments).arg(file).arg(&to).output();
    let ran = ran.unwrap_or_else(|error| panic!("pdftotext, of poppler-utils, is needed: {error}"));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    std::fs::read_to_string(to).unwrap()
}

/// What a tagged PDF says, in the order of its elements: the lines in quotation marks.
fn told(struct_text: &str) -> String {
    let mut told = String::new();
    for line in struct_text.lines() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            told.push_str(text);
        }
    }
    bare(&told)
}

#[test]
fn a_page_holds_all_of_it_and_asks_for_nothing() {
    let document = document();
    let page = html(&document);
    let mut shown = String::new();
    let mut inside = false;
    let body = page.split_once("<main>").unwrap().1;
    for character in body.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => shown.push(other),
            _ => {}
        }
    }
    let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let shown = plain.iter().fold(shown, |text, (from, to)| text.replace(from, to));
    in_order(&texts(&document), &bare(&shown).replace('\u{e000}', "\u{fffd}"));
    for foreign in ["<script", "src=\"http", "href=\"http", "@import", "url(", "</style> "] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("</style>").count(), 1, "text does not leave the style sheet");
    let contents: Vec<Vec<u8>> = document.files.iter().map(|file| file.content.clone()).collect();
    assert_eq!(carried(page.as_bytes(), 1 << 20), contents);
    assert!(carried(page.as_bytes(), 5).is_empty(), "what is longer than allowed is left out");
}

#[test]
fn a_pdf_holds_all_of_it_in_order() {
    let document = document();
    let bytes = pdf(&document).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.pdf");
    std::fs::write(&file, &bytes).unwrap();

    in_order(&texts(&document), &bare(&text_of(&file, &["-raw"])));
    let about = ran("pdfinfo", &[], &file);
    for said in ["Tagged:          yes", "A4", "Batch record (DHR): unit SN-1"] {
        assert!(about.contains(said), "{said}: {about}");
    }
    let pages: usize = about
        .lines()
        .find_map(|line| line.strip_prefix("Pages:"))
        .and_then(|count| count.trim().parse().ok())
        .unwrap();
    assert!(pages > 3, "{about}");
    let metadata = ran("pdfinfo", &["-meta"], &file);
    for said in ["<pdfaid:part>3</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"] {
        assert!(metadata.contains(said), "{said}: {metadata}");
    }
    for page in 1..=pages {
        let number = page.to_string();
        let text = text_of(&file, &["-f", &number, "-l", &number]);
        assert!(text.contains(&format!("page {page} of {pages}")), "page {page}: {text}");
        assert!(bare(&text).contains("record50fef86d4daddd23"), "page {page}: {text}");
    }
    let fonts = ran("pdffonts", &[], &file);
    let embedded = fonts.lines().skip(2).all(|line| line.contains("yes yes yes"));
    assert!(embedded, "{fonts}");
}

#[test]
fn a_row_longer_than_a_page_is_read_in_one_piece() {
    let mut document = document();
    let long = "It was looked at again. ".repeat(250);
    let rows = vec![vec![cell("S1"), cell(&long)], vec![cell("S2"), cell("Done.")]];
    let columns = ["Step", "Told"].map(str::to_owned).into();
    let table = Table { caption: "What was done".to_owned(), columns, rows };
    let blocks = vec![Block::Table(table)];
    document.sections = vec![Section { heading: "Steps".to_owned(), blocks }];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.pdf");
    std::fs::write(&file, pdf(&document).unwrap()).unwrap();
    in_order(&texts(&document), &told(&ran("pdfinfo", &["-struct-text"], &file)));
}

#[test]
fn what_is_in_a_pdf_comes_out_as_it_went_in() {
    let document = document();
    let bytes = pdf(&document).unwrap();
    let contents: Vec<Vec<u8>> = document.files.iter().map(|file| file.content.clone()).collect();
    assert_eq!(carried(&bytes, 1 << 20), contents);
    assert_eq!(carried(&bytes, 100).len(), 3, "what is longer than allowed is left out");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.pdf");
    std::fs::write(&file, &bytes).unwrap();
    let to = folder.path().join("out");
    std::fs::create_dir(&to).unwrap();
    ran("pdfdetach", &["-saveall", "-o", to.to_str().unwrap()], &file);
    for carried in &document.files {
        assert_eq!(std::fs::read(to.join(&carried.name)).unwrap(), carried.content);
    }
    let mut cut = bytes.clone();
    for length in [0, 5, 9, 200, bytes.len() / 2, bytes.len() - 30] {
        cut.truncate(length.max(1));
        carried_of_anything(&cut);
        cut.clone_from(&bytes);
    }
}

/// Whatever it is given, it ends.
fn carried_of_anything(bytes: &[u8]) {
    let mut said = String::new();
    write!(said, "{}", carried(bytes, 1 << 20).len()).unwrap();
}

#[test]
fn the_same_document_is_the_same_bytes_and_a_date_has_to_read() {
    let document = document();
    assert_eq!(pdf(&document).unwrap(), pdf(&document).unwrap());
    let undated = Document { made: "yesterday".to_owned(), ..document };
    assert!(pdf(&undated).unwrap_err().to_string().contains("date"));
}
