//! A number of bytes as people write it: `262144`, `256KiB`, `1.5 MB`.

/// The units, longest name first, with what each stands for.
const UNITS: &[(&str, u64)] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
    ("", 1),
];

/// Reads a size, in bytes. The error is what is wrong with the text, and what to write instead.
pub fn read_size(text: &str) -> Result<u64, (String, &'static str)> {
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = (&trimmed[..digits], trimmed[digits..].trim_start());
    let unreadable = || (format!("`{text}` is no size"), "write a number of bytes, or one such as `256KiB` or `1MB`");
    let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let known = !number.is_empty() && unit.bytes().all(|byte| byte.is_ascii_alphabetic());
        return Err(if known {
            (
                format!("`{unit}` is no unit of size"),
                "write `B`, `KiB`, `MiB`, `GiB`, `KB`, `MB` or `GB`, in these letters",
            )
        } else {
            unreadable()
        });
    };
    let number: f64 = number.parse().map_err(|_| unreadable())?;
    let bytes = number * *scale as f64;
    if bytes >= u64::MAX as f64 {
        return Err((format!("`{text}` is more than can be counted"), "write a smaller size, such as `4GiB`"));
    }
    if bytes.fract() == 0.0 { Ok(bytes as u64) } else { Err(unreadable()) }
}

/// A size in the largest unit that it is a whole number of.
pub fn show_size(bytes: u64) -> String {
    const NAMES: &[(&str, u32)] = &[("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let whole = |(_, shift): &&(&str, u32)| bytes > 0 && bytes.trailing_zeros() >= *shift;
    match NAMES.iter().find(whole) {
        Some((name, shift)) => format!("{}{name}", bytes >> shift),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_shown_as_it_can_be_read() {
        for (bytes, shown) in
            [(0, "0B"), (1, "1B"), (1024, "1KiB"), (1536, "1536B"), (3 << 30, "3GiB"), (1 << 50, "1PiB")]
        {
            assert_eq!(show_size(bytes), shown);
            assert_eq!(read_size(shown), Ok(bytes));
        }
        let (message, help) = read_size("99999999999999999999").expect_err("too many");
        assert!(message.contains("more than can be counted") && help.contains("`4GiB`"), "{message}");
    }
}
