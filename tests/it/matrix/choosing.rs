//! Which cells run: by values of axes, by parts; and what `plan` says of them.

use std::path::Path;

use callsheet::plan::Inputs;
use callsheet::session::{Playbook, Session};

use super::{call, folder, json};

/// Sends nothing.
const PLAYBOOK: &str = "playbook: small
inputs:
  size: { type: int }
  url: { default: 'https://{{ env }}.example.com' }
  replicas: { type: int, default: 1 }
matrix:
  env: [dev, prod]
  size: [1, 2]
  include:
    - { env: prod, replicas: 3 }
    - { env: 'a,b', size: 1 }
steps:
  one: { set: { text: '{{ url }} {{ size }} {{ replicas }}' } }
outputs: { text: '{{ text }}' }
";

fn playbook() -> Playbook {
    Session::new().parse("small.yaml", PLAYBOOK, Path::new("")).expect("nothing is wrong with it")
}

fn cells(inputs: &Inputs) -> String {
    match playbook().cells(inputs) {
        Ok(cells) => cells.iter().map(|cell| format!("{cell} ")).collect(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn a_value_given_to_an_axis_leaves_the_other_cells_out() {
    assert_eq!(cells(&Inputs::new()), r#"[dev,1] [dev,2] [prod,1] [prod,2] ["a,b",1] "#);
    assert_eq!(cells(&Inputs::new().var("size", "2")), "[dev,2] [prod,2] ");
    assert_eq!(cells(&Inputs::new().fallback("a file", "env", "dev").var("size", 1_i64)), "[dev,1] ");
    insta::assert_snapshot!(cells(&Inputs::new().var_from("`--var`", "env", "porduction")), @r"
    error[E0703]: the axis `env` has no value `porduction`
     --> small.yaml:7:3
      |
    7 |   env: [dev, prod]
      |   ^^^ its value comes from `--var`
      |
      = help: its values are `dev`, `prod`, `a,b`
    ");
    let found = cells(&Inputs::new().var("env", "a,b").var("size", 2_i64));
    assert!(found.contains("no cell of the matrix has `env` `a,b` and `size` `2`"), "{found}");
    assert!(cells(&Inputs::new().secret("env", "dev")).contains("cannot be secret"));
}

#[test]
fn a_plan_is_of_one_cell_with_its_values_in_place() {
    let playbook = playbook();
    let several = playbook.plan(&Inputs::new()).expect_err("there are five").to_string();
    assert!(several.contains("`small` has 5 cells and a plan for each"), "{several}");
    let only = playbook.plan(&Inputs::new().var("env", "prod").var("size", "2")).expect("there is one");
    assert_eq!(&*only.playbook().id.text, "small[prod,2]");
    for (cell, expected) in playbook.cells(&Inputs::new()).expect("cells").into_iter().zip([1, 1, 3, 3, 1]) {
        let plan = playbook.plan(&Inputs::new().cell(cell.clone())).expect("a plan");
        assert_eq!(plan.inputs["replicas"].as_i64(), Some(expected), "{cell}");
        assert_eq!(cell.axis("env"), Some(&plan.inputs["env"]));
        let given = playbook.plan(&Inputs::new().cell(cell).var("replicas", 7_i64)).expect("a plan");
        assert_eq!(given.inputs["replicas"].as_i64(), Some(7), "what is given wins over what `include` says");
    }
}

#[test]
fn a_simulator_takes_the_place_of_an_axis_that_simulate_binds() {
    let text = "playbook: p\nmatrix: { url: ['https://a.example.com', 'https://b.example.com'] }\n\
                simulate: { url: '{{ simulator.url }}' }\nsteps: { one: { set: { x: '{{ url }}' } } }\n";
    let playbook = Session::new().parse("p.yaml", text, Path::new("")).expect("nothing is wrong with it");
    let simulator = callsheet::value::Value::of(&serde_json::json!({ "url": "http://127.0.0.1:1" }));
    let inputs = Inputs::new().simulator(simulator);
    for cell in playbook.cells(&inputs).expect("cells") {
        let plan = playbook.plan(&inputs.clone().cell(cell)).expect("a plan");
        assert_eq!(plan.inputs["url"].as_str(), Some("http://127.0.0.1:1"));
    }
}

#[test]
fn a_part_is_one_of_playbooks_and_cells_together() {
    let other = "playbook: other\nsteps: { one: { set: { x: 1 } } }\noutputs: { x: '{{ x }}' }\n";
    let folder = folder(&[("small.yaml", PLAYBOOK), ("other.yaml", other)]);
    let ran = |part: &str| {
        let arguments = ["run", "other.yaml", "small.yaml", "--format", "json", "--partition", part];
        let called = call(folder.path(), &arguments);
        assert_eq!(called.code, Some(0), "{}", called.err);
        (json(&called.out).as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" "), called.err)
    };
    let (first, told) = ran("slice:1/2");
    assert_eq!(first, "other.yaml small.yaml[dev,2] small.yaml[prod,2]");
    let expected = "slice:1/2: 3 of 6 runs; left to the other parts: small.yaml[dev,1], small.yaml[prod,1], small.yaml[\"a,b\",1]\n";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(ran("slice:2/2").0, r#"small.yaml[dev,1] small.yaml[prod,1] small.yaml["a,b",1]"#);
    let none = call(folder.path(), &["run", "small.yaml", "--partition", "slice:6/6"]);
    assert_eq!((none.code, &*none.err), (Some(0), "nothing to run: no playbook and no cell belongs to this part\n"));
}

#[test]
fn a_plan_lists_the_cells_and_each_as_it_will_run() {
    let folder = folder(&[("small.yaml", PLAYBOOK)]);
    let called = call(folder.path(), &["plan", "small.yaml", "--var", "env=dev"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let head = "2 runs side by side, a cell of the matrix each: small[dev,1], small[dev,2]\n\nsmall[dev,1]\n1 step in ";
    assert!(called.out.starts_with(head), "{}", called.out);
    let plan = json(&call(folder.path(), &["plan", "small.yaml", "--format", "json"]).out);
    let cells: Vec<String> =
        plan["cells"].as_array().expect("cells").iter().map(|cell| cell["cell"].to_string()).collect();
    assert_eq!((cells.len(), &*cells[3]), (5, r#"{"env":"prod","size":2}"#));
    assert_eq!(plan["cells"][3]["playbook"], "small[prod,2]");
}

#[test]
fn a_matrix_of_include_alone_has_a_cell_for_each_entry() {
    let text = "playbook: p\ninputs: { note: { default: none } }\nmatrix:\n  include:\n    - { region: eu, port: 1 }\n    \
                - { note: second, port: 2, region: us }\nsteps: { one: { set: { x: '{{ port + 1 }}' } } }\n";
    let playbook = Session::new().parse("p.yaml", text, Path::new("")).expect("nothing is wrong with it");
    let cells = playbook.cells(&Inputs::new()).expect("cells");
    assert_eq!(cells.iter().map(ToString::to_string).collect::<Vec<_>>(), ["[eu,1]", "[us,2]"]);
    let plan = playbook.plan(&Inputs::new().cell(cells[1].clone())).expect("a plan");
    assert_eq!((plan.inputs["port"].as_i64(), plan.inputs["note"].as_str()), (Some(2), Some("second")));
}

#[test]
fn each_cell_takes_its_secret_from_its_own_place() {
    let text = "playbook: p
inputs:
  place: { default: TOKEN, optional: true }
  token: { from: ['env:{{ place }}_{{ env }}', 'file:{{ env }}.json#/token'], secret: true }
matrix: { env: [dev, prod, test] }
steps: { one: { set: { x: '{{ token }}' } } }
";
    let playbook = Session::new().parse("p.yaml", text, Path::new("")).expect("nothing is wrong with it");
    let inputs = Inputs::new().environment(|name| match name {
        "TOKEN_dev" => Some("secret of dev".to_owned()),
        "TOKEN_prod" => Some("secret of prod".to_owned()),
        _ => None,
    });
    for cell in playbook.cells(&inputs).expect("cells") {
        let name = cell.axis("env").and_then(|env| env.as_str().map(str::to_owned)).expect("a text");
        match playbook.plan(&inputs.clone().cell(cell)) {
            Ok(plan) => assert_eq!(plan.inputs["token"].as_str(), Some(&*format!("secret of {name}"))),
            Err(problems) => {
                let told = problems.to_string();
                assert!(name == "test" && told.contains("`$TOKEN_test` or the file `test.json`"), "{told}");
            }
        }
    }
    let wrong = playbook.plan(&inputs.var("env", "dev").var("place", "A B")).expect_err("no variable is called so");
    assert!(wrong.to_string().contains("`env:A B_dev` is no place to take an input from"), "{wrong}");
}
