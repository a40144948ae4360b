//! A page that is built by Vite.

use dragon_tests::http::get;

use crate::kit::{Project, TWO_MODELS};

/// A field of each type, given and not.
const EVERYTHING: &str = "everything a:string! b:string c:text! d:text e:int! f:bigint g:float! h:decimal! \
    i:bool! j:bool k:date! l:time m:datetime! n:uuid o:json! p:json list:ref(todo_list) itself:ref(everything)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_by_vite_is_asked_for_then_built_and_served() {
    let args = [&TWO_MODELS[..], &["--model", EVERYTHING, "--frontend", "react"]].concat();
    let project = Project::new("gen-react", &args);
    project.cargo(&["build", "--locked"], &[]);
    // A new page has its types before its app is built; they are those that the app then says.
    project.dragon(&["types", "--check"]);
    let app = project.program().start().await;
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("npm --prefix frontend run build"), "{}", page.body);

    project.npm(&["ci", "--no-progress"]);
    project.npm(&["run", "build"]);
    let page = get(&format!("{}/", app.url()), &[]).await;
    assert_eq!(page.status, 200);
    let script = page.body.split('"').find(|part| part.ends_with(".js") && part.contains("assets"));
    let script = get(&format!("{}{}", app.url(), script.unwrap()), &[]).await;
    assert_eq!(script.status, 200);
    assert!(script.body.contains("todo-list"), "the page knows its models");

    // What the server does not have is an error of the build.
    let models = project.text("frontend/src/models.ts");
    project.write("frontend/src/models.ts", &models.replace("name: 'due'", "name: 'deu'"));
    let said = project.npm_fails(&["run", "build"]);
    assert!(said.contains("'\"deu\"' is not assignable"), "{said}");
    project.write("frontend/src/models.ts", &models);

    // A model that comes later is known to the page when the types are.
    project.dragon(&["generate", "model", "note", "title:string!"]);
    project.npm_fails(&["run", "check"]);
    project.dragon(&["types"]);
    project.npm(&["run", "check"]);
}
