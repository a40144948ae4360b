//! `dragon-cli dev` where there is nothing to run; what it does with an app is tested in
//! tests/tests/generated/dev.rs.

use dragon_tests::TempDir;
use dragon_tests::util::until;

use crate::kit::{PATIENCE, Running, cli, end, run};
use crate::project::Project;

#[test]
fn where_there_is_no_app_it_says_so() {
    let folder = TempDir::new("dev");
    run(folder.path(), &["dev"]).failed(1, &["no project here", "dragon-cli new NAME"]);
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let manifest = "[package]\nname = \"plain\"\nversion = \"0.0.0\"\n[workspace]\n";
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    run(folder.path(), &["dev"]).failed(1, &["is no app", "dragon-core"]);
    run(folder.path(), &["dev", "-p", "plian"]).failed(1, &["no package `plian`"]);
}

#[test]
fn without_cargo_it_says_how_to_get_it() {
    let folder = TempDir::new("dev");
    let mut command = cli(folder.path(), &["dev"]);
    command.env("CARGO", folder.path().join("cargo"));
    end(command, "").failed(1, &["cargo cannot be run", "https://rustup.rs"]);
}

#[test]
fn arguments_of_the_app_come_after_two_dashes() {
    let folder = TempDir::new("dev");
    run(folder.path(), &["dev", "seed"]).failed(2, &["[-- <ARGS>...]"]);
}

#[test]
fn what_the_workspace_says_is_of_the_app_as_well() {
    let main = "fn main() { println!(\"listening\"); loop { std::thread::park() } }";
    let project = Project::of(main);
    let mut command = project.command("shop", &["dev"]);
    command.env("CARGO_TARGET_DIR", project.path("shop/out"));
    let mut dev = Running::start(command);
    assert_eq!(dev.line(), "listening");
    let manifest = std::fs::read_to_string(project.path("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &format!("{manifest}\n[profile.dev]\ndebug = false\n"));
    let said = dev.note("Cargo.toml changed; building");
    // What cargo made on its way is none, but for the lock.
    let mut changed = said.iter().filter(|line| line.contains("changed"));
    assert!(changed.all(|line| line.contains("Cargo.")), "{said:?}");
    assert_eq!(dev.line(), "listening");
    dev.interrupt();
    assert_eq!(dev.end().code(), Some(0));
}

#[tokio::test]
async fn it_takes_the_app_with_it_however_it_is_told_to_end() {
    let main = "fn main() { std::fs::write(\"pid\", std::process::id().to_string()).unwrap(); \
                println!(\"listening\"); std::thread::sleep(std::time::Duration::from_secs(99)) }";
    let project = Project::of(main);
    for signal in ["QUIT", "HUP"] {
        let mut dev = Running::start(project.command("shop", &["dev"]));
        assert_eq!(dev.line(), "listening");
        let pid = std::fs::read_to_string(project.path("shop/pid")).unwrap();
        dev.signal(signal);
        assert_eq!(dev.end().code(), Some(0), "{signal}");
        let process = format!("/proc/{pid}");
        let gone = || async { !std::path::Path::new(&process).exists() };
        until(PATIENCE, "the app is gone", gone).await;
    }
}
