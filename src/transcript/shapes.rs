//! Values that differ each run and can be told by their shape: UUIDs, times, tokens, and origins of servers.

use std::sync::LazyLock;

use regex::Regex;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// It stays as it is.
    Text(String),
    /// A placeholder of its own: `[api_url]`, `[time]`.
    Fixed(String),
    /// A placeholder that is numbered by what it stands for: the kind and the original.
    Numbered(&'static str, String),
}

/// RFC 9562 UUIDs, RFC 3339 times, JWTs (three parts of base64url, the first two JSON objects), in this order: the
/// first group that takes part tells which.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?P<uuid>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)",
        r"|(?P<time>\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?)",
        r"|(?P<jwt>\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)",
    ))
    .expect("the pattern is a constant")
});

/// The origins of the run's `url` inputs, and their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(Vec<(String, String)>);

impl Origins {
    /// An input; one that is no URL, or whose origin another input has, is passed over.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let url = url::Url::parse(value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let Some(origin) = url.map(|url| url.origin().ascii_serialization()) else { return };
        if !self.0.iter().any(|(known, _)| *known == origin) {
            self.0.push((origin, name.to_owned()));
        }
    }

    /// Cuts a text into what stays and what does not.
    pub(super) fn cut(&self, text: &str) -> Vec<Piece> {
        let mut pieces = vec![Piece::Text(text.to_owned())];
        for (origin, name) in &self.0 {
            let authority = origin.split_once("://").map_or(origin.as_str(), |(_, authority)| authority);
            for known in [origin.as_str(), authority] {
                pieces = pieces.into_iter().flat_map(|piece| cut_at(piece, known, name)).collect();
            }
        }
        pieces.into_iter().flat_map(cut_shapes).collect()
    }
}

/// Cuts a text at every occurrence of an origin, where it is not part of a longer one.
fn cut_at(piece: Piece, known: &str, name: &str) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, found) in text.match_indices(known) {
        let end = at + found.len();
        let longer =
            text[end..].starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '.' | '-' | ':'));
        let inside = text[..at].ends_with(|last: char| last.is_ascii_alphanumeric() || matches!(last, '.' | '-'));
        if longer || inside || at < from {
            continue;
        }
        pieces.push(Piece::Text(text[from..at].to_owned()));
        pieces.push(Piece::Fixed(format!("[{name}]")));
        from = end;
    }
    pieces.push(Piece::Text(text[from..].to_owned()));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    if pieces.is_empty() { vec![Piece::Text(text)] } else { pieces }
}

fn cut_shapes(piece: Piece) -> Vec<Piece> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let mut pieces = Vec::new();
    let mut from = 0;
    for found in SHAPES.captures_iter(&text) {
        let whole = found.get(0).expect("a match has a whole");
        if whole.start() > from {
            pieces.push(Piece::Text(text[from..whole.start()].to_owned()));
        }
        pieces.push(if found.name("uuid").is_some() {
            Piece::Numbered("uuid", whole.as_str().to_ascii_lowercase())
        } else if found.name("jwt").is_some() {
            Piece::Numbered("jwt", whole.as_str().to_owned())
        } else {
            // Not numbered: whether two times fall into the same instant differs each run.
            Piece::Fixed("[time]".to_owned())
        });
        from = whole.end();
    }
    if from < text.len() || pieces.is_empty() {
        pieces.push(Piece::Text(text[from..].to_owned()));
    }
    pieces
}

/// Where UUIDs stand in a text.
pub(super) fn uuids(text: &str) -> Vec<std::ops::Range<usize>> {
    let found = SHAPES.captures_iter(text).filter_map(|found| found.name("uuid"));
    found.map(|found| found.range()).collect()
}

/// Whether a text is a UUID and nothing else.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && matches!(&cut_shapes(Piece::Text(text.to_owned()))[..], [Piece::Numbered("uuid", _)])
}

/// Whether a number is a time: milliseconds since 1970 between 2001 and 2100, under a name that says so.
pub(super) fn is_time(name: &str, number: i64) -> bool {
    let name = name.to_ascii_lowercase();
    let says_so = name.contains("time") || name.ends_with("_at") || name.ends_with("date");
    says_so && (1_000_000_000_000..4_102_444_800_000).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(origins: &Origins, text: &str) -> String {
        let piece = |piece| match piece {
            Piece::Text(text) | Piece::Fixed(text) => text,
            Piece::Numbered(kind, _) => format!("[{kind}]"),
        };
        origins.cut(text).into_iter().map(piece).collect()
    }

    #[test]
    fn shapes_are_found_inside_text() {
        let text =
            "id 0b989008-5f1d-453e-8085-98d97be1b722 at 2023-05-17T20:51:51.092416+00:00, again 2023-01-01T05:00:00Z";
        assert_eq!(shown(&Origins::default(), text), "id [uuid] at [time], again [time]");
        assert_eq!(shown(&Origins::default(), "Bearer eyJhbGciOiJI.eyJzdWIi.c2ln"), "Bearer [jwt]");
        assert_eq!(shown(&Origins::default(), "7 of 2023-05-17"), "7 of 2023-05-17");
    }

    #[test]
    fn an_origin_is_the_name_of_its_input_wherever_it_occurs() {
        let mut origins = Origins::default();
        origins.add("api_url", "http://127.0.0.1:4711/base");
        origins.add("keycloak_url", "http://127.0.0.1:4711");
        assert_eq!(
            shown(&origins, "see http://127.0.0.1:4711/v1 and 127.0.0.1:4711"),
            "see [api_url]/v1 and [api_url]"
        );
        assert_eq!(shown(&origins, "http://127.0.0.1:47110/"), "http://127.0.0.1:47110/");
    }
}
