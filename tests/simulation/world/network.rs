//! The network: takes time, loses requests and answers, and writes down what reached the server.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use callsheet::event::CallId;
use callsheet::wire::{
    Answer, BodyReader, BoxFuture, Headers, Request, Transport, TransportError, TransportErrorKind, WholeBody,
};
use tokio::time::{Instant, sleep, timeout};

use super::dice::Dice;
use super::disk::Disk;
use super::key::Key;
use super::ledger::{Ledger, Reply};
use super::weather::{Fate, Weather};

/// A request that left the runner.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub key: Key,
    /// The intent that stood in the journal at that moment, if there was one that nothing had used yet.
    pub call: Option<CallId>,
    /// The status that the server gave when it did what it was told; `None` where it never heard of it.
    pub served: Option<u16>,
}

/// The server and the way to it. Clones share both.
#[derive(Clone)]
pub struct Network(Arc<Mutex<World>>);

/// What there is outside of the runner.
pub struct World {
    pub ledger: Ledger,
    pub arrivals: Vec<Arrival>,
    /// The most requests that were under way at the same time, for each process that is over.
    pub loads: Vec<usize>,
    most_in_flight: usize,
    in_flight: usize,
    seed: u64,
    weather: Weather,
    disk: Disk,
    /// The time at which the process began.
    before: Duration,
    begun: Option<Instant>,
}

impl Network {
    pub fn new(seed: u64, ledger: Ledger, weather: Weather, disk: Disk) -> Self {
        Network(Arc::new(Mutex::new(World {
            ledger,
            arrivals: Vec::new(),
            loads: Vec::new(),
            most_in_flight: 0,
            in_flight: 0,
            seed,
            weather,
            disk,
            before: Duration::ZERO,
            begun: None,
        })))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// A process begins; the time before it has passed for the server.
    pub fn begin_process(&self, weather: Weather) {
        let mut world = self.world();
        world.weather = weather;
        world.in_flight = 0;
        world.most_in_flight = 0;
        world.begun = Some(Instant::now());
    }

    /// A process is over, and time goes on.
    pub fn end_process(&self) {
        let mut world = self.world();
        let most = world.most_in_flight;
        world.loads.push(most);
        world.before = world.now() + Duration::from_secs(1);
        world.begun = None;
    }
}

impl World {
    fn now(&self) -> Duration {
        self.before + self.begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }

    /// A request sets out.
    fn depart(&mut self, request: &Request) -> (usize, Fate) {
        let key = Key::of_request(request);
        let call = self.disk.use_intent(&key);
        let nth = self.arrivals.iter().filter(|arrival| arrival.key == key).count();
        self.arrivals.push(Arrival { call, served: None, key: key.clone() });
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        let mut dice = Dice::at(self.seed, &format!("{key} {nth}"));
        if dice.chance(self.weather.tokens_lost) {
            self.ledger.forget_tokens();
        }
        (self.arrivals.len() - 1, self.weather.fate(&mut dice))
    }

    fn serve(&mut self, request: &Request, arrival: usize) -> Reply {
        let now = self.now();
        let reply = self.ledger.serve(request, arrival, now);
        self.arrivals[arrival].served = Some(reply.status);
        reply
    }
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let limit = request.timeout;
            if self.world().disk.swallows(&Key::of_request(&request)) {
                let body = Box::new(WholeBody(Some(Bytes::from_static(b"{}"))));
                return Ok(Answer { status: 200, headers: Headers::default(), body });
            }
            let (arrival, fate) = self.world().depart(&request);
            let transit = Transit { network: self, request, arrival, delivers: fate.delivers_late, served: false };
            match timeout(limit, carry(transit, fate)).await {
                Ok(result) => result,
                Err(_) => Err(error(TransportErrorKind::Timeout)),
            }
        })
    }
}

/// A request on its way. One that is dropped before it was served may arrive all the same: the kernel has it.
struct Transit<'a> {
    network: &'a Network,
    request: Request,
    arrival: usize,
    delivers: bool,
    served: bool,
}

impl Transit<'_> {
    fn serve(&mut self) -> Reply {
        self.served = true;
        self.network.world().serve(&self.request, self.arrival)
    }
}

impl Drop for Transit<'_> {
    fn drop(&mut self) {
        if self.delivers && !self.served {
            self.serve();
        }
        self.network.world().in_flight -= 1;
    }
}

async fn carry(mut transit: Transit<'_>, fate: Fate) -> Result<Answer, TransportError> {
    let mut fate = fate;
    sleep(fate.there).await;
    if let Some(kind) = fate.fails_before {
        transit.delivers = false;
        return Err(error(kind));
    }
    let reply = match fate.status_instead {
        Some(status) => {
            if fate.executed_all_the_same {
                transit.serve();
            }
            transit.delivers = false;
            Reply { status, body: r#"{"error":"out of order"}"#.to_owned() }
        }
        None => transit.serve(),
    };
    sleep(fate.back).await;
    if let Some(kind) = fate.fails_after {
        return Err(error(kind));
    }
    let mut headers = Headers(vec![("content-type".to_owned(), "application/json".to_owned())]);
    if let Some(seconds) = fate.retry_after.take() {
        headers.push("retry-after", seconds.to_string());
    }
    let body: Box<dyn BodyReader> = match fate.breaks_off {
        true => Box::new(Broken(Some(Bytes::from(reply.body).slice(..1)))),
        false => Box::new(WholeBody(Some(reply.body.into()))),
    };
    Ok(Answer { status: reply.status, headers, body })
}

/// A body that breaks off.
struct Broken(Option<Bytes>);

impl BodyReader for Broken {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let chunk = self.0.take().map(Some).ok_or_else(|| error(TransportErrorKind::Truncated));
        Box::pin(std::future::ready(chunk))
    }
}

fn error(kind: TransportErrorKind) -> TransportError {
    TransportError { kind, message: format!("ledger.example.com: {kind:?}") }
}
