//! The entry: checks of the whole text, then events to a tree.
//!
//! Strict YAML is tried first. Where only the indentation of a flow collection or a quoted text is at fault, which
//! every common parser lets pass, the text is read once more leniently and a warning says what was let pass. Where
//! quotes are missing, they are put in and reading goes on.

use granit_parser::{ErrorKind, Event, Parser, ScanError, options};

use super::MAX_BYTES;
use super::build::Builder;
use super::limits::{Bounds, too_many_nodes};
use super::lines::File;
use super::mend::{Mended, only_quotes};
use super::node::Node;
use super::syntax::explain;
use crate::diagnostic::{Diagnostic, Fix, rule};
use crate::limits::Limits;
use crate::source::{SourceId, Span};

/// So many missing quotes are put in, as long as no more than so many bytes are read again.
const MAX_MENDS: usize = 50;
const MAX_BYTES_READ_AGAIN: usize = 32 << 20;

/// What reading a file gave.
pub struct Tree {
    /// The document as far as it can be made; absent where nothing could be read. Where quotes are missing it holds
    /// the texts that were meant.
    pub root: Option<Node>,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The syntax error behind which nothing was read, where there is one.
    pub cut: Option<Span>,
}

/// Reads one YAML document.
pub fn parse(source: SourceId, text: &str) -> Tree {
    parse_within(source, text, &Limits::default())
}

/// The same within limits: `yaml_nodes` and `yaml_depth`.
pub fn parse_within(source: SourceId, text: &str, limits: &Limits) -> Tree {
    let (file, bounds) = (File { source, text }, Bounds::of(limits));
    if let Some(refusal) = refuse(file) {
        return Tree { root: None, diagnostics: vec![refusal], cut: None };
    }
    read(file, bounds, true).unwrap_or_else(|stop| read_on(file, bounds, stop))
}

/// A reading that a syntax error ended.
struct Stop {
    reading: Tree,
    error: ScanError,
    why: Diagnostic,
    /// Whether a bracket was open.
    in_flow: bool,
}

impl Stop {
    fn missing_quotes(&self) -> Option<&Fix> {
        self.why.fix.as_ref().filter(|fix| only_quotes(fix))
    }

    /// The reading with the error, which takes the place of what was said about the same bytes before.
    fn end(self) -> Tree {
        let Stop { mut reading, why, .. } = self;
        let place = why.fix.as_ref().map(|fix| fix.span).or(why.primary.as_ref().map(|label| label.span));
        let inside = |one: &Diagnostic| {
            let here = one.primary.as_ref().map(|label| label.span);
            place.zip(here).is_some_and(|(place, here)| place.start <= here.start && here.end <= place.end)
        };
        reading.cut = why.primary.as_ref().map(|label| label.span);
        if why.is(rule::TOO_DEEP) && reading.diagnostics.iter().any(|one| one.rule == why.rule) {
            return reading;
        }
        reading.diagnostics.retain(|one| one.is(rule::TOO_DEEP) || !inside(one));
        reading.diagnostics.push(why);
        reading
    }
}

/// Reads behind the first syntax error: leniently, and with missing quotes put in, as long as that helps.
fn read_on(file: File<'_>, bounds: Bounds, first: Box<Stop>) -> Tree {
    let mut mended = Mended::new(file.text);
    let mut told = Vec::new();
    let mut strict = true;
    let mut stop = first;
    let mut settled = 0;
    let mut reading = loop {
        let here = File { source: file.source, text: &mended.text };
        if stop.missing_quotes().is_none() {
            if strict
                && only_indentation(&stop.error)
                && let Some(lenient) = lenient(here, bounds, &stop.error)
            {
                told.push(mended.diagnostic(shallow(&stop.error, here)));
                strict = false;
                match lenient {
                    Ok(reading) => break reading,
                    Err(next) => stop = next,
                }
                continue;
            }
            break stop.end();
        }
        let at = stop.error.marker().byte_offset().unwrap_or(0);
        let rounds = told.len() + 1;
        let fix = stop.missing_quotes().cloned();
        // Quotes around quotes that were put in do not help, and each time there would be twice as many.
        let again = fix.as_ref().is_some_and(|fix| (fix.span.start as usize) < settled);
        let too_much = rounds > MAX_MENDS || rounds * file.text.len() > MAX_BYTES_READ_AGAIN;
        if at < settled || again || too_much {
            break stop.end();
        }
        told.push(mended.diagnostic(stop.why));
        settled = fix.map_or(settled, |fix| mended.apply(&fix));
        match read(File { source: file.source, text: &mended.text }, bounds, strict) {
            Ok(reading) => break reading,
            Err(next) => stop = next,
        }
    };
    told.extend(reading.diagnostics.into_iter().map(|diagnostic| mended.diagnostic(diagnostic)));
    if let Some(root) = &mut reading.root {
        mended.node(root);
    }
    if let Some(cut) = &mut reading.cut {
        mended.span(cut);
    }
    told.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span.start));
    Tree { diagnostics: told, ..reading }
}

/// A lenient reading, where it comes further than into the bracket or quote that strict reading refused.
fn lenient(file: File<'_>, bounds: Bounds, error: &ScanError) -> Option<Result<Tree, Box<Stop>>> {
    let quote = *error.kind() == ErrorKind::InvalidQuotedScalarIndent;
    if quote && begins_entry(file, error) {
        return None;
    }
    match read(file, bounds, false) {
        Ok(reading) => Some(Ok(reading)),
        Err(stop) if !quote && (stop.missing_quotes().is_some() || !stop.in_flow) => Some(Err(stop)),
        Err(_) => None,
    }
}

/// Whether the line of an error looks like an entry of its own, so that it is the quote above that was forgotten.
fn begins_entry(file: File<'_>, error: &ScanError) -> bool {
    let line = file.line(error.marker().byte_offset().unwrap_or(0));
    let text = file.slice(line).trim();
    let key = text.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '));
    text.starts_with("- ") || key.is_some_and(|(key, _)| !key.contains([' ', '"', '\'']))
}

fn read(file: File<'_>, bounds: Bounds, strict: bool) -> Result<Tree, Box<Stop>> {
    let nesting = bounds.nesting();
    let options = options! {
        strict_indentation: strict,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
        flow_nesting_limit: nesting,
        block_nesting_limit: nesting,
    };
    let mut builder = Builder::new(file, bounds);
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(file.text, options) {
        match event {
            Ok((Event::DocumentStart(..), place)) => {
                documents += 1;
                if documents > 1 {
                    let start = place.byte_range().unwrap_or_default().start;
                    builder.diagnostics.push(second_document(file, start));
                    break;
                }
            }
            Ok((Event::StreamStart | Event::StreamEnd | Event::DocumentEnd, _)) => {}
            Ok((event, place)) => {
                builder.event(event, place);
                if builder.own_nodes > bounds.nodes {
                    let place = file.span(builder.cursor..builder.cursor);
                    let (root, mut diagnostics) = builder.abandon();
                    diagnostics.push(too_many_nodes(place, bounds));
                    return Ok(Tree { root, diagnostics, cut: Some(place) });
                }
            }
            Err(error) => {
                let why = explain(&error, &builder);
                let in_flow = builder.frames.iter().any(|frame| frame.flow);
                let (root, diagnostics) = builder.abandon();
                return Err(Box::new(Stop { reading: Tree { root, diagnostics, cut: None }, error, why, in_flow }));
            }
        }
    }
    let (root, mut diagnostics) = builder.finish();
    let absent = root.as_ref().is_none_or(|root| root.kind() == "nothing");
    if absent && diagnostics.is_empty() {
        diagnostics.push(empty(file));
        return Ok(Tree { root: None, diagnostics, cut: None });
    }
    Ok(Tree { root, diagnostics, cut: None })
}

/// What is wrong with the text as a whole: its size, characters that no text has.
fn refuse(file: File<'_>) -> Option<Diagnostic> {
    if file.text.len() > MAX_BYTES {
        let message = format!("the file has {} MiB; at most {} are read", file.text.len() >> 20, MAX_BYTES >> 20);
        let error = Diagnostic::new(rule::FILE_TOO_LARGE, file.span(0..0), message);
        return Some(error.help("keep data in files of its own"));
    }
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let at = file.text.bytes().position(control)?;
    let byte = file.byte(at);
    let name = if byte == 0 { "a NUL character".to_owned() } else { format!("the control character U+{byte:04X}") };
    let error = Diagnostic::new(rule::CONTROL_CHARACTER, file.span(at..at + 1), format!("{name} in the file"));
    Some(error.help(format!("remove it; in a text in double quotes, write `\\x{byte:02x}`")))
}

fn empty(file: File<'_>) -> Diagnostic {
    let end = file.text.trim_end().len();
    Diagnostic::new(rule::EMPTY_DOCUMENT, file.span(end..end), "the file has no content")
        .help("a playbook begins with `playbook: NAME` and has `steps:`")
}

fn second_document(file: File<'_>, start: usize) -> Diagnostic {
    let end = if file.slice(start..start + 3) == "---" { start + 3 } else { start };
    Diagnostic::new(rule::SEVERAL_DOCUMENTS, file.span(start..end), "a second document begins here")
        .label("everything from here on is ignored")
        .help("a file holds one playbook: remove the `---`, or move the rest to a file of its own")
}

fn only_indentation(error: &ScanError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidQuotedScalarIndent
    )
}

fn shallow(error: &ScanError, file: File<'_>) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(0).min(file.text.len());
    let line = file.line(at);
    let place = file.span(file.content_start(&line)..line.end);
    Diagnostic::new(rule::FLOW_INDENTATION, place, "this line is not indented deeper than the key it belongs to")
        .label("inside brackets or quotes")
        .help("indent every line of a value in brackets or quotes, the last one too: not every YAML reader is lenient")
}
