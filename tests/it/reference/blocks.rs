//! The playbooks that the reference shows: each says by the word behind `yaml` what is done with it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use callsheet::runner::Options;
use callsheet::session::Session;
use callsheet::source::Loader;

use super::reference;
use crate::on_the_simulator::Platform;

/// A block of YAML in the reference.
struct Block {
    words: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let reference = reference();
    let mut lines = reference.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let words = info.strip_prefix("yaml").unwrap_or_else(|| panic!("`{line}` begins a block that no test reads"));
        let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        blocks.push(Block { words: words.trim().to_owned(), text });
    }
    blocks
}

/// Files of which there are none.
struct NoFiles;

impl Loader for NoFiles {
    fn read(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn exists(&self, _: &Path) -> bool {
        false
    }
}

#[test]
fn every_block_says_what_a_test_does_with_it() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for block in blocks() {
        let (word, reason) = block.words.split_once(": ").unwrap_or((&block.words, ""));
        let known = match word {
            // The example of a key, which is checked in a playbook around it.
            "" | "runs" => reason.is_empty(),
            "checks" => !reason.is_empty(),
            _ => false,
        };
        assert!(known, "`yaml {}` is no word of these tests, or does not say why it is not run", block.words);
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    let expected = [("", super::keys::fields().len()), ("checks", 2), ("runs", 4)];
    assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)).into());
}

#[test]
fn every_playbook_is_without_a_mistake_and_without_a_warning() {
    for block in blocks().iter().filter(|block| !block.words.is_empty()) {
        let session = Session::with_loader(Arc::new(NoFiles));
        match session.parse("reference.yaml", &block.text, Path::new("")) {
            Ok(playbook) => assert!(playbook.warnings().diagnostics.is_empty(), "{}", playbook.warnings()),
            Err(problems) => panic!("{problems}\n{}", block.text),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_passes_and_hands_back_its_outputs() {
    let mut outputs = String::new();
    for block in blocks().iter().filter(|block| block.words == "runs") {
        let platform = Platform::new(callsheet::simulator::Options::default());
        let ended = platform.run(&block.text, &[], Options::default()).await.passed();
        let (_, named) = block.text.split_once("outputs:\n").expect("it has outputs");
        for name in named.lines().filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name) {
            outputs += &format!("{name}: {}\n", ended.output(name));
        }
    }
    insta::assert_snapshot!(outputs, @r#"
    names: ["mara.lindqvist@example.com - Default Workspace","housepricedrift","sdkquickworkspace"]
    number: 7
    text: "order 7"
    total: 3
    user_id: 8
    names: ["ana","li"]
    result: "nothing"
    how: "skipped"
    labels: ["1-red","2-blue"]
    "#);
}
