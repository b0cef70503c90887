//! The playbook that the README shows.

use std::fs;
use std::path::Path;

use callsheet::session::Session;

use super::platform::Platform;

/// The first block of YAML in the README.
fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(path).expect("the README can be read");
    let (_, behind) = text.split_once("```yaml\n").expect("the README shows a playbook");
    behind.split_once("```").expect("the block ends").0.to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_playbook_in_the_readme_is_without_a_mistake_and_passes() {
    let playbook = Session::new().parse("README.md", &example(), Path::new("."));
    let playbook = playbook.unwrap_or_else(|problems| panic!("{problems}"));
    let platform = Platform::start(callsheet::simulator::Options::default()).await;
    let ended = platform.run_playbook(&playbook, &[]).await.passed();
    assert_eq!(ended.output("owner").as_str(), Some("mara.lindqvist@example.com"));
}
