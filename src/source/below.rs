//! Names of files that lead to a place below a folder, whichever folder and whichever system that is.

/// Names that Windows keeps for its devices, in every folder and with every extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What is wrong with a name, as the end of a sentence: it must lead to a file below its folder, on every system.
pub fn unsafe_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is no name of a file");
    }
    if name.starts_with(['/', '\\']) {
        return Some("is an absolute path");
    }
    if name.contains(|character: char| character.is_control()) {
        return Some("has a control character in it");
    }
    if name.contains(['<', '>', ':', '"', '|', '?', '*']) {
        return Some("has a character in it that Windows refuses, one of `<>:\"|?*`");
    }
    let mut parts = name.split(['/', '\\']);
    if parts.clone().any(|part| matches!(part, "" | "." | "..")) {
        return Some("does not stay below its folder");
    }
    if parts.clone().any(|part| part.ends_with(['.', ' '])) {
        return Some("has a `.` or a blank at an end, which Windows takes away");
    }
    parts.any(is_device).then_some("has the name of a device of Windows in it")
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = port.is_some_and(|number| {
        let mut characters = number.chars();
        matches!(characters.next(), Some('0'..='9' | '¹' | '²' | '³')) && characters.next().is_none()
    });
    numbered || DEVICES.contains(&&*stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_below_its_folder() {
        for name in ["../a", "a/../../b", "/etc/a", "", ".", "a//b", "C:a", "a\\..\\b", "a\nb"] {
            assert!(unsafe_name(name).is_some(), "{name}");
        }
        for name in ["a", "a/b.txt", "..a", "a..b/c", ".hidden", "a b/c d", "é"] {
            assert_eq!(unsafe_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_works_on_every_system() {
        for name in ["a:b", "a/b:stream", "a.", "a/b ", "a /b", "nul", "a/NUL.txt", "con .log", "Com1", "lpt¹.x", "a?"]
        {
            assert!(unsafe_name(name).is_some(), "{name}");
        }
        for name in ["null", "console/a", "com", "com10", "common.txt", "a.nul"] {
            assert_eq!(unsafe_name(name), None, "{name}");
        }
    }
}
