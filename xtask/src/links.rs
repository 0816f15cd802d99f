//! Relative links in Markdown lead somewhere inside the repository.

use crate::markdown::prose;
use crate::repository::Repository;
use crate::violation::Violation;

/// Every relative link of every Markdown file resolves to a file or folder of the repository.
#[must_use]
pub fn check(repository: &Repository) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in repository.texts().filter(|(path, _)| path.ends_with(".md")) {
        for (line, content) in prose(text) {
            let broken = targets(content).into_iter().filter(|to| !resolves(repository, path, to));
            found.extend(broken.map(|target| {
                Violation::at(path, line, format!("the link to {target} leads nowhere"))
            }));
        }
    }
    found
}

/// The targets of inline links (`[text](target)`) and of definitions (`[text]: target`).
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut code = false;
    for part in line.split('`') {
        if !code {
            let inline = part.split("](").skip(1);
            found.extend(inline.filter_map(|rest| rest.split([')', ' ']).next()));
        }
        code = !code;
    }
    // A link whose text is code is split before `](`, and found above in the part after it.
    if line.starts_with('[')
        && let Some((_, target)) = line.split_once("]: ")
    {
        found.extend(target.split_whitespace().next());
    }
    found
}

fn resolves(repository: &Repository, from: &str, target: &str) -> bool {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return true;
    }
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.pop().is_none() {
                    return false;
                }
            }
            name => steps.push(name),
        }
    }
    repository.contains(&steps.join("/"))
}

#[cfg(test)]
mod tests;
