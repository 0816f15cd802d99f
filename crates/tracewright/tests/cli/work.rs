//! Work masters and work on the built binary: the guide is followed word by word, and files that
//! are no work masters are told apart.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Bench;

const GUIDE: &str = "../../docs/guides/work.md";

/// A command line as words; only single quotes quote.
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate();
    quoted
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// What a command prints, both streams as they come.
fn printed(folder: &Path, line: &str) -> String {
    let path = folder.join("printed");
    let out = File::create(&path).expect("a file for what is printed");
    let words = words(line.strip_prefix("tracewright ").expect("the guide runs tracewright"));
    Command::new(env!("CARGO_BIN_EXE_tracewright"))
        .args(words)
        .current_dir(folder)
        .env("TRACEWRIGHT_DATA", "plant")
        .env("TRACEWRIGHT_STATION", "ST-1")
        .env_remove("TRACEWRIGHT_SERVER")
        .env_remove("TRACEWRIGHT_PERSON")
        .stderr(Stdio::from(out.try_clone().expect("both streams in one file")))
        .stdout(Stdio::from(out))
        .status()
        .expect("it runs");
    std::fs::read_to_string(path).expect("what is printed is text")
}

/// Moments differ from run to run; nothing else does.
fn timeless(text: &str) -> String {
    let moment = |word: &str| word.ends_with('Z') && word.contains(':');
    let date = |word: &str| word.len() == 10 && word.starts_with("20") && word.contains('-');
    let words = |line: &str| -> String {
        let kept = line.split(' ').map(|w| if moment(w) || date(w) { "TIME" } else { w });
        kept.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(words).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// A block of shell: files written as they stand, and commands whose output is not shown.
fn typed(bench: &Bench, text: &str) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("tracewright") {
            printed(bench.dir(), line);
        }
        let file = line.strip_prefix("cat > ").and_then(|file| file.split_once(" <<'"));
        let Some((name, end)) = file else { continue };
        let end = end.trim_end_matches('\'');
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        bench.write(name, &(body.join("\n") + "\n"));
    }
}

#[test]
fn the_guide_is_followed_word_by_word() {
    let bench = Bench::empty();
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let mut ran = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (kind, text) = block.split_once('\n').unwrap();
        if kind == "sh" {
            typed(&bench, text);
            continue;
        }
        assert_eq!(kind, "console");
        for part in format!("\n{text}").split("\n$ ").skip(1) {
            let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
            assert_eq!(timeless(&printed(bench.dir(), command)), timeless(expected), "$ {command}");
            ran += 1;
        }
    }
    assert!(ran > 25, "the guide has {ran} commands");
    let kept = bench.data(&["verify"]).code(0);
    assert!(kept.stdout.contains("The ledger holds"), "{kept:?}");
}

/// What is wrong, what was needed, what to do: each file that is no work master says it.
#[test]
fn a_file_that_is_no_work_master_says_why() {
    let bench = Bench::with_work();
    let good = "code = \"WM\"\nversion = 1\ntitle = \"t\"\npart = { number = \"P\" }\n\
        [[operations]]\ncode = \"OP10\"\ntitle = \"t\"\n[[operations.steps]]\ncode = \"S1\"\n\
        text = \"t\"\n[[operations.steps.captures]]\nkind = \"measurement\"\ncode = \"c\"\n\
        unit = \"mm\"\nlow = \"1.15\"\n";
    let table = [
        (String::new(), ["it is empty", "master schema"]),
        (good.replace("\"1.15\"", "1.15"), ["floating point `1.15`", "a decimal in quotes"]),
        (good.replace("low", "lowest"), ["unknown field `lowest`", "`low`"]),
        (
            good.replace("\"measurement\"", "\"measure\""),
            ["unknown variant `measure`", "`measurement`"],
        ),
        (good.replace("version = 1\n", ""), ["missing field `version`", "master schema"]),
        (good.replace("version = 1", "version = \"1\""), ["expected u32", "master schema"]),
        (good.replace("title = \"t\"", "title = \"t"), ["line 3", "master schema"]),
        ("{\"code\": \"WM\"".into(), ["line 1 column", "master schema"]),
    ];
    for (text, says) in table {
        bench.write("draft.toml", &text);
        let refused = bench.data(&["master", "check", &bench.path("draft.toml")]).code(2);
        assert!(refused.stderr.contains("draft.toml"), "{refused:?}");
        for word in says {
            assert!(refused.stderr.contains(word), "{word}: {refused:?}");
        }
    }
    let missing = bench.data(&["master", "check", &bench.path("nothing.toml")]).code(2);
    assert!(missing.stderr.contains("nothing.toml"), "{missing:?}");
}
