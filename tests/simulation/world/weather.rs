//! What can happen to a request on its way, and how often.

use std::time::Duration;

use callsheet::wire::TransportErrorKind;

use super::dice::Dice;

/// How the network behaves while a process runs.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Of a hundred requests, so many have trouble.
    trouble: usize,
    /// The slowest of ordinary requests, in milliseconds.
    slow: usize,
    /// Of a hundred requests, so many take longer than anyone waits.
    very_slow: usize,
    /// Of a hundred requests that are dropped, so many arrive all the same.
    late: usize,
    /// Of a hundred requests, so many find that the server has forgotten every token.
    pub tokens_lost: usize,
}

/// What happens to one request.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    pub there: Duration,
    pub back: Duration,
    pub fails_before: Option<TransportErrorKind>,
    pub fails_after: Option<TransportErrorKind>,
    /// A gateway's status in place of the server's.
    pub status_instead: Option<u16>,
    pub executed_all_the_same: bool,
    pub retry_after: Option<u64>,
    pub breaks_off: bool,
    /// Whether it arrives although nobody waits for it any more.
    pub delivers_late: bool,
}

impl Weather {
    pub fn of(dice: &mut Dice) -> Self {
        Weather {
            trouble: *dice.pick(&[0, 5, 15, 40]),
            slow: *dice.pick(&[1, 50, 900]),
            very_slow: *dice.pick(&[0, 0, 3, 10]),
            late: *dice.pick(&[0, 50, 100]),
            tokens_lost: *dice.pick(&[0, 0, 3]),
        }
    }

    /// Nothing goes wrong.
    pub fn calm(dice: &mut Dice) -> Self {
        Weather { trouble: 0, slow: *dice.pick(&[1, 50, 900]), very_slow: 0, late: 0, tokens_lost: 0 }
    }

    pub fn fate(&self, dice: &mut Dice) -> Fate {
        let mut fate = Fate {
            there: dice.millis(0, self.slow),
            back: dice.millis(0, self.slow),
            delivers_late: dice.chance(self.late),
            ..Fate::default()
        };
        if dice.chance(self.very_slow) {
            let wait = if dice.chance(50) { &mut fate.there } else { &mut fate.back };
            *wait = dice.millis(1000, 70_000);
        }
        if dice.chance(self.trouble) {
            trouble(&mut fate, dice);
        }
        fate
    }
}

fn trouble(fate: &mut Fate, dice: &mut Dice) {
    use TransportErrorKind::{ConnectTimeout, Refused, Reset, Resolve, Tls};
    match dice.below(7) {
        0 | 1 => fate.fails_before = Some(*dice.pick(&[Refused, Resolve, Tls, ConnectTimeout])),
        2 => fate.fails_before = Some(Reset),
        3 => fate.fails_after = Some(Reset),
        4 => fate.breaks_off = true,
        5 => {
            fate.status_instead = Some(*dice.pick(&[429, 503, 500]));
            fate.retry_after = dice.chance(50).then(|| dice.below(4) as u64);
        }
        _ => {
            fate.status_instead = Some(*dice.pick(&[502, 504]));
            fate.executed_all_the_same = dice.chance(50);
        }
    }
}
