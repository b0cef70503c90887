//! Where in a request the ids of earlier answers stand: what normal form must know, and only a plan can tell.

use ::url::form_urlencoded;

use super::view::View;
use crate::check::Definition;
use crate::event::{Mark, MarkKind};
use crate::expression::{Expr, PathPart, Piece, Reference, Scope as _, Target, Template};
use crate::jsonpath::name_segment;
use crate::limits::Limit;
use crate::plan::Call;
use crate::playbook::{Binding, Body, JsonData, JsonTemplate};
use crate::value::Value;

/// The places of ids in the request of a call.
pub(super) fn marks(call: &Call, view: &View<'_>) -> Vec<Mark> {
    if view.plan().ids.is_empty() {
        return Vec::new();
    }
    let mut marker = Marker { view, marks: Vec::new() };
    let request = &call.request;
    marker.text(&request.url, "url");
    for binding in &request.query {
        marker.query(&binding.value, &format!("query.{}", binding.name.text));
    }
    for (name, value) in &request.headers {
        marker.text(value, &format!("headers.{}", name.text));
    }
    marker.body(&request.body, "");
    marker.marks
}

/// The places in an answer where an expectation says that an id of an earlier answer stands, and where it does.
pub(crate) fn expected_marks(call: &Call, view: &View<'_>, body: &Value) -> Vec<Mark> {
    let mut marker = Marker { view, marks: Vec::new() };
    for (path, expected) in &call.request.expect.body {
        // A path that cannot be made has been told by the expectation.
        let Ok(path) = path.resolve(view) else { continue };
        // One that looks at too much has been told too.
        let Ok(nodes) = path.locate_within(body, view.limits().get(Limit::JsonpathFuel)) else { continue };
        match &expected.data {
            // A query that may find several is compared as the list of what it finds.
            JsonData::List(items) if !path.is_singular() && items.len() == nodes.len() => {
                items.iter().zip(nodes).for_each(|(item, (at, node))| marker.expected(item, &at, node));
            }
            _ => nodes.into_iter().for_each(|(at, node)| marker.expected(expected, &at, node)),
        }
    }
    marker.marks
}

struct Marker<'a> {
    view: &'a View<'a>,
    marks: Vec<Mark>,
}

impl Marker<'_> {
    fn add(&mut self, at: &str, kind: MarkKind) {
        let mark = Mark { at: at.to_owned(), kind };
        if !self.marks.contains(&mark) {
            self.marks.push(mark);
        }
    }

    fn body(&mut self, body: &Body, prefix: &str) {
        match body {
            Body::Json(json) => self.json(json, &format!("{prefix}$")),
            Body::Arrow { records, .. } => self.json(records, &format!("{prefix}$")),
            Body::Form(fields) => fields.iter().for_each(|field| self.field(field)),
            Body::Multipart(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.body(&part.content, &format!("parts[{index}]"));
                }
            }
            Body::Text(template) => self.text(template, &format!("{prefix}text")),
            Body::None | Body::File(_) => {}
        }
    }

    fn field(&mut self, field: &Binding) {
        if let JsonData::Template(template) = &field.value.data {
            let name: String = form_urlencoded::byte_serialize(field.name.text.as_bytes()).collect();
            self.template(template, &format!("form.{name}"));
        }
    }

    /// The items of a list have one name, and so one place.
    fn query(&mut self, value: &JsonTemplate, at: &str) {
        match &value.data {
            JsonData::Template(template) => self.text(template, at),
            JsonData::List(items) => items.iter().for_each(|item| self.query(item, at)),
            JsonData::Value(_) | JsonData::Map(_) => {}
        }
    }

    fn json(&mut self, json: &JsonTemplate, at: &str) {
        match &json.data {
            JsonData::Value(_) => {}
            JsonData::Template(template) => self.template(template, at),
            JsonData::List(items) => {
                items.iter().enumerate().for_each(|(index, item)| self.json(item, &format!("{at}[{index}]")));
            }
            JsonData::Map(members) => {
                let some = members.iter().filter(|(_, member)| !matches!(member.data, JsonData::Value(_)));
                some.for_each(|(name, member)| self.json(member, &[at, &name_segment(name)].concat()));
            }
        }
    }

    /// What is expected at a place of an answer, and what is there: another value is no id, whatever was expected.
    fn expected(&mut self, json: &JsonTemplate, at: &str, found: &Value) {
        match &json.data {
            JsonData::Value(_) => {}
            JsonData::Template(template) => match template.as_expression() {
                Some(expr) if self.id(expr).is_some() => {
                    if expr.evaluate(self.view).is_ok_and(|id| id == *found) {
                        self.template(template, at);
                    }
                }
                _ => {
                    self.vars(template, at, found);
                    self.text(template, at);
                }
            },
            JsonData::List(items) => {
                let found = found.as_array().unwrap_or_default();
                for (index, (item, found)) in items.iter().zip(found).enumerate() {
                    self.expected(item, &format!("{at}[{index}]"), found);
                }
            }
            JsonData::Map(members) => {
                for (name, member) in members {
                    let Some(found) = found.get(name) else { continue };
                    self.expected(member, &format!("{at}{}", name_segment(name)), found);
                }
            }
        }
    }

    /// A template that may be an id as a whole, or a value made of variables with ids in them.
    fn template(&mut self, template: &Template, at: &str) {
        match template.as_expression() {
            Some(expr) => match self.id(expr) {
                Some(name) => self.add(at, MarkKind::Id(name)),
                None => {
                    if let Ok(value @ (Value::Object(_) | Value::Array(_))) = expr.evaluate(self.view) {
                        self.vars(template, at, &value);
                    }
                    self.text(template, at);
                }
            },
            None => self.text(template, at),
        }
    }

    /// The ids in the variables of an expression, where they are found at the same place in its value: `merge` and
    /// its like keep most of a variable where it is.
    fn vars(&mut self, template: &Template, at: &str, value: &Value) {
        let Some(expr) = template.as_expression() else { return };
        let names = &self.view.plan().checked.names;
        for reference in expr.references() {
            let Target::Name(name) = &reference.target else { continue };
            if let (true, Some(Definition::Var(index))) = (reference.path.is_empty(), names.get(name)) {
                let var = &self.view.plan().playbook().vars[index].value;
                if matches!(var.data, JsonData::Map(_) | JsonData::List(_)) {
                    self.expected(var, at, value);
                }
            }
        }
    }

    /// A text with ids in it.
    fn text(&mut self, template: &Template, at: &str) {
        for piece in template.pieces() {
            let Piece::Expr(expr) = piece else { continue };
            if let Some(name) = self.id(expr) {
                let value = expr.evaluate(self.view).ok();
                let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                // As it is, and as a URL or a form has it.
                for text in text.iter().flat_map(|text| [text.clone(), super::url::segment(text), form(text)]) {
                    self.add(at, MarkKind::Part { name: name.clone(), text });
                }
            } else if let Some(var) = self.var(expr) {
                // A variable's own text may hold ids.
                if let JsonData::Template(template) = &self.view.plan().playbook().vars[var].value.data {
                    self.text(template, at);
                }
            }
        }
    }

    /// The id that the expression is, and nothing else.
    fn id(&self, expr: &Expr) -> Option<String> {
        let name = bare(expr).or_else(|| self.of_item(expr))?;
        self.view.plan().ids.contains(name).then(|| name.to_owned())
    }

    /// The name of a capture in a record that is the item, where the expression is that: `w.workspace_id`.
    fn of_item<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        let [Reference { target: Target::Name(item), path, .. }] = expr.references() else { return None };
        let [PathPart::Member(member)] = &path[..] else { return None };
        let known = self.view.item().is_some_and(|known| known.values.iter().any(|(name, _)| name == item));
        (known && expr.text().trim() == format!("{item}.{member}")).then_some(&**member)
    }

    fn var(&self, expr: &Expr) -> Option<usize> {
        match self.view.plan().checked.names.get(bare(expr)?)? {
            Definition::Var(index) => Some(index),
            _ => None,
        }
    }
}

fn form(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The name that the expression is: `name`, or `steps.id.name`.
fn bare(expr: &Expr) -> Option<&str> {
    let [reference] = expr.references() else { return None };
    let name = match &reference.target {
        Target::Name(name) => name,
        Target::Step { field: Some(field), .. } => field,
        _ => return None,
    };
    let text = expr.text().trim();
    let whole = text == &**name || text.starts_with("steps.") && text.rsplit('.').next() == Some(name);
    (whole && reference.path.is_empty()).then_some(&**name)
}
