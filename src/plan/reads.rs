//! What a request uses of its own answer's body: the rest need not be built.

use crate::expression::{Expr, Reference, Target};
use crate::playbook::{CaptureFrom, Request};
use crate::value::Wanted;

/// Adds what the captures, the expectations and the poll of a request read.
pub(super) fn add_request(request: &Request, wanted: &mut Wanted) {
    for capture in &request.captures {
        match &capture.from {
            CaptureFrom::Json(path) => {
                path.add_to(wanted);
                path.each_reference(&mut |reference| add(reference, wanted));
            }
            CaptureFrom::Header(_) | CaptureFrom::Cookie(_) | CaptureFrom::Regex(_) => {}
            CaptureFrom::Expr(expr) => add_expr(expr, wanted),
        }
        capture.default.iter().for_each(|value| value.each_reference(&mut |reference| add(reference, wanted)));
    }
    for (_, value) in &request.expect.headers {
        value.references().for_each(|reference| add(reference, wanted));
    }
    for (path, value) in &request.expect.body {
        path.add_to(wanted);
        path.each_reference(&mut |reference| add(reference, wanted));
        value.each_reference(&mut |reference| add(reference, wanted));
    }
    request.expect.that.iter().for_each(|expr| add_expr(expr, wanted));
    if request.expect.schema.is_some() {
        wanted.want();
    }
    if let Some(poll) = &request.poll {
        add_expr(&poll.until, wanted);
        poll.fail_when.iter().for_each(|expr| add_expr(expr, wanted));
    }
    if let Some(until) = request.stream.as_ref().and_then(|stream| stream.until.as_ref()) {
        add_until(until, wanted);
    }
}

/// The `event` that ends a stream is the last item of the body.
fn add_until(until: &Expr, wanted: &mut Wanted) {
    add_expr(until, wanted);
    for reference in until.references() {
        if matches!(&reference.target, Target::Name(name) if &**name == "event") {
            reference.add_to(wanted.item(-1));
        }
    }
}

/// Adds what an expression reads.
pub(super) fn add_expr(expr: &Expr, wanted: &mut Wanted) {
    expr.references().iter().for_each(|reference| add(reference, wanted));
}

fn add(reference: &Reference, wanted: &mut Wanted) {
    if matches!(&reference.target, Target::Name(name) if &**name == "body") {
        reference.add_to(wanted);
    }
}
