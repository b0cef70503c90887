//! What is fuzzed: each reader of text that others write.

mod journal;
mod json;
mod jsonpath;
mod redactor;
mod template;
mod yaml;

use std::fs;
use std::path::Path;

use super::Target;

/// All targets.
pub const TARGETS: &[Target] =
    &[yaml::TARGET, json::TARGET, jsonpath::TARGET, template::TARGET, journal::TARGET, redactor::TARGET];

/// The files of a folder whose names end like that, in order.
fn files(folder: &str, end: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let listing = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = listing.flatten().map(|file| file.path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(end));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

/// An input of two parts: the first line, and the rest.
fn halves(input: &[u8]) -> (String, &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let rest = input.get(end + 1..).unwrap_or_default();
    (String::from_utf8_lossy(&input[..end]).into_owned(), rest)
}
