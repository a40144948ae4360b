//! What the todo binary prints instead of serving.

use dragon_tests::App;
use dragon_tests::process::beside;
use serde_json::{Value, json};

/// Nothing listens there.
const NOWHERE: &str = "postgres://nobody:secret@127.0.0.1:1/none";

#[test]
fn it_prints_its_description_and_opens_nothing() {
    let todo = App::todo().env("DRAGON_DESCRIBE", "1").env("DRAGON_ADDR", "192.0.2.1:80");
    let output = todo.env("DATABASE_URL", NOWHERE).env("REDIS_URL", "redis://127.0.0.1:1").output();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("{\"dragon\":\"") && printed.lines().count() == 1, "{printed}");
    assert!(!printed.contains("secret"));
    let said: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(said["dragon"], env!("CARGO_PKG_VERSION"));
    let said = &said["describe"];
    assert_eq!((&said["name"], &said["database"]), (&json!("todo"), &json!("postgres")));
    assert_eq!(said["addr"], "192.0.2.1:80");
    let [list, item] = said["routers"].as_array().unwrap().as_slice() else {
        panic!("two routers")
    };
    assert_eq!((&list["route"], &item["route"]), (&json!("todo-list"), &json!("todo-item")));
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&item["filter_fields"]), ["id", "todo_list__id", "done", "text"]);
    assert_eq!(item["order_fields"], json!(["id", "text"]));
    assert_eq!(item["verbs"].as_array().unwrap().len(), 7);
    let serializer = said["serializers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == item["serializer"])
        .unwrap();
    assert_eq!(names(&serializer["fields"]), ["done", "text"]);
    let required: Vec<&Value> = serializer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["required_on_create"])
        .collect();
    assert_eq!(required, [&json!(false), &json!(true)]);
    assert_eq!(names(&said["models"][1]["columns"]), ["id", "todo_list_id", "text", "done"]);
}

/// What `dragon-cli types` writes of that, and js/test/types.test.js compiles, is of the app as it is.
#[test]
fn the_types_are_made_of_what_it_says() {
    let output = App::todo().env("DRAGON_DESCRIBE", "1").output();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kept = include_str!("../../../dragon-cli/tests/cli/types/todo.json");
    let kept: Value = serde_json::from_str(kept).unwrap();
    for part in ["name", "routers", "serializers", "models"] {
        assert_eq!(said["describe"][part], kept["describe"][part], "{part}");
    }
}

/// What the README says to do in this repository, without the building: that would be of other features,
/// and would put another program in the place of the one that is tested here.
#[test]
fn its_routes_are_told_by_the_command_line() {
    let todo = beside("todo").display().to_string();
    let cli = App::example("dragon-cli").env("DATABASE_URL", NOWHERE);
    let output = cli.arg("routes").arg("--program").arg(&todo).output();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "todo-item  TodoItemRouter, TodoItemSerializer, model todoitem\n",
        "               todo_list__id  eq in lt lte gt gte\n",
        "               text  text  written, required\n",
        "  permissions  none: everybody may call it\n",
    ] {
        assert!(printed.contains(line), "{line}{printed}");
    }
}

#[test]
fn a_wrong_setup_is_said_instead() {
    for (name, value, what) in [
        ("DATABASE_URL", "mysql://h/d", "begins with neither `sqlite:` nor `postgres:`"),
        ("DRAGON_DESCRIBE", "yes", "DRAGON_DESCRIBE is `yes`; write 1"),
    ] {
        let output = App::todo().env("DRAGON_DESCRIBE", "1").env(name, value).output();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(what), "{said}");
    }
}
