//! A JSON value whose strings may hold expressions: a request's body, a variable, an output.

use std::sync::Arc;

use super::tree::{Data, Node};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{EvalError, Reference, Scope, Template};
use crate::source::{Span, Text};
use crate::value::{Object, Value};

/// The value, read once.
#[derive(Clone, Debug)]
pub struct JsonTemplate {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub data: JsonData,
}

/// What a [`JsonTemplate`] is made of.
#[derive(Clone, Debug)]
pub enum JsonData {
    /// A value without any expression in it.
    Value(Value),
    /// A string with expressions.
    Template(Template),
    /// A list with expressions somewhere inside.
    List(Vec<JsonTemplate>),
    /// A mapping with expressions somewhere inside; keys are not templates.
    Map(Vec<(Arc<str>, JsonTemplate)>),
}

impl JsonTemplate {
    /// Reads it from a node; what is wrong inside goes to `found`.
    pub fn read(node: &Node, found: &mut Vec<Diagnostic>) -> Self {
        let data = match &node.data {
            Data::Scalar(scalar) => match scalar.value.as_str() {
                Some(text)
                    if text.contains("{{") || text.contains("{%") || text.contains("{#") || text.contains("}}") =>
                {
                    match Template::parse(&scalar.text) {
                        Ok(template) => match template.as_literal() {
                            Some(literal) => JsonData::Value(Value::from(literal)),
                            None => JsonData::Template(template),
                        },
                        Err(diagnostics) => {
                            found.extend(diagnostics);
                            JsonData::Value(Value::Null)
                        }
                    }
                }
                _ => JsonData::Value(scalar.value.clone()),
            },
            Data::Sequence(items) => {
                let items = items.iter().map(|item| JsonTemplate::read(item, found)).collect();
                fold_list(items)
            }
            Data::Mapping(mapping) => {
                let mut members = Vec::with_capacity(mapping.len());
                for entry in mapping {
                    found.extend(template_as_key(&entry.key, WHOLE));
                    members.push((Arc::clone(&entry.key.text), JsonTemplate::read(&entry.value, found)));
                }
                fold_map(members)
            }
        };
        JsonTemplate { span: node.span, data }
    }

    /// A value that stands in no file.
    pub fn constant(value: impl Into<Value>, span: Span) -> Self {
        JsonTemplate { span, data: JsonData::Value(value.into()) }
    }

    /// Calls `visit` with every reference inside.
    pub fn each_reference<'a>(&'a self, visit: &mut dyn FnMut(&'a Reference)) {
        match &self.data {
            JsonData::Value(_) => {}
            JsonData::Template(template) => template.references().for_each(visit),
            JsonData::List(items) => items.iter().for_each(|item| item.each_reference(visit)),
            JsonData::Map(members) => members.iter().for_each(|(_, member)| member.each_reference(visit)),
        }
    }

    /// Calls `visit` with every template inside.
    pub fn each_template<'a>(&'a self, visit: &mut dyn FnMut(&'a Template)) {
        match &self.data {
            JsonData::Value(_) => {}
            JsonData::Template(template) => visit(template),
            JsonData::List(items) => items.iter().for_each(|item| item.each_template(visit)),
            JsonData::Map(members) => members.iter().for_each(|(_, member)| member.each_template(visit)),
        }
    }

    /// The value in that scope.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, EvalError> {
        self.render_with(&mut |template| template.render(scope))
    }

    /// The value, each template rendered by `render`.
    pub fn render_with<E>(&self, render: &mut dyn FnMut(&Template) -> Result<Value, E>) -> Result<Value, E> {
        match &self.data {
            JsonData::Value(value) => Ok(value.clone()),
            JsonData::Template(template) => render(template),
            JsonData::List(items) => {
                let items: Result<Vec<Value>, E> = items.iter().map(|item| item.render_with(render)).collect();
                Ok(Value::array(items?))
            }
            JsonData::Map(members) => {
                let mut object = Object::with_capacity_and_hasher(members.len(), Default::default());
                for (name, member) in members {
                    object.insert(Arc::clone(name), member.render_with(render)?);
                }
                Ok(Value::object(object))
            }
        }
    }
}

/// What is wrong with a name that looks like a template: it would be sent as it stands.
pub(super) fn template_as_key(key: &Text, help: &str) -> Option<Diagnostic> {
    let message = format!("`{}` is a key, and keys are not templates", key.text);
    key.text.contains("{{").then(|| Diagnostic::new(rule::TEMPLATE_AS_KEY, key.span, message).help(help))
}

const WHOLE: &str = "make the whole mapping in an expression, in which keys have values: `\"{{ { name: value } }}\"`";

fn fold_list(items: Vec<JsonTemplate>) -> JsonData {
    let constant = |item: &JsonTemplate| matches!(item.data, JsonData::Value(_));
    if !items.iter().all(constant) {
        return JsonData::List(items);
    }
    JsonData::Value(Value::array(items.into_iter().filter_map(into_constant).collect()))
}

fn fold_map(members: Vec<(Arc<str>, JsonTemplate)>) -> JsonData {
    if !members.iter().all(|(_, member)| matches!(member.data, JsonData::Value(_))) {
        return JsonData::Map(members);
    }
    let object: Object =
        members.into_iter().filter_map(|(name, member)| Some((name, into_constant(member)?))).collect();
    JsonData::Value(Value::object(object))
}

fn into_constant(template: JsonTemplate) -> Option<Value> {
    match template.data {
        JsonData::Value(value) => Some(value),
        _ => None,
    }
}
