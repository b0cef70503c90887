//! How the program connects: what the arguments say of servers, laid over what each playbook says.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::{NetworkArgs, RunArgs};
use super::exit::Exit;
use super::terminal::tell;
use crate::client::{self, Client, ClientCertificate, Connection, Pem, Tls};
use crate::plan::Plan;
use crate::wire::Transport;

/// A client with what the arguments say of servers, which wins over what a playbook says.
pub(super) fn client(args: &NetworkArgs) -> Arc<dyn Transport> {
    Arc::new(Client::new(client::Options { connection: connection(args), ..client::Options::default() }))
}

/// Whether a playbook accepts any certificate.
pub(super) fn is_insecure(args: &NetworkArgs, plan: &Plan) -> bool {
    args.insecure || plan.is_insecure()
}

/// Looks, before anything is sent, at the files that settings name, and warns of what is insecure. What cannot be used
/// is the person's to mend, or the playbook's.
pub(super) fn settle(args: &RunArgs, plans: &[Plan]) -> Result<(), Exit> {
    client::check(&connection(&args.network)).map_err(|error| {
        tell(&format!("error: {error}\n"));
        Exit::Usage
    })?;
    let mut settled = Ok(());
    for (plan, playbook) in plans.iter().zip(&args.playbooks) {
        if let Err(error) = client::check(&plan.connection) {
            tell(&format!("error: {}: {error}\n", playbook.display()));
            settled = Err(Exit::Invalid);
        }
    }
    if settled.is_ok() && !args.quiet {
        warn(args, plans);
    }
    settled
}

fn warn(args: &RunArgs, plans: &[Plan]) {
    const WARNING: &str = "any certificate of any server is accepted: whoever stands between can read and change all";
    if args.network.insecure {
        tell(&format!("warning: `--insecure`: {WARNING}\n"));
        return;
    }
    for (_, playbook) in plans.iter().zip(&args.playbooks).filter(|(plan, _)| plan.is_insecure()) {
        tell(&format!("warning: {}: `insecure: true`: {WARNING}\n", playbook.display()));
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
    }
}
