//! The live display: what has happened scrolls by, what is happening stands below and is redrawn.
//!
//! It is fed with events and ticks and writes frames, at most ten a second, each in one write. A frame overwrites
//! the block before it line by line, so nothing flickers; lines are cut one column short of the terminal's edge,
//! because a terminal that wraps would make the block taller than it was counted. The only control sequences are
//! those that every terminal and tmux know: cursor up, erase, hide and show the cursor. It does not ask the terminal
//! anything: the size is handed in.

use std::io::{self, Write};

use super::exchange::target;
use super::paint::{Tone, paint};
use super::plain::{Plain, Verbosity};
use super::text::{clean, cut, pad, pad_left, width};
use super::time::clock;
use crate::diagnostic::Palette;
use crate::event::{Decision, Envelope, Outcome};
use crate::record::{CleanupRecord, Record, Try};

/// Milliseconds between two frames, at least.
const FRAME: u64 = 100;
/// A step's address takes no more columns than this.
const WIDEST_STEP: usize = 32;

const ERASE_LINE: &str = "\x1b[K";
const ERASE_BELOW: &str = "\x1b[J";
const HIDE_CURSOR: &str = "\x1b[?25l";
pub(super) const SHOW_CURSOR: &str = "\x1b[?25h";

/// The size of a terminal, in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// The live display on a terminal. Dropping it removes the block and gives the cursor back.
#[derive(Debug)]
pub struct Live<W: Write> {
    out: W,
    plain: Plain,
    palette: Palette,
    size: Size,
    /// Lines that are to scroll by with the next frame.
    pending: String,
    /// The widths of the block's lines as they stand on the terminal.
    drawn: Vec<usize>,
    last_frame: Option<u64>,
    hidden: bool,
}

impl<W: Write> Live<W> {
    /// On a terminal of that size.
    pub fn new(out: W, verbosity: Verbosity, palette: Palette, size: Size) -> Self {
        Live {
            out,
            plain: Plain::new(verbosity, palette),
            palette,
            size,
            pending: String::new(),
            drawn: Vec::new(),
            last_frame: None,
            hidden: false,
        }
    }

    /// What writes its lines.
    pub(super) fn plain(&mut self) -> &mut Plain {
        &mut self.plain
    }

    /// Takes the next event, and draws if it is time.
    pub fn event(&mut self, envelope: &Envelope) -> io::Result<()> {
        self.pending += &self.plain.lines(envelope);
        self.tick(envelope.at)
    }

    /// Draws if it is time: `now` is in milliseconds since the run's start. Wanted about ten times a second.
    pub fn tick(&mut self, now: u64) -> io::Result<()> {
        if self.last_frame.is_some_and(|last| now < last + FRAME) {
            return Ok(());
        }
        self.last_frame = Some(now);
        let block = block(self.plain.record(), now, self.size, self.palette);
        self.frame(&block)
    }

    /// From now on the terminal has that size.
    pub fn resize(&mut self, size: Size) {
        self.size = size;
    }

    /// Writes text above the block, at once: whole lines.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        self.pending += text;
        let block = block(self.plain.record(), self.last_frame.unwrap_or(0), self.size, self.palette);
        self.frame(&block)
    }

    /// Writes what is still to be said, removes the block and gives the cursor back.
    pub fn finish(&mut self) -> io::Result<()> {
        self.frame(&[])?;
        if std::mem::take(&mut self.hidden) {
            self.out.write_all(SHOW_CURSOR.as_bytes())?;
        }
        self.out.flush()
    }

    fn frame(&mut self, block: &[Line]) -> io::Result<()> {
        let mut frame = String::new();
        if !self.hidden && !block.is_empty() {
            frame += HIDE_CURSOR;
            self.hidden = true;
        }
        let above: usize = self.drawn.iter().map(|width| self.rows_of(*width)).sum();
        if above > 0 {
            frame += &format!("\x1b[{above}A\r");
        }
        if !self.pending.is_empty() {
            // Pending lines may wrap, so that they cannot overwrite the block line by line.
            frame += ERASE_BELOW;
            frame += &std::mem::take(&mut self.pending);
        }
        for line in block {
            frame += &format!("{}{ERASE_LINE}\n", line.text);
        }
        if above > 0 {
            frame += ERASE_BELOW;
        }
        self.drawn = block.iter().map(|line| line.width).collect();
        self.out.write_all(frame.as_bytes())?;
        self.out.flush()
    }

    /// A line that was drawn on a wider terminal is wrapped on this one.
    fn rows_of(&self, width: usize) -> usize {
        width.div_ceil(self.size.columns.max(1)).max(1)
    }
}

impl<W: Write> Drop for Live<W> {
    fn drop(&mut self) {
        if self.hidden || !self.drawn.is_empty() {
            // The terminal may be gone; there is nobody left to tell.
            let _ = self.finish();
        }
    }
}

/// A line of the block, with the columns it takes.
struct Line {
    text: String,
    width: usize,
}

/// What is going on, as the cells of a line.
struct Row {
    name: String,
    progress: String,
    since: u64,
    seen: String,
}

/// A line for each step that runs, as many as there is room for, and the totals.
fn block(record: &Record, now: u64, size: Size, palette: Palette) -> Vec<Line> {
    if record.started.is_none() {
        return Vec::new();
    }
    let columns = size.columns.saturating_sub(1);
    // One row is the cursor's, one shows the last line that scrolled by, one has the totals.
    let room = size.rows.saturating_sub(3);
    let mut rows = rows(record, now);
    let hidden = if rows.len() > room { rows.len() - room.saturating_sub(1) } else { 0 };
    rows.truncate(rows.len() - hidden);
    let widest = |cell: fn(&Row) -> usize| rows.iter().map(cell).max().unwrap_or(0);
    let name = widest(|row| width(&row.name)).min(WIDEST_STEP);
    let progress = widest(|row| width(&row.progress));
    let mut lines = Vec::new();
    for row in &rows {
        let elapsed = pad_left(&clock(now.saturating_sub(row.since)), 6);
        let mut cells = vec![pad(&cut(&row.name, name), name)];
        if progress > 0 {
            cells.push(pad(&row.progress, progress));
        }
        cells.extend([elapsed, row.seen.clone()]);
        lines.push(line(cells.join("  ").trim_end(), columns));
    }
    if hidden > 0 && room > 0 {
        lines.push(line(&format!("and {hidden} more running"), columns));
    }
    let mut totals = line(&totals(record, now), columns);
    totals.text = paint(palette, Tone::Strong, &totals.text);
    lines.push(totals);
    lines
}

fn line(text: &str, columns: usize) -> Line {
    let text = cut(text, columns);
    Line { width: width(&text), text }
}

fn rows(record: &Record, now: u64) -> Vec<Row> {
    let steps =
        record.running().map(|step| row(clean(step.step.as_str()), step.started.unwrap_or(0), &step.tries, now));
    let is_running = |cleanup: &&CleanupRecord| cleanup.started.is_some() && cleanup.ended.is_none();
    let cleanups = record.cleanups.iter().filter(is_running).map(|cleanup| {
        row(format!("cleanup of {}", clean(cleanup.step.as_str())), cleanup.started.unwrap_or(0), &cleanup.tries, now)
    });
    steps.chain(cleanups).collect()
}

fn row(name: String, since: u64, tries: &[Try], now: u64) -> Row {
    let Some(last) = tries.last() else {
        return Row { name, progress: String::new(), since, seen: String::new() };
    };
    let attempt = (last.attempt > 1).then(|| format!("attempt {}", last.attempt));
    let poll = (last.poll > 0).then(|| format!("poll {}", last.poll));
    let progress = attempt.into_iter().chain(poll).collect::<Vec<_>>().join("/");
    Row { name, progress, since, seen: seen(tries, last, now) }
}

/// The state last seen: of a poll what the answer said, of a retry what it waits for, else the request in flight.
fn seen(tries: &[Try], last: &Try, now: u64) -> String {
    let rest = |after: u64| clock((last.ended.unwrap_or(last.sent) + after).saturating_sub(now));
    let text = match &last.decision {
        Some(Decision::PollAgain { seen, .. }) => seen.clone(),
        Some(Decision::Retry { after, because }) => format!("{because}, again in {}", rest(*after)),
        Some(Decision::Renew) => "renewing the token".to_owned(),
        _ => {
            let before = tries.iter().rev().skip(1).find_map(|exchange| match &exchange.decision {
                Some(Decision::PollAgain { seen, .. }) => Some(seen.clone()),
                _ => None,
            });
            let request = || format!("{} {}", last.request.method, target(&last.request.url));
            before.filter(|_| last.poll > 1).unwrap_or_else(request)
        }
    };
    clean(&text)
}

/// `12/30 steps · 3 running · 9 waiting · 14.2s`
fn totals(record: &Record, now: u64) -> String {
    let counts = record.counts();
    let mut parts = vec![format!("{}/{} steps", counts.ended(), counts.total())];
    let mut share = |count: usize, word: &str| {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    };
    share(counts.failed, Outcome::Failed.as_str());
    share(counts.errored, Outcome::Errored.as_str());
    share(counts.running, "running");
    share(counts.waiting, "waiting");
    if record.closing.is_some() && !record.cleanups.is_empty() {
        let done = record.cleanups.iter().filter(|cleanup| cleanup.ended.is_some()).count();
        parts.push(format!("{done}/{} cleaned up", record.cleanups.len()));
    }
    if record.interrupts > 0 {
        parts.push("stopping".to_owned());
    }
    parts.push(clock(now));
    parts.join(" · ")
}

#[cfg(test)]
mod tests;
