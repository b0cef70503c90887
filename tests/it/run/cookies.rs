//! Cookies: kept under `order: listed` or when asked for, and never shown.

use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Ran, Reply, Server, json, run, run_with, status};

fn setting(cookies: &[&str]) -> Reply {
    cookies.iter().fold(json("{}"), |reply, cookie| reply.header("set-cookie", cookie))
}

/// The `Cookie` of each request.
fn cookies(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.headers.get("cookie").unwrap_or("none").to_owned()).collect()
}

fn server() -> Server {
    Server::new().on("/login", [setting(&["session=1", "lang=en; Path=/other"])]).on("/use", [json("{}")])
}

const STEPS: &str = "steps: { login: { post: /login }, use: { get: /use, needs: [login] } }\n";

#[test]
fn a_jar_is_there_under_order_listed_or_when_asked_for() {
    for (said, sent) in [
        ("order: listed\n", "session=1"),
        ("defaults: { base_url: 'http://x', cookies: true }\n", "session=1"),
        ("order: listed\ndefaults: { base_url: 'http://x', cookies: false }\n", "none"),
        ("", "none"),
    ] {
        let server = server();
        run(&format!("{said}{STEPS}"), &server).passed();
        assert_eq!(cookies(&server), ["none", sent], "{said}");
    }
}

#[test]
fn what_a_step_says_itself_wins_and_the_rest_goes_along() {
    let server = Server::new().on("/login", [setting(&["a=1", "b=2"])]).on("/use", [json("{}")]);
    let steps = "order: listed
steps:
  login: { post: /login }
  use: { get: /use, headers: { cookie: a=mine } }
";
    run(steps, &server).passed();
    assert_eq!(cookies(&server)[1], "a=mine; b=2");
}

#[test]
fn every_answer_may_set_a_cookie_and_take_it_away() {
    let server = Server::new()
        .on("/start", [status(302).header("location", "/moved").header("set-cookie", "hop=1; Max-Age=30")])
        .on("/moved", [status(503).header("set-cookie", "try=1"), setting(&[])])
        .on("/use", [setting(&["hop=; Max-Age=0"]), json("{}")])
        .on("/undo", [json("{}")]);
    let steps = "order: listed
steps:
  start:
    get: /start
    redirects: 1
    retry: { attempts: 2, delay: 1s }
    cleanup: { delete: /undo }
  use: { get: /use }
  later: { wait: 1m }
  again: { get: /use }
";
    run(steps, &server).passed();
    let sent = ["none", "hop=1", "hop=1; try=1", "hop=1; try=1", "hop=1; try=1", "try=1", "try=1"];
    assert_eq!(cookies(&server), sent);
}

#[test]
fn cookies_do_not_go_along_to_another_host() {
    let server = Server::new()
        .on("/login", [setting(&["session=1"])])
        .on("/use", [status(307).header("location", "http://other.example/there")])
        .on("/there", [json("{}")]);
    let steps = "order: listed\nsteps: { login: { post: /login }, use: { get: /use, redirects: 1 } }\n";
    run(steps, &server).passed();
    assert_eq!(cookies(&server), ["none", "session=1", "none"]);
}

fn everything(ran: &Ran) -> String {
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    format!("{journal}{:?}{}", ran.record(), ran.transcript().to_yaml())
}

#[test]
fn the_values_of_cookies_do_not_come_out() {
    let long = "0123456789abcdef-session";
    let set = [format!("session={long}; HttpOnly"), "pin=7391; Path=/".to_owned()];
    let server = Server::new()
        .on("/login", [setting(&set.each_ref().map(String::as_str))])
        .on("/use", [json(&format!(r#"{{"echo":"{long}"}}"#))]);
    let steps = "order: listed
steps:
  login: { post: /login }
  use: { get: /use, capture: { echo: $.echo } }
outputs: { echo: '{{ echo }}' }
";
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {}).passed();
    assert_eq!(cookies(&server)[1], format!("session={long}; pin=7391"));
    let everything = everything(&ran);
    assert!(!everything.contains(long) && !everything.contains("7391"), "{everything}");
    assert!(everything.contains(r#"["Cookie","***"]"#), "{everything}");
}

#[test]
fn without_a_jar_the_values_of_cookies_do_not_come_out_either() {
    let long = "0123456789abcdef-session";
    let set = [format!("session={long}; HttpOnly"), "pin=7391; Path=/; HttpOnly".to_owned()];
    let server = Server::new().on("/login", [setting(&set.each_ref().map(String::as_str))]);
    let ran = run("  a: { post: /login, expect: [ \"headers['set-cookie'] == 'q'\" ] }\n", &server);
    assert_eq!(ran.outcomes(), ["a failed"]);
    let everything = everything(&ran);
    assert!(!everything.contains(long) && !everything.contains("7391"), "{everything}");
}
