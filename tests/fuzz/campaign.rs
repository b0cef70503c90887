//! Tries inputs one after the other, keeps those that do something new, and notes those that are wrong.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, mpsc};
use std::time::{Duration, Instant};

use super::Target;
use super::mutator::{Random, mutate};
use super::shape::Shape;

/// How a campaign is run.
pub struct Options {
    /// The same seed and number of inputs try the same inputs.
    pub seed: u64,
    /// It ends after so many inputs, or after so long.
    pub inputs: u64,
    pub time: Duration,
    /// An input that takes longer ends the process.
    pub patience: Duration,
    /// Where inputs are written that are wrong.
    pub findings: PathBuf,
    /// Whether each input is written before it is tried, so that one that ends the process is known too.
    pub careful: bool,
}

/// What a campaign gave.
pub struct Report {
    pub inputs: u64,
    pub kept: usize,
    pub elapsed: Duration,
    pub slowest: Duration,
    /// One for each place that panicked.
    pub findings: Vec<Finding>,
}

/// An input that is wrong.
pub struct Finding {
    pub message: String,
    pub input: Vec<u8>,
    pub path: PathBuf,
}

/// An input that takes longer is worth a look.
const SLOW: Duration = Duration::from_millis(500);

/// More inputs than this are not kept.
const MOST_KEPT: usize = 50_000;

/// So often an input is tried with a part less.
const SHRINKING: usize = 3_000;

/// Runs a campaign, on a thread with as much stack as a program's main thread has.
pub fn run(target: &'static Target, options: Options) -> Report {
    let campaign = move || try_inputs(target, &options);
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(campaign).expect("a thread can be started");
    thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
}

/// Tries one input; the error is what is wrong with it.
pub fn attempt(target: &Target, input: &[u8]) -> Result<Shape, String> {
    listen();
    TRYING.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    TRYING.set(false);
    result.map_err(|panicked| {
        let place = PLACE.take();
        format!("{}: {}", place, text_of(&*panicked))
    })
}

fn try_inputs(target: &'static Target, options: &Options) -> Report {
    let folder = options.findings.join(target.name);
    fs::create_dir_all(&folder).expect("the folder of the findings can be made");
    let watch = Watch::begin(target.name, options.patience, folder.clone());
    let mut random = Random::new(options.seed);
    let mut pool = [cases(target.name), (target.seeds)()].concat();
    let first = pool.len() as u64;
    let mut known = HashSet::new();
    let started = Instant::now();
    let mut report =
        Report { inputs: 0, kept: 0, elapsed: Duration::ZERO, slowest: Duration::ZERO, findings: Vec::new() };
    loop {
        let enough = report.inputs >= options.inputs || started.elapsed() >= options.time;
        if enough && report.inputs >= first {
            break;
        }
        // Every seed as it is, before any is changed.
        let mut input = match pool.get(report.inputs as usize) {
            Some(seed) if report.inputs < first => seed.clone(),
            _ => {
                let mut input = random.pick(&pool).clone();
                mutate(&mut random, &mut input, &pool, target.words);
                input
            }
        };
        if options.careful {
            fs::write(folder.join("in-hand"), &input).expect("an input can be written");
        }
        let took = watch.over(&input, || attempt(target, &input));
        report.inputs += 1;
        if took.1 > report.slowest {
            report.slowest = took.1;
            if took.1 > SLOW {
                fs::write(folder.join("slowest"), &input).expect("an input can be written");
            }
        }
        match took.0 {
            Ok(shape) if known.insert(shape.number()) && report.inputs > first && pool.len() < MOST_KEPT => {
                input.shrink_to_fit();
                pool.push(input);
            }
            Ok(_) => {}
            Err(message) if report.findings.iter().any(|finding| place(&finding.message) == place(&message)) => {}
            Err(message) => report.findings.push(found(target, &folder, &watch, input, message)),
        }
    }
    report.elapsed = started.elapsed();
    report.kept = pool.len();
    report
}

/// The inputs that were found before.
pub fn cases(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/cases").join(target);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).map_or_else(|_| Vec::new(), |files| files.flatten().map(|file| file.path()).collect());
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

fn found(target: &Target, folder: &Path, watch: &Watch, input: Vec<u8>, message: String) -> Finding {
    let mut input = input;
    let mut left = SHRINKING;
    let mut length = input.len().next_power_of_two();
    while length > 0 && left > 0 {
        let mut at = 0;
        while at < input.len() && left > 0 {
            let mut shorter = input.clone();
            shorter.drain(at..(at + length).min(input.len()));
            left -= 1;
            match watch.over(&shorter, || attempt(target, &shorter)).0 {
                Err(same) if place(&same) == place(&message) => input = shorter,
                _ => at += length,
            }
        }
        length /= 2;
    }
    let message = attempt(target, &input).err().unwrap_or(message);
    let mut shape = Shape::default();
    let path = folder.join(format!("{:016x}", shape.message(place(&message)).number()));
    fs::write(&path, &input).expect("a finding can be written");
    Finding { message, input, path }
}

/// `file:line:column` of a panic.
fn place(message: &str) -> &str {
    message.split(": ").next().unwrap_or_default()
}

fn text_of(panicked: &(dyn Any + Send)) -> String {
    let text = panicked.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panicked.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}

thread_local! {
    static TRYING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Lets panics of an attempt leave their place here instead of on the terminal.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            if TRYING.get() {
                PLACE.set(panicked.location().map(ToString::to_string).unwrap_or_default());
            } else {
                before(panicked);
            }
        }));
    });
}

/// The input that is being tried, and since when.
type InHand = Arc<Mutex<Option<(Instant, Vec<u8>)>>>;

/// Ends the process where an input takes too long.
struct Watch {
    in_hand: InHand,
    /// Dropped when there is nothing to watch any more.
    _end: mpsc::Sender<()>,
}

impl Watch {
    fn begin(target: &'static str, patience: Duration, folder: PathBuf) -> Self {
        let in_hand = InHand::default();
        let seen = Arc::clone(&in_hand);
        let (end, ended) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            while ended.recv_timeout(Duration::from_millis(250)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let in_hand = seen.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let Some((since, input)) = &*in_hand else { continue };
                if since.elapsed() > patience {
                    let path = folder.join("hang");
                    let _ = fs::write(&path, input);
                    let text = String::from_utf8_lossy(input);
                    eprintln!("{target}: an input takes more than {patience:?}; it is in {}:\n{text}", path.display());
                    std::process::abort();
                }
            }
        });
        Watch { in_hand, _end: end }
    }

    fn over<T>(&self, input: &[u8], work: impl FnOnce() -> T) -> (T, Duration) {
        let started = Instant::now();
        let set = |value| *self.in_hand.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = value;
        set(Some((started, input.to_vec())));
        let result = work();
        set(None);
        (result, started.elapsed())
    }
}
