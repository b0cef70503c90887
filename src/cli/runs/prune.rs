//! `callsheet prune`: removes the files of runs that nobody needs any more.

use std::fs;

use serde_json::json;

use super::args::PruneArgs;
use super::listed::{Listed, State, list, of};
use crate::cli::args::OutputFormat;
use crate::cli::exit::Exit;
use crate::cli::terminal::{say, tell};
use crate::cli::text::{clean, table};
use crate::journal::{self, JournalError, find, half_removed};

/// What becomes of a run.
struct Fate {
    run: Listed,
    bytes: u64,
    /// Why it stays; `None` where it goes.
    stays: Option<String>,
}

pub(in crate::cli) fn prune(args: &PruneArgs) -> Exit {
    if args.runs.is_empty() && args.older_than.is_none() && args.keep.is_none() {
        tell(
            "error: nothing says which runs are to be removed\nhelp: write `--older-than 30d`, `--keep 50`, both, or \
             the names of runs; `--dry-run` shows what would go\n",
        );
        return Exit::Usage;
    }
    let fates = match if args.runs.is_empty() { by_rule(args, jiff::Timestamp::now()) } else { by_name(args) } {
        Ok(fates) => fates,
        Err(error) => {
            tell(&format!("error: {error}\n"));
            return Exit::Errored;
        }
    };
    let (fates, mut exit) = if args.dry_run { (fates, Exit::Passed) } else { carry_out(fates) };
    if !args.dry_run {
        // What cannot be removed now is tried again the next time.
        half_removed(&args.folder).iter().for_each(|folder| drop(fs::remove_dir_all(folder)));
    }
    let said = match args.format {
        OutputFormat::Json => say(&as_json(&fates, args.dry_run)),
        OutputFormat::Human => say(&lines(&fates, args.dry_run)),
    };
    let named_and_kept = |fate: &&Fate| !args.runs.is_empty() && fate.stays.is_some();
    if fates.iter().any(|fate| named_and_kept(&fate)) {
        exit = Exit::Errored;
    }
    exit.max(said)
}

/// The runs that the rules are about; those that are too young or among the newest are not mentioned.
fn by_rule(args: &PruneArgs, now: jiff::Timestamp) -> Result<Vec<Fate>, JournalError> {
    let mut fates = Vec::new();
    for run in list(&args.folder)?.into_iter().skip(args.keep.unwrap_or(0)) {
        if let Some(age) = args.older_than {
            let since = run.written().map(|written| now.duration_since(written));
            if !since.is_some_and(|since| since.is_positive() && since.unsigned_abs() > age) {
                continue;
            }
        }
        let stays = run.wanted().filter(|_| !args.all || run.state == State::Running).map(str::to_owned);
        fates.push(Fate { bytes: journal::size(&run.folder), run, stays });
    }
    Ok(fates)
}

/// The runs that are named. Whoever names one knows what it is; only one that goes on stays.
fn by_name(args: &PruneArgs) -> Result<Vec<Fate>, JournalError> {
    let mut fates: Vec<Fate> = Vec::new();
    for name in &args.runs {
        let run = of(&find(&args.folder, Some(name))?);
        if fates.iter().any(|fate| fate.run.folder == run.folder) {
            continue;
        }
        let stays = run.wanted().filter(|_| run.state == State::Running).map(str::to_owned);
        fates.push(Fate { bytes: journal::size(&run.folder), run, stays });
    }
    Ok(fates)
}

/// Removes what goes. What cannot be removed stays, with the reason.
fn carry_out(fates: Vec<Fate>) -> (Vec<Fate>, Exit) {
    let mut exit = Exit::Passed;
    let mut done = Vec::new();
    for mut fate in fates {
        if fate.stays.is_none()
            && let Err(error) = journal::remove(&fate.run.folder)
        {
            // One that has begun to go on in this moment is no error.
            if !matches!(error, JournalError::Busy { .. }) {
                exit = Exit::Errored;
            }
            fate.stays = Some(error.headline());
        }
        done.push(fate);
    }
    (done, exit)
}

fn lines(fates: &[Fate], dry_run: bool) -> String {
    let playbook = |run: &Listed| run.head.as_ref().map(|head| clean(&head.playbook)).unwrap_or_default();
    let row = |fate: &Fate| {
        let word = match (&fate.stays, dry_run) {
            (Some(_), _) => "kept",
            (None, true) => "would remove",
            (None, false) => "removed",
        };
        let why = fate.stays.as_deref().map(clean).unwrap_or_default();
        [word.to_owned(), clean(&fate.run.name()), playbook(&fate.run), bytes(fate.bytes), why]
    };
    let mut text = table(&fates.iter().map(row).collect::<Vec<_>>(), "");
    let gone: Vec<&Fate> = fates.iter().filter(|fate| fate.stays.is_none()).collect();
    let kept = fates.len() - gone.len();
    let sum = bytes(gone.iter().map(|fate| fate.bytes).sum());
    let (verb, runs) = (if dry_run { "would remove" } else { "removed" }, if gone.len() == 1 { "run" } else { "runs" });
    text += &match gone.len() {
        0 => "nothing to remove".to_owned(),
        count => format!("{verb} {count} {runs}, {sum}"),
    };
    text += &match kept {
        0 => "\n".to_owned(),
        count => format!("; {count} kept\n"),
    };
    text
}

fn as_json(fates: &[Fate], dry_run: bool) -> String {
    let one = |fate: &Fate| {
        json!({
            "run": fate.run.name(),
            "bytes": fate.bytes,
            "removed": fate.stays.is_none() && !dry_run,
            "kept_because": fate.stays,
        })
    };
    let bytes: u64 = fates.iter().filter(|fate| fate.stays.is_none()).map(|fate| fate.bytes).sum();
    let whole = json!({ "dry_run": dry_run, "bytes": bytes, "runs": fates.iter().map(one).collect::<Vec<_>>() });
    format!("{}\n", serde_json::to_string_pretty(&whole).expect("it is JSON"))
}

/// `812 B`, `14 KiB`, `3.2 MiB`, `1.1 GiB`
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{size:.0} KiB") } else { format!("{size:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_told_in_the_unit_that_fits() {
        let told = [0, 1023, 1024, 15_000, 3 << 20, 5 << 30].map(bytes);
        assert_eq!(told, ["0 B", "1023 B", "1 KiB", "15 KiB", "3.0 MiB", "5.0 GiB"]);
    }
}
