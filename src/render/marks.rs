//! Where in a request the ids of earlier answers stand: what normal form must know, and only a plan can tell.

use super::view::View;
use crate::check::Definition;
use crate::event::{Mark, MarkKind};
use crate::expression::{Expr, Piece, Target, Template};
use crate::plan::Call;
use crate::playbook::{Binding, Body, JsonData, JsonTemplate};

/// The places of ids in the request of a call.
pub(super) fn marks(call: &Call, view: &View<'_>) -> Vec<Mark> {
    if view.plan().ids.is_empty() {
        return Vec::new();
    }
    let mut marker = Marker { view, marks: Vec::new() };
    let request = &call.request;
    marker.text(&request.url, "url");
    // Names in a query are not unique; what stands in one is marked as part of the URL.
    for binding in &request.query {
        marker.query(&binding.value);
    }
    for (name, value) in &request.headers {
        marker.text(value, &format!("headers.{}", name.text));
    }
    marker.body(&request.body, "");
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
            Body::Form(fields) => fields.iter().for_each(|field| self.field(field)),
            Body::Multipart(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.body(&part.content, &format!("parts[{index}]"));
                }
            }
            Body::None | Body::Text(_) | Body::File(_) => {}
        }
    }

    fn field(&mut self, field: &Binding) {
        if let JsonData::Template(template) = &field.value.data {
            self.template(template, &format!("form.{}", field.name.text));
        }
    }

    fn query(&mut self, value: &JsonTemplate) {
        match &value.data {
            JsonData::Template(template) => self.text(template, "url"),
            JsonData::List(items) => items.iter().for_each(|item| self.query(item)),
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
                for (name, member) in members {
                    let name = name.replace('\\', "\\\\").replace('\'', "\\'");
                    self.json(member, &format!("{at}['{name}']"));
                }
            }
        }
    }

    /// A template that may be an id as a whole.
    fn template(&mut self, template: &Template, at: &str) {
        match template.as_expression().and_then(|expr| self.id(expr)) {
            Some(name) => self.add(at, MarkKind::Id(name)),
            None => self.text(template, at),
        }
    }

    /// A text with ids in it.
    fn text(&mut self, template: &Template, at: &str) {
        for piece in template.pieces() {
            let Piece::Expr(expr) = piece else { continue };
            if let Some(name) = self.id(expr) {
                let value = expr.evaluate(self.view).ok();
                let text = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                if let Some(text) = text {
                    self.add(at, MarkKind::Part { name, text });
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
        let name = bare(expr)?;
        self.view.plan().ids.contains(name).then(|| name.to_owned())
    }

    fn var(&self, expr: &Expr) -> Option<usize> {
        match self.view.plan().checked.names.get(bare(expr)?)? {
            Definition::Var(index) => Some(index),
            _ => None,
        }
    }
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
