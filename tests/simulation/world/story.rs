//! A story: everything that happens to one run, from one seed.

use std::path::Path;
use std::sync::Arc;

use callsheet::event::{Envelope, Event, Extent, Outcome as Word, Resumed, Role};
use callsheet::plan::{Inputs, Plan};
use callsheet::record::{CleanupRecord, StepRecord, Try};
use callsheet::runner::CleanupWhen;
use callsheet::session::{Outcome, Session};
use callsheet::source::Loader;

use super::book::Book;
use super::dice::Dice;
use super::disk::Disk;
use super::ledger::Ledger;
use super::network::Network;
use super::oracle::{self, Breach};
use super::person;
use super::plant::{Bug, Plant};
use super::process::{End, Process};

/// How many processes a run has at most.
const PROCESSES: usize = 4;

/// A story that has been told.
pub struct Story {
    pub seed: u64,
    pub book: Book,
    pub disk: Disk,
    pub network: Network,
    /// The processes, one after the other.
    pub chapters: Vec<Chapter>,
    /// The journal as it is read at last.
    pub events: Vec<Envelope>,
    /// The transcript, and that of another run of the same playbook, where everything passed in both.
    pub twins: Option<(String, String)>,
    pub planted: bool,
}

/// What happened in one process.
pub struct Chapter {
    pub process: Process,
    /// How many events there were before it.
    pub begins: usize,
    /// What it told.
    pub heard: Vec<Envelope>,
    /// Whether it came to its end.
    pub finished: bool,
}

/// Tells the story of a seed, and says what is wrong with it.
pub fn tell(seed: u64, bug: Option<Bug>) -> (Story, Vec<Breach>) {
    let story = Story::of(seed, bug);
    let breaches = oracle::examine(&story);
    (story, breaches)
}

impl Story {
    fn of(seed: u64, bug: Option<Bug>) -> Self {
        let mut dice = Dice::at(seed, "story");
        let book = Book::write(seed);
        let plant = Plant::of(bug);
        let plan = plan(&book, &plant);
        let disk = Disk::new(plant);
        let calm = dice.chance(15);
        let mut process = if calm { Process::calm(&mut dice) } else { Process::of(&mut dice) };
        let network = network(seed, seed, &book, &process, &disk);
        let (mut chapters, mut events, mut past) = (Vec::new(), Vec::new(), None);
        let outcome = loop {
            let begins = events.len();
            let (end, heard) = process.run(&plan, past, &network, &disk);
            events = disk.reopen().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let finished = matches!(end, End::Finished(_));
            chapters.push(Chapter { process, begins, heard, finished });
            let over = chapters.len() == PROCESSES || dice.chance(15);
            past = if over { None } else { person::goes_on(seed, &plan, &events, &network, &disk) };
            if past.is_none() {
                break end;
            }
            process = if dice.chance(40) { Process::calm(&mut dice) } else { Process::of(&mut dice) };
        };
        let twins = match &outcome {
            End::Finished(outcome)
                if bug.is_none()
                    && is_good(outcome)
                    && chapters.iter().all(cleans_up)
                    && !is_assumed(&events)
                    && dice.chance(50) =>
            {
                let own = outcome.transcript(&|name| disk.body(name)).to_yaml();
                twin(seed, &book, &plan, &mut dice).map(|other| (own, other))
            }
            _ => None,
        };
        Story { seed, book, disk, network, chapters, events, twins, planted: bug.is_some() }
    }

    /// Whether the last process came to its end.
    pub fn is_finished(&self) -> bool {
        self.chapters.last().is_some_and(|chapter| chapter.finished)
    }

    /// The story for a person: the playbook, what was done to it, and what happened.
    pub fn shown(&self) -> String {
        let files = self.book.files.iter().map(|(path, text)| format!("# {}\n{text}\n", path.display()));
        let processes = self.chapters.iter().map(|chapter| format!("{}: {:?}\n", chapter.begins, chapter.process));
        let events = self.events.iter().map(|envelope| format!("{:>6} {:?}\n", envelope.at, envelope.event));
        let world = self.network.world();
        let arrivals = world.arrivals.iter().enumerate();
        let arrivals =
            arrivals.map(|(number, one)| format!("{number} {}: {:?} served {:?}\n", one.key, one.call, one.served));
        let existing = world.ledger.existing().map(|thing| format!("{thing:?}\n"));
        let parts: [String; 5] =
            [processes.collect(), files.collect(), events.skip(1).collect(), arrivals.collect(), existing.collect()];
        format!("seed {}\n{}", self.seed, parts.join("\n"))
    }
}

/// The server behaves as `seed` says, and the network as `salt` does.
fn network(seed: u64, salt: u64, book: &Book, process: &Process, disk: &Disk) -> Network {
    Network::new(salt, Ledger::new(seed, salt, book.has_auth), process.weather.clone(), disk.clone())
}

/// The transcript of the same playbook under another interleaving.
fn twin(seed: u64, book: &Book, plan: &Plan, dice: &mut Dice) -> Option<String> {
    let salt = dice.below(usize::MAX) as u64;
    let process = Process::calm(dice);
    let disk = Disk::new(Plant::default());
    let network = network(seed, salt, book, &process, &disk);
    match process.run(plan, None, &network, &disk).0 {
        End::Finished(outcome) => is_good(&outcome).then(|| outcome.transcript(&|name| disk.body(name)).to_yaml()),
        End::Died => unreachable!("nothing kills it"),
    }
}

/// Whether nothing went wrong, not even what is tolerated: a poll may run out of time by a hair.
fn is_good(outcome: &Outcome) -> bool {
    let is_bad = |word: Option<Word>| word.is_some_and(Word::is_bad);
    let record = &outcome.record;
    // What is found after its answer was lost is not what was made.
    let bad_steps = record.steps().any(|step| is_bad(step.outcome()) || step.tries.iter().any(Try::is_doubtful));
    let has_created = |step: &StepRecord| step.tries.iter().any(|one| one.role == Role::Create);
    let is_found = |step: &StepRecord| step.report.as_ref().is_some_and(|report| report.created == Some(false));
    let found_own = record.steps().any(|step| has_created(step) && is_found(step));
    // A cleanup that a later process has gone on with has sent its requests in another order.
    let bad_cleanup = |cleanup: &CleanupRecord| is_bad(cleanup.outcome) || cleanup.tries.iter().any(Try::is_doubtful);
    outcome.passed() && !bad_steps && !found_own && !record.cleanups.iter().any(bad_cleanup)
}

/// Whether a person has said what a step brings, of which nothing has answered, or has let only the cleanups be done.
fn is_assumed(events: &[Envelope]) -> bool {
    let differs = |resumed: &Resumed| !resumed.assumed.is_empty() || resumed.extent == Extent::Cleanups;
    events.iter().any(|envelope| matches!(&envelope.event, Event::Resumed(resumed) if differs(resumed)))
}

fn cleans_up(chapter: &Chapter) -> bool {
    chapter.process.options.cleanup == CleanupWhen::Always
}

fn plan(book: &Book, plant: &Plant) -> Plan {
    let files = book.files.iter().map(|(path, text)| (path.clone(), plant.reads(text))).collect();
    let loader = Arc::new(Files(files));
    let playbook = Session::with_loader(loader).load("main.yaml").unwrap_or_else(|found| panic!("{found}"));
    let inputs = Inputs::new().secret("password", book.password.as_str());
    let inputs = inputs.secret("client_secret", book.client_secret.as_str());
    playbook.plan(&inputs).unwrap_or_else(|found| panic!("{found}"))
}

struct Files(std::collections::BTreeMap<std::path::PathBuf, String>);

impl Loader for Files {
    fn read(&self, path: &Path) -> std::io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}
