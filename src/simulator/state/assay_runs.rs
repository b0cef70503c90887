//! Running assays: at once for a caller, and by schedule as windows are completed.
//!
//! No task waits for the schedule. Whoever asks about assays first lets everything run that has become due, each
//! run at its own time, so the answers are those of a scheduler that was never late.

use jiff::{SignedDuration, Timestamp};

use super::{AssayResult, Platform};
use crate::simulator::assay::{
    Analysis, AssayConfig, AssayError, Baseline, CalculatedBaseline, IoPath, LogSource, PreparedBaseline, Sample, Span,
    Status, WindowPlan,
};
use crate::simulator::clock::analysis_time;
use crate::simulator::error::PlatformError;

/// Where the baseline of an assay is.
enum BaselinePlace {
    /// The same for every window.
    Prepared(Box<PreparedBaseline>, Option<Span>),
    /// As long as told, and that long before each window.
    Sliding { samples: Vec<Sample>, width: SignedDuration, offset: SignedDuration },
}

impl Platform {
    /// The baseline compared with itself.
    pub(in crate::simulator) fn analyze_baseline(&self, config: &AssayConfig) -> Result<Analysis, PlatformError> {
        match self.baseline_place(config)? {
            BaselinePlace::Prepared(baseline, span) => Ok(baseline.against_itself(span)),
            BaselinePlace::Sliding { samples, width, offset } => {
                // A sliding baseline is nowhere by itself; the one of the first window is shown.
                let plan = self.window_plan(config, None, &samples, width + offset)?;
                let window = plan.first().ok_or(AssayError::EmptyBaseline)?;
                let span = before(window, width, offset).ok_or(AssayError::EmptyBaseline)?;
                let baseline = PreparedBaseline::of_samples(span.values(&samples), Some(span), &config.summarizer)?;
                Ok(baseline.against_itself(Some(span)))
            }
        }
    }

    /// Every window with data that is complete by now.
    pub(in crate::simulator) fn analyze_windows(
        &self,
        config: &AssayConfig,
        now: Timestamp,
    ) -> Result<Vec<Analysis>, PlatformError> {
        self.analyze(config, None, now).map(|run| run.analyses)
    }

    /// Lets all scheduled runs happen that are due by now.
    pub(in crate::simulator) fn run_due_assays(&mut self, now: Timestamp) {
        for index in 0..self.assays.len() {
            while let Some(due) = self.assays[index].due.filter(|due| *due <= now) {
                self.run_assay(index, due);
            }
        }
    }

    fn run_assay(&mut self, index: usize, at: Timestamp) {
        let assay = &self.assays[index];
        // A run that cannot be made counts nothing and is tried again: its baseline may not be complete yet.
        let run = self.analyze(&assay.config, assay.analyzed_until, at).unwrap_or_else(|_| Run {
            analyses: Vec::new(),
            next_end: at.checked_add(assay.config.window.parsed.width()).ok(),
        });
        let assay_id = assay.id;
        let count = |status| run.analyses.iter().filter(|analysis| analysis.status == status).count();
        let status = format!(
            r#"{{"run_at": "{}",  "num_ok": {}, "num_warnings": {}, "num_alerts": {}}}"#,
            analysis_time(at).replace('Z', "+00:00"),
            count(Status::Ok),
            count(Status::Warning),
            count(Status::Alert),
        );
        let until_run = self.settling.assay_run;
        let assay = &mut self.assays[index];
        assay.status = status;
        assay.last_run = Some(at);
        assay.updated_at = at;
        assay.next_run = run.next_end;
        assay.due = run.next_end.and_then(|next_end| next_end.checked_add(until_run).ok());
        assay.analyzed_until =
            run.analyses.last().and_then(|analysis| analysis.span).map(|span| span.end).max(assay.analyzed_until);
        for analysis in run.analyses {
            let id = self.sequences.assay_result.take();
            self.assay_results.push(AssayResult { id, assay_id, analysis, analyzed_at: at });
        }
    }

    /// Compares the windows that end after one time and not after another.
    fn analyze(&self, config: &AssayConfig, after: Option<Timestamp>, now: Timestamp) -> Result<Run, PlatformError> {
        let until = config.run_until.map_or(now, |run_until| run_until.min(now));
        let samples = self.samples_of(config, &config.window.parsed.source)?;
        let place = self.baseline_place(config)?;
        let plan = match &place {
            BaselinePlace::Prepared(_, span) => {
                self.window_plan(config, span.map(|span| span.end), &samples, SignedDuration::ZERO)?
            }
            BaselinePlace::Sliding { samples, width, offset } => {
                self.window_plan(config, None, samples, *width + *offset)?
            }
        };
        let mut analyses = Vec::new();
        for window in plan.ended(after, until, &samples) {
            let values = window.values(&samples);
            if values.is_empty() {
                continue;
            }
            match &place {
                BaselinePlace::Prepared(baseline, _) => analyses.push(baseline.compare(&values, window, config)?),
                BaselinePlace::Sliding { samples, width, offset } => {
                    let span = before(window, *width, *offset);
                    let numbers = span.map(|span| span.values(samples)).unwrap_or_default();
                    if !numbers.is_empty() {
                        let baseline = PreparedBaseline::of_samples(numbers, span, &config.summarizer)?;
                        analyses.push(baseline.compare(&values, window, config)?);
                    }
                }
            }
        }
        let next_end = plan.next_end(now).filter(|end| config.run_until.is_none_or(|run_until| *end <= run_until));
        Ok(Run { analyses, next_end })
    }

    /// The windows of an assay. Without a start of its own the first begins where a fixed baseline ends, or as soon
    /// after the first inference as a sliding baseline fits before it.
    fn window_plan(
        &self,
        config: &AssayConfig,
        end_of_baseline: Option<Timestamp>,
        samples: &[Sample],
        room: SignedDuration,
    ) -> Result<WindowPlan, PlatformError> {
        let window = &config.window.parsed;
        let first = samples.first().and_then(|sample| sample.time.checked_add(room).ok());
        let otherwise = window.start.or(end_of_baseline).or(first).ok_or(AssayError::EmptyBaseline)?;
        Ok(WindowPlan::new(window, otherwise)?)
    }

    fn samples_of(&self, config: &AssayConfig, source: &LogSource) -> Result<Vec<Sample>, PlatformError> {
        let path: &IoPath = config.path_of(source).unwrap_or_else(|| config.iopath());
        self.samples(source, path, config.workspace_id)
    }

    fn baseline_place(&self, config: &AssayConfig) -> Result<BaselinePlace, PlatformError> {
        let (source, span) = match &config.baseline.parsed {
            Baseline::Fixed { source, start_at, end_at } => (source, Span { start: *start_at, end: *end_at }),
            Baseline::Calculated(CalculatedBaseline::FixedWindow(window)) => (&window.source, window.fixed_span()?),
            Baseline::Sliding { source, width, offset } => {
                let samples = self.samples_of(config, source)?;
                return Ok(BaselinePlace::Sliding { samples, width: width.length(), offset: offset.length() });
            }
            Baseline::Calculated(CalculatedBaseline::SlidingWindow { window, offset }) => {
                let samples = self.samples_of(config, &window.source)?;
                return Ok(BaselinePlace::Sliding { samples, width: window.width(), offset: offset.length() });
            }
            Baseline::Calculated(CalculatedBaseline::Vector(numbers)) => {
                let baseline = PreparedBaseline::of_samples(numbers.clone(), None, &config.summarizer)?;
                return Ok(BaselinePlace::Prepared(baseline.into(), None));
            }
            Baseline::Static(kept) => {
                let baseline = PreparedBaseline::of_summary(kept, &config.summarizer)?;
                return Ok(BaselinePlace::Prepared(baseline.into(), kept.span()));
            }
            Baseline::UserProvided { .. } => {
                return Err(AssayError::NotSimulated("a baseline of the form `UserProvided`").into());
            }
        };
        let samples = self.samples_of(config, source)?;
        let baseline = PreparedBaseline::of_samples(span.values(&samples), Some(span), &config.summarizer)?;
        Ok(BaselinePlace::Prepared(baseline.into(), Some(span)))
    }
}

/// What one run found, and when the next window will be complete.
struct Run {
    analyses: Vec<Analysis>,
    next_end: Option<Timestamp>,
}

/// The sliding baseline of a window. That the offset lies between the two is a choice: it was never printed.
fn before(window: Span, width: SignedDuration, offset: SignedDuration) -> Option<Span> {
    let end = window.start.checked_sub(offset).ok()?;
    Some(Span { start: end.checked_sub(width).ok()?, end })
}
