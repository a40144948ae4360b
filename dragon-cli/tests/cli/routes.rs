//! `routes`: the table, its JSON, and what can be in the way of either.

use std::fs;
use std::path::{Path, PathBuf};

use dragon_tests::util::{TempDir, until};
use serde_json::{Value, json};

use crate::kit::{self, PATIENCE, Said};
use crate::project::{Project, program};

/// As an app of a Dragon to come would say it: with words that are unknown here.
fn shop() -> Value {
    let kind = |kind: &str, wire: &str| json!({ "kind": kind, "wire": wire, "unit": "none" });
    let text = kind("text", "string");
    let field = |name: &str, kind: &Value, nullable: bool, updatable: bool| {
        json!({ "name": name, "type": kind, "nullable": nullable, "published": true,
                "updatable": updatable, "required_on_create": updatable && !nullable,
                "max_length": null, "custom": false })
    };
    let with = |mut field: Value, name: &str, value: Value| {
        field[name] = value;
        field
    };
    let verb = |name: &str, permissions: &[&str]| json!({ "name": name, "own": false, "permissions": permissions });
    let sizes = json!({ "kind": "enum", "wire": "string", "values": ["small", "large"] });
    let order = ["eq", "in", "lt", "lte", "gt", "gte", "contains"];
    json!({ "name": "shop", "planet": "earth", "database": "sqlite",
        "routers": [
            { "route": "order", "name": "OrderRouter", "kind": "model",
              "serializer": "shop::OrderSerializer", "model": "order",
              "verbs": [
                  verb("get_list", &["LoginRequired"]),
                  verb("get_single", &["LoginRequired"]),
                  verb("update", &["LoginRequired", "is_admin or Role(\"clerk\")"]),
                  verb("delete", &["LoginRequired", "is_admin or Role(\"clerk\")"]),
                  verb("subscribe", &["LoginRequired"]),
                  verb("unsubscribe", &[]),
              ],
              "verbs_known": true, "permissions": ["LoginRequired"], "subscribes": true,
              "filter_fields": [
                  { "name": "id", "field": "id", "type": kind("int", "number"), "nullable": false,
                    "lookups": order[..6] },
                  { "name": "customer__address__city__name__in_full", "field": null, "type": text,
                    "nullable": true, "lookups": order },
              ],
              "order_fields": ["id", "placed_at"], "paginate_by": 20, "views": ["short"],
              "include_related": ["customer"] },
            { "route": "clock", "name": "Clock", "kind": "plain", "serializer": null, "model": null,
              "verbs": [], "verbs_known": false, "permissions": [], "subscribes": false,
              "filter_fields": [], "order_fields": [], "paginate_by": null, "views": [],
              "include_related": [] },
        ],
        "serializers": [
            { "name": "shop::OrderSerializer", "short_name": "OrderSerializer", "model": "order",
              "key": { "name": "id", "type": kind("uuid", "string") },
              "fields": [
                  field("size", &sizes, false, true),
                  with(field("note", &text, true, true), "max_length", json!(40)),
                  with(field("label", &text, false, true), "custom", json!(true)),
                  with(field("pin", &text, false, true), "published", json!(false)),
                  with(with(field("tags", &text, false, false), "custom", json!(true)), "tells",
                       json!({ "wire": "string", "many": true, "nullable": true })),
                  field("placed_at", &kind("instant_utc", "string"), false, false),
              ],
              "related": [
                  { "name": "customer", "serializer": "shop::CustomerSerializer", "many": false,
                    "nullable": true, "updatable": true, "custom": false },
                  { "name": "lines", "serializer": "elsewhere", "many": true, "nullable": false,
                    "updatable": false, "custom": false },
              ],
              "views": { "short": ["note"] } },
            { "name": "shop::CustomerSerializer", "short_name": "CustomerSerializer",
              "model": "customer", "key": { "name": "id", "type": kind("int", "number") },
              "fields": [], "related": [], "views": {} },
        ],
        "models": [] })
}

fn line(description: &Value) -> String {
    // The mark comes first.
    format!("{{\"dragon\":\"9.9.9\",\"describe\":{description},\"new\":true}}")
}

/// What the app of this folder is that prints this.
fn asked(printed: &str, args: &[&str]) -> Said {
    let folder = TempDir::new("asked");
    let program = program(folder.path(), printed);
    let mut all = vec!["routes", "--program", program.to_str().unwrap()];
    all.extend(args);
    kit::run(folder.path(), &all)
}

const TABLE: &str = r#"order  OrderRouter, OrderSerializer, model order
  verbs        get_list, get_single, update, delete, subscribe, unsubscribe
  permissions  all: LoginRequired
               update, delete: is_admin or Role("clerk")
  fields       id         uuid
               size       small | large               written, required
               note       text or null                written, at most 40
                                                      characters
               label      any                         from a method, written, as
                                                      text, required
               pin        text                        written, required, not
                                                      told
               tags       list of string or null      from a method
               placed_at  instant_utc
               customer   CustomerSerializer or null  written
               lines      list of elsewhere
  filters      id                                      eq in lt lte gt gte
               customer__address__city__name__in_full  eq in lt lte gt gte
                                                       contains
  orders       id, placed_at
  pages        of 20 rows
  views        short
  covers       customer

clock  Clock
  verbs        (it does not say which: write `fn verbs`)
  permissions  none: everybody may call it
"#;

#[test]
fn routes_are_told_within_80_columns() {
    let said = asked(&line(&shop()), &[]);
    assert_eq!(said.ok(), TABLE);
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
}

#[test]
fn one_route_is_told_alone() {
    let one = asked(&line(&shop()), &["clock"]);
    assert_eq!(one.ok(), TABLE.split("\n\n").last().unwrap());
    let none = asked(&line(&shop()), &["ordre"]);
    none.failed(1, &["`shop` has no route `ordre`", "did you mean `order`?", "order, clock"]);
}

#[test]
fn as_json_it_is_all_that_the_app_said_of_itself() {
    let said = asked(&format!("hello\n{}\n", line(&shop())), &["--json"]);
    let mut shop = shop();
    shop.as_object_mut().unwrap().remove("database");
    assert_eq!(serde_json::from_str::<Value>(said.ok()).unwrap(), shop);
}

#[test]
fn as_json_it_is_the_same_wherever_it_runs() {
    let main = r##"fn main() {
        let set = |name: &str| std::env::var(name).unwrap();
        let (addr, url) = (set("DRAGON_ADDR"), set("DATABASE_URL"));
        println!(r#"{{"dragon":"0.1.0","describe":{{"name":"shop","addr":"{addr}","database":"{url}","routers":[],"serializers":[],"models":[]}}}}"#);
    }"##;
    let project = Project::of(main);
    let said = ["127.0.0.1:1", "127.0.0.1:2"].map(|addr| {
        let mut command = project.command("shop", &["routes", "--json"]);
        command.env("DRAGON_ADDR", addr).env("DATABASE_URL", format!("postgres://{addr}/d"));
        kit::end(command, "").ok().to_owned()
    });
    assert!(said[0].contains("\"name\": \"shop\""), "{said:?}");
    assert_eq!(said[0], said[1]);
}

#[test]
fn an_app_without_routes_is_told_how_to_get_one() {
    let none = line(&json!({ "name": "shop", "routers": [], "serializers": [], "models": [] }));
    asked(&none, &[]).failed(1, &["`shop` has no routes", "dragon-cli generate router"]);
}

#[test]
fn a_description_of_another_shape_is_told() {
    let said = asked(&line(&json!({ "name": "shop", "routers": 3 })), &[]);
    said.failed(1, &["invalid type", "DRAGON_DESCRIBE=1"]);
}

#[test]
fn the_app_is_built_and_asked_from_any_folder_of_it() {
    let main = format!(
        "fn main() {{ println!(\"starting\"); eprintln!(\"a warning\"); if \
         std::env::var(\"DRAGON_DESCRIBE\").as_deref() == Ok(\"1\") {{ println!(\"{{}}\", r#\"{}\"#) }} }}",
        line(&shop()).replace("\\\"clerk\\\"", "clerk")
    );
    let project = Project::of(&main);
    let said = project.run("shop/src", &["routes"]);
    assert!(said.ok().starts_with("order  OrderRouter"), "{said:?}");
    // What the app logged is nobody's business when all went well.
    assert_eq!(said.err, "");
    // From the workspace it is the only app; with another it is one of two.
    assert_eq!(project.run("", &["routes"]).ok(), said.out);
    project.app("chat", "fn main() {}");
    project.run("", &["routes"]).failed(2, &["several apps here", "-p: chat, shop"]);
    assert_eq!(project.run("", &["routes", "-p", "shop"]).ok(), said.out);
    project.run("", &["routes", "-p", "shp"]).failed(1, &["no package `shp` here", "chat, shop"]);
    project
        .run("", &["routes", "-p", "dragon-core"])
        .failed(1, &["`dragon-core` is no app: it does not depend on dragon-core"]);
    project.run("shop", &["routes", "--bin", "x"]).failed(1, &["no program `x`", "programs: shop"]);
    // It came to no start.
    project.run("chat", &["routes"]).failed(
        1,
        &[
            "the app ended without an answer",
            "`App::builder(…).start()`, which answers and exits where DRAGON_DESCRIBE=1 is set",
        ],
    );
}

#[test]
fn an_app_that_is_built_does_not_wait_for_cargo() {
    let main = format!("fn main() {{ println!(\"{{}}\", r##\"{}\"##) }}", line(&shop()));
    let project = Project::of(&main);
    // One that is busy with another build as soon as this one is done.
    let cargo = program(&project.path(""), "");
    let busy = format!("#!/bin/sh\n[ $1 != run ] && exec '{}' \"$@\"\n", env!("CARGO"));
    fs::write(&cargo, busy).unwrap();
    let mut command = project.command("shop", &["routes"]);
    command.env("CARGO", cargo);
    assert!(kit::end(command, "").ok().starts_with("order  OrderRouter"));
}

#[test]
fn an_app_that_does_not_compile_shows_the_compiler() {
    let project = Project::of("fn main() { let rows: u32 = \"many\"; }");
    project.run("shop", &["routes"]).failed(
        1,
        &[
            "error[E0308]: mismatched types",
            "the app `shop` does not compile",
            "mend what the compiler says above",
        ],
    );
}

#[test]
fn an_app_that_stops_is_heard() {
    let main = "fn main() { println!(\"hello\"); eprintln!(\"Error: two routers have the route \
                `a`\"); std::process::exit(1) }";
    Project::of(main).run("shop", &["routes"]).failed(
        1,
        &[
            "the app stopped before it could answer (exit status: 1): two routers have the route `a`",
            "mend that, and ask again",
            "hello",
        ],
    );
    // One that says no more than that is heard as well.
    let main = "fn main() { eprintln!(\"no way\"); std::process::exit(2) }";
    let said = Project::of(main).run("shop", &["routes"]);
    said.failed(1, &["no way\n", "could answer (exit status: 2)\n", "what it says above"]);
}

#[tokio::test]
async fn an_app_that_serves_instead_is_ended() {
    let main = "fn main() { std::fs::write(\"pid\", std::process::id().to_string()).unwrap(); \
                println!(\"listening\"); loop { std::thread::park() } }";
    let project = Project::of(main);
    project.run("shop", &["routes", "--timeout", "1"]).failed(
        1,
        &["listening", "the app did not answer within 1 s, and was ended", "--timeout SECONDS"],
    );
    is_over(&project.path("shop/pid")).await;
}

#[test]
fn how_long_to_wait_is_said_so_that_it_can_be_meant() {
    let folder = TempDir::new("timeout");
    for (seconds, says) in [
        ("0", "more than 0 seconds"),
        ("18446744073709551615", "at most 86400 seconds"),
        ("soon", "write seconds"),
    ] {
        kit::run(folder.path(), &["routes", "--timeout", seconds]).failed(2, &[says]);
    }
    let program = program(folder.path(), &line(&shop()));
    let program = program.to_str().unwrap();
    kit::run(folder.path(), &["routes", "--program", program, "--timeout", "29.5"]).ok();
}

/// A program of this script, which is run in a folder of its own.
fn script(text: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new("script");
    let program = program(folder.path(), &format!("{}\n", line(&shop())));
    fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    (folder, program)
}

/// What started it is over, and so is what it started.
async fn is_over(pid: &Path) {
    let pid = fs::read_to_string(pid).unwrap();
    let process = format!("/proc/{}", pid.trim());
    let gone = || async { !Path::new(&process).exists() };
    until(PATIENCE, "it is gone", gone).await;
}

#[tokio::test]
async fn what_a_program_starts_ends_with_it() {
    // One that waits for what it started, and one that leaves it behind.
    for (then, code) in [("wait", 1), ("cat printed", 0)] {
        let (folder, program) = script(&format!("sleep 1000 & echo $! > pid\n{then}"));
        let args = ["routes", "--program", program.to_str().unwrap(), "--timeout", "1"];
        let said = kit::run(folder.path(), &args);
        assert_eq!(said.code, Some(code), "{said:?}");
        is_over(&folder.path().join("pid")).await;
    }
}

#[test]
fn what_speaks_on_for_ever_is_not_heard_for_ever() {
    // In a session of its own it outlives the program, as long as there is its folder.
    let (folder, program) = script(
        "setsid sh -c 'while [ -e printed ]; do echo still here; sleep 0.1; done' &\ncat printed",
    );
    let said = kit::run(folder.path(), &["routes", "--program", program.to_str().unwrap()]);
    assert!(said.ok().starts_with("order  OrderRouter"), "{said:?}");
}

#[tokio::test]
async fn who_does_not_want_to_wait_ends_the_app_as_well() {
    let (folder, program) = script("echo $$ > new; mv new pid; sleep 1000");
    let args = ["routes", "--program", program.to_str().unwrap()];
    let mut running = kit::Running::start(kit::cli(folder.path(), &args));
    let pid = folder.path().join("pid");
    until(PATIENCE, "it runs", || async { pid.exists() }).await;
    running.interrupt();
    assert_eq!(running.end().code(), Some(130));
    is_over(&pid).await;
}

#[test]
fn where_no_app_is_it_says_so() {
    let folder = TempDir::new("nothing");
    kit::run(folder.path(), &["routes"])
        .failed(1, &["there is no project here", "dragon-cli new NAME"]);
    kit::run(folder.path(), &["routes", "--program", "./server"])
        .failed(1, &["the program ./server cannot be found", "leave --program out"]);
    let project = Project::empty();
    project.krate("tool", "", "fn main() {}");
    project
        .run("tool", &["routes"])
        .failed(1, &["the project here is no app", "dragon = { package = \"dragon-core\""]);
    project.write("tool/Cargo.toml", "[package\n");
    project.run("tool", &["routes"]).failed(1, &["cargo cannot read the project", "[package"]);
}

#[test]
fn its_help_has_examples() {
    let folder = TempDir::new("help");
    let said = kit::run(folder.path(), &["routes", "--help"]);
    for part in ["Examples:", "dragon-cli routes -p todo", "--program", "--timeout", "Which app"] {
        assert!(said.ok().contains(part), "{part}: {}", said.out);
    }
}
