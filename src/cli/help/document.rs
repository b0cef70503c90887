//! The language reference as Markdown: sections, in the order in which they are read.

use super::{keys, names};

/// A part of the reference that can be asked for.
pub(super) struct Section {
    /// The word by which it is asked for.
    pub(super) topic: &'static str,
    pub(super) title: String,
    /// What it is about, one line.
    pub(super) summary: &'static str,
    /// Its text, without the title.
    pub(super) body: String,
    /// Whether it tells the keys of one mapping.
    pub(super) of_keys: bool,
}

macro_rules! page {
    ($topic:literal, $title:literal, $summary:literal) => {
        page($topic, $title, $summary, include_str!(concat!("pages/", $topic, ".md")))
    };
}

const INTRODUCTION: &str = "\
<!-- Made by `callsheet help language --format markdown`; a test holds it against the program. -->

# The language of playbooks

Everything that a playbook may say. `callsheet help language` tells the same in the terminal, `callsheet help language
retry` one part of it. Every example in it is run or checked by a test.
";

/// All sections.
pub(super) fn sections() -> Vec<Section> {
    let mut sections = vec![
        page!("structure", "The structure of a playbook", "What a playbook is made of, and in which order it runs."),
        page!("templates", "Templates and expressions", "What stands between `{{` and `}}`."),
    ];
    sections.extend(names::sections());
    sections.extend([
        page!("jsonpath", "JSONPath", "How a value is taken out of an answer."),
        page!("names", "Names", "Which names an expression knows, and where."),
    ]);
    sections.extend(keys::sections());
    sections.push(outcomes());
    sections.extend([
        page!("durations", "Durations and sizes", "How lengths of time and numbers of bytes are written."),
        page!("environment", "Environment variables", "Which variables of the environment count."),
    ]);
    sections.push(names::rules());
    sections
}

fn page(topic: &'static str, title: &str, summary: &'static str, body: &str) -> Section {
    Section { topic, title: title.to_owned(), summary, body: body.to_owned(), of_keys: false }
}

fn outcomes() -> Section {
    let mut section = page!("outcomes", "Outcomes and exit codes", "How a step and a run end.");
    section.body += "\n| exit code | meaning |\n| --- | --- |\n";
    for (exit, meaning) in super::super::exit::MEANINGS {
        section.body += &format!("| {} | {meaning} |\n", *exit as u8);
    }
    section.body += "\nInterrupted wins over failed, and failed over errored. Of several playbooks the worst counts.\n";
    section
}

/// The whole reference.
pub(super) fn whole() -> String {
    let sections = sections();
    let mut text = INTRODUCTION.to_owned();
    text += "\n| section | |\n| --- | --- |\n";
    for section in &sections {
        text += &format!("| [{}](#{}) | {} |\n", section.title, anchor(&section.title), section.summary);
    }
    for section in &sections {
        text += &format!("\n{}", one(section));
    }
    text
}

/// The anchor that a heading has on GitHub.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// One section under its title.
pub(super) fn one(section: &Section) -> String {
    format!("## {}\n\n{}", section.title, section.body)
}

/// What can be asked for.
pub(super) fn overview() -> String {
    let table = |of_keys: bool| -> String {
        let sections = sections().into_iter().filter(|section| section.of_keys == of_keys);
        sections.map(|section| format!("| {} | {} |\n", section.topic, section.summary)).collect()
    };
    format!(
        "## The language of playbooks\n\n\
         `callsheet help language TOPIC` tells one of these, a key, a filter, a test or a function; `all` tells \
         everything.\n\n\
         | topic | |\n| --- | --- |\n{}\n\
         ## The keys, by where they stand\n\n\
         | topic | |\n| --- | --- |\n{}",
        table(false),
        table(true),
    )
}
