use super::*;

fn found(line: &str) -> Vec<String> {
    let page = format!("# Page\n{line}\n");
    let files = [("docs/page.md", page.as_str()), ("README.md", "# R\n"), ("docs/a/b.md", "# B\n")];
    let repository = Repository::made_of(&files, vec![]);
    check(&repository).into_iter().map(|violation| violation.what).collect()
}

#[test]
fn links_that_lead_somewhere() {
    for line in [
        "[up](../README.md) and [down](a/b.md#part), [here](#page), [folder](a/), [root](..)",
        "[web](https://example.com/a) and [mail](mailto:a@example.com)",
        "[`code`](a/b.md) and `[not](a-link)`",
        "[titled](a/b.md \"B\")",
        "[definition]: a/b.md",
        "```\n[fenced](nowhere)\n```",
    ] {
        assert!(found(line).is_empty(), "{line}: {:?}", found(line));
    }
}

#[test]
fn links_that_lead_nowhere() {
    for (line, target) in [
        ("[gone](gone.md)", "gone.md"),
        ("[one](a/b.md) [two](b.md#part)", "b.md#part"),
        ("[outside](../../README.md)", "../../README.md"),
        ("[`code`](gone.md)", "gone.md"),
        ("![picture](gone.png)", "gone.png"),
        ("[definition]: gone.md", "gone.md"),
    ] {
        assert_eq!(found(line), [format!("the link to {target} leads nowhere")], "{line}");
    }
}
