//! What a person types and writes, and what the program answers.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

const FILE: &str = "orders.yaml";

pub struct Walk {
    folder: TempDir,
    url: String,
    variables: Vec<(String, String)>,
    told: String,
    /// Where the last answer begins in what was told.
    last: usize,
}

impl Walk {
    pub fn new(address: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Walk { folder, url: format!("http://{address}"), variables: Vec::new(), told: String::new(), last: 0 }
    }

    pub fn with_url(&self, text: &str) -> String {
        text.replace("URL", &self.url)
    }

    /// `export NAME=…`
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self.told.push_str(&format!("$ export {name}=…\n\n"));
    }

    /// Calls the program, which ends with that code.
    #[track_caller]
    pub fn call(&mut self, arguments: &[&str], code: i32) -> &mut Self {
        let output = Command::new(env!("CARGO_BIN_EXE_callsheet"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("PASSWORD")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("the program can be started");
        self.last = self.told.len();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stderr) + &text(&output.stdout);
        let typed = if arguments.contains(&"--from-curl") {
            "init orders.yaml --from-curl 'curl …'".to_owned()
        } else {
            arguments.join(" ")
        };
        self.told.push_str(&format!("$ callsheet {typed}\n{said}"));
        assert_eq!(output.status.code(), Some(code), "{}", &self.told[self.last..]);
        self.told.push_str(&format!("→ {code}\n\n"));
        self
    }

    /// The last answer says all of that.
    #[track_caller]
    pub fn explains(&mut self, all: &[&str]) -> &mut Self {
        let answer = &self.told[self.last..];
        for one in all {
            assert!(answer.contains(one), "`{one}` is not said:\n{answer}");
        }
        self
    }

    /// Leaves the last answer out of what is told.
    pub fn forget(&mut self) {
        self.told.truncate(self.last);
    }

    #[track_caller]
    pub fn replace(&mut self, from: &str, to: &str) {
        let text = self.text();
        assert!(text.contains(from), "`{from}` is not in:\n{text}");
        self.write(&text.replacen(from, to, 1));
        self.told.push_str(&marked(from, '-'));
        self.told.push_str(&marked(to, '+'));
        self.told.push('\n');
    }

    /// Writes further lines to the end of the file, as steps.
    pub fn add(&mut self, lines: &str) {
        let text = format!("{}\n{lines}", self.text());
        self.write(&text);
        self.told.push_str(&marked(lines, '+'));
        self.told.push('\n');
    }

    /// Writes further lines to the end of the last step.
    pub fn append(&mut self, lines: &str) {
        let text = self.text() + lines;
        self.write(&text);
        self.told.push_str(&marked(lines, '+'));
        self.told.push('\n');
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join(FILE)).expect("the playbook")
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join(FILE), text).expect("the playbook");
    }

    /// What was told never showed that, and neither does what was written.
    #[track_caller]
    pub fn says_no_secret(&self, secret: &str) {
        assert!(!self.told.contains(secret) && !self.text().contains(secret), "{}", self.told);
    }

    /// The whole walk, with what differs each time taken out.
    pub fn told(&self) -> String {
        let mut told = self.told.replace(&self.url, "URL");
        for (pattern, name) in [
            (r"\d{8}-\d{6}-[a-z0-9]{4}", "RUN"),
            (r"(?m)^( +)\d+\.\d s?", "$1TIME "),
            (r"(?m)^ +\d+\.\d+s ", "  TIME "),
            (r"\bin \d+(\.\d+)? (ms|s)\b", "in TIME"),
            (r"after \d+ polls", "after N polls"),
            (r"127\.0\.0\.1:\d+", "HOST"),
        ] {
            told = regex::Regex::new(pattern).expect("a pattern").replace_all(&told, name).into_owned();
        }
        told
    }
}

fn marked(text: &str, mark: char) -> String {
    text.lines().map(|line| format!("{mark} {line}\n")).collect()
}
