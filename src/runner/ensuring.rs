//! `ensure`: look first, create only when nothing is found.

use super::failure;
use super::judge::{Bench, Verdict, judge};
use super::machine::{End, Judging};
use super::scheduler::{Scheduler, Waiter};
use crate::event::{FailureKind, Foreseen, Role};
use crate::expression::{EvalErrorKind, FileNeed};
use crate::plan::{Call, Ensure, Work};
use crate::playbook::Several;
use crate::value::Value;

impl<'p> Scheduler<'p> {
    /// A request of an `ensure` has ended: what comes next.
    pub(super) fn ensure_ended(&mut self, step: usize, role: &Role, end: End) {
        let Work::Ensure(ensure) = &self.step(step).work else { unreachable!("only `ensure` has these roles") };
        match (role, end) {
            (Role::Find(index), End::Passed { captures }) => {
                self.steps[step].own = captures;
                if index + 1 < ensure.find.len() {
                    self.want_request(step, Role::Find(index + 1));
                } else {
                    self.steps[step].created = Some(self.is_own(step));
                    self.update_where_it_differs(step, ensure);
                }
            }
            (Role::Find(_), End::Absent) if self.steps[step].conflict => {
                let message = "`create` says that it is there already, and `find` does not find it".to_owned();
                let span = ensure.create.request.span;
                let mut failure = failure::at(FailureKind::Expect, message, span, self.words());
                failure.help = Some("compare what `find` looks for with what `create` sends".to_owned());
                self.end_step(step, End::failed(vec![failure], Default::default()));
            }
            (Role::Find(_), End::Absent) if self.options.refresh => self.end_foreseen(step, Foreseen::Create),
            (Role::Find(_), End::Absent) => {
                self.steps[step].absent = true;
                self.steps[step].own.clear();
                self.want_request(step, Role::Create);
            }
            (Role::Create, End::Conflict) => {
                self.steps[step].conflict = true;
                self.want_request(step, Role::Find(0));
            }
            (Role::Create, End::Passed { captures }) => {
                self.steps[step].created = Some(true);
                self.end_step(step, End::Passed { captures });
            }
            (_, end) => self.end_step(step, end),
        }
    }

    /// What was found is updated where `differs` says so.
    pub(super) fn update_where_it_differs(&mut self, step: usize, ensure: &'p Ensure) {
        let found = self.steps[step].own.clone();
        let Some((differs, _)) = &ensure.update else {
            return self.end_step(step, End::Passed { captures: found });
        };
        let holds = match &self.steps[step].answer {
            Some(answer) => differs.holds(&self.view(step).with_answer(answer)),
            None => differs.holds(&self.view(step)),
        };
        match holds {
            Ok(true) if self.options.refresh => self.end_foreseen(step, Foreseen::Update),
            Ok(true) => self.want_request(step, Role::Update),
            Ok(false) => self.end_step(step, End::Passed { captures: found }),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => self.need_file(self.steps[step].frame, need, Waiter::Differs(step)),
                _ => {
                    let failure = failure::evaluation(error, self.words());
                    self.end_step(step, End::errored(failure));
                }
            },
        }
    }

    /// A file that `differs` needed was read.
    pub(super) fn resume_differs(&mut self, step: usize) {
        if let Work::Ensure(ensure) = &self.step(step).work {
            self.update_where_it_differs(step, ensure);
        }
    }
}

/// What only `ensure` knows of an answer: nothing found, or there already.
pub(super) fn judge_ensure(
    role: &Role,
    ensure: &Ensure,
    call: &Call,
    judging: &Judging,
    bench: &Bench<'_>,
) -> Result<Option<Judged>, FileNeed> {
    if judging.values.part.as_ref().is_some_and(|part| part.unread.is_some()) {
        // Nothing can be told of what was not read.
        return Ok(None);
    }
    let (expr, judged) = match role {
        Role::Find(_) => (ensure.absent.as_ref(), Judged::Absent),
        Role::Create => (ensure.conflict.as_ref(), Judged::Conflict),
        _ => return Ok(None),
    };
    let holds = match expr.map(|expr| expr.holds(&bench.view(&judging.values, bench.own))) {
        Some(Ok(holds)) => holds,
        Some(Err(error)) => match error.kind {
            EvalErrorKind::NeedsFile(need) => return Err(need),
            // A path that is not in this answer does not hold.
            EvalErrorKind::Undefined => false,
            _ => {
                let failures = vec![failure::evaluation(error, bench.words())];
                let captures = bench.own.clone();
                return Ok(Some(Judged::Verdict(Verdict::Wrong { failures, captures, only_missing: false })));
            }
        },
        None => *role == Role::Create && judging.values.status == 409,
    };
    if holds {
        return Ok(Some(judged));
    }
    if *role == Role::Create {
        return Ok(None);
    }
    let several = call.request.captures.iter().filter(|capture| capture.several == Several::All);
    Ok(Some(match judge(call, &judging.values, bench) {
        Verdict::Wrong { only_missing: true, .. } => Judged::Absent,
        // A list of nothing has found nothing.
        Verdict::Good(captures)
            if several.into_iter().any(|capture| is_empty_list(captures.get(&capture.name.text))) =>
        {
            Judged::Absent
        }
        Verdict::NeedsFile(need) => return Err(need),
        verdict => Judged::Verdict(verdict),
    }))
}

fn is_empty_list(value: Option<&Value>) -> bool {
    value.and_then(Value::as_array).is_some_and(<[Value]>::is_empty)
}

/// What came of judging.
pub(super) enum Judged {
    Verdict(Verdict),
    Absent,
    Conflict,
}
