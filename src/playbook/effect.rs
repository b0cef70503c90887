//! Whether a request may be repeated, as far as its text tells.

use super::model::{Playbook, Request};
use crate::event::Effect;
use crate::expression::Piece;

impl Request {
    /// Whether it may be repeated: as it says itself, else by its method and `read_paths`.
    pub fn effect_in(&self, playbook: &Playbook) -> Effect {
        if let Some(effect) = self.effect {
            return effect;
        }
        match self.method {
            "GET" | "HEAD" | "OPTIONS" => Effect::Read,
            "PUT" | "DELETE" => Effect::Idempotent,
            _ if self.poll.is_some() => Effect::Read,
            _ => {
                let path = path_as_written(self);
                let reads = playbook.defaults.read_paths.iter().any(|glob| matches_glob(&glob.text, &path));
                if reads { Effect::Read } else { Effect::Once }
            }
        }
    }
}

/// The URL's path with each expression as one character that only `*` matches.
pub(crate) fn path_as_written(request: &Request) -> String {
    let pieces = request.url.pieces().iter().map(|piece| match piece {
        Piece::Text { text, .. } => &**text,
        Piece::Expr(_) => "\u{1}",
    });
    let url: String = pieces.collect();
    let rest = url.split_once("://").map_or(&*url, |(_, rest)| rest);
    let start = rest.find('/').unwrap_or(rest.len());
    let path = &rest[start..];
    path.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Whether a glob matches a whole path; `*` stands for any characters, `/` included.
pub(crate) fn matches_glob(glob: &str, path: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        assert!(matches_glob("/v1/api/*/list", "/v1/api/models/list"));
        assert!(matches_glob("/v1/api/*/list_*", "/v1/api/models/list_versions"));
        assert!(matches_glob("/v1/api/*/get*", "/v1/api/models/get"));
        assert!(!matches_glob("/v1/api/*/list", "/v1/api/models/list_versions"));
        assert!(!matches_glob("/v1/api/*/list", "/v1/models/list"));
        assert!(matches_glob("/exact", "/exact") && !matches_glob("/exact", "/exactly"));
    }
}
