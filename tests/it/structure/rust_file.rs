//! A source file as the structural tests see it: code without comments, literals and test code.

use std::fs;
use std::path::{Path, PathBuf};

/// A file below `src`.
pub struct RustFile {
    /// Its path from the repository's root, with `/` between.
    pub path: String,
    /// Its text as it stands.
    pub text: String,
    /// The text with comments, strings and `#[cfg(test)]` items blanked; every other byte keeps its place.
    pub code: String,
}

/// A path such as `crate::wire`, found in code.
pub struct Import {
    /// The line it stands on, from one.
    pub line: usize,
    /// The segment behind the root.
    pub name: String,
}

/// Every file below `src` that is not a test.
pub fn source_files() -> Vec<RustFile> {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    paths.sort();
    let mut files = Vec::new();
    let mut tests = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut code = blank_literals(&text);
        tests.extend(blank_tests(&mut code).iter().map(|module| child_module(&path, module)));
        let path = relative(&path);
        files.push(RustFile { path, text, code });
    }
    files.retain(|file| !tests.iter().any(|test| file.path.starts_with(test)));
    files
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A path from the repository's root, with `/` between.
pub fn relative(path: &Path) -> String {
    let path = path.strip_prefix(root()).expect("the path lies in the repository");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder's entries can be read").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What the path of the file of `mod name;` begins with: it is `name.rs` or `name/mod.rs`.
fn child_module(parent: &Path, name: &str) -> String {
    let folder = match parent.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") => parent.with_file_name(name),
        _ => parent.with_extension("").join(name),
    };
    relative(&folder)
}

impl RustFile {
    /// The module it belongs to: `plan` for `src/plan/call.rs`, `wire` for `src/wire.rs`.
    pub fn module(&self) -> &str {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
    }

    /// Every use of a path below `root::`, each name of a list by itself.
    pub fn imports(&self, root: &str) -> Vec<Import> {
        let mut imports = Vec::new();
        for (start, _) in self.code.match_indices(root) {
            let before = self.code[..start].chars().next_back();
            let is_end_of_a_name = before.is_some_and(|letter| is_name(letter) || letter == ':');
            let Some(rest) = self.code[start + root.len()..].strip_prefix("::").filter(|_| !is_end_of_a_name) else {
                continue;
            };
            let line = self.line_of(start);
            imports.extend(first_names(rest).into_iter().map(|name| Import { line, name: name.to_owned() }));
        }
        imports
    }

    /// The lines on which a text stands in code.
    pub fn lines_with(&self, needle: &str) -> Vec<usize> {
        let starts = self.code.match_indices(needle).map(|(start, _)| start);
        let whole = starts.filter(|start| !self.code[..*start].chars().next_back().is_some_and(is_name));
        whole.map(|start| self.line_of(start)).collect()
    }

    fn line_of(&self, offset: usize) -> usize {
        self.code[..offset].bytes().filter(|byte| *byte == b'\n').count() + 1
    }
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The name a path goes on with, or each of a list's: `{a, b::{c, d}}` goes on with `a` and `b`.
fn first_names(path: &str) -> Vec<&str> {
    let path = path.trim_start();
    let Some(list) = path.strip_prefix('{') else {
        let end = path.find(|letter| !is_name(letter)).unwrap_or(path.len());
        return [&path[..end]].into_iter().filter(|name| !name.is_empty()).collect();
    };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(first_names(&list[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// Blanks comments, strings and characters, so that what is left is code.
fn blank_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if let Some(end) = end {
            blank(&mut code[at..end]);
        }
        at = end.unwrap_or(at + 1);
    }
    String::from_utf8(code).expect("whole literals were blanked")
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

/// Where the comment or literal that begins here ends.
fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    let length = match rest {
        [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n'),
        [b'/', b'*', ..] => rest.windows(2).position(|pair| pair == b"*/").map(|end| end + 2),
        [b'"', ..] => end_of_quoted(rest, b'"'),
        [b'r', b'"' | b'#', ..] if !follows_a_name(bytes, start) => return end_of_raw(bytes, start),
        [b'\'', b'\\', ..] => end_of_quoted(rest, b'\''),
        // A character, of one to four bytes; anything else behind a quote is a lifetime.
        [b'\'', ..] => {
            (2..=5).find(|end| rest.get(*end) == Some(&b'\'') && is_one_character(&rest[1..*end])).map(|end| end + 1)
        }
        _ => return None,
    };
    match (length, rest[0]) {
        (None, b'\'') => None,
        (length, _) => Some(length.map_or(bytes.len(), |length| start + length)),
    }
}

fn is_one_character(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1)
}

fn follows_a_name(bytes: &[u8], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).map(|at| bytes[at]);
    let is_name = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // `br"` is a literal, `bar"` is not.
    let start = if before(1) == Some(b'b') { 2 } else { 1 };
    is_name(before(start))
}

fn end_of_quoted(rest: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn end_of_raw(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let length = bytes[open + 1..].windows(close.len()).position(|window| window == close)?;
    Some(open + 1 + length + close.len())
}

/// Blanks every item behind `#[cfg(test)]`; gives the names of the modules that lie in files of their own.
fn blank_tests(code: &mut String) -> Vec<String> {
    const MARK: &str = "#[cfg(test)]";
    let mut modules = Vec::new();
    while let Some(start) = code.find(MARK) {
        let item = &code[start + MARK.len()..];
        let length = item_length(item);
        let words = item[..length].trim_end_matches(';').split_whitespace();
        let words: Vec<&str> = words.filter(|word| !word.starts_with("pub")).collect();
        if let ["mod", name] = words[..] {
            modules.push(name.to_owned());
        }
        let mut bytes = std::mem::take(code).into_bytes();
        blank(&mut bytes[start..start + MARK.len() + length]);
        *code = String::from_utf8(bytes).expect("whole items were blanked");
    }
    modules
}

/// Up to the `;` or the closing brace that ends an item.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in item.char_indices() {
        match letter {
            '{' | '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[test]
fn comments_strings_and_test_code_are_no_code() {
    let text = concat!(
        "// crate::a\n",
        "let b = \"crate::b \\\" crate::b\"; let c = r#\"crate::c \" \"#;\n",
        "let d = '\"'; fn e<'a>(f: &'a str) {} use crate::{g, h::{i, j}, k as l};\n",
        "#[cfg(test)]\nmod tests { use crate::m; }\n#[cfg(test)]\nmod more;\nuse crate::n::o;\n",
    );
    let mut code = blank_literals(text);
    assert_eq!(blank_tests(&mut code), ["more"]);
    let file = RustFile { path: "src/x.rs".to_owned(), text: text.to_owned(), code };
    let found: Vec<(usize, String)> =
        file.imports("crate").into_iter().map(|import| (import.line, import.name)).collect();
    let expected = [(3, "g"), (3, "h"), (3, "k"), (8, "n")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
}
