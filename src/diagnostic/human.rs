//! Diagnostics for a person: the source line with the range underlined, as rustc lays it out.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Diagnostic, Label, Severity};
use crate::source::{Sources, Span};

/// Whether the output may use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Text only.
    Plain,
    /// ANSI colours.
    Colour,
}

/// Every diagnostic with its source lines, an empty line between two.
pub fn human(diagnostics: &[Diagnostic], sources: &Sources, palette: Palette) -> String {
    let renderer = match palette {
        Palette::Plain => Renderer::plain(),
        Palette::Colour => Renderer::styled(),
    };
    let render = |diagnostic: &Diagnostic| {
        let mut text = format!("{}\n", renderer.render(&report(diagnostic, sources)));
        if diagnostic.primary.is_none() {
            // Advice below no source line stands by itself.
            text.extend(diagnostic.help.iter().map(|help| format!("help: {help}\n")));
        }
        text + "\n"
    };
    steerless(&diagnostics.iter().map(render).collect::<String>())
}

/// What stands in a file may steer a terminal: the renderer shows the controls of ASCII as pictures, and here are those
/// that have no picture, and those that change the direction of writing.
fn steerless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' => {
                shown.extend(character.escape_default());
            }
            _ => shown.push(character),
        }
    }
    shown
}

fn report<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = Group::with_title(level.primary_title(&diagnostic.message).id(diagnostic.rule.code));
    for snippet in snippets(diagnostic, sources) {
        main = main.element(snippet);
    }
    if diagnostic.primary.is_some() {
        for help in &diagnostic.help {
            main = main.element(Level::HELP.message(help));
        }
    }
    let mut groups = vec![main];
    if let Some(fix) = &diagnostic.fix {
        let source = sources.get(fix.span.source);
        let excerpt = source.excerpt(fix.span.start, fix.span.end);
        let patch = Patch::new(range(fix.span, excerpt.start), &fix.replacement);
        let snippet = Snippet::source(excerpt.text).line_start(excerpt.line).path(&source.path).patch(patch);
        groups.push(Group::with_title(Level::HELP.secondary_title("write this instead")).element(snippet));
    }
    groups
}

/// One snippet a file, the primary's first.
fn snippets<'a>(
    diagnostic: &'a Diagnostic,
    sources: &'a Sources,
) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let Some(primary) = &diagnostic.primary else { return Vec::new() };
    let mut files = vec![primary.span.source];
    for label in &diagnostic.secondary {
        if !files.contains(&label.span.source) {
            files.push(label.span.source);
        }
    }
    let labels: Vec<(AnnotationKind, &Label)> = std::iter::once((AnnotationKind::Primary, primary))
        .chain(diagnostic.secondary.iter().map(|label| (AnnotationKind::Context, label)))
        .collect();
    let snippet = |file| {
        let source = sources.get(file);
        let here = || labels.iter().filter(|(_, label)| label.span.source == file);
        // Only the lines that are shown: a large file with many mistakes would be gone through for each.
        let start = here().map(|(_, label)| label.span.start).min().unwrap_or(0);
        let end = here().map(|(_, label)| label.span.end).max().unwrap_or(0);
        let excerpt = source.excerpt(start, end);
        let annotations =
            here().map(|(kind, label)| kind.span(range(label.span, excerpt.start)).label(label.text.as_str()));
        Snippet::source(excerpt.text).line_start(excerpt.line).path(&source.path).annotations(annotations)
    };
    files.into_iter().map(snippet).collect()
}

fn range(span: Span, from: usize) -> std::ops::Range<usize> {
    span.start as usize - from..span.end as usize - from
}

#[cfg(test)]
mod tests {
    use super::super::rule;
    use super::*;

    #[test]
    fn a_mistake_is_shown_with_its_line_its_neighbour_and_its_remedy() {
        let mut sources = Sources::default();
        let source = sources.add("demo.yaml", "steps:\n  a: { gte: /x }\n  a: { get: /y }\n");
        let at = |start, end| Span { source, start, end };
        let diagnostic = Diagnostic::new(rule::UNKNOWN_KEY, at(14, 17), "unknown key `gte`")
            .also(at(26, 27), "near this")
            .help("did you mean `get`?")
            .fix(at(14, 17), "get");
        let text = human(&[diagnostic], &sources, Palette::Plain);
        assert!(text.contains("error[E0201]: unknown key `gte`"), "{text}");
        assert!(text.contains("--> demo.yaml:2:8"), "{text}");
        assert!(text.contains("^^^") && text.contains("near this") && text.contains("did you mean `get`?"), "{text}");
    }
}
