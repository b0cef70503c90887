//! What a playbook says of connections, with the inputs' values in place.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Inputs;
use super::bind::{NamedValues, evaluation};
use crate::check::{bad_connect_to, bad_no_proxy, bad_proxy};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{EvalErrorKind, Template};
use crate::playbook::Playbook;
use crate::value::Value;
use crate::wire::{ClientCertificate, ConnectTo, Connection, Pem, Tls};

/// The settings, or everything that is wrong with them.
pub(super) fn connection(
    playbook: &Playbook,
    values: &HashMap<Arc<str>, Value>,
    inputs: &Inputs,
) -> Result<Connection, Vec<Diagnostic>> {
    let mut reader = Reader { playbook, values, inputs, found: Vec::new() };
    let connection = reader.read();
    if reader.found.is_empty() { Ok(connection) } else { Err(reader.found) }
}

struct Reader<'a> {
    playbook: &'a Playbook,
    values: &'a HashMap<Arc<str>, Value>,
    inputs: &'a Inputs,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn read(&mut self) -> Connection {
        let written = &self.playbook.defaults.connection;
        let client_cert = written.client_cert.as_ref().and_then(|path| self.pem(path)).and_then(|chain| {
            // The key may stand in the same file.
            let key = match &written.client_key {
                Some(path) => self.pem(path)?,
                None => chain.clone(),
            };
            Some(ClientCertificate { chain, key })
        });
        let ca = written.ca.iter().filter_map(|path| self.pem(path)).collect();
        let proxy = written.proxy.as_ref().and_then(|template| {
            let text = self.text(template)?;
            self.found.extend(bad_proxy(template, &text));
            text.parse().ok()
        });
        let no_proxy = written.no_proxy.iter().filter_map(|template| {
            let text = self.text(template)?;
            self.found.extend(bad_no_proxy(template, &text));
            text.parse().ok()
        });
        let no_proxy = no_proxy.collect();
        let connect_to = written.connect_to.iter().filter_map(|(from, template)| {
            let to = self.text(template)?;
            self.found.extend(bad_connect_to(from, template, &to));
            ConnectTo::new(&from.text, &to).ok()
        });
        let connect_to = connect_to.collect();
        let tls = Tls { ca, client_cert, insecure: written.insecure };
        Connection { tls, proxy, no_proxy, connect_to, anonymous: false }
    }

    /// A file, which must be there.
    fn pem(&mut self, template: &Template) -> Option<Pem> {
        let path = self.text(template)?;
        let whole: PathBuf = self.playbook.directory.join(&path);
        let missing = self.inputs.loader.as_ref().is_some_and(|loader| !loader.exists(&whole));
        if missing {
            let message = format!("there is no file `{path}`");
            let help = format!("looked for `{}`; paths are relative to the playbook", whole.display());
            self.found.push(Diagnostic::new(rule::MISSING_FILE, template.span(), message).help(help));
        }
        Some(Pem::File(whole))
    }

    /// `None` where it has no value: that is told of, or does not matter in a preview.
    fn text(&mut self, template: &Template) -> Option<String> {
        let scope = NamedValues::of(self.playbook, self.values);
        match template.render_text(&scope) {
            Ok(text) => Some(text),
            Err(error) if self.inputs.may_miss && error.kind == EvalErrorKind::Unavailable => None,
            Err(error) => {
                self.found.push(evaluation(error));
                None
            }
        }
    }
}
