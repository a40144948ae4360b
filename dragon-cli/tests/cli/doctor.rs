//! `dragon-cli doctor`.

use std::net::TcpListener;

use dragon_tests::{Redis, TempDir, free_port};
use serde_json::{Value, json};

use crate::kit::{Said, cli, end, run};
use crate::project::{Project, program};
use crate::server::Server;

/// An app that answers what it is asked with these.
fn app(check: &Value, describe: &Value) -> Project {
    let line = |text: &str| format!("println!(\"{{}}\", r##\"{text}\"##)");
    let check = checked(check);
    let describe = format!(r#"{{"dragon":"0.1.0","describe":{describe}}}"#);
    let project = Project::of(&format!(
        "fn main() {{\n    if std::env::var(\"DRAGON_ERRAND\").is_ok() {{ {} }} else {{ {} }}\n}}\n",
        line(&check),
        line(&describe)
    ));
    project.write("shop/.env", &format!("DRAGON_ADDR=127.0.0.1:{}\n", free_port()));
    project
}

/// The line of an app that has looked at these.
fn checked(checks: &Value) -> String {
    format!(r#"{{"dragon":"0.1.0","errand":"check","checks":{checks}}}"#)
}

/// What `--json` says of one thing.
fn found(said: &Said, what: &str) -> Value {
    let all: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(all["ok"], said.code == Some(0), "{said:?}");
    let mut of = all["findings"].as_array().unwrap().iter().filter(|one| one["what"] == what);
    let found = of.next().unwrap_or_else(|| panic!("nothing of {what}: {said:?}")).clone();
    assert!(of.next().is_none(), "{what} is said twice: {said:?}");
    found
}

/// A folder with these settings, looked at without a project around it.
fn looked_at(settings: &str, what: &str) -> (Value, Said) {
    let folder = TempDir::new("doctor");
    let settings = match settings.contains("DRAGON_ADDR") {
        true => settings.to_owned(),
        false => format!("{settings}\nDRAGON_ADDR=127.0.0.1:{}", free_port()),
    };
    std::fs::write(folder.path().join(".env"), settings).unwrap();
    let said = run(folder.path(), &["doctor", "--quick", "--json"]);
    (found(&said, what), said)
}

fn is(finding: &Value, state: &str, says: &str, mend: &str) {
    assert_eq!(finding["state"], state, "{finding}");
    assert!(finding["says"].as_str().unwrap().contains(says), "{finding}");
    assert!(finding["mend"].to_string().contains(mend), "{finding}");
}

#[test]
fn an_app_that_has_all_it_needs_is_well() {
    let checks = json!([
        { "what": "database", "ok": true, "says": "SQLite 3.50: /shop.db", "mend": null },
        { "what": "table order", "ok": true, "says": "it has the 3 columns", "mend": null },
        { "what": "address", "ok": false, "says": "looked at from outside", "mend": null },
    ]);
    let shop = app(&checks, &json!({}));
    let said = shop.run("shop", &["doctor"]);
    let out = said.ok();
    for line in [
        "ok           cargo: cargo 1.",
        "ok           project: shop in ",
        "ok           rustc: rustc 1.",
        "ok           dragon: the app has 0.1.0",
        "ok           .env: it sets DRAGON_ADDR",
        "ok           app: it is built",
        "ok           table order: it has the 3 columns",
        " is free",
    ] {
        assert!(out.contains(line), "not said: {line}\n{out}");
    }
    assert!(!out.contains("looked at from outside") && !out.contains("redis"), "{out}");
    // Without asking it, what is seen from outside.
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "database"), "cannot_tell", "DATABASE_URL is not set", "[]");
    assert_eq!(said.code, Some(0), "what cannot be told is no fault");
}

#[test]
fn what_the_app_finds_wrong_is_told_with_how_to_mend_it() {
    let mend = "run your migrations";
    let checks = json!([
        { "what": "table order", "ok": false, "says": "it does not exist", "mend": mend },
        { "what": "redis", "ok": false, "says": "nobody listens", "mend": "start it" },
    ]);
    let said = app(&checks, &json!({})).run("shop", &["doctor"]);
    said.failed(1, &["2 things are wrong"]);
    let told =
        "wrong        table order: it does not exist\n             mend: run your migrations\n";
    assert!(said.out.contains(told), "{}", said.out);
}

#[test]
fn an_app_that_does_not_compile_is_wrong_and_the_rest_is_looked_at() {
    let shop = Project::of("fn main() { let }\n");
    shop.write("shop/.env", "REDIS_URL=redis://127.0.0.1:1\n");
    let said = shop.run("shop", &["doctor", "--json"]);
    is(&found(&said, "app"), "wrong", "does not compile", "mend what the compiler says");
    is(&found(&said, "redis"), "wrong", "nobody listens at 127.0.0.1:1", "redis-server");
}

#[test]
fn a_program_that_is_built_already_is_asked_without_a_toolchain() {
    let folder = TempDir::new("doctor");
    let check = json!({ "what": "database", "ok": true, "says": "PostgreSQL 17", "mend": null });
    let program = program(folder.path(), &checked(&json!([check])));
    let mut command = cli(folder.path(), &["doctor", "--json", "--program"]);
    command.arg(program).env("DRAGON_ADDR", format!("127.0.0.1:{}", free_port()));
    let said = end(command, "");
    is(&found(&said, "database"), "ok", "PostgreSQL 17", "[]");
    assert!(!said.out.contains("rustc"), "{}", said.out);
}

#[test]
fn types_that_are_out_of_date_are_wrong() {
    let describe = json!({ "name": "shop", "database": "sqlite", "routers": [], "serializers": [],
                           "models": [] });
    let shop = app(&json!([]), &describe);
    assert!(!shop.run("shop", &["doctor"]).ok().contains("types"), "there are none");
    shop.write("shop/frontend/dragon.d.ts", "export {};\n");
    let said = shop.run("shop", &["doctor", "--json"]);
    is(&found(&said, "types"), "wrong", "dragon.d.ts is out of date", "dragon-cli types");
    shop.run("shop", &["types"]).ok();
    let said = shop.run("shop", &["doctor", "--json"]);
    is(&found(&said, "types"), "ok", "up to date", "[]");
}

#[test]
fn no_project_is_wrong() {
    let (found, said) = looked_at("", "project");
    is(&found, "wrong", "no project here", "dragon-cli new NAME");
    said.failed(1, &["one thing is wrong"]);
}

#[test]
fn a_toolchain_that_is_missing_or_old_is_wrong() {
    let folder = TempDir::new("doctor");
    std::fs::write(folder.path().join(".env"), "DRAGON_ADDR=127.0.0.1:1\n").unwrap();
    let old = program(folder.path(), "rustc 1.70.0 (90c541806 2023-05-31)\n");
    let mut command = cli(folder.path(), &["doctor", "--quick", "--json"]);
    command.env("CARGO", folder.path().join("none")).env("CC", "no-such-compiler");
    command.env("RUSTC", old);
    let said = end(command, "");
    is(&found(&said, "cargo"), "wrong", "cannot be run", "https://rustup.rs");
    is(&found(&said, "C compiler"), "wrong", "no-such-compiler", "");
    is(&found(&said, "rustc"), "wrong", "1.70.0", "rustup update stable");
}

#[test]
fn the_projects_own_oldest_rust_counts() {
    let shop = app(&json!([]), &json!({}));
    let manifest = std::fs::read_to_string(shop.path("shop/Cargo.toml")).unwrap();
    let newer = manifest.replace("edition =", "rust-version = \"1.999\"\nedition =");
    shop.write("shop/Cargo.toml", &newer);
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "rustc"), "wrong", "the project needs 1.999", "rustup update");
    // It may be that of its workspace.
    let inherited = manifest.replace("edition =", "rust-version.workspace = true\nedition =");
    shop.write("shop/Cargo.toml", &inherited);
    let workspace = std::fs::read_to_string(shop.path("Cargo.toml")).unwrap();
    let newer = format!("{workspace}\n[workspace.package]\nrust-version = \"1.998\"\n");
    shop.write("Cargo.toml", &newer);
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "rustc"), "wrong", "the project needs 1.998", "rustup update");
}

#[test]
fn crates_that_do_not_fit_are_wrong() {
    let shop = app(&json!([]), &json!({}));
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\n")
    };
    let lock = |packages: &[String]| shop.write("Cargo.lock", &packages.concat());
    lock(&[
        package("dragon-core", "9.0.0"),
        package("sea-orm", "1.1.0"),
        package("sea-orm", "2.0.4"),
    ]);
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "dragon"), "wrong", "9.0.0", "cargo update -p dragon-core");
    is(&found(&said, "sea-orm"), "wrong", "1.1.0 and 2.0.4", "cargo tree -i sea-orm");
    lock(&[package("dragon-core", "0.1.0"), package("dragon-core", "0.2.0")]);
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "dragon"), "wrong", "0.1.0 and 0.2.0", "one version");
    // What lies in a folder above is another's.
    let manifest = std::fs::read_to_string(shop.path("shop/Cargo.toml")).unwrap();
    shop.write("shop/Cargo.toml", &format!("{manifest}\n[workspace]\n"));
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "versions"), "cannot_tell", "no Cargo.lock", "[]");
    shop.write("shop/Cargo.toml", &manifest);
    std::fs::remove_file(shop.path("Cargo.lock")).unwrap();
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "versions"), "cannot_tell", "no Cargo.lock", "[]");
}

#[test]
fn settings_that_cannot_be_read_are_wrong() {
    is(
        &looked_at("DRAGON_ADDR=127.0.0.1:1\nA B = \"c", ".env").0,
        "wrong",
        "cannot be read",
        "NAME=",
    );
    is(&looked_at("DRAGON_ADDR=9999", "address").0, "wrong", "no address", "127.0.0.1:9999");
}

#[test]
fn a_setting_that_is_there_twice_is_the_first_for_all() {
    let folder = TempDir::new("doctor");
    let ports = [free_port(), free_port()].map(|port| format!("127.0.0.1:{port}"));
    let settings = ports.clone().map(|place| format!("DRAGON_ADDR={place}\n")).concat();
    std::fs::write(folder.path().join(".env"), settings).unwrap();
    let said = run(folder.path(), &["doctor", "--quick", "--json"]);
    is(&found(&said, "address"), "ok", &format!("{} (from DRAGON_ADDR in .env)", ports[0]), "[]");
    let said = run(folder.path(), &["call", "note", "get_list"]);
    said.failed(1, &[&format!("nobody listens at {} (from DRAGON_ADDR in .env)", ports[0])]);
}

#[test]
fn a_database_is_looked_at_from_outside() {
    let found = |url: &str| looked_at(&format!("DATABASE_URL={url}"), "database").0;
    is(&found("sqlite://a.db?mode=rwc"), "ok", "the first start makes it", "[]");
    is(&found("sqlite::memory:"), "ok", "in memory", "[]");
    is(&found("sqlite://a.db"), "wrong", "does not exist", "a.db?mode=rwc");
    is(&found("sqlite://no/such/a.db?mode=rwc"), "wrong", "no/such does not exist", "mkdir -p");
    // A file that is there but is a folder.
    is(&found("sqlite://."), "wrong", "cannot be written", "");
    is(&found("mysql://h/d"), "wrong", "`mysql:`", "postgres://");
    let nobody = found(&format!("postgres://ann:secret@127.0.0.1:{}/d", free_port()));
    is(&nobody, "wrong", "nobody listens", "start PostgreSQL");
    assert!(!nobody.to_string().contains("secret"), "{nobody}");
    is(
        &found("postgres://no-such-host.invalid/d"),
        "wrong",
        "no-such-host.invalid is not known",
        "",
    );
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://{}/d", there.local_addr().unwrap());
    is(&found(&url), "ok", "somebody listens", "[]");
}

#[test]
fn what_is_to_be_corrected_is_named_by_where_it_is_said() {
    let folder = TempDir::new("doctor");
    let nobody = free_port();
    let (database, redis) =
        (format!("postgres://127.0.0.1:{nobody}/d"), format!("redis://127.0.0.1:{nobody}"));
    let found =
        |command: &mut dyn FnMut() -> std::process::Command, what| found(&end(command(), ""), what);
    let quick = || cli(folder.path(), &["doctor", "--quick", "--json"]);
    let mut outside = || {
        let mut command = quick();
        command.env("DATABASE_URL", &database).env("REDIS_URL", &redis);
        command
    };
    let says = "(from DATABASE_URL in the environment)";
    is(
        &found(&mut outside, "database"),
        "wrong",
        says,
        "correct DATABASE_URL in the environment\"",
    );
    is(&found(&mut outside, "redis"), "wrong", "(from REDIS_URL in the environment)", "");
    let settings = format!("DATABASE_URL={database}\nREDIS_URL={redis}\n");
    std::fs::write(folder.path().join(".env"), settings).unwrap();
    is(&found(&mut outside, "database"), "wrong", "in the environment", "goes before .env");
    is(&found(&mut quick.clone(), "database"), "wrong", "DATABASE_URL in .env", "URL in .env\"");
    is(&found(&mut quick.clone(), "redis"), "wrong", "(from REDIS_URL in .env)", "");
}

#[test]
fn a_redis_is_asked_whether_it_serves() {
    let found = |url: &str| looked_at(&format!("REDIS_URL={url}"), "redis").0;
    is(&looked_at("", "redis").0, "ok", "not set", "[]");
    let redis = Redis::start();
    is(&found(&redis.url()), "ok", "answers", "[]");
    let _: () = redis.cli(&["CONFIG", "SET", "requirepass", "p@ss"]);
    is(&found(&redis.url()), "wrong", "wants another password", "redis://:PASSWORD@HOST:PORT");
    let with = redis.url().replace("redis://", "redis://:p%40ss@");
    is(&found(&with), "ok", "answers", "[]");
    is(
        &found(&format!("redis://127.0.0.1:{}", free_port())),
        "wrong",
        "nobody listens",
        "REDIS_URL",
    );
    is(&found("redis.example"), "wrong", "cannot be meant", "redis://127.0.0.1:6379");
    is(&found("rediss://127.0.0.1"), "cannot_tell", "TLS", "[]");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_finds_out_who_has_the_port() {
    let server = Server::start().await;
    let at = |place: &str| looked_at(&format!("DRAGON_ADDR={place}"), "address").0;
    let place = server.url.replace("http://", "");
    is(&at(&place), "ok", "a Dragon app answers", "[]");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = other.local_addr().unwrap().to_string();
    let refusing = other.try_clone().unwrap();
    let refusing = std::thread::spawn(move || drop(refusing.accept().unwrap()));
    is(&at(&place), "wrong", &format!("another program has {place}"), "DRAGON_ADDR=");
    refusing.join().unwrap();
    drop(other);
    is(&at(&format!("127.0.0.1:{}", free_port())), "ok", "is free", "[]");
}

#[test]
fn a_frontend_needs_node() {
    let shop = app(&json!([]), &json!({}));
    let package = json!({ "scripts": { "dev": "vite" } });
    shop.write("shop/frontend/package.json", &package.to_string());
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "node"), "ok", "v", "[]");
    is(&found(&said, "frontend"), "ok", "dragon-cli dev installs them", "[]");
    // Half of them are none.
    shop.write("shop/frontend/node_modules/vite/package.json", "{}");
    let said = shop.run("shop", &["doctor", "--quick", "--json"]);
    is(&found(&said, "frontend"), "ok", "dragon-cli dev installs them", "[]");
    shop.write("shop/frontend/node_modules/.package-lock.json", "{}");
    let said = shop.run("shop", &["doctor", "--quick"]);
    assert!(!said.out.contains("frontend: "), "{}", said.out);
    let folder = TempDir::new("doctor");
    let old = program(folder.path(), "v18.20.0\n");
    std::fs::rename(old, folder.path().join("node")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let mut command = cli(&shop.path("shop"), &["doctor", "--quick", "--json"]);
    command.env("PATH", format!("{}:{path}", folder.path().display()));
    command.env_remove("CARGO_TARGET_DIR");
    is(&found(&end(command, ""), "node"), "wrong", "v18.20.0", "nodejs.org");
}
