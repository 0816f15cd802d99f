//! The little of Markdown the rules need.

/// The lines outside fenced code blocks, each with its number counted from 1.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fence && !fenced).then_some((index + 1, line))
    })
}

/// The headings of one level, each with its line.
pub(crate) fn headings(text: &str, level: usize) -> impl Iterator<Item = (usize, &str)> {
    prose(text).filter_map(move |(line, content)| {
        let title = content.trim_start_matches('#');
        let found = content.len() - title.len();
        (found == level)
            .then(|| title.strip_prefix(' '))
            .flatten()
            .map(|title| (line, title.trim()))
    })
}
