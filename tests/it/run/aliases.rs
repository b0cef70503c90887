//! One playbook under many names: however many ways lead to it, it is looked at once.

use callsheet::plan::Inputs;

use super::calling::load;

/// As deep as playbooks may call each other.
const DEEP: usize = 16;

#[test]
fn many_names_for_one_file_do_not_multiply_from_level_to_level() {
    let names = |file: &str| (0..10).map(|number| format!("{}{file}", "./".repeat(number))).collect::<Vec<_>>();
    let playbook = |level: usize| {
        let next = format!("p{}.yaml", level + 1);
        let step = |(number, name): (usize, String)| {
            format!("  s{number}: {{ call: {name}, with: {{ data: '{{{{ data }}}}' }} }}\n")
        };
        let steps: String = match level {
            DEEP => "  s: { exec: ['{{ data }}'] }\n".to_owned(),
            _ => names(&next).into_iter().enumerate().map(step).collect(),
        };
        format!("playbook: p{level}\ninputs: {{ data: {{ default: x }} }}\nsteps:\n{steps}")
    };
    let mut files: Vec<(String, String)> =
        (1..=DEEP).map(|level| (format!("flows/p{level}.yaml"), playbook(level))).collect();
    files.push(("flows/main.yaml".to_owned(), playbook(0)));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let playbook = load(&files).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = playbook.plan(&Inputs::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(!plan.is_insecure());
    let told: Vec<String> = plan.programs().into_iter().map(|program| program.message).collect();
    assert_eq!(told, ["step `s` runs the program `{{ data }}`, which is not allowed"]);
}

#[test]
fn the_programs_of_a_step_are_told_one_by_one_and_in_the_order_of_their_files() {
    let inner = "playbook: inner
steps: { a: { exec: [one] }, b: { exec: [two] } }
finally: { c: { exec: [three] } }
";
    let main = "playbook: main
steps: { s: { call: inner.yaml }, t: { exec: [four] }, u: { call: ./inner.yaml } }
";
    let playbook = load(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)]);
    let plan =
        playbook.and_then(|playbook| playbook.plan(&Inputs::new())).unwrap_or_else(|problems| panic!("{problems}"));
    let programs = plan.programs();
    let told: Vec<&str> = programs.iter().filter_map(|program| program.message.split('`').nth(3)).collect();
    assert_eq!(told, ["one", "two", "three", "four"]);
}
