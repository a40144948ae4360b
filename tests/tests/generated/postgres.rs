//! PostgreSQL and a plain page.

use dragon_tests::http::get;
use dragon_tests::{Database, free_port};

use crate::kit::{Project, TWO_MODELS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_and_a_plain_page_passes_its_tests_there_and_says_what_it_misses() {
    let database = Database::postgres().await;
    let args = [&TWO_MODELS[..], &["--database", "postgres"]].concat();
    let project = Project::new("gen-postgres", &args);
    assert!(project.test(&[("DATABASE_URL", &database.url)]) >= 4);

    let app = project.program().env("DATABASE_URL", &database.url).start().await;
    assert_eq!(get(&format!("{}/", app.url()), &[]).await.status, 200);
    drop(app);

    // The server is there, the database is not: what everybody meets who starts it first.
    let missing = database.url.replacen("/test_", "/missing_", 1);
    let why = project.program().env("DATABASE_URL", missing).try_start().await.unwrap_err();
    assert!(why.contains("has no database `missing_"), "{why}");
    assert!(why.contains("create it with `createdb --host=127.0.0.1"), "{why}");

    // Nobody is there.
    let nowhere = format!("postgres://me@127.0.0.1:{}/gen", free_port());
    let why = project.program().env("DATABASE_URL", nowhere).try_start().await.unwrap_err();
    assert!(why.contains("is the server running?"), "{why}");
}
