//! Secrets that stand in the text of a playbook, or in an address that it is given: they are known before anything is
//! said, since a run keeps the texts that it was made of.

use std::collections::HashSet;

use super::Plan;
use crate::check::{Checked, each_request};
use crate::playbook::{JsonData, Playbook};
use crate::source::SourceId;
use crate::value::Value;
use crate::wire::Proxy;

impl Plan {
    /// Those of this playbook and of the ones that it calls.
    pub fn written_secrets(&self) -> Vec<Value> {
        let mut secrets = Vec::new();
        if let Some(proxy) = &self.connection.proxy {
            secrets.extend(passwords(proxy));
        }
        let mut known: HashSet<SourceId> = HashSet::new();
        let mut open: Vec<&Checked> = vec![&self.checked];
        while let Some(checked) = open.pop() {
            if known.insert(checked.playbook.source) {
                gather(&checked.playbook, &mut secrets);
                open.extend(checked.callees.values().map(|callee| &**callee));
            }
        }
        secrets
    }
}

fn gather(playbook: &Playbook, secrets: &mut Vec<Value>) {
    let proxy = playbook.defaults.connection.proxy.as_ref().and_then(|proxy| proxy.as_literal()?.parse().ok());
    secrets.extend(proxy.iter().flat_map(passwords));
    for input in playbook.inputs.iter().filter(|input| input.secret) {
        if let Some(JsonData::Value(value)) = input.default.as_ref().map(|default| &default.data) {
            secrets.push(value.clone());
        }
    }
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_request(step, &mut |request| {
            for capture in request.captures.iter().filter(|capture| capture.secret) {
                if let Some(JsonData::Value(value)) = capture.default.as_ref().map(|default| &default.data) {
                    secrets.push(value.clone());
                }
            }
        });
    }
}

/// The password in the URL of a proxy, as it stands there and as it is meant.
fn passwords(proxy: &Proxy) -> Vec<Value> {
    let Proxy::Url(url) = proxy else { return Vec::new() };
    let meant = |written: &str| percent_encoding::percent_decode_str(written).decode_utf8_lossy().into_owned();
    url.password().into_iter().flat_map(|written| [Value::from(written), Value::from(meant(written))]).collect()
}
