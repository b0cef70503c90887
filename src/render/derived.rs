//! What expressions make of secrets in requests, programs and values: it is no secret that anyone has named, and tells
//! of one.

use std::collections::HashSet;
use std::sync::Arc;

use super::view::View;
use crate::expression::{Expr, Piece, Target, Template};
use crate::playbook::{Binding, Body, Exec, Request};
use crate::value::Value;

/// What a request shows that is made of secrets.
pub fn derived_in_request(request: &Request, view: &View<'_>) -> Vec<Value> {
    let mut derived = Derived::new(view);
    derived.add(&request.url);
    request.headers.iter().for_each(|(_, value)| derived.add(value));
    derived.add_bindings(&request.query);
    derived.add_body(&request.body);
    derived.values
}

/// The same of a program.
pub fn derived_in_program(exec: &Exec, view: &View<'_>) -> Vec<Value> {
    let mut derived = Derived::new(view);
    let templates = exec.args.iter().chain(exec.env.iter().map(|(_, value)| value)).chain(&exec.stdin);
    templates.for_each(|template| derived.add(template));
    derived.values
}

/// The same of values by their names.
pub fn derived_in_bindings(bindings: &[Binding], view: &View<'_>) -> Vec<Value> {
    let mut derived = Derived::new(view);
    derived.add_bindings(bindings);
    derived.values
}

struct Derived<'a> {
    view: &'a View<'a>,
    /// Names of secrets and of what is made of them.
    secret: &'a HashSet<Arc<str>>,
    values: Vec<Value>,
}

impl<'a> Derived<'a> {
    fn new(view: &'a View<'a>) -> Self {
        Derived { view, secret: &view.plan().secret_names, values: Vec::new() }
    }

    fn add_body(&mut self, body: &Body) {
        match body {
            Body::None | Body::File(_) => {}
            Body::Text(text) => self.add(text),
            Body::Form(bindings) => self.add_bindings(bindings),
            Body::Json(json) | Body::Arrow { records: json, .. } => {
                json.each_template(&mut |template| self.add(template))
            }
            Body::Multipart(parts) => parts.iter().for_each(|part| self.add_body(&part.content)),
        }
    }

    fn add_bindings(&mut self, bindings: &[Binding]) {
        bindings.iter().for_each(|binding| binding.value.each_template(&mut |template| self.add(template)));
    }

    fn add(&mut self, template: &Template) {
        if self.secret.is_empty() {
            return;
        }
        for piece in template.pieces() {
            if let Piece::Expr(expr) = piece
                && reads_secret(expr, self.secret)
            {
                self.values.extend(expr.evaluate(self.view).ok());
            }
        }
    }
}

fn reads_secret(expr: &Expr, secret: &HashSet<Arc<str>>) -> bool {
    expr.references().iter().any(|reference| match &reference.target {
        Target::Name(name) | Target::Step { field: Some(name), .. } => secret.contains(name),
        _ => false,
    })
}
