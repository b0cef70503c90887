//! What is on the disk: the same as was heard, without a secret, and the same for the same run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem;

use super::super::story::Story;
use super::{Findings, Promise};

pub(super) fn examine(story: &Story, findings: &mut Findings) {
    // With a planted bug the disk is told something else than the listener.
    let ends = story.chapters.iter().skip(1).map(|chapter| chapter.begins).chain([story.events.len()]);
    for (chapter, end) in story.chapters.iter().zip(ends).filter(|_| !story.planted) {
        let kept = &story.events[chapter.begins..end];
        let told = chapter.heard.len().min(kept.len());
        let same = chapter.heard[..] == kept[..told] && (!chapter.finished || told == kept.len());
        findings.demand(same, Promise::Journal, || "what is read is not what was told".to_owned());
    }
    if let Some((one, other)) = &story.twins {
        findings.demand(one == other, Promise::Transcript, || {
            format!("{one}\n---- and with other latencies ----\n{other}")
        });
    }
    secrets(story, findings);
}

fn secrets(story: &Story, findings: &mut Findings) {
    let mut written = story.disk.bodies();
    written.push(story.disk.bytes());
    written.extend(story.twins.iter().map(|(one, _)| one.clone().into_bytes()));
    let world = story.network.world();
    let secrets = world.ledger.secrets.iter().chain([&story.book.password, &story.book.client_secret]);
    for secret in secrets {
        for form in forms(secret) {
            let found = written.iter().any(|bytes| memmem::find(bytes, form.as_bytes()).is_some());
            findings.demand(!found, Promise::Secrets, || format!("`{secret}` is on the disk as `{form}`"));
        }
    }
}

/// The text, and its base64 wherever it begins in what is encoded.
fn forms(secret: &str) -> Vec<String> {
    let shifted = (0..3).map(|shift| {
        let encoded = STANDARD_NO_PAD.encode(format!("{}{secret}", &"  "[..shift]));
        // The first letters hold something of what stands before, the last something of what follows.
        encoded[shift.div_ceil(2) * 2..encoded.len() - 2].to_owned()
    });
    shifted.chain([secret.to_owned()]).collect()
}
