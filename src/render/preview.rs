//! A request as far as it is known before the run: what a step will bring stands there as `‹workspace.workspace_id›`.

use super::derived::derived_in_request;
use super::request::EVENT_STREAM;
use super::values::{Files, Item, Published};
use super::view::View;
use crate::check::Definition;
use crate::expression::{Expr, Facts, Piece, Reference, Target, Template, to_text};
use crate::plan::{Call, Plan};
use crate::playbook::{Binding, Body, JsonTemplate, ProviderKind};
use crate::secret::{PLACEHOLDER, blanked, is_credential};
use crate::source::Text;
use crate::value::{Object, Value};

/// A request for people to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, or a description.
    pub body: Option<Value>,
    /// What kind of body it is: `json`, `form`, `multipart`, `text`, `file`, `arrow`.
    pub body_kind: &'static str,
}

/// Renders a call as far as the inputs allow, for one item where its step has a `foreach`; secrets are masked.
pub fn preview(call: &Call, plan: &Plan, item: Option<&Item>, facts: &Facts) -> Preview {
    let (published, files) = (Published::default(), Files::default());
    let view = View::new(plan, &published, &files, facts.clone()).with_item(item);
    let mut redactor = plan.redactor();
    derived_in_request(&call.request, &view).iter().for_each(|value| redactor.learn_derived(value));
    let previewer = Previewer { plan, view: &view };
    let mask = |text: String| redactor.redact(&text);
    let written = &call.request;
    let mut url = previewer.text(&written.url);
    if let Some(base) = plan.playbook().defaults.base_url.as_ref().filter(|_| url.starts_with('/')) {
        url = format!("{}{url}", previewer.text(base).trim_end_matches('/'));
    }
    for (index, pair) in previewer.pairs(&written.query).into_iter().enumerate() {
        url.push(if index == 0 && !url.contains('?') { '?' } else { '&' });
        url.push_str(&pair);
    }
    let own = |name: &str| written.headers.iter().any(|(field, _)| field.text.eq_ignore_ascii_case(name));
    let defaults = plan.playbook().defaults.headers.iter().filter(|(name, _)| !own(&name.text));
    let headers = defaults.chain(&written.headers);
    let field = |(name, value): &(Text, Template)| {
        let value = previewer.text(value);
        // Their names say that they are credentials; where one is still unknown there is nothing to mask.
        let value =
            if is_credential(&name.text) && !value.contains('‹') { PLACEHOLDER.to_owned() } else { mask(value) };
        (name.text.to_string(), value)
    };
    let mut headers: Vec<(String, String)> = headers.map(field).collect();
    if written.stream.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("Accept".to_owned(), EVENT_STREAM.to_owned()));
    }
    if let Some(provider) = call.provider.filter(|_| !own("authorization")) {
        let provider = &plan.playbook().providers[provider];
        let field = match &provider.kind {
            ProviderKind::Header { name, .. } => name.text.to_string(),
            _ => "Authorization".to_owned(),
        };
        headers.push((field, format!("{PLACEHOLDER} (auth: {})", provider.name.text)));
    }
    let (body_kind, body) = previewer.body(&written.body);
    let body = body.map(|body| redactor.redact_value(&previewer.without_blanks(call, body)));
    Preview { method: written.method.to_owned(), url: mask(url), headers, body, body_kind }
}

struct Previewer<'a> {
    plan: &'a Plan,
    view: &'a View<'a>,
}

impl Previewer<'_> {
    fn without_blanks(&self, call: &Call, body: Value) -> Value {
        let paths: Vec<_> = call.redact.iter().filter_map(|path| path.resolve(self.view).ok()).collect();
        let parts: Vec<&Value> = paths.iter().flat_map(|path| path.select(&body)).collect();
        if parts.is_empty() { body } else { blanked(&body, &parts) }
    }

    fn value(&self, template: &Template) -> Value {
        match template.as_expression() {
            Some(expr) => self.expression(expr),
            None => Value::from(self.text(template)),
        }
    }

    fn text(&self, template: &Template) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text { text, .. } => text.to_string(),
            Piece::Expr(expr) => {
                let value = self.expression(expr);
                to_text(&value, expr.span()).unwrap_or_else(|_| value.to_string())
            }
        };
        template.pieces().iter().map(piece).collect()
    }

    /// The value, or what stands for it.
    fn expression(&self, expr: &Expr) -> Value {
        if let Ok(value) = expr.evaluate(self.view)
            && !self.is_made_of_unknowns(expr)
        {
            return value;
        }
        match expr.references() {
            [reference] if is_bare(expr, reference) => self.bare(reference),
            _ => Value::from(format!("‹{}›", expr.text().trim())),
        }
    }

    /// Whether something is made of what stands for a value that is not there yet: it would be made of its name.
    fn is_made_of_unknowns(&self, expr: &Expr) -> bool {
        let values = self.view.item().map(|item| &item.values[..]).unwrap_or_default();
        let unknown = |reference: &Reference| match &reference.target {
            Target::Name(name) => values.iter().any(|(known, value)| known == name && value.to_string().contains('‹')),
            _ => false,
        };
        let is_path = matches!(expr.references(), [reference] if !expr.text().contains(['|', '(', '+', '~', ' '])
            && reference.path.len() == 1);
        !is_path && expr.references().iter().any(unknown)
    }

    /// A name that stands alone: whose step it comes from, or the variable's own value.
    fn bare(&self, reference: &Reference) -> Value {
        let Target::Name(name) = &reference.target else {
            return Value::from(format!("‹{}›", label(reference)));
        };
        let playbook = self.plan.playbook();
        match self.plan.checked.names.get(name) {
            Some(Definition::Capture(index)) => Value::from(format!("‹{}.{name}›", playbook.steps[index].id.text)),
            Some(Definition::Finally(index)) => Value::from(format!("‹{}.{name}›", playbook.finally[index].id.text)),
            Some(Definition::Var(index)) => self.json(&playbook.vars[index].value),
            _ => Value::from(format!("‹{name}›")),
        }
    }

    fn json(&self, json: &JsonTemplate) -> Value {
        let rendered = json.render_with::<std::convert::Infallible>(&mut |template| Ok(self.value(template)));
        rendered.unwrap_or_else(|never| match never {})
    }

    fn pairs(&self, bindings: &[Binding]) -> Vec<String> {
        let mut pairs = Vec::new();
        for binding in bindings {
            let value = self.json(&binding.value);
            let values = match &value {
                Value::Null => Vec::new(),
                Value::Array(items) => items.to_vec(),
                value => vec![value.clone()],
            };
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            pairs.extend(values.iter().map(|value| format!("{}={}", binding.name.text, text(value))));
        }
        pairs
    }

    fn body(&self, body: &Body) -> (&'static str, Option<Value>) {
        match body {
            Body::None => ("none", None),
            Body::Json(json) => ("json", Some(self.json(json))),
            Body::Text(text) => ("text", Some(Value::from(self.text(text)))),
            Body::File(path) => ("file", Some(Value::from(self.text(path)))),
            Body::Arrow { records, schema: None } => ("arrow", Some(self.json(records))),
            Body::Arrow { records, schema: Some(schema) } => {
                let parts = [("records".into(), self.json(records)), ("schema".into(), self.json(schema))];
                ("arrow", Some(Value::object(parts.into_iter().collect())))
            }
            Body::Form(fields) => {
                let fields = fields.iter().map(|field| (field.name.text.clone(), self.json(&field.value)));
                ("form", Some(Value::object(fields.collect::<Object>())))
            }
            Body::Multipart(parts) => {
                let parts = parts.iter().map(|part| {
                    let (kind, content) = self.body(&part.content);
                    let mut members = Object::default();
                    members.insert("name".into(), Value::from(self.text(&part.name)));
                    let more = [("filename", &part.filename), ("content_type", &part.content_type)];
                    for (name, template) in more {
                        members.extend(template.as_ref().map(|text| (name.into(), Value::from(self.text(text)))));
                    }
                    members.insert(kind.into(), content.unwrap_or_default());
                    Value::object(members)
                });
                ("multipart", Some(Value::array(parts.collect())))
            }
        }
    }
}

/// Whether the expression is nothing but that reference.
fn is_bare(expr: &Expr, reference: &Reference) -> bool {
    expr.text().trim() == label(reference) && reference.path.is_empty()
}

fn label(reference: &Reference) -> String {
    match &reference.target {
        Target::Name(name) => name.to_string(),
        Target::Step { id, field: Some(field) } => format!("steps.{id}.{field}"),
        Target::Step { id, field: None } => format!("steps.{id}"),
        Target::Steps => "steps".to_owned(),
    }
}
