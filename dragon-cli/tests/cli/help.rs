//! What `--help` says.

use dragon_tests::TempDir;

use crate::kit::run;

#[test]
fn every_command_has_examples() {
    let folder = TempDir::new("help");
    let help = run(folder.path(), &["--help"]);
    let listed = help.ok().lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    for known in ["call", "dev", "doctor", "watch"] {
        assert!(commands.contains(&known), "{commands:?}");
    }
    for command in commands {
        let help = run(folder.path(), &[command, "--help"]);
        let example = format!("  dragon-cli {command} ");
        assert!(help.ok().contains("Examples:"), "{command} --help:\n{}", help.out);
        assert!(help.out.contains(example.trim_end()), "{command} --help:\n{}", help.out);
    }
}

#[test]
fn what_is_no_command_is_said_with_what_may_be_meant() {
    let folder = TempDir::new("help");
    run(folder.path(), &["docter"]).failed(2, &["docter", "doctor"]);
    run(folder.path(), &[]).failed(2, &["Usage:", "Commands:"]);
}
