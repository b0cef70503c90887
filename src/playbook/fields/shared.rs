//! The keys that a playbook and a file that it includes both have.

use super::{DEFAULTS, Field, INPUT, Key, PROVIDER, Shape, Table, optional, table};

/// A file that playbooks include.
pub static INCLUDED: Table = table(
    "included",
    "an included file",
    "What playbooks share: each names this file under `include`. A path in an input is relative to this file.",
    &[INPUTS, VARS, SIMULATE, AUTH, SHARED_DEFAULTS],
);

static AN_INPUT: Shape = Shape::Object(&INPUT);
static A_PROVIDER: Shape = Shape::Object(&PROVIDER);

pub(super) const INPUTS: Field = optional(
    "inputs",
    Shape::Map(Key::Identifier, &AN_INPUT),
    "Values from the outside, typed.",
    &["{ api_url: { type: url }, customer: { default: red } }"],
);
pub(super) const VARS: Field = optional(
    "vars",
    Shape::Map(Key::Identifier, &Shape::Json),
    "Named expressions, evaluated when first needed.",
    &[r#"{ label: "{{ customer }}-orders" }"#],
);
pub(super) const SIMULATE: Field = optional(
    "simulate",
    Shape::Map(Key::Identifier, &Shape::Json),
    "Inputs that `callsheet run --simulate` binds; only here `simulator` is known.",
    &[r#"{ api_url: "{{ simulator.api_url }}" }"#],
);
pub(super) const AUTH: Field = optional(
    "auth",
    Shape::Map(Key::Identifier, &A_PROVIDER),
    "Where credentials come from, by a name that requests use.",
    &[r#"{ login: { bearer: "{{ token }}" } }"#],
);
pub(super) const SHARED_DEFAULTS: Field = optional(
    "defaults",
    Shape::Object(&DEFAULTS),
    "For every request; a step's own value wins.",
    &[r#"{ base_url: "{{ api_url }}", timeout: 10s }"#],
);
