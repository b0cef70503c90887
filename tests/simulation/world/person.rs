//! The person in front of a run that was stopped: goes on with it, and answers what is asked.

use callsheet::event::{Envelope, Event, Failure, FailureKind};
use callsheet::plan::Plan;
use callsheet::runner::CLEANUP;
use callsheet::session::{Resumption, Stopped, Unresumable};
use callsheet::value::Value;

use super::book::without_keys;
use super::dice::Dice;
use super::disk::Disk;
use super::network::Network;
use super::process::{Goes, start};

/// Makes a run ready to be gone on with, as a person of that seed does; `None` where there is nothing to go on with.
pub fn goes_on(seed: u64, plan: &Plan, events: &[Envelope], network: &Network, disk: &Disk) -> Option<Goes> {
    let mut dice = Dice::at(seed, &format!("go on from {}", events.len()));
    let mut how = Resumption { cleanup_only: dice.chance(10), now: start(), ..Resumption::default() };
    // What the last process has asked at its end.
    if let Some(Event::RunFinished(finished)) = events.last().map(|envelope| &envelope.event) {
        for question in finished.failures.iter().filter(|failure| failure.kind == FailureKind::Undecided) {
            answer(seed, network, question, &mut how);
        }
    }
    for _ in 0..3 {
        let bodies = disk.clone();
        let stopped = Stopped::new(events.to_vec(), move |name| bodies.body(name))?;
        match stopped.prepare(plan, &how) {
            Ok(goes) => return Some(goes),
            Err(Unresumable::Done(_)) => return None,
            Err(Unresumable::Undecided(questions)) => {
                questions.iter().for_each(|question| answer(seed, network, question, &mut how));
            }
            Err(Unresumable::Refused(why)) => panic!("a person who does as is said is refused: {why:#?}"),
        }
    }
    panic!("every question was answered, and it still asks")
}

/// Looks what the server has done, and says so; sometimes has it done again whatever was done.
fn answer(seed: u64, network: &Network, question: &Failure, how: &mut Resumption) {
    let named = question.message.split('`').nth(1).unwrap_or_else(|| panic!("{question:?} names nothing")).to_owned();
    if how.redo.contains(&named) || how.assume_done.contains(&named) {
        return;
    }
    // Whoever is asked twice says the same.
    let mut dice = Dice::at(seed, &named);
    let made = network.world().ledger.made_by(named.strip_prefix(CLEANUP).unwrap_or(&named));
    match made {
        Some(id) if !named.starts_with(CLEANUP) && dice.chance(60) => {
            let step = without_keys(&named);
            let capture = format!("{named}.{}_id", step.rsplit('.').next().unwrap_or(&step));
            how.values.push((capture, Value::from(id)));
            how.assume_done.push(named);
        }
        None if named.starts_with(CLEANUP) && dice.chance(60) => how.assume_done.push(named),
        _ => how.redo.push(named),
    }
}
