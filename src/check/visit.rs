//! Every reference of a step, with the place it stands in.

use super::places::Place;
use crate::expression::{Expr, Reference, Template};
use crate::playbook::{Body, Capture, CaptureFrom, Cleanup, Expect, Request, Step, Work};

/// Something that takes references.
pub(super) type Visit<'v, 'a> = &'v mut dyn FnMut(Place, &'a Reference);

/// Calls `visit` with each reference of a step.
pub(super) fn step<'a>(step: &'a Step, visit: Visit<'_, 'a>) {
    if let Some(foreach) = &step.foreach {
        for (place, axis) in foreach.axes.iter().enumerate() {
            axis.each_reference(&mut |found| visit(Place::Items(place), found));
        }
        foreach.key.iter().for_each(|key| template(key, Place::Items(foreach.axes.len()), visit));
    }
    step.lock.iter().for_each(|lock| template(lock, Place::Request, visit));
    expr(step.when.as_ref(), Place::Request, visit);
    match &step.work {
        Work::Request(work) => request(work, Place::Request, visit),
        Work::Ensure(ensure) => {
            ensure.find.iter().for_each(|find| request(find, Place::Request, visit));
            expr(ensure.absent.as_ref(), Place::Judging, visit);
            expr(ensure.conflict.as_ref(), Place::Judging, visit);
            request(&ensure.create, Place::Request, visit);
            expr(ensure.differs.as_ref(), Place::Answer, visit);
            ensure.update.iter().for_each(|update| request(update, Place::Own, visit));
        }
        Work::Set(bindings) => {
            bindings.iter().for_each(|binding| binding.value.each_reference(&mut |found| visit(Place::Own, found)));
        }
        Work::Wait(duration) => template(duration, Place::Request, visit),
        Work::Exec(exec) => {
            template(&exec.program, Place::Path, visit);
            let texts = exec.args.iter().chain(exec.env.iter().map(|(_, value)| value)).chain(&exec.stdin);
            texts.for_each(|text| template(text, Place::Request, visit));
            exec.judged.captures.iter().for_each(|found| capture(found, Place::Program, visit));
            expectations(&exec.judged.expect, Place::Program, visit);
        }
        Work::Call(invocation) => {
            invocation.with.iter().for_each(|input| {
                input.value.each_reference(&mut |found| visit(Place::Request, found));
            });
        }
    }
    for cleanup in &step.cleanup {
        if let Cleanup::Request(cleanup) = cleanup {
            request(cleanup, Place::Cleanup, visit);
        }
    }
}

/// Calls `visit` with each reference of a request.
pub(super) fn request<'a>(request: &'a Request, place: Place, visit: Visit<'_, 'a>) {
    template(&request.url, place, visit);
    request.query.iter().for_each(|query| query.value.each_reference(&mut |found| visit(place, found)));
    request.headers.iter().for_each(|(_, value)| template(value, place, visit));
    body(&request.body, place, visit);
    request.save.iter().for_each(|path| template(path, Place::Path, visit));
    if let Some(poll) = &request.poll {
        expr(Some(&poll.until), Place::Judging, visit);
        expr(poll.fail_when.as_ref(), Place::Judging, visit);
    }
    expr(request.stream.as_ref().and_then(|stream| stream.until.as_ref()), Place::Stream, visit);
    request.captures.iter().for_each(|found| capture(found, Place::Answer, visit));
    for path in request.volatile.iter().chain(&request.unordered).chain(&request.redact) {
        path.each_reference(&mut |found| visit(Place::Answer, found));
    }
    expectations(&request.expect, Place::Answer, visit);
}

fn body<'a>(content: &'a Body, place: Place, visit: Visit<'_, 'a>) {
    match content {
        Body::None => {}
        Body::Json(json) => json.each_reference(&mut |found| visit(place, found)),
        Body::Form(fields) => {
            fields.iter().for_each(|field| field.value.each_reference(&mut |found| visit(place, found)));
        }
        Body::Text(text) => template(text, place, visit),
        Body::Arrow { records, schema } => {
            let parts = std::iter::once(records).chain(schema);
            parts.for_each(|part| part.each_reference(&mut |found| visit(place, found)));
        }
        Body::File(path) => template(path, Place::Path, visit),
        Body::Multipart(parts) => {
            for part in parts {
                let texts = [Some(&part.name), part.filename.as_ref(), part.content_type.as_ref()];
                texts.into_iter().flatten().for_each(|text| template(text, place, visit));
                body(&part.content, place, visit);
            }
        }
    }
}

fn capture<'a>(capture: &'a Capture, place: Place, visit: Visit<'_, 'a>) {
    match &capture.from {
        CaptureFrom::Json(path) => path.each_reference(&mut |found| visit(place, found)),
        CaptureFrom::Header(_) | CaptureFrom::Cookie(_) | CaptureFrom::Regex(_) => {}
        CaptureFrom::Expr(found) => expr(Some(found), place, visit),
    }
    capture.default.iter().for_each(|value| value.each_reference(&mut |found| visit(place, found)));
}

fn expectations<'a>(expect: &'a Expect, place: Place, visit: Visit<'_, 'a>) {
    expect.headers.iter().for_each(|(_, value)| template(value, place, visit));
    for (path, value) in &expect.body {
        path.each_reference(&mut |found| visit(place, found));
        value.each_reference(&mut |found| visit(place, found));
    }
    expect.schema.iter().for_each(|path| template(path, Place::Path, visit));
    expect.that.iter().for_each(|found| expr(Some(found), place, visit));
}

fn expr<'a>(found: Option<&'a Expr>, place: Place, visit: Visit<'_, 'a>) {
    found.iter().flat_map(|expr| expr.references()).for_each(|reference| visit(place, reference));
}

fn template<'a>(found: &'a Template, place: Place, visit: Visit<'_, 'a>) {
    found.references().for_each(|reference| visit(place, reference));
}
