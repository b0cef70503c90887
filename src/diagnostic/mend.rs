//! Writes replacements into a text.

use super::Fix;

/// The text with these replacements, and how many were made: where two overlap, the one that begins first. A text with
/// Windows line endings keeps them.
pub fn mend<'a>(text: &str, fixes: impl IntoIterator<Item = &'a Fix>) -> (String, usize) {
    let mut fixes: Vec<&Fix> = fixes.into_iter().collect();
    fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
    let windows = text.contains("\r\n");
    let mut mended = String::with_capacity(text.len());
    let (mut done, mut count) = (0, 0);
    let mut last = None;
    for fix in fixes {
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        // Two insertions at one place overlap too: nobody knows their order.
        let overlaps = start < done || last == Some(start);
        let Some(before) = text.get(done..start).filter(|_| !overlaps && text.is_char_boundary(end)) else { continue };
        mended += before;
        // A replacement that quotes several lines of the text has their endings already.
        let plain = fix.replacement.replace("\r\n", "\n");
        mended += &if windows { plain.replace('\n', "\r\n") } else { plain };
        (done, last) = (end, Some(start));
        count += 1;
    }
    (mended + &text[done..], count)
}

#[cfg(test)]
mod tests {
    use super::super::Applicability;
    use super::*;
    use crate::source::Span;

    fn fix(start: u32, end: u32, replacement: &str) -> Fix {
        let span = Span { start, end, ..Span::default() };
        Fix { span, replacement: replacement.to_owned(), applicability: Applicability::Certain }
    }

    #[test]
    fn replacements_are_made_from_front_to_back_and_never_over_each_other() {
        let fixes = [fix(4, 5, "E"), fix(0, 2, "AB"), fix(1, 3, "?"), fix(5, 5, "+"), fix(5, 5, "-")];
        assert_eq!(mend("abcdef", &fixes), ("ABcdE+f".to_owned(), 3));
        assert_eq!(mend("a\r\nb", &[fix(3, 4, "b\nc")]), ("a\r\nb\r\nc".to_owned(), 1));
        assert_eq!(mend("a\r\nb", &[fix(0, 4, "'a\r\nb'")]), ("'a\r\nb'".to_owned(), 1));
    }
}
