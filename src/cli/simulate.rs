//! `callsheet simulate`, and the simulator that `run --simulate` starts.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpListener;
use url::Url;

use super::exit::Exit;
use super::signals;
use super::simulator_args::{SimulateArgs, SimulatorArgs, SimulatorChoice};
use super::terminal::{Terminal, say, tell};
use crate::client::{self, Client};
use crate::diagnostic::human;
use crate::plan::Inputs;
use crate::session::Session;
use crate::simulator::{FaultPlan, Options, Serving, Simulator, World, ready_line};
use crate::value::Value;
use crate::wire::{Body, Headers, Request, Transport};

pub(super) fn simulate(args: &SimulateArgs, terminal: Terminal) -> Exit {
    let Some(faults) = read_faults(args.behaviour.faults.as_deref(), args.behaviour.simulator_seed, terminal) else {
        return Exit::Invalid;
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell(&format!("error: cannot start: {error}\n"));
            return Exit::Errored;
        }
    };
    runtime.block_on(async {
        let address = SocketAddr::new(args.host, args.port);
        let world = match args.behaviour.world.as_deref().map_or_else(|| Ok(World::built_in()), read_world) {
            Ok(world) => world,
            Err(message) => {
                tell(&format!("error: {message}\n"));
                return Exit::Invalid;
            }
        };
        let serving = match serve(address, options(&args.behaviour, faults), world).await {
            Ok(serving) => serving,
            Err(error) => {
                tell(&format!("error: cannot listen on {address}: {error}\nhelp: `--port 0` takes a free port\n"));
                return Exit::Errored;
            }
        };
        say(&format!("{}\n", ready_line(&serving)));
        // However it is asked, the first time is enough.
        let _ = signals::interrupts().recv().await;
        serving.stop().await;
        Exit::Passed
    })
}

async fn serve(address: SocketAddr, options: Options, world: World) -> std::io::Result<Serving> {
    let listener = TcpListener::bind(address).await?;
    Simulator::with_world(options, world).serve(listener).await
}

/// Reads a world; what its file names lies beside it.
fn read_world(path: &Path) -> Result<World, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read the world {shown}: {error}"))?;
    World::read(&text, path.parent().unwrap_or(Path::new(""))).map_err(|error| format!("{shown}: {error}"))
}

/// Reads a plan of faults; the seed of the command line wins. `None` where it has mistakes, which have been told.
fn read_faults(path: Option<&Path>, seed: Option<u64>, terminal: Terminal) -> Option<FaultPlan> {
    let Some(path) = path else { return Some(FaultPlan::default()) };
    match Session::new().faults(path) {
        Ok(plan) => Some(FaultPlan { seed: seed.or(plan.seed), ..plan }),
        Err(problems) => {
            tell(&human(&problems.diagnostics, &problems.sources, terminal.err));
            None
        }
    }
}

fn options(args: &SimulatorArgs, faults: FaultPlan) -> Options {
    let whole = args.latency.iter().rev().find(|(path, _)| path.is_none()).map(|(_, latency)| *latency);
    let of = args.latency.iter().filter_map(|(path, latency)| Some((path.clone()?, *latency)));
    Options {
        seed: args.simulator_seed.unwrap_or_default(),
        start: jiff::Timestamp::now(),
        deploy: args.deploy,
        undeploy: args.undeploy,
        conversion: args.conversion,
        access_token_life: args.access_token_life,
        refresh_token_life: args.refresh_token_life,
        latency: whole.unwrap_or_default(),
        latency_of: of.collect(),
        resets: args.reset.clone(),
        faults,
        ..Options::default()
    }
}

/// How the simulator that a command starts behaves. The error is the exit code of what has been told.
pub(super) fn behaviour(choice: &SimulatorChoice, terminal: Terminal) -> Result<Options, Exit> {
    let told = [("--faults", choice.faults.is_some()), ("--simulator-seed", choice.simulator_seed.is_some())];
    if let (Some(Some(url)), Some((option, _))) = (&choice.simulate, told.iter().find(|(_, is_told)| *is_told)) {
        tell(&format!(
            "error: the simulator at {url} runs already, and `{option}` is for one that is started\n\
             help: give `{option}` to its `callsheet simulate`, or write `--simulate` alone\n"
        ));
        return Err(Exit::Usage);
    }
    let faults = read_faults(choice.faults.as_deref(), choice.simulator_seed, terminal).ok_or(Exit::Invalid)?;
    let seed = choice.simulator_seed.unwrap_or_default();
    Ok(Options { seed, start: jiff::Timestamp::now(), faults, ..Options::default() })
}

/// Starts a simulator of that behaviour, or asks one that is running, and binds its values. Nothing is done without
/// `--simulate`.
///
/// The simulator lives as long as what is handed back.
pub(super) async fn bind(
    simulate: Option<&Option<Url>>,
    options: &Options,
    inputs: Inputs,
) -> Result<(Inputs, Option<Serving>), String> {
    match simulate {
        None => Ok((inputs, None)),
        Some(None) => {
            let serving = serve(SocketAddr::from(([127, 0, 0, 1], 0)), options.clone(), World::built_in())
                .await
                .map_err(|error| format!("cannot start the simulator: {error}"))?;
            let ready = Value::of(&ready_line(&serving));
            Ok((inputs.simulator(ready.get("simulator").cloned().unwrap_or_default()), Some(serving)))
        }
        Some(Some(url)) => Ok((bind_running(url, inputs).await?, None)),
    }
}

/// Binds the values of a simulator that is running.
pub(super) async fn bind_running(url: &Url, inputs: Inputs) -> Result<Inputs, String> {
    Ok(inputs.simulator(ask(url).await?))
}

/// The addresses and credentials of a simulator that is running.
async fn ask(url: &Url) -> Result<Value, String> {
    let address = format!("{}/_simulator/ready", url.as_str().trim_end_matches('/'));
    let url = Url::parse(&address).map_err(|error| format!("`--simulate={url}` is no URL: {error}"))?;
    let request = Request {
        connection: std::sync::Arc::default(),
        method: "GET".to_owned(),
        url,
        headers: Headers::default(),
        body: Body::Empty,
        timeout: Duration::from_secs(10),
    };
    let unlike = || format!("{address} does not answer like a simulator; start one with `callsheet simulate`");
    let client = Client::new(client::Options::default());
    let mut answer = client.send(request).await.map_err(|error| error.to_string())?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.body.chunk().await.map_err(|error| error.to_string())? {
        body.extend_from_slice(&chunk);
    }
    let ready = Value::read(&body).map_err(|_| unlike())?;
    ready.get("simulator").cloned().ok_or_else(unlike)
}
