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
    let second = "0002-two-files.md";
    assert_eq!(
        found(second, &page(SECTIONS), "(decisions/0002-two-files.md)"),
        ["this decision should be number 0001"]
    );
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
