//! A scalar event to a node: its text, its value by schema and tag, and the traps a single scalar can hold.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ScalarStyle, Tag};

use super::build::{Builder, Built, Tagged};
use super::lines::quoted;
use super::node::{Data, Node, Scalar, Style};
use super::{scalar, schema, traps};
use crate::diagnostic::{Diagnostic, Severity, rule};
use crate::source::Text;
use crate::value::Value;

impl Builder<'_> {
    /// Takes a scalar event.
    pub fn scalar(&mut self, text: &str, style: ScalarStyle, range: Range<usize>, tag: Option<Tagged>, anchor: usize) {
        let style = style_of(style);
        let block = matches!(style, Style::Literal | Style::Folded);
        let whole = if block { traps::block_place(self.file, range.clone(), self.cursor) } else { range.clone() };
        let is_key = self.expects_key();
        // An absent value comes as `~` of no width, at its colon.
        let absent = range.is_empty() && style == Style::Plain;
        let behind = usize::from(absent && !is_key && self.file.byte(range.start) == b':');
        let (range, whole) = (range.start + behind..range.end + behind, whole.start + behind..whole.end + behind);
        let text = scalar::text_of(self.file, range.clone(), whole, if absent { "" } else { text }, style);
        let told = self.diagnostics.len();
        let value = match tag {
            Some((tag, place)) => self.tagged_value(&text, style, tag, place),
            None if style == Style::Plain && !is_key => self.plain_value(&text),
            None => Value::String(Arc::clone(&text.text)),
        };
        let scalar = Scalar { text, style, value };
        let scalar = if is_key { scalar } else { self.without_traps(scalar, &range, told) };
        self.last_scalar = range.start..scalar.text.span.end as usize;
        self.own_nodes += 1;
        let node = Node { span: scalar.text.span, data: Data::Scalar(scalar) };
        let built = Built { node, nodes: 1, height: 0 };
        self.anchors.define(anchor, &built);
        self.add(built);
    }

    /// Tells the traps in a value. Where one of the diagnostics from `told` on shows what was meant, that takes its
    /// place.
    fn without_traps(&mut self, scalar: Scalar, range: &Range<usize>, told: usize) -> Scalar {
        match scalar.style {
            Style::Plain => {
                if let Some(comment) = traps::comment_behind(self.file, range.end) {
                    let text = &scalar.text.text;
                    let expression = text.starts_with('$') || self.holds_expressions();
                    self.diagnostics.extend(traps::cut_by_comment(self.file, range, comment, text, expression));
                }
                self.diagnostics.extend(traps::continued_item(self.file, range));
            }
            Style::DoubleQuoted => self.diagnostics.extend(traps::escaped_path(self.file, range)),
            _ => {}
        }
        let cut = self.diagnostics[told..].iter().find(|one| one.severity() == Severity::Error);
        cut.and_then(|cut| cut.fix.as_ref()).map_or(scalar, |fix| {
            let text = scalar::verbatim(self.file, fix.span.start as usize..fix.span.end as usize);
            let value = Value::String(Arc::clone(&text.text));
            Scalar { text, style: Style::Plain, value }
        })
    }

    fn plain_value(&mut self, text: &Text) -> Value {
        match schema::resolve(&text.text) {
            None => Value::String(Arc::clone(&text.text)),
            Some(schema::Meaning::Value(value)) => value,
            Some(schema::Meaning::Lossy(value, rule, message)) => {
                let warning = Diagnostic::new(rule, text.span, message);
                let warning = warning
                    .help(format!("if the text is meant, quote it; if the number is, write `{value}`"))
                    .suggest(text.span, quoted(&text.text));
                self.diagnostics.push(warning);
                value
            }
            Some(schema::Meaning::NotJson) => {
                let message = format!("`{}` is no number that JSON can hold", text.text);
                let error = Diagnostic::new(rule::NOT_JSON, text.span, message);
                self.diagnostics.push(
                    error
                        .help("write a number, or `null` for none; if the text is meant, quote it")
                        .suggest(text.span, quoted(&text.text)),
                );
                Value::String(Arc::clone(&text.text))
            }
        }
    }

    fn tagged_value(&mut self, text: &Text, style: Style, tag: &Tag, place: Range<usize>) -> Value {
        let string = Value::String(Arc::clone(&text.text));
        let wanted = match (tag.core_suffix(), tag.original().as_str()) {
            (Some("str"), _) | (_, "!") => return string,
            (Some(name @ ("int" | "float" | "bool" | "null")), _) => name.to_owned(),
            _ => {
                let whole = place.start..(text.span.end as usize).max(place.end);
                self.diagnostics.push(traps::unknown_tag(self.file, place, whole));
                return if style == Style::Plain { self.plain_value(text) } else { string };
            }
        };
        let value = match schema::resolve(&text.text) {
            Some(schema::Meaning::Value(value) | schema::Meaning::Lossy(value, ..)) => value,
            _ => string,
        };
        let fits = match (&value, wanted.as_str()) {
            (Value::Null, "null") | (Value::Bool(_), "bool") | (Value::Number(_), "float") => true,
            (Value::Number(number), "int") => !number.is_f64(),
            _ => false,
        };
        if !fits {
            let message = format!("`{}` is not what its tag `!!{wanted}` says", text.text);
            self.diagnostics.push(
                Diagnostic::new(rule::WRONG_TAG, text.span, message)
                    .also(self.file.span(place), "the tag")
                    .help("remove the tag, or write a value of its type"),
            );
        }
        value
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
