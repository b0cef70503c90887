//! How the program connects: what the arguments say of servers, laid over what each playbook says.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::args::NetworkArgs;
use super::exit::Exit;
use super::terminal::tell;
use crate::client::{self, Client, ClientCertificate, Connection, Pem, Tls};
use crate::plan::Plan;
use crate::wire::{Proxy, Transport};

/// Reads the URL of a proxy. One that is none is not shown: it may hold a password.
#[derive(Clone)]
pub(super) struct ProxyParser;

impl TypedValueParser for ProxyParser {
    type Value = Proxy;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<Proxy, clap::Error> {
        value.to_str().unwrap_or_default().parse().map_err(|help: String| {
            let message = format!("invalid value for '--proxy <URL|none>': {help}");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

/// A client with what the arguments say of servers, which wins over what a playbook says.
pub(super) fn client(args: &NetworkArgs) -> Arc<dyn Transport> {
    Arc::new(Client::new(client::Options { connection: connection(args), ..client::Options::default() }))
}

/// Whether a playbook accepts any certificate.
pub(super) fn is_insecure(args: &NetworkArgs, plan: &Plan) -> bool {
    args.insecure || plan.is_insecure()
}

/// Looks, before anything is sent, at the files that settings name, and warns of what is insecure, unless that is not
/// to be told. What cannot be used is the person's to mend, or the playbook's. Plans stand beside their files.
pub(super) fn settle<'a>(
    args: &NetworkArgs,
    plans: impl Iterator<Item = (&'a Plan, &'a Path)> + Clone,
    quiet: bool,
) -> Result<(), Exit> {
    client::check(&connection(args)).map_err(|error| {
        tell(&format!("error: {error}\n"));
        Exit::Usage
    })?;
    let mut wrong: Vec<String> = Vec::new();
    for (plan, path) in plans.clone() {
        if let Err(error) = client::check(&plan.connection) {
            // The cells of a matrix mostly have the same mistakes.
            let message = format!("error: {}: {error}\n", path.display());
            if !wrong.contains(&message) {
                wrong.push(message);
            }
        }
    }
    if !wrong.is_empty() {
        tell(&wrong.concat());
        return Err(Exit::Invalid);
    }
    if !quiet {
        warn(args, plans);
    }
    Ok(())
}

fn warn<'a>(args: &NetworkArgs, plans: impl Iterator<Item = (&'a Plan, &'a Path)>) {
    const WARNING: &str = "any certificate of any server is accepted: whoever stands between can read and change all";
    if args.insecure {
        tell(&format!("warning: `--insecure`: {WARNING}\n"));
        return;
    }
    let mut paths: Vec<&Path> = plans.filter(|(plan, _)| plan.is_insecure()).map(|(_, path)| path).collect();
    paths.dedup();
    for path in paths {
        tell(&format!("warning: {}: `insecure: true`: {WARNING}\n", path.display()));
    }
}

fn connection(args: &NetworkArgs) -> Connection {
    let pem = |path: &PathBuf| Pem::File(path.clone());
    let client_cert = args.client_cert.as_ref().map(|chain| ClientCertificate {
        chain: pem(chain),
        // The key may stand in the same file.
        key: pem(args.client_key.as_ref().unwrap_or(chain)),
    });
    Connection {
        tls: Tls { ca: args.ca.iter().map(pem).collect(), client_cert, insecure: args.insecure },
        proxy: args.proxy.clone(),
        no_proxy: args.no_proxy.clone(),
        connect_to: args.connect_to.clone(),
        anonymous: false,
    }
}
