//! What is kept and shown of a stream: its events, like any other body.

use callsheet::event::BodyRecord;
use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::{TOKENS, body, run, run_with, text};
use crate::run::scenario::outputs;

#[test]
fn a_transcript_shows_the_events_in_normal_form() {
    let steps = "  a:
    get: /a
    stream: { until: event.event == \"end\" }
    volatile: ['$[*].data.at', '$[*].id']
";
    let ran = run(steps, |mut peer| async move {
        peer.events("id: 91\ndata: {\"at\": 1764, \"b\": 2, \"a\": 1}\n\nid: 92\nevent: end\ndata: bye\n\n").await;
    });
    let transcript = ran.passed().transcript().to_yaml();
    let (from, to) =
        (transcript.find("        json:").expect("its events"), transcript.find("outputs:").expect("the end"));
    insta::assert_snapshot!(&transcript[from..to], @r"
            json:
            - data:
                a: 1
                at: '[volatile]'
                b: 2
              event: message
              id: '[volatile]'
            - data: bye
              event: end
              id: '[volatile]'
    ");
}

#[test]
fn of_a_large_stream_what_the_playbook_uses_is_there() {
    let steps = "steps:
  a:
    get: /a
    keep: 1KiB
    stream: { until: event.data.last, max: 5000 }
    capture: { third: '$[2].data.n', end: '$[-1].data.n' }
    expect: ['body[-1].data.last']
outputs: { third: '{{ third }}', end: '{{ end }}' }
";
    let send = |last: usize| {
        move |mut peer: super::Peer| async move {
            peer.stream().await;
            for n in 0..=last {
                peer.send(&format!("data: {{\"n\": {n}, \"last\": {}}}\n\n", n == 4000)).await;
            }
            peer.end().await;
        }
    };
    let ran = run(steps, send(4100)).passed();
    assert_eq!(outputs(&ran), r#"{"third":2,"end":4000}"#);
    assert!(matches!(body(&ran), BodyRecord::Projected { bytes, .. } if bytes > 100_000), "{:?}", body(&ran));
    let said = run(steps, send(2000)).said("a");
    assert!(said.starts_with("the stream ended after 2001 events, and `until` did not hold"), "{said}");
    let said = run(&steps.replace("5000", "3000"), send(4100)).said("a");
    assert!(said.starts_with("the stream was left after 3000 events"), "{said}");
}

#[test]
fn until_may_look_at_all_events_so_far() {
    let steps = "  a: { get: /a, keep: 0, stream: { until: 'body | length == 3 and body[0].data == \"0\"' }, expect: ['body | length == 3'] }\n";
    run(steps, |mut peer| async move {
        peer.stream().await;
        for n in 0..9 {
            peer.send(&format!("data: {n}\n\n")).await;
        }
        peer.end().await;
    })
    .passed();
}

#[test]
fn secrets_in_events_are_masked_wherever_they_stand() {
    let steps = "inputs: { password: { secret: true } }
steps:
  a:
    get: /a
    stream: { until: 'event.data.token is defined and event.data.echo == password' }
    capture: { token: { json: '$[-1].data.token', secret: true } }
  b: { post: /b, json: { token: '{{ token }}' } }
";
    let inputs = Inputs::new().secret("password", "correct horse battery");
    let (ran, heads) = run_with(steps, Options::default(), inputs, |mut peer| async move {
        match peer.line.starts_with("get ") {
            true => {
                let events = "event: correct horse battery\ndata: plain text with s3cr3t-token-1 in it\n\n\
                              id: correct horse battery\n\
                              data: {\"token\": \"s3cr3t-token-1\", \"echo\": \"correct horse battery\"}\n\n";
                peer.events(events).await;
            }
            false => peer.answer(200, "", "").await,
        }
    });
    let ran = ran.passed();
    assert_eq!(heads.len(), 2);
    assert_eq!(text(&ran).matches("***").count(), 5);
    let shown = format!(
        "{}{}{}",
        serde_json::to_string(&ran.events()).expect("events are JSON"),
        ran.transcript().to_yaml(),
        text(&ran)
    );
    assert!(!shown.contains("s3cr3t-token-1") && !shown.contains("correct horse"), "{shown}");
}

#[test]
fn what_nobody_may_see_is_masked_by_its_place() {
    let steps =
        "  a: { get: /a, stream: { until: 'event.data == \"[DONE]\"' }, redact: ['$[*].data.choices[0].delta'] }\n";
    let ran = run(steps, |mut peer| async move { peer.events(TOKENS).await }).passed();
    assert!(!text(&ran).contains("Hel") && text(&ran).contains("finish_reason"), "{}", text(&ran));
}

#[test]
fn a_hundred_thousand_events_are_read_and_counted() {
    let steps = "  a: { get: /a, stream: { until: event.data.n == 99999, max: 200000 }, expect: ['body[-1].data.n == 99999'] }\n";
    run(steps, |mut peer| async move {
        peer.stream().await;
        for thousand in 0..100 {
            let events: String = (0..1000).map(|n| format!("data: {{\"n\": {}}}\n\n", thousand * 1000 + n)).collect();
            peer.send(&events).await;
        }
        while peer.send(": more\n\n").await {}
    })
    .passed();
}
