//! What there is to type for `callsheet simulate`, and for the simulator of other commands. The texts are what `--help`
//! shows.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use url::Url;

use crate::expression::parse_duration;
use crate::simulator::{PathPattern, PathPatternError, Reset, Settling};

#[derive(Debug, Args)]
#[command(after_help = "\
Prints one JSON line when it is ready: addresses, and who may log in.
GET /_simulator/log gives every request that was executed, in order.

Examples:
  callsheet simulate --port 8080
  callsheet simulate --access-token-life 2s --deploy 10s
  A deployment that never becomes Running:
    callsheet simulate --deploy never
  Execute a deployment, then drop the connection:
    callsheet simulate --reset /v1/api/pipelines/deploy:after
  Answer one request in ten with 503:
    echo 'faults: [{ probability: 0.1, status: 503 }]' > faults.yaml
    callsheet simulate --faults faults.yaml")]
pub(super) struct SimulateArgs {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) host: std::net::IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub(super) port: u16,
    #[command(flatten)]
    pub(super) behaviour: SimulatorArgs,
}

/// How the simulator behaves.
#[derive(Debug, Args)]
pub(super) struct SimulatorArgs {
    /// Begin with this world (users, workspaces, models, pipelines, histories) instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(super) world: Option<PathBuf>,
    /// How long a deployment takes: 13s; never; error; error:5s
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub(super) deploy: Settling,
    /// How long undeploying takes
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration)]
    pub(super) undeploy: Duration,
    /// How long converting a model takes
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = parse_duration)]
    pub(super) conversion: Duration,
    /// How long an access token lives
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    pub(super) access_token_life: Duration,
    /// How long a refresh token lives
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = parse_duration)]
    pub(super) refresh_token_life: Duration,
    /// How long every answer waits: 200ms; or answers of one path: /v1/api/models/*=2s (repeatable)
    #[arg(long, value_name = "[PATH=]DURATION", value_parser = latency)]
    pub(super) latency: Vec<(Option<PathPattern>, Duration)>,
    /// Drop the connection instead of answering: PATH:before or PATH:after execution, with an optional count :N
    #[arg(long, value_name = "PATH:WHEN[:N]")]
    pub(super) reset: Vec<Reset>,
    /// Let requests go wrong as this file says: statuses, latencies, resets, broken answers
    #[arg(long, value_name = "FILE")]
    pub(super) faults: Option<PathBuf>,
    /// Make random values from this number, and which faults strike; 0 if neither this nor the faults say
    #[arg(long, value_name = "N")]
    pub(super) simulator_seed: Option<u64>,
}

/// The simulator that another command starts or asks.
#[derive(Debug, Default, Args)]
pub(super) struct SimulatorChoice {
    /// Start the built-in simulator and bind the playbook's `simulate` values; with =URL, use one that is running
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, value_parser = simulator_url)]
    pub(super) simulate: Option<Option<Url>>,
    /// Let requests to the simulator that is started go wrong as this file says
    #[arg(long, value_name = "FILE", requires = "simulate")]
    pub(super) faults: Option<PathBuf>,
    /// Make its random values from this number, and which faults strike
    #[arg(long, value_name = "N", requires = "simulate")]
    pub(super) simulator_seed: Option<u64>,
}

/// An address left empty by an unset variable must not turn into another simulator.
pub(super) fn simulator_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        "write the address of a running simulator, such as `http://127.0.0.1:8080`, or `--simulate` alone".to_owned()
    })
}

fn latency(text: &str) -> Result<(Option<PathPattern>, Duration), String> {
    match text.split_once('=') {
        Some((path, duration)) => {
            let path = path.parse().map_err(|error: PathPatternError| error.to_string())?;
            Ok((Some(path), parse_duration(duration)?))
        }
        None => Ok((None, parse_duration(text)?)),
    }
}
