use super::*;

fn page(sections: &[&str]) -> String {
    let body: String =
        sections.iter().map(|section| format!("## {section}\n\nText.\n\n")).collect();
    format!("# Title\n\n{body}")
}

fn found(name: &str, text: &str, index: &str) -> Vec<String> {
    let path = format!("{FOLDER}{name}");
    let repository = Repository::made_of(&[(&path, text), (INDEX, index)], vec![]);
    check(&repository).into_iter().map(|violation| violation.what).collect()
}

#[test]
fn a_decision_has_a_number_its_sections_and_a_line_in_the_index() {
    let (name, index) = ("0001-two-files.md", "[Two files](decisions/0001-two-files.md)");
    let none: [&str; 0] = [];
    assert_eq!(found(name, &page(SECTIONS), index), none);
    assert_eq!(found(name, &page(SECTIONS), ""), ["not linked from docs/README.md"]);
    assert_eq!(found("0007-a.md", &page(SECTIONS), "(decisions/0007-a.md)"), none);
    let wrong = ["7 is no number of 4 digits, or another decision's"];
    assert_eq!(found("7-a.md", &page(SECTIONS), "(decisions/7-a.md)"), wrong);
    let (one, other) = (format!("{FOLDER}0001-a.md"), format!("{FOLDER}0001-b.md"));
    let text = page(SECTIONS);
    let index = "(decisions/0001-a.md) (decisions/0001-b.md)";
    let files = [(one.as_str(), text.as_str()), (&other, &text), (INDEX, index)];
    let twice = check(&Repository::made_of(&files, vec![]));
    assert_eq!(twice.len(), 1, "two decisions have one number");
}

#[test]
fn each_section_is_needed_in_its_place() {
    let (name, index) = ("0001-a.md", "(decisions/0001-a.md)");
    let wanted = [format!("the sections are not: {}", SECTIONS.join(", "))];
    for left_out in SECTIONS {
        let rest: Vec<&str> =
            SECTIONS.iter().copied().filter(|section| section != left_out).collect();
        assert_eq!(found(name, &page(&rest), index), wanted, "without {left_out}");
    }
    let reversed: Vec<&str> = SECTIONS.iter().rev().copied().collect();
    assert_eq!(found(name, &page(&reversed), index), wanted);
    let fenced = page(SECTIONS).replace("## Options", "```\n## Options\n```");
    assert_eq!(found(name, &fenced, index), wanted);
}
