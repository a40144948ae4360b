//! What cannot be meant, and what is there already: each a sentence that helps, and nothing written.

use std::fs;

use dragon_tests::TempDir;

use super::files;
use crate::kit::{Said, run};

/// Asks for it in an empty folder, in which nothing may be left.
fn refused(args: &[&str]) -> Said {
    let folder = TempDir::new("new");
    let all: Vec<&str> = ["new"].iter().chain(args).copied().collect();
    let said = run(folder.path(), &all);
    assert_eq!(files(folder.path()), [""; 0], "{said:?}");
    said
}

#[test]
fn a_name_that_is_none_of_a_crate() {
    for (name, why, meant) in [
        ("fn", "is a word of Rust's own", "dragon-cli new my-fn"),
        ("1st", "does not begin with a letter", "dragon-cli new st"),
        ("test", "the app itself uses", "dragon-cli new my-test"),
        ("tokio", "the app itself uses", "dragon-cli new my-tokio"),
        ("MyShop", "has capital letters", "dragon-cli new my-shop"),
        ("my shop", "has ` ` in it", "dragon-cli new my-shop"),
        ("apps/größe", "has `ö` in it", "dragon-cli new apps/gre"),
    ] {
        let name_alone = name.rsplit('/').next().unwrap();
        refused(&[name]).failed(2, &[&format!("error: the name `{name_alone}`"), why, meant]);
    }
    refused(&["apps/.."]).failed(2, &["does not end with a name", "dragon-cli new my-app"]);
}

#[test]
fn a_field_list_that_cannot_be_read() {
    let grammar = "help: write --model \"NAME FIELD:TYPE…\"";
    for (model, part, why) in [
        ("todo_item text:strin", "`text:strin`", "`string` is meant?"),
        ("todo_item text:varchar done:bool", "`text:varchar`", "`string` is meant?"),
        ("todo_item text:qqq", "`text:qqq`", "Types: string, text, int"),
        ("todo_item text", "`text` has no type", "`text:string`"),
        ("todo_item type:string", "`type:string`", "a word of Rust's own"),
        ("todo_item id:int", "`id:int`", "every row has its own"),
        ("todo_item list:ref", "`list:ref`", "`list:ref(todo_list)`"),
        ("todo_item list:ref(todo_list", "`list:ref(todo_list`", "no closing `)`"),
        ("todo_item a:int a:int", "`a:int`", "there is a field `a` already"),
        ("text:string", "`text:string` is a field", "name should stand first"),
        ("todo_item", "`todo_item` has no fields", "todo_item text:string!"),
        ("", "a model needs a name", "todo_item text:string!"),
    ] {
        let shown = format!("--model \"{model}\"");
        refused(&["demo", "--model", model]).failed(2, &[&shown, part, why, grammar]);
    }
}

#[test]
fn models_that_cannot_stand_together() {
    let twice = ["demo", "--model", "a x:int", "--model", "a y:int"];
    refused(&twice).failed(2, &["two models `a`", "another name"]);
    let circle = ["demo", "--model", "a b:ref(b)", "--model", "b a:ref(a)"];
    refused(&circle).failed(2, &["`a`, `b`", "in a circle"]);
}

#[test]
fn a_checkout_that_is_none() {
    let said = refused(&["demo", "--path-deps", "."]);
    said.failed(2, &["--path-deps .", "no crate dragon-core", "the one with dragon-core in it"]);
    refused(&["demo", "--path-deps", "nowhere"]).failed(2, &["there is no such folder"]);
}

#[test]
fn what_clap_knows() {
    refused(&["demo", "--database", "mysql"]).failed(2, &["sqlite", "postgres"]);
    refused(&["demo", "--frontend", "angular"]).failed(2, &["vanilla", "react", "svelte", "vue"]);
    refused(&[]).failed(2, &["<NAME>"]);
}

#[test]
fn a_place_that_is_taken() {
    let folder = TempDir::new("new");
    let demo = folder.path().join("demo");
    fs::create_dir(&demo).unwrap();
    fs::write(demo.join("mine.txt"), "mine").unwrap();
    let said = run(folder.path(), &["new", "demo"]);
    said.failed(1, &["the folder demo is there already", "it has mine.txt", "another name"]);
    assert_eq!(files(folder.path()), ["demo/mine.txt"]);

    let said = run(&demo, &["new", "mine.txt"]);
    said.failed(2, &["has `.` in it"]);
    fs::write(demo.join("taken"), "").unwrap();
    run(&demo, &["new", "taken"]).failed(1, &["taken is there already, and is a file"]);
}

#[test]
fn a_place_in_which_nothing_can_be_made() {
    let folder = TempDir::new("new");
    let said = |place: &str| run(folder.path(), &["new", place]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    said("link")
        .failed(1, &["link is there already: a link that leads nowhere", "remove the link"]);
    fs::write(folder.path().join("taken"), "").unwrap();
    said("taken/demo").failed(1, &["taken is a file", "another folder"]);
    said("/proc/demo").failed(1, &["cannot be written", "in which you may write"]);
    assert_eq!(files(folder.path()), ["taken"]);
}
