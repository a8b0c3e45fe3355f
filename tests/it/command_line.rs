//! The command line as users meet it: help, layers, wrong input.

use crate::support::Program;

#[test]
fn help_shows_every_command_with_an_example() {
    let program = Program::new();
    let help = program.run(&["--help"]).exits(0).out;
    for command in ["mock", "test", "snapshot", "review", "check", "example", "replay"] {
        assert!(help.contains(command), "{command} is missing in\n{help}");
        let own = program.run(&[command, "--help"]).exits(0).out;
        assert!(own.contains("Example"), "no example in `{command} --help`:\n{own}");
    }
}

#[test]
fn wrong_usage_exits_2_with_a_hint() {
    Program::new().run(&["mokc"]).exits(2).complains(&["mokc", "mock"]);
    Program::new().run(&["mock", "--prot", "1"]).exits(2).complains(&["--prot", "--port"]);
    Program::new().run(&[]).exits(2);
    Program::new()
        .file("counterpart.toml", "[mock]\nprot = 1\n")
        .run(&["mock"])
        .exits(2)
        .complains(&["counterpart.toml:2:1", "`port`"]);
    Program::new().run(&["mock", "--config", "nowhere.toml"]).exits(2).complains(&["nowhere.toml"]);
}

#[test]
fn completions_and_manual_come_from_the_same_definition() {
    let program = Program::new();
    assert!(program.run(&["completions", "bash"]).exits(0).out.contains("--color"));
    assert!(program.run(&["man", "mock"]).exits(0).out.contains(".TH"));
    program.run(&["man", "mokc"]).exits(2).complains(&["mokc"]);
}
