//! `dragon-cli dev` where there is nothing to run; what it does with an app is tested in
//! tests/tests/generated/dev.rs.

use dragon_tests::TempDir;

use crate::kit::{cli, end, run};

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
