//! Tells one story to a plant of its own and compares the answers.

use std::path::{Path, PathBuf};

use domain::{Answer, Position};
use engine::{Options, Plant};

use crate::answer::{self, Answered, Question};
use crate::script::{Line, Script};

/// The files of the stories, by name.
pub(crate) fn texts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    found.sort();
    found
}

/// The name of a story.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// How a story went.
pub(crate) struct Told {
    /// The story with the answers that were given.
    pub(crate) text: String,
    /// What was not as it is written.
    pub(crate) wrong: Vec<String>,
}

/// A question as it was asked, and what was answered.
struct Asked {
    at_line: usize,
    question: Question,
    known_at: Position,
    answer: Answered,
}

fn open(path: &Path) -> Plant {
    Plant::open(path, &Options::default(), |_| {}).unwrap()
}

/// Tells a story, asks its questions, and asks them all again after a restart and a refold.
pub(crate) fn tell(name: &str, text: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant");
    let plant = open(&path);
    let mut teller = Teller::new(name, &plant);
    teller.tell(text);
    let Teller { script, asked, lines, mut wrong, .. } = teller;
    drop(plant);
    wrong.extend(again(name, "after a restart", &open(&path), &script, &asked));
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        drop(std::fs::remove_file(path.join(file)));
    }
    wrong.extend(again(name, "after a refold", &open(&path), &script, &asked));
    Told { text: lines.join("\n") + "\n", wrong }
}

fn again(name: &str, when: &str, plant: &Plant, script: &Script, asked: &[Asked]) -> Vec<String> {
    let asks = |asked: &Asked| {
        let found = answer::answer(plant, script, &asked.question, Some(asked.known_at));
        let (line, lasting) = (asked.at_line, &asked.answer.lasting);
        (found.lasting != *lasting).then(|| {
            let (found, was) = (found.lasting.join("\n    "), lasting.join("\n    "));
            format!("{name}.txt:{line}: {when} it is\n    {found}\n  and was\n    {was}")
        })
    };
    asked.iter().filter_map(asks).collect()
}

struct Teller<'a> {
    name: &'a str,
    plant: &'a Plant,
    script: Script,
    asked: Vec<Asked>,
    lines: Vec<String>,
    wrong: Vec<String>,
}

impl<'a> Teller<'a> {
    fn new(name: &'a str, plant: &'a Plant) -> Self {
        let script = Script::default();
        Self { name, plant, script, asked: Vec::new(), lines: Vec::new(), wrong: Vec::new() }
    }

    fn tell(&mut self, text: &str) {
        let source: Vec<&str> = text.lines().collect();
        let mut next = 0;
        while let Some(line) = source.get(next).copied() {
            let number = next + 1;
            let mut take = |wanted: &dyn Fn(&str) -> bool| {
                next += 1;
                let from = next;
                next += source[from..].iter().take_while(|line| wanted(line)).count();
                source[from..next].to_vec()
            };
            self.lines.push(line.to_owned());
            if line.trim().is_empty() || line.starts_with('#') {
                take(&|_| false);
            } else if let Some(question) = line.strip_prefix("? ") {
                let expected = take(&|line| line.starts_with("    "));
                self.ask(number, question, &expected);
            } else {
                let more = take(&|line| line.starts_with("+ ") || line.starts_with("-> "));
                self.lines.extend(more.iter().map(|line| (*line).to_owned()));
                let said = self.act(line, &more);
                let said = said.err().map(|why| format!("{}.txt:{number}: {why}", self.name));
                self.wrong.extend(said);
            }
        }
    }

    fn ask(&mut self, at_line: usize, question: &str, expected: &[&str]) {
        let question = match self.script.question(question) {
            Ok(question) => question,
            Err(why) => {
                self.lines.extend(expected.iter().map(|line| (*line).to_owned()));
                self.wrong.push(format!("{}.txt:{at_line}: {why}", self.name));
                return;
            }
        };
        let known_at = Position(self.plant.published().read().next().0 - 1);
        let answer = answer::answer(self.plant, &self.script, &question, None);
        let expected: Vec<&str> = expected.iter().map(|line| line.trim()).collect();
        if answer.text != expected {
            let (found, wanted) = (answer.text.join("\n    "), expected.join("\n    "));
            let at = format!("{}.txt:{at_line}", self.name);
            self.wrong.push(format!("{at}: answered\n    {found}\n  expected\n    {wanted}"));
        }
        self.lines.extend(answer.text.iter().map(|line| format!("    {line}")));
        self.asked.push(Asked { at_line, question, known_at, answer });
    }

    fn act(&mut self, line: &str, more: &[&str]) -> Result<(), String> {
        let (further, expected): (Vec<&str>, Vec<&str>) =
            more.iter().partition(|line| line.starts_with("+ "));
        let state_at = self.plant.published().read().next();
        let parsed = self.script.line(line, &further, state_at)?;
        let Line::Command { command, name, aliases } = parsed else { return Ok(()) };
        let reply = self.plant.submit(*command, "story").map_err(|e| engine::chain(&e))?;
        self.plant.published().wait_for(reply.position).map_err(|e| engine::chain(&e))?;
        let found = match reply.answer {
            Answer::Rejected(rejection) => {
                let detail = rejection.findings.first().map_or("", |f| f.detail.as_str());
                format!("-> refused {} {detail}", rejection.code)
            }
            Answer::Admitted(admitted) => {
                self.script.admitted(&admitted, name, aliases);
                let raised: Vec<String> = admitted
                    .exceptions
                    .iter()
                    .map(|raised| format!("{} {}", raised.finding.code, raised.finding.detail))
                    .collect();
                if raised.is_empty() {
                    String::new()
                } else {
                    format!("-> exception {}", raised.join("; "))
                }
            }
        };
        let expected = expected.join("");
        if found == expected { Ok(()) } else { Err(format!("{line}\n    {found}")) }
    }
}
