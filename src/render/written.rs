//! Credentials that stand in the requests of a playbook, by their names: what of them is known before the run.

use super::view::View;
use crate::check::each_request;
use crate::expression::Template;
use crate::playbook::{Binding, Body, Request};
use crate::secret::{credentials, is_credential, is_field};
use crate::source::Text;
use crate::value::Value;

/// What would be a credential in a request: texts, and whole bodies.
#[derive(Debug, Default)]
pub struct Written {
    /// Credentials.
    pub texts: Vec<String>,
    /// Values that may have some.
    pub bodies: Vec<Value>,
}

/// The credentials in the requests of a plan, as far as they have a value now.
pub fn written_credentials(view: &View<'_>) -> Written {
    let playbook = view.plan().playbook();
    let mut written = Written::default();
    written.add_fields(&playbook.defaults.headers, view);
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_request(step, &mut |request| written.add(request, view));
    }
    written
}

impl Written {
    fn add(&mut self, request: &Request, view: &View<'_>) {
        self.add_fields(&request.headers, view);
        self.add_bindings(&request.query, view);
        match &request.body {
            Body::Form(bindings) => self.add_bindings(bindings, view),
            Body::Json(json) => self.bodies.extend(json.render(view).ok()),
            _ => {}
        }
    }

    fn add_fields(&mut self, fields: &[(Text, Template)], view: &View<'_>) {
        for (name, value) in fields.iter().filter(|(name, _)| is_credential(&name.text)) {
            self.texts.extend(value.render_text(view).iter().flat_map(|value| credentials(&name.text, value)));
        }
    }

    fn add_bindings(&mut self, bindings: &[Binding], view: &View<'_>) {
        for binding in bindings.iter().filter(|binding| is_field(&binding.name.text)) {
            let value = binding.value.render(view).ok();
            self.texts.extend(value.as_ref().and_then(Value::as_str).map(str::to_owned));
        }
    }
}
