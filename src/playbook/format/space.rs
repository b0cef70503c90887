//! The blanks between two tokens of one line.

use super::scan::Kind;
use super::tokens::Token;

/// How many blanks stand between two tokens of one line. `gap` is what stood there.
pub(super) fn between(text: &str, before: &Token, token: &Token, gap: &str) -> usize {
    let first = |token: &Token| text.as_bytes()[token.range.start];
    match (before.kind, token.kind) {
        // The author's, since comments on neighbouring lines may line up.
        (_, Kind::Comment) => gap.chars().count().max(1),
        (Kind::Open, Kind::Close) => 0,
        (Kind::Open, _) => usize::from(first(before) == b'{'),
        (Kind::Colon | Kind::Question, _) => token.aligned.unwrap_or(1),
        (Kind::Comma, Kind::Comma) | (_, Kind::Comma) => 0,
        (_, Kind::Close) => usize::from(first(token) == b'}'),
        // A colon may belong to the name of an alias, an anchor or a tag.
        (Kind::Alias | Kind::Property, Kind::Colon) => 1,
        (Kind::Comma | Kind::Dash, Kind::Colon) => 1,
        (_, Kind::Colon) => 0,
        _ => token.aligned.unwrap_or(1),
    }
}
