//! A page that is built by Vite.

use dragon_tests::http::get;

use crate::kit::{Project, TWO_MODELS};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_by_vite_is_asked_for_then_built_and_served() {
    let args = [&TWO_MODELS[..], &["--frontend", "react"]].concat();
    let project = Project::new("gen-react", &args);
    project.cargo(&["build", "--locked"], &[]);
    let app = project.program().start().await;
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("npm --prefix frontend run build"), "{}", page.body);

    project.npm(&["install", "--no-progress"]);
    project.npm(&["run", "build"]);
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 200);
    let script = page.body.split('"').find(|part| part.ends_with(".js") && part.contains("assets"));
    let script = get(&format!("{}{}", app.url(), script.unwrap()), &[]).await;
    assert_eq!(script.status, 200);
    assert!(script.body.contains("todo-list"), "the page knows its models");
}
