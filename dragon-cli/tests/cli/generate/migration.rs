//! Columns that a model gains.

use super::App;

#[test]
fn a_migration_adds_to_all_that_says_which_fields_there_are() {
    let app = App::new();
    let said = app.once(&[
        "migration",
        "add_priority_to_todo_item",
        "priority:int",
        "list2:ref(todo_list)",
    ]);
    assert!(said.contains("_add_priority_to_todo_item.rs"), "{said}");
    for (file, text) in [
        ("src/lib.rs", "pub mod migrations;\npub mod models;\n"),
        ("src/lib.rs", "        .migrate(migrations::run)\n"),
        ("Cargo.toml", "\nsea-orm-migration = { version = "),
        ("Cargo.toml", "features = [\"runtime-tokio\", \"sqlx-sqlite\"] }\n"),
        (
            "src/models/todo_item.rs",
            "    pub priority: Option<i32>,\n    pub list2_id: Option<i32>,\n",
        ),
        ("src/models/todo_item.rs", "relation_enum = \"List2\""),
        (
            "src/serializers/todo_item.rs",
            "    publish_fields(text, done, list_id, priority, list2_id),",
        ),
        (
            "src/serializers/todo_item.rs",
            "    update_fields(text, done, list_id, priority, list2_id)\n",
        ),
        ("src/routers/todo_item.rs", "    order_fields(text, done, priority),\n"),
        ("tests/live/todo_item.rs", "        \"priority\": 1,\n"),
        ("frontend/models.js", "      { name: 'priority', label: 'Priority', type: 'int' },\n"),
    ] {
        assert!(app.read(file).contains(text), "{file}:\n{}", app.read(file));
    }
    // One of one's own, after the first.
    app.once(&["migration", "tidy_up"]);
    let list = app.read("src/migrations/mod.rs");
    let at = |part: &str| list.find(&format!("{part}::Migration")).unwrap();
    assert!(at("_add_priority_to_todo_item") < at("_tidy_up"), "{list}");
}

#[test]
fn a_list_with_comments_is_left_to_a_person() {
    let app = App::new();
    let file = "src/serializers/todo_item.rs";
    let plain = "    publish_fields(text, done, list_id),\n";
    let text = app.read(file);
    assert!(text.contains(plain), "{text}");
    let commented = "    // publish_fields(text),\n    publish_fields(\n        text, // all of \
                     it\n        done,\n        list_id,\n    ),\n";
    app.write(file, &text.replace(plain, commented));
    let said = app.generate(&["migration", "add_rank_to_todo_item", "rank:int"]);
    said.failed(1, &["`publish_fields(…)` has comments", "add `rank`", "not finished: 1 thing"]);
    let after = app.read(file);
    assert!(after.contains(commented), "{after}");
    assert!(after.contains("    update_fields(text, done, list_id, rank)\n"), "{after}");
}

#[test]
fn what_may_be_written_as_well_is_no_fault() {
    let app = App::new();
    let said = app.generate(&["migration", "add_note_to_todo_item", "note:string!"]);
    said.ok();
    assert!(said.err.contains("note: ") && said.err.contains("fn validate_note("), "{said:?}");
}

#[test]
fn the_drivers_of_a_migration_are_those_that_dragon_has() {
    for (name, features, drivers) in [
        ("postgres", "\"macros\", \"sqlite\"", "\"sqlx-sqlite\"]"),
        ("sqlite", "\"macros\", \"postgres\"", "\"sqlx-postgres\"]"),
        ("shop", "\"postgres\", \"sqlite\"", "\"sqlx-postgres\", \"sqlx-sqlite\"]"),
    ] {
        let app = App::new();
        let manifest = app
            .read("Cargo.toml")
            .replacen("name = \"my-demo\"", &format!("name = \"{name}\""), 1)
            .replacen("\"macros\", \"sqlite\"", features, 1);
        app.write("Cargo.toml", &manifest);
        app.generate(&["migration", "tidy_up"]).ok();
        let manifest = app.read("Cargo.toml");
        let line = manifest.lines().find(|line| line.starts_with("sea-orm-migration")).unwrap();
        assert!(line.contains(&format!("\"runtime-tokio\", {drivers}")), "{name}: {line}");
    }
}

#[test]
fn dependencies_may_be_written_in_any_way() {
    let orm = "sea-orm = { version = \"2.0.4\", default-features = false }\n";
    for other in [
        "sea-orm = { version = \"2.0.4\", features = [\n    \"macros\", # and no more\n] }\n",
        "sea-orm = {\n    version = \"2.0.4\",\n    features = [],\n}\n",
        "sea-orm.version = \"2.0.4\"\nsea-orm.default-features = false\n",
        "sea-query = \"1\"\n",
    ] {
        for end in ["\n", "\r\n"] {
            let app = App::new();
            let before = app.read("Cargo.toml").replace(orm, other).replace('\n', end);
            app.write("Cargo.toml", &before);
            app.once(&["migration", "tidy_up"]);
            let after = app.read("Cargo.toml");
            let is_added = |line: &&str| line.starts_with("sea-orm-migration = {");
            assert_eq!(after.lines().filter(is_added).count(), 1, "{after}");
            // Nothing else is changed.
            let rest = after.split_inclusive('\n').filter(|line| !is_added(line));
            assert_eq!(rest.collect::<String>(), before);
            assert_eq!(after.matches('\n').count(), after.matches(end).count(), "{after:?}");
        }
    }
}
