//! Steps of one lock never run at the same time, and nothing waits for ever.

use super::scenario::{Server, json, run, status};

#[test]
fn steps_of_one_lock_take_turns_and_others_go_on() {
    let server =
        ["/a", "/b", "/c", "/d"].iter().fold(Server::new(), |server, path| server.on(path, [json("{}").after(1)]));
    let steps = "
  a: { get: /a, lock: quota }
  b: { get: /b, lock: quota }
  c: { get: /c, lock: other }
  d: { get: /d }
";
    let ran = run(&format!("steps:{steps}"), &server).passed();
    assert_eq!(server.most_in_flight(), 3);
    let started =
        |step: &str| ran.record().steps().find(|known| known.step.as_str() == step).and_then(|step| step.started);
    assert_eq!((started("a"), started("b")), (Some(0), Some(1000)));
}

#[test]
fn items_take_turns_by_the_lock_that_is_theirs() {
    let server = Server::new().on("/a", [json("{}").after(1)]);
    let steps = "  a: { foreach: { n: [1, 2, 3, 4] }, get: /a, lock: 'shard-{{ n % 2 }}' }\n";
    let _ran = run(steps, &server).passed();
    assert_eq!((server.most_in_flight(), server.lines().len()), (2, 4));
}

#[test]
fn who_waits_for_a_lock_when_the_run_stops_is_not_begun() {
    let server = Server::new().on("/a", [status(500)]);
    let ran = run("  a: { get: /a, lock: l }\n  b: { get: /b, lock: l }\n", &server);
    assert_eq!(ran.outcomes(), ["a failed", "b skipped"]);
    assert_eq!(ran.said("b"), "not started, because `a` did not pass");
}
