//! Header fields that are given twice: names that differ by case only are one field.

use std::collections::HashMap;

use super::super::rules::each_step;
use super::each_judged;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Template;
use crate::playbook::Playbook;
use crate::source::Text;

pub(super) fn check_headers(playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    check(&playbook.defaults.headers, "would be sent", found);
    for (step, _) in each_step(playbook) {
        each_judged(step, &mut |request| {
            check(&request.headers, "would be sent", found);
            check(&request.expect.headers, "is looked at", found);
        });
    }
}

fn check(headers: &[(Text, Template)], what: &str, found: &mut Vec<Diagnostic>) {
    if headers.len() < 2 {
        return;
    }
    let mut first = HashMap::new();
    for (name, _) in headers {
        let Some(other) = first.insert(name.text.to_ascii_lowercase(), name) else { continue };
        let message = format!("the header field `{}` is given twice, and {what} twice", name.text);
        found.push(
            Diagnostic::new(rule::DUPLICATE_HEADER, name.span, message)
                .also(other.span, "first given here; upper and lower case are one name")
                .help("take one of them out; several values of one field stand in one, with commas between them"),
        );
    }
}
