//! Redirects: followed where that is asked for, each hop an intent of its own, and what proves who asks stays at home.

use callsheet::event::{Decision, Envelope, Event};
use callsheet::plan::Inputs;
use callsheet::runner::{Options, Signal};
use callsheet::wire::TransportErrorKind::{Refused, Reset};

use super::scenario::{Ran, Reply, Server, json, nothing, run, run_with, status};

fn to(code: u16, location: &str) -> Reply {
    status(code).header("location", location)
}

/// Method and whole URL of every intent, in order.
fn intents(ran: &Ran) -> Vec<String> {
    let intent = |envelope: &Envelope| match &envelope.event {
        Event::Sending(sending) => Some(format!("{} {}", sending.request.method, sending.request.url)),
        _ => None,
    };
    ran.events().iter().filter_map(intent).collect()
}

fn redirects(envelope: &Envelope) -> bool {
    matches!(&envelope.event, Event::Decided { decision: Decision::Redirect { .. }, .. })
}

#[test]
fn without_a_word_a_redirect_is_an_answer_like_any_other() {
    let server = Server::new().on("/a", [to(302, "/b")]);
    let ran = run("  a: { get: /a }\n", &server);
    assert_eq!(
        (server.lines(), ran.said("a").contains("got 302 to /b, which is not followed")),
        (vec!["GET /a".into()], true)
    );
    let step = ran.record().steps().next().expect("one step");
    assert!(step.failures()[0].help.as_ref().is_some_and(|help| help.contains("`redirects: 3`")));
    let ran = run("  a: { get: /a, expect: { status: 302, headers: { Location: /b } } }\n", &server);
    ran.passed();
}

#[test]
fn each_hop_is_an_intent_and_the_last_answer_counts() {
    let server = Server::new()
        .on("/a", [to(301, "b?x=1#part").json(r#"{"n":1}"#)])
        .on("/b", [to(308, "//other.example/c")])
        .on("/c", [json(r#"{"n":3}"#)]);
    let ran =
        run("steps:\n  a: { get: /a, redirects: 2, capture: { n: $.n }, expect: [ n == 3 ] }\n", &server).passed();
    let urls = ["http://api.example.com/a", "http://api.example.com/b?x=1", "http://other.example/c"];
    assert_eq!(intents(&ran), urls.map(|url| format!("GET {url}")));
    // An intent is kept before the next one, and each has its own answer.
    let events = ran.events();
    let place = |of: &dyn Fn(&Event) -> bool| events.iter().position(|envelope| of(&envelope.event));
    assert!(
        place(&|event| matches!(event, Event::Answered { .. }))
            < place(&|event| matches!(event, Event::Decided { .. }))
    );
    assert_eq!(events.iter().filter(|envelope| redirects(envelope)).count(), 2);
    assert_eq!(ran.record().steps().next().map(|step| step.tries.len()), Some(3));
    let transcript = ran.transcript().to_yaml();
    for part in ["GET http://api.example.com/b?x=1", "GET http://other.example/c", "location: b?x=1#part"] {
        assert!(transcript.contains(part), "{transcript}");
    }
}

#[test]
fn a_post_becomes_a_get_or_keeps_its_body_as_the_status_says() {
    for (code, line, body) in [(302, "GET /b", ""), (303, "GET /b", ""), (307, "POST /b", r#"{"x":1}"#)] {
        let server = Server::new().on("/a", [to(code, "/b")]).on("/b", [json("{}")]);
        run("  a: { post: /a, json: { x: 1 }, redirects: 1 }\n", &server).passed();
        let seen = &server.seen()[1];
        assert_eq!((&*seen.line, &*seen.body), (line, body), "{code}");
        assert_eq!(seen.headers.get("content-type").is_some(), !body.is_empty(), "{code}");
    }
}

#[test]
fn a_file_is_sent_again_from_its_beginning() {
    let server = Server::new().on("/a", [to(307, "/b")]).on("/b", [json("{}")]);
    run("  a: { put: /a, file: Cargo.toml, redirects: 1 }\n", &server).passed();
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(bodies[0].contains("Cargo.toml") && bodies[0] == bodies[1], "{bodies:?}");
}

#[test]
fn defaults_say_it_for_every_request_and_zero_says_no() {
    let server = Server::new().on("/a", [to(302, "/b")]).on("/b", [json("{}")]);
    let playbook = "defaults: { base_url: 'http://x', redirects: 1 }
steps:
  a: { get: /a }
  b: { get: /a, redirects: 0, expect: [ status == 302 ] }
  c: { ensure: { find: { get: /a, capture: { id: $.id } }, create: { post: /b, capture: { id: { json: $.id, default: 1 } } } } }
";
    run(playbook, &server).passed();
}

#[test]
fn a_way_that_cannot_be_followed_to_its_end_is_told_whole() {
    let server = Server::new()
        .on("/circle", [to(302, "/back")])
        .on("/back", [to(302, "/circle")])
        .on("/nowhere", [status(302)])
        .on("/file", [to(302, "file:///etc/passwd")])
        .on("/down", [to(302, "http://x/plain")]);
    let playbook = "defaults: { base_url: 'https://x', redirects: 2 }
steps:
  circle: { get: /circle }
  nowhere: { get: /nowhere }
  file: { get: /file }
  down: { get: /down }
";
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(playbook, &server, options, Inputs::new(), |_, _| {});
    let circle = "GET https://x/circle → 302 GET https://x/back → 302 GET https://x/circle: answered 302: that is more \
                  than 2 redirects";
    assert_eq!(ran.said("circle"), circle);
    assert_eq!(ran.said("nowhere"), "GET https://x/nowhere: answered 302: there is no `Location` that says where to");
    assert!(ran.said("file").ends_with("`Location: file:///etc/passwd` is neither http nor https"));
    assert!(ran.said("down").ends_with("leads from https to http, which is never followed"));
    assert!(ran.outcomes().iter().all(|outcome| outcome.ends_with(" failed")), "{:?}", ran.outcomes());
    assert_eq!(server.lines().len(), 6);
}

#[test]
fn what_proves_who_asks_does_not_leave_its_origin() {
    let server = Server::new()
        .on("/a", [to(307, "/b")])
        .on("/b", [to(307, "http://other.example/c")])
        .on("/c", [to(307, "http://api.example.com/d")])
        .on("/d", [json("{}")]);
    let inputs = Inputs::new().secret("api_key", "s3cret-key");
    let playbook = "inputs: { api_key: { secret: true } }
defaults: { base_url: 'http://api.example.com', redirects: 3 }
steps:
  a:
    put: /a
    headers: { Authorization: Bearer mine, Cookie: a=b, X-Token: '{{ api_key }}', X-Plain: plain, Host: front.example.com }
";
    let ran = run_with(playbook, &server, Options::default(), inputs, |_, _| {}).passed();
    let sent: Vec<Vec<String>> =
        server.seen().iter().map(|seen| seen.headers.iter().map(|(n, _)| n.to_owned()).collect()).collect();
    assert_eq!((sent[0].len(), &sent[1]), (5, &sent[0]));
    assert_eq!((&sent[2], &sent[3]), (&vec!["X-Plain".to_owned()], &vec!["X-Plain".to_owned()]));
    assert!(!serde_json::to_string(&ran.events()).expect("JSON").contains("s3cret-key"));
}

#[test]
fn a_body_that_holds_a_secret_does_not_go_to_another_origin() {
    let server = Server::new().on("/a", [to(307, "http://other.example/b")]);
    let inputs = Inputs::new().secret("api_key", "s3cret-key");
    let playbook = "inputs: { api_key: { secret: true } }
defaults: { base_url: 'http://api.example.com', redirects: 3 }
steps: { a: { post: /a, json: { key: '{{ api_key }}' } } }
";
    let ran = run_with(playbook, &server, Options::default(), inputs, |_, _| {});
    assert_eq!((ran.outcomes(), server.lines().len()), (vec!["a errored".to_owned()], 1));
    assert!(ran.said("a").contains("→ 307 POST http://other.example/b: another origin"), "{}", ran.said("a"));
}

#[test]
fn a_file_does_not_go_to_another_origin_unseen() {
    for body in ["file: Cargo.toml", "multipart: [ { name: f, file: Cargo.toml } ]"] {
        let server = Server::new().on("/a", [to(307, "http://other.example/b")]);
        let ran = run(&format!("  a: {{ put: /a, {body}, redirects: 1 }}\n"), &server);
        assert_eq!((ran.outcomes(), server.lines().len()), (vec!["a errored".to_owned()], 1), "{body}");
        let said = ran.said("a");
        assert!(said.contains("is to get the file `Cargo.toml`, and nobody has looked"), "{said}");
        let step = ran.record().steps().next().expect("a step");
        let help = "if it may go there, write that URL in the step itself: `http://other.example/b`";
        assert_eq!(step.failures()[0].help.as_deref(), Some(help));
    }
    // A body that does not go along holds nothing back.
    let server = Server::new().on("/a", [to(303, "http://other.example/b")]).on("/b", [json("{}")]);
    run("  a: { post: /a, file: Cargo.toml, redirects: 1 }\n", &server).passed();
}

#[test]
fn the_name_of_a_part_may_be_a_secret_too() {
    let server = Server::new().on("/a", [to(307, "http://other.example/b")]);
    let inputs = Inputs::new().secret("api_key", "s3cret-key");
    let playbook = "inputs: { api_key: { secret: true } }
defaults: { base_url: 'http://api.example.com', redirects: 3 }
steps: { a: { post: /a, multipart: [ { name: '{{ api_key }}', text: x } ] } }
";
    let ran = run_with(playbook, &server, Options::default(), inputs, |_, _| {});
    assert_eq!((ran.outcomes(), server.lines().len()), (vec!["a errored".to_owned()], 1));
}

#[test]
fn a_provider_says_itself_which_hosts_see_its_credentials() {
    let server = Server::new()
        .on("/a", [to(302, "http://friend.example/b")])
        .on("/b", [to(302, "http://stranger.example/c")])
        .on("/c", [status(401)]);
    let playbook =
        "auth: { own: { bearer: t0ken-of-mine, hosts: ['http://api.example.com', 'http://friend.example'] } }
defaults: { base_url: 'http://api.example.com', redirects: 3, auth: own }
steps: { a: { get: /a, expect: [ status == 401 ] } }
";
    run(playbook, &server).passed();
    let authorized: Vec<bool> = server.seen().iter().map(|seen| seen.headers.get("authorization").is_some()).collect();
    assert_eq!(authorized, [true, true, false]);
}

#[test]
fn what_another_origin_sends_back_is_asked_without_credentials() {
    let server = Server::new()
        .on("/a", [to(302, "http://friend.example/b")])
        .on("/b", [to(302, "http://api.example.com/c")])
        .on("/c", [json("{}")]);
    let playbook = "auth: { own: { bearer: t0ken-of-mine } }
defaults: { base_url: 'http://api.example.com', redirects: 3, auth: own }
steps: { a: { get: /a } }
";
    run(playbook, &server).passed();
    let authorized: Vec<bool> = server.seen().iter().map(|seen| seen.headers.get("authorization").is_some()).collect();
    assert_eq!(authorized, [true, false, false]);
    let anonymous: Vec<bool> = server.seen().iter().map(|seen| seen.anonymous).collect();
    assert_eq!(anonymous, [false, true, true]);
}

#[test]
fn a_retry_and_a_poll_begin_at_their_own_url() {
    let server = Server::new()
        .on("/a", [to(302, "/b")])
        .on("/b", [status(503), json(r#"{"ready":false}"#), json(r#"{"ready":true}"#)]);
    let steps = "  a: { get: /a, redirects: 1, retry: { attempts: 2 }, poll: { until: body.ready } }\n";
    let ran = run(steps, &server).passed();
    assert_eq!(server.lines(), ["GET /a", "GET /b"].repeat(3));
    // Only the last way is shown.
    assert_eq!(ran.transcript().to_yaml().matches("line: ").count(), 2);
}

#[test]
fn a_once_call_that_was_taken_is_not_sent_again() {
    let retry = "redirects: 1, retry: { attempts: 3 }";
    let server = Server::new().on("/a", [to(303, "/b")]).on("/b", [status(503), json("{}")]);
    run(&format!("  a: {{ post: /a, {retry} }}\n"), &server).passed();
    assert_eq!(server.lines(), ["POST /a", "GET /b", "GET /b"]);

    let server = Server::new().on("/a", [to(303, "/b")]).on("/b", [status(404)]);
    let ran = run(&format!("  a: {{ post: /a, {retry} }}\n"), &server);
    assert!(ran.left_behind()[0].starts_with("a: it may have been executed"), "{:?}", ran.left_behind());
}

#[test]
fn a_once_call_that_was_sent_on_is_an_intent_of_its_own() {
    // Surely not executed there, and not executed where it was redirected.
    let server = Server::new().on("/a", [to(308, "/b")]).on("/b", [nothing(Refused), json("{}")]);
    let steps = "  a: { post: /a, redirects: 1, retry: { attempts: 2 } }\n";
    let ran = run(steps, &server).passed();
    assert_eq!(server.lines(), ["POST /a", "POST /b"].repeat(2));
    assert!(ran.left_behind().is_empty());

    let server = Server::new().on("/a", [to(308, "/b")]).on("/b", [nothing(Reset)]);
    let ran = run(steps, &server);
    assert_eq!(server.lines(), ["POST /a", "POST /b"]);
    assert_eq!(ran.left_behind().len(), 1);
}

#[test]
fn a_run_that_stops_follows_nothing_and_names_what_was_taken() {
    let server = Server::new().on("/slow", [json("{}").after(5)]).on("/a", [to(303, "/b").after(2)]);
    let steps = "  slow: { get: /slow }\n  a: { post: /a, redirects: 1 }\n";
    let interrupt = |envelope: &Envelope, signals: &tokio::sync::mpsc::UnboundedSender<Signal>| {
        if matches!(&envelope.event, Event::Sending(sending) if sending.step.as_str() == "a") {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    };
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), interrupt);
    assert_eq!((ran.outcomes(), server.count("/b")), (vec!["slow passed".to_owned(), "a errored".to_owned()], 0));
    assert_eq!(ran.left_behind().len(), 1);
}

#[test]
fn more_than_twenty_are_refused() {
    let problems = callsheet::session::Session::new()
        .parse(
            "test.yaml",
            "playbook: test\nsteps: { a: { get: http://x, redirects: 21 } }\n",
            std::path::Path::new(""),
        )
        .expect_err("it is too many");
    assert!(problems.to_string().contains("`redirects` takes a whole number from 0 to 20, not `21`"), "{problems}");
}
