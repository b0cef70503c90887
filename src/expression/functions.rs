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
    function("random_suffix", &["length"], 0, random_suffix),
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
