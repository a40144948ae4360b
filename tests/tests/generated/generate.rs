//! What `dragon-cli generate` adds to a project: it builds without a warning, and its tests pass.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dragon_tests::http::get;
use dragon_tests::process::beside;
use dragon_tests::{Client, Refused, eventually, util::PATIENCE};
use serde_json::json;

use crate::kit::{Project, run};

impl Project {
    /// Adds to it.
    fn generate(&self, args: &[&str]) -> String {
        let mut command = Command::new(beside("dragon-cli"));
        command.arg("generate").args(args).current_dir(self.path());
        run(&mut command, &[]).out
    }

    /// The one file whose path within it begins and ends so.
    fn find(&self, folder: &str, end: &str) -> PathBuf {
        let files =
            fs::read_dir(self.path().join(folder)).unwrap().map(|file| file.unwrap().path());
        let mut found = files.filter(|file| file.to_string_lossy().ends_with(end));
        found.next().unwrap_or_else(|| panic!("no {folder}/…{end}"))
    }
}

/// A model with every type, and with every way to refer.
const EVERY: [&str; 19] = [
    "model",
    "every",
    "a:string!",
    "b:text",
    "c:int!",
    "d:bigint",
    "e:float!",
    "f:decimal",
    "g:bool!",
    "h:date",
    "i:time!",
    "j:datetime",
    "k:uuid!",
    "l:json",
    "m:ref(todo_list)!",
    "n:ref(todo_list)",
    "o:ref(todo_item)",
    // Called as the model is to which another refers.
    "todo_item:ref(todo_list)",
    "parent:ref(every)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_grows_while_it_has_rows() {
    let models = ["--model", "todo_item text:string! list:ref(todo_list)"];
    let project = Project::new("gen-grown", &models);
    project.cargo(&["build", "--locked"], &[]);
    let app = project.program().start().await;
    let mut client = Client::connect(&app.ws()).await;
    client.ok("todo-item", "create", json!({ "text": "Milk" })).await;
    drop((client, app));

    // A second model, with its page.
    project.generate(&EVERY);
    project.generate(&["page", "overview", "--model", "every"]);
    project.cargo(&["fmt", "--check"], &[]);
    assert!(project.test(&[]) >= 6);

    // A column of one that has rows: without a migration the start says what to do.
    let model = project.text("src/models/todo_item.rs");
    let field = "    pub text: String,\n    pub priority: Option<i32>,\n";
    project.write("src/models/todo_item.rs", &model.replace("    pub text: String,\n", field));
    project.cargo(&["build"], &[]);
    let why = project.program().try_start().await.unwrap_err();
    assert!(why.contains("`todo_item` has no column `priority`"), "{why}");
    assert!(why.contains("dragon-cli generate migration add_priority_to_todo_item"), "{why}");

    // And with it the rows are there, and the column is.
    project.generate(&["migration", "add_priority_to_todo_item", "priority:int"]);
    project.cargo(&["fmt", "--check"], &[]);
    project.cargo(&["clippy", "--all-targets", "--", "-D", "warnings"], &[]);
    assert!(project.test(&[]) >= 6);
    assert!(project.find("src/migrations", "_add_priority_to_todo_item.rs").exists());
    let app = project.program().start().await;
    let mut client = eventually(PATIENCE, || async {
        Client::connect_with(&app.ws(), &[]).await.map_err(|Refused { reason, .. }| reason)
    })
    .await;
    let row = client.ok("todo-item", "update", json!({ "id": 1, "priority": 3 })).await;
    assert_eq!(row["priority"], 3);
    let rows = client.ok("todo-item", "get_list", json!({ "list__id": null })).await;
    assert_eq!((&rows[0]["text"], &rows[0]["priority"]), (&json!("Milk"), &json!(3)));
    for page in ["overview.html", "overview.js"] {
        assert_eq!(get(&format!("{}/{page}", app.url()), &[]).await.status, 200, "{page}");
    }
}
