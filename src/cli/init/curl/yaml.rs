//! YAML as it is written into a new playbook: two spaces a level, quotes only where they are needed.

use crate::playbook::tree::{Node, parse};
use crate::source::SourceId;

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    /// A string.
    Text(String),
    /// A word that is to be read as what it is: a number, `true`, `null`.
    Word(String),
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
    /// A mapping in braces, on one line.
    Line(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(super) fn word(text: impl Into<String>) -> Yaml {
        Yaml::Word(text.into())
    }

    pub(super) fn text(text: impl Into<String>) -> Yaml {
        Yaml::Text(text.into())
    }
}

/// `key: value` with everything below it, indented by so many columns.
pub(super) fn entry(key: &str, value: &Yaml, indent: usize) -> String {
    let lead = " ".repeat(indent);
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            let entries: String = entries.iter().map(|(key, value)| entry(key, value, indent + 2)).collect();
            format!("{lead}{}:\n{entries}", scalar(key))
        }
        Yaml::List(items) if !items.is_empty() && items.iter().any(|item| !is_small(item)) => {
            let items: String = items.iter().map(|one| item(one, indent + 2)).collect();
            format!("{lead}{}:\n{items}", scalar(key))
        }
        Yaml::Text(text) if is_literal(text) => format!("{lead}{}: {}", scalar(key), literal(text, indent + 2)),
        value => format!("{lead}{}: {}\n", scalar(key), inline(value)),
    }
}

fn item(value: &Yaml, indent: usize) -> String {
    let lead = " ".repeat(indent);
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            let entries: String = entries.iter().map(|(key, value)| entry(key, value, indent + 2)).collect();
            format!("{lead}- {}", &entries[indent + 2..])
        }
        Yaml::List(items) if !items.is_empty() && items.iter().any(|item| !is_small(item)) => {
            let items: String = items.iter().map(|one| item(one, indent + 2)).collect();
            format!("{lead}- {}", &items[indent + 2..])
        }
        Yaml::Text(text) if is_literal(text) => format!("{lead}- {}", literal(text, indent + 2)),
        value => format!("{lead}- {}\n", inline(value)),
    }
}

/// Whether an item may stand beside others in brackets.
fn is_small(value: &Yaml) -> bool {
    match value {
        Yaml::Text(text) | Yaml::Word(text) => text.len() < 30 && !text.contains('\n'),
        _ => false,
    }
}

/// A value on one line.
pub(super) fn inline(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => scalar(text),
        Yaml::Word(word) => word.clone(),
        Yaml::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Yaml::Map(entries) | Yaml::Line(entries) if entries.is_empty() => "{}".to_owned(),
        Yaml::Map(entries) | Yaml::Line(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether a text is shown best line by line, and can be.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let printable = |letter: char| letter == '\n' || !letter.is_control() && letter != '\u{feff}';
    body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n'])
        && text.chars().all(printable)
        && !body.lines().any(|line| line.ends_with([' ', '\t']) || line.starts_with('\t'))
}

fn literal(text: &str, indent: usize) -> String {
    let mut made = String::from(if text.ends_with('\n') { "|\n" } else { "|-\n" });
    for line in text.lines() {
        if !line.is_empty() {
            made += &" ".repeat(indent);
            made += line;
        }
        made.push('\n');
    }
    made
}

/// A string as a scalar on one line.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let control = |letter: char| letter.is_control() || matches!(letter, '\u{feff}' | '\u{2028}' | '\u{2029}');
    if text.contains(['"', '\\']) && !text.chars().any(control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut made = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => made.extend(['\\', letter]),
            '\n' => made += "\\n",
            '\t' => made += "\\t",
            '\r' => made += "\\r",
            letter if control(letter) => made += &format!("\\u{:04x}", u32::from(letter)),
            letter => made.push(letter),
        }
    }
    made + "\""
}

/// Whether a string is read as itself without quotes, in braces and as a key too: the reader of playbooks says so.
fn is_plain(text: &str) -> bool {
    if text.len() > 4_096 || text.contains(['\n', '\t']) || text.starts_with(' ') || text.ends_with(' ') {
        return false;
    }
    let tree = parse(SourceId(0), &format!("- {{ k: {text} }}\n- {text}\n- {text}: k\n"));
    let Some([first, second, third]) = tree.root.as_ref().and_then(Node::as_sequence) else { return false };
    let alone = |node: &Node| node.as_mapping().filter(|map| map.len() == 1).map(|map| map.entries[0].clone());
    let as_value = alone(first).is_some_and(|entry| entry.value.as_str() == Some(text));
    let as_key = alone(third).is_some_and(|entry| &*entry.key.text == text);
    tree.diagnostics.is_empty() && as_value && as_key && second.as_str() == Some(text)
}
