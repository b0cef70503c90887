//! The functions: `uuid()`, `now()`, `random_suffix()`, `random_int()`, `range()`.
//!
//! Random values are a function of the run's seed, the step's address and the place of the call, so a replay and a
//! second evaluation give the same.

use ring::digest::{Context, SHA256};

use super::EvalError;
use super::catalog::{Function, Signature};
use super::evaluate::FunctionCall;
use super::text::with_article;
use crate::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    function("uuid", &[], 0, uuid),
    function("now", &[], 0, |call| Ok(call.evaluation.scope.facts().started.to_string().into())),
    function("random_suffix", &["n"], 0, random_suffix),
    function("random_int", &["low", "high"], 2, random_int),
    function("range", &["start", "stop", "step"], 1, range),
];

const fn function(
    name: &'static str,
    parameters: &'static [&'static str],
    required: usize,
    call: fn(FunctionCall) -> Result<Value, EvalError>,
) -> Function {
    Function { name, signature: Signature { parameters, required, named: &[], rest: false }, call }
}

/// A random UUID (version 4).
fn uuid(call: FunctionCall) -> Result<Value, EvalError> {
    let block = block(&call, 0);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&block[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(parts.join("-").into())
}

/// Lower-case letters and digits, six unless told.
fn random_suffix(call: FunctionCall) -> Result<Value, EvalError> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let length = call.integer(0)?.unwrap_or(6);
    if !(1..=256).contains(&length) {
        return Err(call.fails("the length is from 1 to 256"));
    }
    // Bytes from 252 on would favour the first letters.
    let bytes = (0..).flat_map(|index| block(&call, index)).filter(|byte| *byte < 252);
    let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte) % 36]));
    Ok(letters.take(length as usize).collect::<String>().into())
}

/// A whole number from `low` to `high`, both included.
fn random_int(call: FunctionCall) -> Result<Value, EvalError> {
    let (low, high) = (call.integer(0)?.unwrap_or_default(), call.integer(1)?.unwrap_or_default());
    if low > high {
        return Err(call.fails("the first number is greater than the second"));
    }
    let count = (i128::from(high) - i128::from(low) + 1) as u128;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&block(&call, 0)[..16]);
    // 128 random bits for at most 2^64 numbers: the remainder's bias is below 2^-64.
    let offset = (u128::from_be_bytes(bytes) % count) as i128;
    Ok(Value::from((i128::from(low) + offset) as i64))
}

/// Whole numbers from `start` (0) up to and without `stop`.
fn range(call: FunctionCall) -> Result<Value, EvalError> {
    let (start, stop) = match (call.integer(0)?.unwrap_or_default(), call.integer(1)?) {
        (start, Some(stop)) => (start, stop),
        (stop, None) => (0, stop),
    };
    let step = call.integer(2)?.unwrap_or(1);
    if step == 0 {
        return Err(call.fails("the step cannot be 0"));
    }
    let distance = if step > 0 { i128::from(stop) - i128::from(start) } else { i128::from(start) - i128::from(stop) };
    let count = distance.max(0).div_euclid(i128::from(step.unsigned_abs()))
        + i128::from(distance.max(0).rem_euclid(i128::from(step.unsigned_abs())) != 0);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.evaluation.budget.work(count, call.span)?;
    call.evaluation.budget.list(count, call.span)?;
    Ok(Value::array((0..count).map(|index| Value::from(start + index as i64 * step)).collect()))
}

/// The n-th 32 random bytes of a call site.
fn block(call: &FunctionCall, index: u64) -> [u8; 32] {
    let facts = call.evaluation.scope.facts();
    let mut context = Context::new(&SHA256);
    context.update(&facts.seed.to_le_bytes());
    context.update(&call.span.start.to_le_bytes());
    context.update(&index.to_le_bytes());
    context.update(facts.site.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

impl FunctionCall<'_> {
    fn integer(&self, index: usize) -> Result<Option<i64>, EvalError> {
        let Some(value) = self.arguments.get(index).and_then(Option::as_ref) else { return Ok(None) };
        value.as_i64().map(Some).ok_or_else(|| {
            let parameter = self.function.signature.parameters[index];
            let message =
                format!("`{parameter}` of `{}` is a whole number, not {}", self.function.name, with_article(value));
            EvalError::wrong_type(self.span, message)
        })
    }

    fn fails(&self, reason: &str) -> EvalError {
        EvalError::other(self.span, format!("`{}`: {reason}", self.function.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Trial, table};

    #[test]
    fn random_values_depend_on_seed_step_and_place_and_on_nothing_else() {
        let scope = Trial::of("{}");
        for call in ["uuid()", "random_suffix()", "random_int(0, 1000000000)"] {
            let twice = scope.evaluate(&format!("[{call}, {call}]")).expect("random values");
            let [one, other] = twice.as_array().expect("a list") else { panic!("two values") };
            assert_ne!(one, other, "{call}");
            assert_eq!(scope.evaluate(&format!("[{call}, {call}]")), Ok(twice.clone()));
            let mut elsewhere = Trial::of("{}");
            elsewhere.facts.site = "upload".into();
            assert_ne!(elsewhere.evaluate(call), scope.evaluate(call));
            let mut another = Trial::of("{}");
            another.facts.seed = 8;
            assert_ne!(another.evaluate(call), scope.evaluate(call));
        }
    }

    #[test]
    fn random_values_have_their_form() {
        table(
            &Trial::of("{}"),
            &[
                ("uuid() | matches('^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')", "true"),
                ("random_suffix() | matches('^[a-z0-9]{6}$')", "true"),
                ("random_suffix(40) | matches('^[a-z0-9]{40}$')", "true"),
                ("random_suffix(n=8) | length", "8"),
                ("random_suffix(0)", "!from 1 to 256"),
                ("1 <= random_int(1, 6) <= 6", "true"),
                ("random_int(3, 3)", "3"),
                ("random_int(4, 3)", "!greater than the second"),
                ("random_int(-9223372036854775807, 9223372036854775807) is integer", "true"),
                ("now()", "\"2026-11-23T12:00:00Z\""),
            ],
        );
    }

    #[test]
    fn ranges_are_pythons() {
        table(
            &Trial::of("{}"),
            &[
                ("range(3)", "[0,1,2]"),
                ("range(1, 4)", "[1,2,3]"),
                ("range(0, 10, 4)", "[0,4,8]"),
                ("range(3, 0, -1)", "[3,2,1]"),
                ("range(3, 0)", "[]"),
                ("range(0, 3, 0)", "!the step cannot be 0"),
                ("range('3')", "!`start` of `range` is a whole number, not a string"),
            ],
        );
    }
}
