//! The last line on a terminal while several playbooks run: how many are done, how many run, how many did not pass.
//!
//! Makes text and writes nothing. What is said of a playbook takes the line's place, and the line follows below it.

use std::time::{Duration, Instant};

use crate::cli::plain::interrupted;
use crate::cli::terminal::size;
use crate::cli::text::cut;
use crate::cli::time::clock;
use crate::record::Standing;

/// How often the line is redrawn without news.
pub(super) const TICK: Duration = Duration::from_millis(100);

const ERASE: &str = "\r\x1b[K";

pub(super) struct Progress {
    live: bool,
    count: usize,
    what: &'static str,
    begun: Instant,
    done: usize,
    bad: usize,
    stopping: bool,
}

impl Progress {
    /// Of so many playbooks; says nothing of its own unless `live`.
    pub(super) fn new(live: bool, (count, what): (usize, &'static str), begun: Instant) -> Self {
        Progress { live, count, what, begun, done: 0, bad: 0, stopping: false }
    }

    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// Someone asked to stop, for the first time or again: no further playbook begins. What is said of it.
    pub(super) fn stopping(&mut self, times: u32) -> String {
        self.stopping = true;
        format!("{}stop     {}\n", self.erase(), interrupted(times))
    }

    /// A playbook has ended: its block, in the place of the line, and the line.
    pub(super) fn ended(&mut self, block: &str, standing: Standing, taken: usize) -> String {
        self.done += 1;
        self.bad += usize::from(!standing.is_passed());
        if self.live { format!("{ERASE}{block}{}", self.line(taken)) } else { block.to_owned() }
    }

    /// The line as it is now; `taken` playbooks have begun.
    pub(super) fn redraw(&self, taken: usize) -> String {
        format!("{ERASE}{}", self.line(taken))
    }

    /// Takes the line away.
    pub(super) fn erase(&self) -> &'static str {
        if self.live { ERASE } else { "" }
    }

    fn line(&self, taken: usize) -> String {
        let elapsed = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        cut(&self.words(taken, elapsed), size().columns.saturating_sub(1))
    }

    /// `12/500 playbooks · 1 did not pass · 16 running · 2.3s`
    fn words(&self, taken: usize, elapsed: u64) -> String {
        let mut parts = vec![format!("{}/{} {}", self.done, self.count, self.what)];
        if self.bad > 0 {
            parts.push(format!("{} did not pass", self.bad));
        }
        parts.push(format!("{} running", taken.saturating_sub(self.done)));
        if self.stopping {
            parts.push("stopping".to_owned());
        }
        parts.push(clock(elapsed));
        parts.join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_what_is_done_what_runs_and_what_did_not_pass() {
        let mut progress = Progress::new(true, (500, "playbooks"), Instant::now());
        assert_eq!(progress.words(16, 0), "0/500 playbooks · 16 running · 0.0s");
        progress.ended("", Standing::Flaky, 17);
        progress.ended("", Standing::Failed, 17);
        assert!(progress.stopping(1).contains("Ctrl-C again drops them"));
        assert_eq!(progress.words(17, 2345), "2/500 playbooks · 1 did not pass · 15 running · stopping · 2.3s");
    }

    #[test]
    fn a_block_takes_the_place_of_the_line_and_stands_alone_where_there_is_none() {
        let mut progress = Progress::new(true, (2, "playbooks"), Instant::now());
        let text = progress.ended("passed   a.yaml\n", Standing::Passed, 2);
        assert!(text.starts_with("\r\x1b[Kpassed   a.yaml\n1/2 playbooks · 1 running"), "{text:?}");
        let mut plain = Progress::new(false, (2, "playbooks"), Instant::now());
        assert_eq!(plain.ended("passed   a.yaml\n", Standing::Passed, 2) + plain.erase(), "passed   a.yaml\n");
    }
}
