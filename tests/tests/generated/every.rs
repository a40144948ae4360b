//! Every combination of database, page and broker: written well in every run, and built, tested and
//! served under `tests/run --all`.

use dragon_tests::http::get;
use dragon_tests::{Database, Redis, rounds};

use crate::kit::{Project, TWO_MODELS};

/// `(database, frontend, with_redis)`
fn combinations() -> Vec<(&'static str, &'static str, bool)> {
    let mut all = Vec::new();
    for database in ["sqlite", "postgres"] {
        for frontend in ["vanilla", "react", "svelte", "vue"] {
            all.extend([false, true].map(|with_redis| (database, frontend, with_redis)));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_combination_is_formatted_and_locked_and_all_of_them_build_and_serve() {
    let is_whole = rounds(0, 1) == 1;
    let redis = is_whole.then(Redis::start);
    for (database, frontend, with_redis) in combinations() {
        let name = format!("gen-{database}-{frontend}{}", if with_redis { "-redis" } else { "" });
        let name = name.replace("postgres", "pg");
        let mut args = TWO_MODELS.to_vec();
        args.extend(["--database", database, "--frontend", frontend]);
        let mut env = Vec::new();
        if with_redis {
            args.push("--redis");
        }
        let project = Project::new(&name, &args);
        project.cargo(&["fmt", "--check"], &[]);
        project.cargo(&["metadata", "--locked", "--format-version=1"], &[]);
        let Some(redis) = &redis else { continue };
        if with_redis {
            env.push(("REDIS_URL", redis.url()));
        }
        if database == "postgres" {
            env.push(("DATABASE_URL", Database::postgres().await.url.clone()));
        }
        let borrowed: Vec<(&str, &str)> =
            env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert!(project.test(&borrowed) >= 4, "{name}");
        project.cargo(&["clippy", "--all-targets", "--locked", "--", "-D", "warnings"], &[]);
        if frontend != "vanilla" {
            project.npm(&["ci", "--no-progress"]);
            project.npm(&["run", "build"]);
        }
        let mut program = project.program();
        for (name, value) in &env {
            program = program.env(name, value);
        }
        let app = program.start().await;
        assert_eq!(get(&format!("{}/", app.url()), &[]).await.status, 200, "{name}");
    }
}
