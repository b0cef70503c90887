//! The whole system under simulation: `cargo bench --bench simulation -- --seeds 10000`.
//!
//! `--seed N` begins at that seed, `--seeds 1` tells one story and shows it, `--threads N` shares the seeds. `--plant BUG`
//! plants one of `late-intent`, `forgotten-cleanup` and `resent`, and shows which seeds find it.

mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use world::plant::Bug;
use world::tell;

fn main() {
    let number = |name: &str, default| option(name).map_or(default, |value| value.parse().expect("a number"));
    let (first, count, threads) = (number("--seed", 0), number("--seeds", 10_000), number("--threads", 2));
    let bug = option("--plant").map(|name| {
        let bug = Bug::ALL.iter().find(|(known, _)| *known == name);
        bug.unwrap_or_else(|| panic!("`{name}` is no bug that can be planted")).1
    });
    let (next, failing, finished) = (AtomicU64::new(first), AtomicU64::new(0), AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let (story, breaches) = tell(seed, bug);
                    finished.fetch_add(u64::from(story.is_finished()), Ordering::Relaxed);
                    if count == 1 {
                        println!("{}", story.shown());
                    }
                    if !breaches.is_empty() {
                        failing.fetch_add(1, Ordering::Relaxed);
                        let breaches = breaches.iter().map(|breach| format!("  {breach}\n")).collect::<String>();
                        println!("seed {seed}:\n{breaches}");
                    }
                }
            });
        }
    });
    let (seconds, failing) = (begun.elapsed().as_secs_f64(), failing.into_inner());
    let finished = finished.into_inner();
    println!(
        "{count} seeds from {first} in {seconds:.1} s ({:.0} a second), {finished} runs came to their end; {failing} failing",
        count as f64 / seconds
    );
    if failing > 0 {
        std::process::exit(1);
    }
}

/// What stands behind an option.
fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    Some(arguments.next().unwrap_or_else(|| panic!("`{name}` wants a value behind it")))
}
