use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;
use crate::names::Name;
use crate::plan::Fate;

fn demo(database: Database) -> Project {
    Project {
        name: "my-demo".to_owned(),
        ident: "my_demo".to_owned(),
        database,
        database_url: "sqlite://my-demo.db?mode=rwc".to_owned(),
        redis: database == Database::Postgres,
        dragon: "path = \"../dragon/dragon-core\"".to_owned(),
        page: "frontend".to_owned(),
        page_help: "start the app in the folder of its `Cargo.toml`".to_owned(),
    }
}

const TODO: [&str; 2] =
    ["todo_list name:string!", "todo_item text:string! done:bool list:ref(todo_list)"];

/// Every type, given and not, and every way to refer.
const EVERY: [&str; 4] = [
    "todo_list name:string!",
    "every a:string! b:text! c:int! d:bigint! e:float! f:decimal! g:bool! h:date! i:time! \
     j:datetime! k:uuid! l:json! m:ref(todo_list)!",
    "maybe a:string b:text c:int d:bigint e:float f:decimal g:bool h:date i:time j:datetime k:uuid \
     l:json m:ref(todo_list) n:ref(todo_list)! parent:ref(maybe)",
    "abcdefghijklmnopqrstuvwxyzabcd abcdefghijklmnopqrstuvwxyzabcd:string! x:json \
     bcdefghijklmnopqrstuvwxyzabcda:ref(abcdefghijklmnopqrstuvwxyzabcd)",
];

/// The project, written to a folder of its own.
fn written(models: &[&str], database: Database) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::new(folder.path());
    let specs: Vec<_> = models.iter().map(|text| ModelSpec::parse(text).unwrap()).collect();
    project(&mut plan, &demo(database), &specs).unwrap();
    assert_eq!(plan.by_hand(), [""; 0]);
    plan.check().unwrap();
    plan.write().unwrap();
    let paths = plan.fates().map(|(_, path)| path.to_owned()).collect();
    (folder, paths)
}

/// Every type of column that a table may gain.
const GAINED: &str = "priority:int! note:string! body:text rate:float! price:decimal! big:bigint! \
     starred:bool due:date clock:time at:datetime token:uuid extra:json other:ref(todo_list)";

/// The migration of a moment, planned for a project.
fn migrated(folder: &Path, name: &str, add: Option<ModelSpec>) -> Plan {
    let mut plan = Plan::new(folder);
    let name = Name::parse_long(name).unwrap();
    let moment = "2026-01-31T12:30:00Z".parse().unwrap();
    migration(&mut plan, &Migration { name, add }, moment).unwrap();
    plan
}

/// A project with a migration of each kind.
fn written_with_migrations() -> (tempfile::TempDir, Vec<String>) {
    let (folder, paths) = written(&TODO, Database::Sqlite);
    let add = ModelSpec::parse(&format!("todo_item {GAINED}")).unwrap();
    for (name, add) in [("add_much_to_todo_item", Some(add)), ("tidy_up", None)] {
        let planned = || migrated(folder.path(), name, add.clone());
        planned().write().unwrap();
        // Twice is once.
        assert!(planned().fates().all(|(fate, _)| fate == Fate::Unchanged), "{name}");
    }
    let made =
        ["mod.rs", "m20260131_123000_add_much_to_todo_item.rs", "m20260131_123000_tidy_up.rs"];
    let made = made.into_iter().map(|file| format!("src/migrations/{file}"));
    let paths = paths.into_iter().chain(made).collect();
    (folder, paths)
}

/// Compares with `tests/snapshots/<name>/`; `UPDATE=1` in the environment writes them anew.
fn compare(name: &str, folder: &Path, paths: &[String]) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&root);
        for path in paths {
            let to = root.join(format!("{path}.snap"));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(folder.join(path), to).unwrap();
        }
    }
    for path in paths {
        let expected = fs::read_to_string(root.join(format!("{path}.snap")))
            .unwrap_or_else(|error| panic!("{path}: {error}; UPDATE=1 writes the snapshots"));
        let text = fs::read_to_string(folder.join(path)).unwrap();
        assert_eq!(text, expected, "{name}/{path}; UPDATE=1 writes the snapshots");
    }
}

#[test]
fn each_file_is_as_its_snapshot() {
    for (name, models, database) in
        [("todo", &TODO[..], Database::Sqlite), ("every", &EVERY[..], Database::Postgres)]
    {
        let (folder, paths) = written(models, database);
        compare(name, folder.path(), &paths);
    }
    let (folder, mut paths) = written_with_migrations();
    // What migrations make, and the parts of the model that has gained columns.
    paths.retain(|path| path.contains("/migrations/") || path.contains("/todo_"));
    compare("migrated", folder.path(), &paths);
}

#[test]
fn each_reference_has_a_relation_of_its_own() {
    let spec = ModelSpec::parse("clash user:ref(group) backup:ref(group) owner:ref(user)").unwrap();
    let text = render("model/model.rs", &ModelView::of(&spec)).unwrap();
    for name in ["User", "Backup", "Owner"] {
        let relation = format!("relation_enum = \"{name}\"");
        assert_eq!(text.matches(&relation).count(), 1, "{text}");
    }
}

#[test]
fn the_code_is_as_rustfmt_writes_it() {
    let written = [&TODO[..], &EVERY[..], &[]].map(|models| written(models, Database::Sqlite));
    for (folder, paths) in written.into_iter().chain([written_with_migrations()]) {
        let files = paths.iter().filter(|path| path.ends_with(".rs"));
        let check = Command::new("rustfmt")
            .args(["--edition", "2024", "--check", "--config", "skip_children=true"])
            .args(files)
            .current_dir(folder.path())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    }
}
