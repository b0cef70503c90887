//! Paths that lead to a place below a folder, wherever that folder is.

/// What is wrong with a name under which an answer is to be saved, as the end of a sentence: it must lead to a file
/// below the run's folder.
pub fn unsafe_name(name: &str) -> Option<&'static str> {
    let mut parts = name.split(['/', '\\']);
    if name.is_empty() {
        return Some("is no name of a file");
    }
    if name.starts_with(['/', '\\']) || name.as_bytes().get(1) == Some(&b':') {
        return Some("is an absolute path");
    }
    if name.contains(|character: char| character.is_control()) {
        return Some("has a control character in it");
    }
    parts.any(|part| matches!(part, "" | "." | "..")).then_some("does not stay below the run's folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_below_its_folder() {
        for name in ["../a", "a/../../b", "/etc/a", "", ".", "a//b", "C:a", "a\\..\\b", "a\nb"] {
            assert!(unsafe_name(name).is_some(), "{name}");
        }
        for name in ["a", "a/b.txt", "..a", "a..b/c"] {
            assert_eq!(unsafe_name(name), None, "{name}");
        }
    }
}
