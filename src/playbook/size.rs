//! A number of bytes as people write it: `262144`, `256KiB`, `1.5 MB`.

/// The units, longest name first, with what each stands for.
const UNITS: &[(&str, u64)] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
    ("", 1),
];

/// The largest size: what is kept whole is held in memory, and more than once.
const LARGEST: u64 = 64 << 20;

/// Reads a size, in bytes. The error is what is wrong with the text, and what to write instead.
pub fn parse_size(text: &str) -> Result<usize, (String, &'static str)> {
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..digits], trimmed[digits..].trim_start());
    let unreadable = || (format!("`{text}` is no size"), "write a number of bytes, or one such as `256KiB` or `1MB`");
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let known = !number.is_empty() && unit.bytes().all(|byte| byte.is_ascii_alphabetic());
        return Err(if known {
            (format!("`{unit}` is no unit of size"), "write `B`, `KiB`, `MiB`, `GiB`, `KB`, `MB` or `GB`")
        } else {
            unreadable()
        });
    };
    let number: f64 = number.parse().map_err(|_| unreadable())?;
    let bytes = number * *scale as f64;
    if bytes.fract() != 0.0 {
        return Err(unreadable());
    }
    if bytes > LARGEST as f64 {
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
        let units = "write `B`, `KiB`, `MiB`, `GiB`, `KB`, `MB` or `GB`";
        assert_eq!(says("3 kib"), ("`kib` is no unit of size".to_owned(), units));
        for text in ["", "MiB", "-1", "1.5", "1e3", "1..2MB", "{{ x }}"] {
            let (message, help) = says(text);
            assert!(help.contains("such as `256KiB`") || message.contains("no unit"), "{text}: {message}");
        }
        let (message, help) = parse_size("1GiB").expect_err("too much");
        assert!(message.contains("more than 64MiB") && help.contains("`save:`"));
    }
}
