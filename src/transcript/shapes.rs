//! Values that differ each run and can be told by their shape: UUIDs, times, tokens, and origins of servers.

use std::borrow::Cow;
use std::ops::Range;

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// It stays as it is.
    Text(&'t str),
    /// A placeholder of its own: `[api_url]`, `[time]`.
    Fixed(Cow<'t, str>),
    /// A placeholder that is numbered by what it stands for: the kind and the original.
    Numbered(&'static str, Cow<'t, str>),
}

/// A value that differs each run, told by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// RFC 9562.
    Uuid,
    /// RFC 3339, also with a blank for the `T` and without an offset.
    Time,
    /// RFC 7519: three parts of base64url, of which the first two are JSON objects.
    Jwt,
}

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

    /// Cuts a text into what stays and what does not; `None` where all of it stays.
    pub(super) fn cut<'t>(&self, text: &'t str) -> Option<Vec<Piece<'t>>> {
        let mut known = self.0.iter().filter(|(origin, _)| text.contains(authority(origin))).peekable();
        if known.peek().is_none() && shapes(text).next().is_none() {
            return None;
        }
        let mut pieces = vec![Piece::Text(text)];
        for (origin, name) in known {
            for known in [origin.as_str(), authority(origin)] {
                pieces = pieces.into_iter().flat_map(|piece| cut_at(piece, known, name)).collect();
            }
        }
        Some(pieces.into_iter().flat_map(cut_shapes).collect())
    }
}

/// Host and port of an origin.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}

/// Cuts a text at every occurrence of an origin, where it is not part of a longer one.
fn cut_at<'t>(piece: Piece<'t>, known: &str, name: &str) -> Vec<Piece<'t>> {
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
        pieces.push(Piece::Text(&text[from..at]));
        pieces.push(Piece::Fixed(format!("[{name}]").into()));
        from = end;
    }
    pieces.push(Piece::Text(&text[from..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    if pieces.is_empty() { vec![Piece::Text(text)] } else { pieces }
}

fn cut_shapes(piece: Piece<'_>) -> Vec<Piece<'_>> {
    let Piece::Text(text) = piece else { return vec![piece] };
    let mut pieces = Vec::new();
    let mut from = 0;
    for (shape, range) in shapes(text) {
        if range.start > from {
            pieces.push(Piece::Text(&text[from..range.start]));
        }
        from = range.end;
        let found = &text[range];
        pieces.push(match shape {
            Shape::Uuid => Piece::Numbered("uuid", found.to_ascii_lowercase().into()),
            Shape::Jwt => Piece::Numbered("jwt", found.into()),
            // Not numbered: whether two times fall into the same instant differs each run.
            Shape::Time => Piece::Fixed("[time]".into()),
        });
    }
    if from == 0 {
        return vec![Piece::Text(text)];
    }
    if from < text.len() {
        pieces.push(Piece::Text(&text[from..]));
    }
    pieces
}

/// Where shapes stand in a text, from left to right. By hand, since compiling a regular expression for them would cost
/// more than all else that a small playbook does.
fn shapes(text: &str) -> impl Iterator<Item = (Shape, Range<usize>)> {
    let bytes = text.as_bytes();
    // No shape is without a hyphen or a dot, and most texts are.
    let some = memchr::memchr2(b'-', b'.', bytes).is_some();
    let mut at = if some { 0 } else { bytes.len() };
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            at += 1;
            // Each of them begins with a digit or a letter of ASCII, where no word goes on.
            if !bytes[start].is_ascii_alphanumeric() || start > 0 && ends_in_word(&text[..start]) {
                continue;
            }
            let rest = &bytes[start..];
            let found = [(Shape::Uuid, uuid(rest)), (Shape::Time, time(rest)), (Shape::Jwt, jwt(rest))];
            let found = found.into_iter().find_map(|(shape, length)| Some((shape, length?)));
            if let Some((shape, length)) =
                found.filter(|(shape, length)| *shape != Shape::Uuid || !text[start + length..].starts_with(is_word))
            {
                at = start + length;
                return Some((shape, start..at));
            }
        }
        None
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(is_word)
}

/// The length of what a text begins with, where it fits a pattern: `x` is a hexadecimal digit, `0` a decimal one, `_`
/// a blank or a `T`, and everything else itself.
fn fits(text: &[u8], pattern: &[u8]) -> Option<usize> {
    let fits = |(byte, pattern): (&u8, &u8)| match pattern {
        b'x' => byte.is_ascii_hexdigit(),
        b'0' => byte.is_ascii_digit(),
        b'_' => matches!(byte, b' ' | b'T'),
        same => byte == same,
    };
    (text.len() >= pattern.len() && text.iter().zip(pattern).all(fits)).then_some(pattern.len())
}

fn uuid(text: &[u8]) -> Option<usize> {
    fits(text, b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

fn time(text: &[u8]) -> Option<usize> {
    let mut length = fits(text, b"0000-00-00_00:00:00")?;
    if let Some(fraction) = text[length..].strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        length += if digits > 0 { 1 + digits } else { 0 };
    }
    let offset = &text[length..];
    let offset = [&b"Z"[..], b"+00:00", b"-00:00"].iter().find_map(|pattern| fits(offset, pattern));
    Some(length + offset.unwrap_or(0))
}

fn jwt(text: &[u8]) -> Option<usize> {
    let part = |from: usize| {
        let is_base64url = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        from + text[from..].iter().take_while(is_base64url).count()
    };
    let object = |from: usize| {
        let end = part(from);
        let begins = text[from..].starts_with(b"eyJ") && end > from + 3 && text.get(end) == Some(&b'.');
        begins.then_some(end + 1)
    };
    Some(part(object(object(0)?)?))
}

/// Where UUIDs stand in a text.
pub(super) fn uuids(text: &str) -> impl Iterator<Item = Range<usize>> {
    shapes(text).filter(|(shape, _)| *shape == Shape::Uuid).map(|(_, range)| range)
}

/// Whether a text is a UUID and nothing else.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid(text.as_bytes()).is_some()
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
            Piece::Text(text) => text.into(),
            Piece::Fixed(text) => text,
            Piece::Numbered(kind, _) => Cow::Owned(format!("[{kind}]")),
        };
        match origins.cut(text) {
            Some(pieces) => pieces.into_iter().map(piece).collect(),
            None => text.to_owned(),
        }
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
    fn shapes_end_where_they_end() {
        let table = [
            ("2023-05-17 20:51:51.Z", "[time].Z"),
            ("2023-05-17T20:51:51.1Zulu", "[time]ulu"),
            ("2023-05-17T20:51:51+0000", "[time]+0000"),
            ("12023-05-17T20:51:51Z", "12023-05-17T20:51:51Z"),
            ("é0b989008-5f1d-453e-8085-98d97be1b722", "é0b989008-5f1d-453e-8085-98d97be1b722"),
            ("0B989008-5f1d-453e-8085-98d97be1b722x", "0B989008-5f1d-453e-8085-98d97be1b722x"),
            ("(0B989008-5f1d-453e-8085-98d97be1b722)-", "([uuid])-"),
            ("eyJh.eyJz.", "[jwt]"),
            ("eyJ.eyJz.x eyJa.eyJ.x", "eyJ.eyJz.x eyJa.eyJ.x"),
            ("xeyJh.eyJz.x", "xeyJh.eyJz.x"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&Origins::default(), text), expected, "{text}");
        }
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
