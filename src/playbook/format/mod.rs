//! The formatter of playbooks: the same document, the same comments, in the one layout.
//!
//! The words of the file are not written anew: [`tokens`] cuts the text into what granit-parser found and what stands
//! between, [`layout`] puts other white space between the tokens. So comments, the choice between block and flow, the
//! author's line breaks, anchors and tags stay as they are. Indentation is two spaces a level, of lists too; at most
//! one blank line stays; where check says that quotes are missing, they are put in; a template in single quotes gets
//! double ones where that needs no escapes.
//!
//! Whatever comes out is read again: where values or comments would differ from what they were, nothing is given back.
//!
//! Never: knowledge of the playbook's fields, reading or writing files.

mod block;
mod layout;
mod scan;
mod shape;
mod space;
mod tokens;
mod unchanged;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::Limits;
use crate::source::SourceId;

use super::tree::{missing_quotes, parse_within};

/// Why a text is not formatted.
#[derive(Clone, Debug)]
pub enum Unformatted {
    /// It cannot be read: what is wrong with it.
    Invalid(Vec<Diagnostic>),
    /// Formatting would have changed a value or a comment, which is a mistake of the formatter.
    Changed,
}

/// A text in the one layout. One that is in it already is given back as it is.
pub fn format(source: SourceId, text: &str, limits: &Limits) -> Result<String, Unformatted> {
    let before = parse_within(source, text, limits);
    let errors = before.diagnostics.iter().filter(|one| one.severity() == Severity::Error);
    let missing: Option<Vec<_>> = errors.map(missing_quotes).collect();
    let (Some(missing), Some(root)) = (missing, &before.root) else {
        return Err(Unformatted::Invalid(before.diagnostics));
    };
    let is_valid = missing.is_empty();
    let quoted = with_fixes(text, missing);
    let (mark, quoted) = quoted.strip_prefix('\u{feff}').map_or(("", &*quoted), |rest| ("\u{feff}", rest));
    let broken = plain_breaks(quoted);
    let laid_out = tokens::tokens(&broken, limits).map(|tokens| (layout::lay_out(&broken, &tokens), tokens));
    if let Some((laid_out, tokens)) = laid_out
        && unchanged::is_unchanged(root, tokens::comments(&broken, &tokens), &laid_out, limits)
    {
        return Ok(format!("{mark}{}", with_breaks_of(text, laid_out)));
    }
    // Quotes that would not give what was understood: then what check says of them is all there is to say.
    Err(if is_valid { Unformatted::Changed } else { Unformatted::Invalid(before.diagnostics) })
}

/// The text with the quotes that are missing. Of fixes that overlap the first counts.
fn with_fixes<'a>(text: &'a str, mut fixes: Vec<&crate::diagnostic::Fix>) -> Cow<'a, str> {
    if fixes.is_empty() {
        return Cow::Borrowed(text);
    }
    fixes.sort_by_key(|fix| fix.span.start);
    let (mut mended, mut done) = (String::with_capacity(text.len() + 2 * fixes.len()), 0);
    for fix in fixes {
        let (start, end) = (fix.span.start as usize, fix.span.end as usize);
        if start >= done {
            mended += text.get(done..start).unwrap_or_default();
            mended += &fix.replacement;
            done = end;
        }
    }
    mended += text.get(done..).unwrap_or_default();
    Cow::Owned(mended)
}

/// The text with `\n` as its only line break; the others mean the same in YAML.
fn plain_breaks(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

/// The formatted text with the line breaks that most lines of the original have.
fn with_breaks_of(original: &str, formatted: String) -> String {
    let pairs = original.matches("\r\n").count();
    let single = original.matches('\n').count() - pairs;
    if pairs > single { formatted.replace('\n', "\r\n") } else { formatted }
}
