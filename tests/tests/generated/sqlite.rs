//! SQLite and a plain page: what a newcomer has.

use std::path::Path;

use dragon_tests::http::get;
use dragon_tests::{App, Client, free_port};
use serde_json::json;

use crate::kit::{Project, TWO_MODELS, target};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_and_a_plain_page_builds_passes_its_tests_and_serves() {
    let project = Project::new("gen-sqlite", &TWO_MODELS);
    project.cargo(&["fmt", "--check"], &[]);
    project.cargo(&["build", "--locked"], &[]);
    assert!(project.test(&[]) >= 4, "two clients of each model, and what is refused");

    // From a folder within it; its page, its `.env` and its database are found all the same.
    let mut app = App::binary(Path::new("cargo"))
        .arg("run")
        .arg("--quiet")
        .folder(&project.path().join("src"))
        .env("CARGO_TARGET_DIR", target().display().to_string())
        .env("CARGO_NET_OFFLINE", "true")
        .start()
        .await;
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<title>Gen sqlite</title>"), "{}", page.body);
    for script in ["app.js", "fields.js", "models.js", "style.css", "dragon.js", "settings.js"] {
        assert_eq!(get(&format!("{}/{script}", app.url()), &[]).await.status, 200, "{script}");
    }
    assert!(project.path().join("gen-sqlite.db").exists());
    assert!(!project.path().join("src/gen-sqlite.db").exists());

    // What is edited is served, and browsers ask whether it was.
    project.write("frontend/style.css", "/* edited */");
    let style = get(&format!("{}/style.css", app.url()), &[]).await;
    assert_eq!(style.body, "/* edited */");
    assert_eq!(style.header("cache-control"), Some("no-cache"));
    assert_eq!(get(&format!("{}/nothing.js", app.url()), &[]).await.status, 404);

    let mut client = Client::connect(&app.ws()).await;
    let list = client.ok("todo-list", "create", json!({ "name": "Groceries" })).await;
    let item = json!({ "text": "Milk", "list_id": list["id"] });
    let item = client.ok("todo-item", "create", item).await;
    assert_eq!((&item["done"], &item["list_id"]), (&json!(false), &list["id"]));

    app.terminate();
    assert!(app.wait().await.success(), "{}", app.stderr_so_far());
}

#[tokio::test]
async fn what_is_wrong_at_its_start_is_said() {
    let project = Project::new("gen-wrong", &[]);
    project.cargo(&["build", "--locked"], &[]);
    // `.env` is read, and what the environment says goes before it.
    let address = free_port();
    project.write(".env", &format!("DRAGON_ADDR=127.0.0.1:{address}\nDRAGON_ORIGINS=here\n"));
    let why = project.program().try_start().await.unwrap_err();
    assert!(why.contains("DRAGON_ORIGINS has `here`; write origins with their scheme"), "{why}");
    let program = project.program().env("DRAGON_ORIGINS", "http://localhost:5173");
    drop(program.start().await);
    project.write(".env", "this is no setting\n");
    let why = project.program().try_start().await.unwrap_err();
    assert!(why.contains(".env:"), "{why}");
    project.write(".env", "DATABASE_URL=postgres://localhost/demo\n");
    let why = project.program().try_start().await.unwrap_err();
    assert!(why.contains("built without PostgreSQL"), "{why}");

    // Without its page beside it, it says where that belongs.
    let elsewhere = project.path().join("target-of-nothing");
    std::fs::create_dir(&elsewhere).unwrap();
    let app = project.program().folder(&elsewhere).env("DATABASE_URL", "sqlite://a.db?mode=rwc");
    let app = app.start().await;
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("Start the app in the folder of its project"), "{}", page.body);
}
