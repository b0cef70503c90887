//! What is left to chance: numbers made of the seed, the rule and the request, and of nothing else.

use std::time::Duration;

use super::plan::Latency;
use crate::simulator::random::Random;

/// The draws for one rule and one request.
pub(super) struct Chance {
    random: Random,
}

/// The 99th percentile of the standard normal distribution.
const P99: f64 = 2.326_347_874;

/// No answer takes longer, whatever is drawn.
const LONGEST: f64 = 86_400.0;

impl Chance {
    /// The draws of a rule, by its place among the rules, for the nth request of a method and path.
    pub(super) fn of(seed: u64, rule: usize, request: &str, n: u64) -> Self {
        let words = [seed, rule as u64, n];
        let bytes = words.iter().flat_map(|word| word.to_le_bytes()).chain(request.bytes());
        // FNV-1a; the generator behind it mixes the bits well.
        let state = bytes
            .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        Self { random: Random::seeded(state) }
    }

    /// Whether something of this probability happens.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A time of this distribution.
    pub(super) fn latency(&mut self, latency: Latency) -> Duration {
        let seconds = match latency {
            Latency::Fixed(time) => return time,
            Latency::Normal { mean, deviation } => mean.as_secs_f64() + deviation.as_secs_f64() * self.normal(),
            Latency::LongTail { median, p99 } => {
                let spread = p99.as_secs_f64() / median.as_secs_f64().max(f64::MIN_POSITIVE);
                median.as_secs_f64() * spread.powf(self.normal() / P99)
            }
        };
        // Whole milliseconds: the last bits of these functions may differ between machines.
        Duration::from_millis((seconds.clamp(0.0, LONGEST) * 1000.0).round() as u64)
    }

    /// From 0 up to, but not including, 1.
    fn uniform(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The standard normal distribution, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(latency: Latency) -> Vec<u128> {
        let mut times: Vec<u128> =
            (1..=10_000).map(|n| Chance::of(7, 0, "GET /a", n).latency(latency).as_millis()).collect();
        times.sort_unstable();
        times
    }

    #[test]
    fn latencies_have_the_distribution_they_are_told() {
        let millis = Duration::from_millis;
        let normal = drawn(Latency::Normal { mean: millis(200), deviation: millis(50) });
        assert!((195..=205).contains(&normal[5_000]), "{}", normal[5_000]);
        assert!((245..=255).contains(&normal[8_413]), "one deviation above the mean: {}", normal[8_413]);
        let tail = drawn(Latency::LongTail { median: millis(100), p99: millis(3_000) });
        assert!((95..=105).contains(&tail[5_000]), "{}", tail[5_000]);
        assert!((2_500..=3_500).contains(&tail[9_900]), "{}", tail[9_900]);
        assert!(tail[9_999] > 10_000, "{}", tail[9_999]);
        let low = drawn(Latency::Normal { mean: millis(1), deviation: millis(50) });
        assert_eq!(low[1_000], 0, "never below zero");
    }

    #[test]
    fn draws_differ_by_seed_rule_request_and_number_and_by_nothing_else() {
        let first = |seed, rule, request, n| Chance::of(seed, rule, request, n).random.next_u64();
        let base = first(1, 0, "GET /a", 1);
        assert_eq!(base, first(1, 0, "GET /a", 1));
        let others =
            [first(2, 0, "GET /a", 1), first(1, 1, "GET /a", 1), first(1, 0, "GET /b", 1), first(1, 0, "GET /a", 2)];
        assert!(!others.contains(&base));
    }
}
