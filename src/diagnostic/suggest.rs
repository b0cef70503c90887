//! "Did you mean": the closest of the names that exist.

use super::Diagnostic;
use crate::source::Span;

/// The candidate nearest to `name`, if it is near enough to be a slip of the keyboard.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, candidates).min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// Words that are meant as they are, though a letter more or less makes one of ours of them: to make `patch` of a
/// `path` would send another request.
const OTHER_WORDS: &[&str] = &["all", "block", "clock", "from", "path"];

/// The nearest candidate where no other is as near and only one letter is missing, too much or in its neighbour's place:
/// another letter makes another word (`host`, `post`).
fn only_close<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near: Vec<(usize, &str)> = near(name, candidates).collect();
    let least = near.iter().map(|(distance, _)| *distance).min()?;
    let mut nearest = near.into_iter().filter(|(distance, _)| *distance == least).map(|(_, candidate)| candidate);
    let only = nearest.next().filter(|_| nearest.next().is_none())?;
    let letters = |text: &str| {
        let mut letters = fold(text);
        letters.sort_unstable();
        letters
    };
    let (found, meant) = (letters(name), letters(only));
    let is_slip = least == 0 || least == 1 && (found.len() != meant.len() || found == meant);
    (is_slip && !OTHER_WORDS.contains(&name)).then_some(only)
}

impl Diagnostic {
    /// Offers the closest of the words that are known; it is certain where no other is as close.
    pub fn fix_word<'a>(self, span: Span, word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        match (only_close(word, known.clone()), closest(word, known)) {
            (Some(meant), _) => self.fix(span, meant),
            (None, Some(close)) => self.suggest(span, close),
            (None, None) => self,
        }
    }
}

/// The candidates that are near enough, with how far they are.
fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (usize, &'a str)> {
    let name = fold(name);
    let limit = (name.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(move |candidate| Some((distance(&name, &fold_near(candidate, name.len(), limit)?), candidate)))
        .filter(move |(distance, _)| *distance <= limit)
}

/// A help line: the closest name, else the first few of those that exist.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(close) = closest(name, candidates.iter().copied()) {
        return Some(format!("did you mean `{close}`?"));
    }
    match candidates.len() {
        0 => None,
        count => {
            let shown: Vec<String> = candidates.iter().take(12).map(|name| format!("`{name}`")).collect();
            let rest = if count > 12 { format!(" and {} more", count - 12) } else { String::new() };
            Some(format!("known here: {}{rest}", shown.join(", ")))
        }
    }
}

/// The characters that count: case does not, nor whether words are joined by `-` or `_`.
fn fold(text: &str) -> Vec<char> {
    text.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The same, where its length alone does not put it out of reach.
fn fold_near(text: &str, length: usize, limit: usize) -> Option<Vec<char>> {
    // A character takes up to four bytes, so that most candidates need not be looked at.
    let reachable = text.len() + limit >= length && text.len() <= 4 * (length + limit);
    reachable.then(|| fold(text)).filter(|text| text.len().abs_diff(length) <= limit)
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (row, cells) in rows.iter_mut().enumerate() {
        cells[0] = row;
    }
    for (column, cell) in rows[0].iter_mut().enumerate() {
        *cell = column;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replace = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_and_a_stranger_does_not() {
        assert_eq!(closest("capure", ["capture", "expect"]), Some("capture"));
        assert_eq!(closest("workspaceId", ["workspace_id", "model_id"]), Some("workspace_id"));
        assert_eq!(closest("banana", ["capture", "expect"]), None);
    }

    #[test]
    fn of_two_names_that_are_as_near_none_was_surely_meant() {
        assert_eq!(only_close("gett", ["get", "post", "put"]), Some("get"));
        assert_eq!(only_close("pot", ["get", "post", "put"]), None);
    }

    #[test]
    fn a_word_of_its_own_is_no_slip() {
        let known = ["get", "post", "patch", "text", "lock", "form", "call", "expect", "when", "defaults"];
        let other = ["host", "most", "path", "test", "next", "let", "block", "clock", "from", "all", "except", "then"];
        for word in other {
            assert_eq!(only_close(word, known), None, "{word}");
        }
        for (slip, meant) in [("expct", "expect"), ("defualts", "defaults"), ("default", "defaults"), ("GET", "get")] {
            assert_eq!(only_close(slip, known), Some(meant));
        }
    }

    #[test]
    fn without_a_near_name_the_known_ones_are_listed() {
        assert_eq!(did_you_mean("zzz", ["one", "two"]).as_deref(), Some("known here: `one`, `two`"));
    }
}
