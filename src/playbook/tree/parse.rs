//! The entry: checks of the whole text, then events to a tree.
//!
//! Strict YAML is tried first. Where only the indentation of a flow collection or a quoted text is at fault, which
//! every common parser lets pass, the text is read once more leniently and a warning says what was let pass.

use granit_parser::{ErrorKind, Event, Parser, ScanError, options};

use super::MAX_BYTES;
use super::build::Builder;
use super::lines::File;
use super::node::Node;
use super::syntax::explain;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// Reads one YAML document: the tree as far as it can be made, and everything that is wrong with it.
///
/// The tree is absent only where nothing could be read. After a syntax error it holds what stands above.
pub fn parse(source: SourceId, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let file = File { source, text };
    if let Some(refusal) = refuse(file) {
        return (None, vec![refusal]);
    }
    match read(file, true) {
        Ok(result) => result,
        Err((error, strict)) => {
            if only_indentation(&error)
                && let Ok((root, mut diagnostics)) = read(file, false)
            {
                diagnostics.push(shallow(&error, file));
                return (root, diagnostics);
            }
            *strict
        }
    }
}

type Reading = (Option<Node>, Vec<Diagnostic>);

fn read(file: File<'_>, strict: bool) -> Result<Reading, (ScanError, Box<Reading>)> {
    let options = options! {
        strict_indentation: strict,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
    };
    let mut builder = Builder::new(file);
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(file.text, options) {
        match event {
            Ok((Event::DocumentStart(..), place)) => {
                documents += 1;
                if documents > 1 {
                    let range = place.byte_range().unwrap_or_default();
                    builder.diagnostics.push(second_document(file.span(range.start..range.start + 3)));
                    break;
                }
            }
            Ok((Event::StreamStart | Event::StreamEnd | Event::DocumentEnd, _)) => {}
            Ok((event, place)) => builder.event(event, place),
            Err(error) => {
                let diagnostic = explain(&error, &builder);
                if diagnostic.code != "too-deep" || !builder.has("too-deep") {
                    builder.diagnostics.push(diagnostic);
                }
                return Err((error, Box::new(builder.finish())));
            }
        }
    }
    let (root, mut diagnostics) = builder.finish();
    let absent = root.as_ref().is_none_or(|root| root.kind() == "nothing");
    if absent && diagnostics.is_empty() {
        let end = file.text.trim_end().len();
        let error = Diagnostic::error("empty-document", file.span(end..end), "the file has no content");
        diagnostics.push(error.help("a playbook begins with `playbook: NAME` and has `steps:`"));
        return Ok((None, diagnostics));
    }
    Ok((root, diagnostics))
}

/// What is wrong with the text as a whole: its size, characters that no text has.
fn refuse(file: File<'_>) -> Option<Diagnostic> {
    if file.text.len() > MAX_BYTES {
        let message = format!("the file has {} MiB; at most {} are read", file.text.len() >> 20, MAX_BYTES >> 20);
        return Some(
            Diagnostic::error("file-too-large", file.span(0..0), message).help("keep data in files of its own"),
        );
    }
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let at = file.text.bytes().position(control)?;
    let byte = file.byte(at);
    let name = if byte == 0 { "a NUL character".to_owned() } else { format!("the control character U+{byte:04X}") };
    let error = Diagnostic::error("control-character", file.span(at..at + 1), format!("{name} in the file"));
    Some(error.help(format!("remove it; in a text in double quotes, write `\\x{byte:02x}`")))
}

fn second_document(span: Span) -> Diagnostic {
    Diagnostic::error("several-documents", span, "a second document begins here")
        .label("everything from here on is ignored")
        .help("a file holds one playbook: remove the `---`, or move the rest to a file of its own")
}

fn only_indentation(error: &ScanError) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent | ErrorKind::InvalidQuotedScalarIndent
    )
}

fn shallow(error: &ScanError, file: File<'_>) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or(0).min(file.text.len());
    let line = file.line(at);
    let place = file.span(file.content_start(&line)..line.end);
    Diagnostic::warning("flow-indentation", place, "this line must be indented deeper than the key it belongs to")
        .help("YAML wants every line of a list or mapping in brackets, and of a quoted text, indented: add spaces")
}
