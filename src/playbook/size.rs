//! A number of bytes that are kept of an answer: `262144`, `256KiB`, `1.5 MB`.

use crate::limits::read_size;

/// The largest size: what is kept whole is held in memory, and more than once.
const LARGEST: u64 = 64 << 20;

/// Reads a size, in bytes. The error is what is wrong with the text, and what to write instead.
pub fn parse_size(text: &str) -> Result<usize, (String, &'static str)> {
    let bytes = read_size(text)?;
    if bytes > LARGEST {
        let message = format!("`{text}` is more than 64MiB, the most that is kept of an answer");
        return Err((message, "stream larger answers to files with `save:`"));
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_a_unit() {
        let table = [
            ("0", 0),
            ("262144", 262_144),
            ("256KiB", 262_144),
            ("1.5 MB", 1_500_000),
            ("64 MiB", 64 << 20),
            ("7B", 7),
        ];
        for (text, bytes) in table {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_told_with_what_to_write() {
        let says = |text: &str| parse_size(text).expect_err("no size");
        let units = "write `B`, `KiB`, `MiB`, `GiB`, `KB`, `MB` or `GB`, in these letters";
        assert_eq!(says("3 kib"), ("`kib` is no unit of size".to_owned(), units));
        for text in ["", "MiB", "-1", "1.5", "1e3", "1..2MB", "{{ x }}"] {
            let (message, help) = says(text);
            assert!(help.contains("such as `256KiB`") || message.contains("no unit"), "{text}: {message}");
        }
        let (message, help) = parse_size("1GiB").expect_err("too much");
        assert!(message.contains("more than 64MiB") && help.contains("`save:`"));
    }
}
