//! A program to run, with all its values in place.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::body::kept;
use super::view::View;
use crate::event::{BodyRecord, RequestRecord};
use crate::expression::EvalError;
use crate::plan::Exec;
use crate::playbook::EXEC;
use crate::wire::Headers;

/// A program ready to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// What is run: a name that is looked up in `PATH`, or the whole path of a file.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables besides those that the run itself has.
    pub env: Vec<(String, String)>,
    /// What it reads.
    pub stdin: Option<String>,
    /// The folder that it runs in.
    pub directory: PathBuf,
}

/// Makes the program of a step, and what is kept of it: its command line stands for the URL of a request, its
/// variables for the header fields, and what it reads for the body.
pub fn program(exec: &Exec, view: &View<'_>) -> Result<(Program, RequestRecord), EvalError> {
    let written = &exec.written;
    let name = written.program.render_text(view)?;
    let args = written.args.iter().map(|arg| arg.render_text(view)).collect::<Result<Vec<_>, _>>()?;
    let env = written.env.iter().map(|(name, value)| Ok((name.text.to_string(), value.render_text(view)?)));
    let env = env.collect::<Result<Vec<(String, String)>, EvalError>>()?;
    let stdin = written.stdin.as_ref().map(|text| text.render_text(view)).transpose()?;
    let directory = &view.plan().playbook().directory;
    let line: Vec<String> = std::iter::once(&name).chain(&args).map(|word| shell_word(word).into_owned()).collect();
    let record = RequestRecord {
        method: EXEC.to_owned(),
        url: line.join(" "),
        headers: Headers(env.clone()),
        body: stdin.as_deref().map_or(BodyRecord::Empty, kept),
        marks: Vec::new(),
    };
    let directory = if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory.clone() };
    Ok((Program { program: locate(&name, &directory), args, env, stdin, directory }, record))
}

/// A name alone is looked up; anything else is a path, relative to the playbook.
fn locate(name: &str, directory: &Path) -> PathBuf {
    let path = Path::new(name);
    if path.components().count() == 1 && !name.starts_with(['.', '/']) {
        return path.to_owned();
    }
    let whole = directory.join(path);
    std::path::absolute(&whole).unwrap_or(whole)
}

/// A word of a command line as people write it: quoted where a shell would take it for more than one, or for a pattern.
pub fn shell_word(word: &str) -> Cow<'_, str> {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_and_a_path_is_relative_to_the_playbook() {
        assert_eq!(locate("git", Path::new("x")), Path::new("git"));
        assert!(locate("tools/a", Path::new("x")).is_absolute());
        assert!(locate("./a", Path::new("x")).ends_with("x/./a") || locate("./a", Path::new("x")).ends_with("x/a"));
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(["a-b", "a b", "", "it's"].map(shell_word).join(" "), r"a-b 'a b' '' 'it'\''s'");
        assert_eq!(shell_word("c[y].i2"), "'c[y].i2'");
    }
}
