//! `capture`, as far as it needs no database: what the app answers is told, and what cannot be.

use dragon_tests::util::TempDir;

use crate::kit::{self, Said};
use crate::project::program;

/// What is said of an app that answers so.
fn asked(answer: &str, args: &[&str]) -> Said {
    let folder = TempDir::new("capture");
    let program = program(folder.path(), answer);
    let mut all = vec!["capture"];
    all.extend(args);
    all.extend(["--program", program.to_str().unwrap()]);
    kit::run(folder.path(), &all)
}

const STATUS: &str = r#"{"dragon":"9.9.9","errand":"capture-status","namespace":"shop",
"database":"postgres","moon":1,"tables":[{"name":"order","table":"orders","state":"installed"},
{"name":"~order_tag","table":"order_tag","state":"sleeping"}],"strangers":[],"changed":[]}"#;

#[test]
fn states_of_a_dragon_to_come_are_told_as_they_are() {
    let said = asked(&STATUS.replace('\n', ""), &["status"]);
    assert_eq!(
        said.ok(),
        "shop  capture on PostgreSQL\n  order       orders     installed\n  ~order_tag  order_tag  \
         sleeping\n"
    );
}

#[test]
fn the_script_says_what_it_is_and_ends_each_statement() {
    let answer = r#"{"dragon":"0.1.0","errand":"capture-sql","namespace":"shop","database":"sqlite",
"statements":["CREATE TABLE a (b)","CREATE TRIGGER t BEGIN SELECT 1; END"]}"#;
    let said = asked(&answer.replace('\n', ""), &["sql"]);
    let (head, statements) = said.ok().split_once("\n\n").unwrap();
    assert!(head.lines().all(|line| line.starts_with("-- ")), "{head}");
    assert!(head.contains("`shop` on SQLite") && head.contains("unique indexes"), "{head}");
    assert_eq!(statements, "CREATE TABLE a (b);\n\nCREATE TRIGGER t BEGIN SELECT 1; END;\n");
}

#[test]
fn another_answer_than_was_asked_for_is_none() {
    // It answers with its status whatever is asked.
    let status = STATUS.replace('\n', "");
    asked(&status, &["sql"]).failed(
        1,
        &[
            "the app ended without an answer",
            "DRAGON_ERRAND=capture-sql is set, in a Dragon that is not too old",
        ],
    );
    let strange = status.replace("\"tables\":[", "\"tables\":[7,");
    asked(&strange, &["status"])
        .failed(1, &["cannot be read: invalid type", "must fit each other"]);
}

#[test]
fn nothing_is_taken_out_by_mistake() {
    let folder = TempDir::new("capture");
    // It is refused before any app is looked for.
    kit::run(folder.path(), &["capture", "uninstall"])
        .failed(2, &["change log away", "stop it first", "dragon-cli capture uninstall --yes"]);
    kit::run(folder.path(), &["capture", "uninstall", "--yes"])
        .failed(1, &["there is no project here"]);
}

#[test]
fn its_help_has_examples() {
    let folder = TempDir::new("help");
    let said = kit::run(folder.path(), &["capture", "--help"]);
    for part in ["Examples:", "capture sql > migrations", "status", "install", "uninstall", "sql"] {
        assert!(said.ok().contains(part), "{part}: {}", said.out);
    }
    let said = kit::run(folder.path(), &["capture", "sql", "--help"]);
    let words = said.ok().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["unique indexes", "current schema", "--program", "Which app", "| psql", "| sqlite3"]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    for one in ["status", "install", "uninstall"] {
        let said = kit::run(folder.path(), &["capture", one, "--help"]);
        assert!(said.ok().contains(&format!("dragon-cli capture {one}")), "{one}: {}", said.out);
    }
    kit::run(folder.path(), &["capture"]).failed(2, &["status", "uninstall"]);
}
