//! What was probably meant by a text that is no query.
//!
//! Each repair rewrites one habit (another JSONPath dialect, JavaScript, a forgotten `$`); repairs are applied one
//! after the other until the text parses, and only a text that parses is suggested. Where none does, a sentence about
//! the habit is given. The repairs are textual and may be wrong about the meaning, so nothing applies them silently.

use std::sync::LazyLock;

use regex::Regex;

use super::location;
use super::path::Path;

/// Longer texts get no advice: they were not written by hand.
const LONGEST: usize = 2_000;

/// A rewriting of all places where a pattern is found.
struct Repair {
    pattern: LazyLock<Regex>,
    replacement: Replacement,
}

enum Replacement {
    Template(&'static str),
    /// The first group becomes a member, in brackets if need be.
    Member,
}

use Replacement::{Member, Template};

macro_rules! repair {
    ($pattern:literal => $replacement:expr) => {
        Repair {
            pattern: LazyLock::new(|| Regex::new($pattern).expect("the pattern of a repair is well-formed")),
            replacement: $replacement,
        }
    };
}

/// In the order in which they are tried.
static REPAIRS: [Repair; 29] = [
    repair!(r"^\s+|\s+$" => Template("")),
    repair!(r"^@" => Template("$$")),
    repair!(r"^([.\[])" => Template("$$$1")),
    repair!(r"^([^$.\[@\s])" => Template("$$.$1")),
    repair!(r"^\$([\p{L}_])" => Template("$$.$1")),
    // JSONPath-Plus: `[(@.length-1)]` counts from the end.
    repair!(r"\[\s*\(\s*@\.length\s*-\s*(\d+)\s*\)\s*\]" => Template("[-$1]")),
    repair!(r"\.?\[\?\s*\(\s*@\.length\s*-\s*(\d+)\s*\)\s*\]" => Template("[-$1]")),
    repair!(r"\.\s+([\p{L}_*\[])" => Template(".$1")),
    repair!(r"([^.])\.\[" => Template("$1[")),
    repair!(r"\[\s*\(" => Template("[?(")),
    repair!(r"\[\s*([@!])" => Template("[?$1")),
    repair!(r"===" => Template("==")),
    repair!(r"!==" => Template("!=")),
    repair!(r"<>" => Template("!=")),
    repair!(r"([^=!<>])=([^=~])" => Template("$1==$2")),
    repair!(r"(@[\w.]*)\s*=~\s*/([^/']*)/" => Template("search($1, '$2')")),
    repair!(r"(@[\w.]*)\s*=~\s*('[^']*')" => Template("search($1, $2)")),
    repair!(r"(?i)\s+and\s+" => Template(" && ")),
    repair!(r"(?i)\s+or\s+" => Template(" || ")),
    repair!(r"(?i)([?(&|]\s*)not\s+" => Template("$1!")),
    repair!(r"(@[\w.]*)\.(?:length|size|count)(?:\(\))?(\s*[=!<>])" => Template("length($1)$2")),
    repair!(r"\bTrue\b" => Template("true")),
    repair!(r"\bFalse\b" => Template("false")),
    repair!(r"\b(?:None|nil|undefined)\b" => Template("null")),
    repair!(r"([=<>]\s*)([\p{L}_][\w-]*)(\s*[\])&|])" => Template("$1'$2'$3")),
    repair!(r"\.([\p{L}\d_]+(?:[-/:][\p{L}\d_]+)*)" => Member),
    repair!(r"\.([\p{L}_]\w*(?: \w+)+)" => Template("['$1']")),
    repair!(r"(\[[^\[\]]*)$" => Template("$1]")),
    // `[name]` for `['name']` is the last thing to try.
    repair!(r"\[\s*([\p{L}_][\w\- ]*)\s*\]" => Template("['$1']")),
];

/// Advice on a text that does not parse.
pub(super) fn help(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    if text.trim().is_empty() {
        return Some("a path begins with `$`, which is the whole value".to_owned());
    }
    if let Some(mended) = mend(text) {
        return Some(format!("write `{mended}`"));
    }
    habit(text).map(str::to_owned)
}

/// The text after as many repairs as it takes. Strings are set aside: what they contain is data.
fn mend(text: &str) -> Option<String> {
    let mut strings = Vec::new();
    let mut mended = STRING
        .replace_all(text, |found: &regex::Captures<'_>| {
            strings.push(found[0].to_owned());
            format!("'{PLACE}{}{PLACE}'", strings.len() - 1)
        })
        .into_owned();
    for repair in &REPAIRS {
        let next = repair.apply(&mended);
        if next == mended {
            continue;
        }
        let whole = strings
            .iter()
            .enumerate()
            .fold(next.clone(), |whole, (index, string)| whole.replace(&format!("'{PLACE}{index}{PLACE}'"), string));
        if Path::read(&whole).is_ok() {
            return Some(whole);
        }
        mended = next;
    }
    None
}

/// A private-use character that marks the place of a string.
const PLACE: char = '\u{E000}';

static STRING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*""#).expect("the pattern of a string is well-formed")
});

impl Repair {
    fn apply(&self, text: &str) -> String {
        match self.replacement {
            Template(template) => self.pattern.replace_all(text, template).into_owned(),
            Member => {
                let rewrite = |found: &regex::Captures<'_>| match found[1].parse::<u32>() {
                    Ok(index) => format!("[{index}]"),
                    Err(_) => location::member(&found[1]),
                };
                self.pattern.replace_all(text, rewrite).into_owned()
            }
        }
    }
}

/// Sentences about what JSONPath does not have.
fn habit(text: &str) -> Option<&'static str> {
    let function = ["length", "size", "count", "min()", "max()", "avg()", "sum()", "keys()", "first()", "last()"];
    if function.iter().any(|name| text.ends_with(&format!(".{name}")) || text.contains(&format!(".{name}()"))) {
        return Some("functions stand around their argument and only in conditions, as in `[?length(@.items) > 1]`");
    }
    if text.ends_with('^') || text.ends_with('~') {
        return Some("RFC 9535 has no parents (`^`) and no names of members (`~`)");
    }
    if text.contains("{{") {
        return Some("a template is filled in before the path is read, and only as a literal value");
    }
    None
}
