//! Defaults of inputs are made before a run has begun: what differs from run to run has no place in them.

use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Piece;
use crate::playbook::Input;

/// Refuses the time and randomness in the default of an input.
pub(super) fn check_default(input: &Input, found: &mut Vec<Diagnostic>) {
    let Some(default) = &input.default else { return };
    default.each_template(&mut |template| {
        for piece in template.pieces() {
            let Piece::Expr(expr) = piece else { continue };
            if let Some(function) = expr.fresh_function() {
                let message =
                    format!("`{function}()` would be the same in every run: inputs are bound before it begins");
                found.push(Diagnostic::new(rule::LATE_NAME, expr.span(), message).help(format!(
                    "make it a variable: `vars: {{ {}: … }}`, which each run makes anew",
                    input.name.text
                )));
            }
        }
    });
}
