//! What is wrong with the name of a file that an answer is saved in: the same before the run and in it.

use crate::source::unsafe_name;

/// What is wrong with a name under which an answer is to be saved, and what to write instead.
pub fn bad_save(name: &str) -> Option<(String, &'static str)> {
    let problem = unsafe_name(name)?;
    let help = "write a name such as `models/fraud.onnx`: the file is put into `saved/` in the run's folder";
    Some((format!("`save`: `{name}` {problem}"), help))
}
