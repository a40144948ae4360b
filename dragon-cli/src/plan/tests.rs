use std::fs;

use super::*;

const MODULES: &str = "//! Models.\n\npub mod a;\npub mod c;\n// dragon-cli: models\n";

fn module(name: &str) -> Insertion<'static> {
    let line = format!("pub mod {name};");
    Insertion {
        anchor: "// dragon-cli: models",
        after: None,
        mark: format!("mod {name}"),
        line,
        sorted: true,
    }
}

fn fates(plan: &Plan) -> Vec<(Fate, &str)> {
    plan.fates().collect()
}

#[test]
fn what_is_planned_twice_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mod.rs"), MODULES).unwrap();
    let planned = || {
        let mut plan = Plan::new(folder.path());
        plan.create("b/b.rs", "b\n").unwrap();
        plan.insert("mod.rs", &module("b")).unwrap();
        plan
    };
    let plan = planned();
    assert_eq!(fates(&plan), [(Fate::Create, "b/b.rs"), (Fate::Change, "mod.rs")]);
    assert_eq!(
        plan.diff(),
        "--- /dev/null\n+++ b/b/b.rs\n@@ -0,0 +1 @@\n+b\n\
         --- a/mod.rs\n+++ b/mod.rs\n@@ -1,5 +1,6 @@\n //! Models.\n \n pub mod a;\n+pub mod b;\n \
         pub mod c;\n // dragon-cli: models\n"
    );
    // Until now nothing has happened.
    assert!(!folder.path().join("b").exists());
    plan.check().unwrap();
    plan.write().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("b/b.rs")).unwrap(), "b\n");

    let again = planned();
    assert_eq!(fates(&again), [(Fate::Unchanged, "b/b.rs"), (Fate::Unchanged, "mod.rs")]);
    assert_eq!(again.diff(), "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_is_there_is_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.rs");
    fs::write(&file, "mine\n").unwrap();
    let mut plan = Plan::new(folder.path());
    plan.create("a.rs", "yours\n").unwrap();
    let failure = plan.check().unwrap_err();
    assert!(failure.what.contains("a.rs") && failure.help.concat().contains("--force"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine\n");
    plan.write().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "yours\n");
}

#[test]
fn all_is_written_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b"), "a file\n").unwrap();
    fs::write(folder.path().join("a"), "before\n").unwrap();
    let mut plan = Plan::new(folder.path());
    plan.create("a", "after\n").unwrap();
    plan.create("aa/new", "new\n").unwrap();
    plan.files.push(Planned {
        path: "b/below".to_owned(),
        before: None,
        after: "in a file there can be none\n".to_owned(),
        whole: true,
    });
    let failure = plan.write().unwrap_err();
    assert!(failure.what.contains("below"), "{failure:?}");
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), "before\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn without_an_anchor_a_person_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mod.rs"), "pub mod a;\n").unwrap();
    let mut plan = Plan::new(folder.path());
    plan.insert("mod.rs", &module("b")).unwrap();
    plan.insert("lib.rs", &module("b")).unwrap();
    // It is there, whoever wrote it.
    plan.insert("mod.rs", &module("a")).unwrap();
    let [no_anchor, no_file] = plan.by_hand() else { panic!("{:?}", plan.by_hand()) };
    for word in ["mod.rs", "// dragon-cli: models", "`pub mod b;`"] {
        assert!(no_anchor.contains(word), "{no_anchor}");
    }
    assert!(no_file.contains("no lib.rs"), "{no_file}");
    assert_eq!(plan.diff(), "");
}

#[test]
fn modules_are_in_rustfmts_order() {
    let mut text = "// dragon-cli: models\n".to_owned();
    for name in ["item10", "item", "b", "item_list", "item9", "a_b", "ab", "items"] {
        text = module(name).apply_to(&text).unwrap();
    }
    let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    assert_eq!(names, ["a_b;", "ab;", "b;", "item;", "item9;", "item10;", "item_list;", "items;"]);
}

#[test]
fn a_line_can_be_added_to_a_part() {
    let text = "struct A {\n    b: i32,\n}\nstruct Model {\n    a: i32,\n}\n";
    let added = |mark: &str, after| {
        let line = format!("    {mark}: i32,");
        let mark = mark.to_owned();
        Insertion { anchor: "}", after: Some(after), line, mark, sorted: false }.apply_to(text)
    };
    let expected = text.replace("    a: i32,\n", "    a: i32,\n    b: i32,\n");
    assert_eq!(added("b", "struct Model {"), Some(expected));
    assert_eq!(added("a", "struct Model {"), Some(text.to_owned()));
    assert_eq!(added("a", "struct Other {"), None);
}
