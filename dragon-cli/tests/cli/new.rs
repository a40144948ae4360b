//! `dragon-cli new`: what it writes, what it says, and what it refuses. That its projects build, pass
//! their tests and serve is shown in `tests/tests/generated`.

mod locks;
mod refused;
mod snapshots;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dragon_tests::TempDir;

use crate::kit::{cli, end, run};

/// This checkout.
fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::canonicalize(here).unwrap()
}

/// The files of a folder and of those in it, as paths within it, sorted; those of git are its own.
fn files(folder: &Path) -> Vec<String> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(one) = left.pop() {
        for entry in fs::read_dir(one).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                left.push(path);
            } else if path.is_file() {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn it_says_what_it_made_and_what_comes_next() {
    let folder = TempDir::new("new");
    let said = run(folder.path(), &["new", "demo"]);
    assert_eq!(
        said.ok(),
        "Made demo: 25 files, the model todo_item\n\
         \n\
         Next:\n  \
           cd demo\n  \
           cargo run\n\
         \n\
         Then open http://127.0.0.1:9999/ in two windows. demo/README.md says more.\n"
    );
    assert_eq!(said.err, "");
    assert_eq!(files(&folder.path().join("demo")).len(), 25);
}

#[test]
fn the_folder_that_one_is_in_has_a_name_too() {
    let folder = TempDir::new("new");
    let demo = folder.path().join("demo");
    fs::create_dir(&demo).unwrap();
    let said = run(&demo, &["new", "."]);
    assert!(said.ok().contains("/demo: 25 files") && !said.out.contains("  cd "), "{}", said.out);
    let manifest = fs::read_to_string(demo.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"demo\""), "{manifest}");
}

#[test]
fn what_must_be_started_and_built_first_is_said() {
    let folder = TempDir::new("new");
    let args = ["new", "some/demo", "--database", "postgres", "--redis", "--frontend", "react"];
    let said = run(folder.path(), &args);
    for line in [
        "  cd some/demo\n",
        "  docker compose up --detach --wait postgres redis\n",
        "  npm --prefix frontend ci\n",
        "  npm --prefix frontend run build\n",
        "Without Docker: start postgres and redis yourself",
    ] {
        assert!(said.ok().contains(line), "not said: {line}\n{}", said.out);
    }
}

#[test]
fn a_model_that_is_only_referred_to_is_made_along_and_that_is_said() {
    let folder = TempDir::new("new");
    let model = "todo_item text:string! list:ref(todo_list)!";
    let said = run(folder.path(), &["new", "demo", "--model", model]);
    assert!(said.ok().contains("the models todo_list, todo_item"), "{}", said.out);
    assert!(said.ok().contains("`todo_list` is referred to"), "{}", said.out);
    let list = folder.path().join("demo/src/models/todo_list.rs");
    assert!(fs::read_to_string(list).unwrap().contains("pub name: String"));
}

#[test]
fn it_depends_on_the_checkout_by_its_path_with_the_versions_of_its_lock() {
    let folder = TempDir::new("new");
    run(folder.path(), &["new", "demo"]).ok();
    let demo = folder.path().join("demo");
    let manifest = fs::read_to_string(demo.join("Cargo.toml")).unwrap();
    let path = format!("path = \"{}\"", checkout().join("dragon-core").display());
    assert!(manifest.contains(&path), "{manifest}");
    let [ours, theirs] = [demo, checkout()].map(|folder| {
        let lock = fs::read_to_string(folder.join("Cargo.lock")).unwrap();
        let packages = lock.split("\n[[package]]\n").skip(1);
        // Name, version, source and checksum.
        let head =
            |package: &str| package.split("dependencies = [").next().unwrap().trim().to_owned();
        packages.map(head).collect::<Vec<_>>()
    });
    // The package itself is new; all others are as they were.
    let added: Vec<_> = ours.iter().filter(|package| !theirs.contains(package)).collect();
    assert_eq!(added, ["name = \"demo\"\nversion = \"0.1.0\""]);
    // What only the checkout's own tests and examples need is not in it.
    assert!(!ours.iter().any(|package| package.contains("name = \"dragon-cli\"")));
}

#[test]
fn a_repository_of_git_is_begun_unless_there_is_one() {
    let folder = TempDir::new("new");
    run(folder.path(), &["new", "demo"]).ok();
    assert!(folder.path().join("demo/.git").is_dir());
    run(folder.path(), &["new", "demo/within"]).ok();
    assert!(!folder.path().join("demo/within/.git").exists());
    // A repository that was begun before is no obstacle.
    fs::create_dir_all(folder.path().join("begun/.git")).unwrap();
    run(folder.path(), &["new", "begun"]).ok();
}

#[test]
fn within_a_workspace_it_is_an_app_of_its_own() {
    let folder = TempDir::new("new");
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    run(folder.path(), &["new", "demo"]).ok();
    let demo = folder.path().join("demo");
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--offline", "--locked", "--format-version=1", "--no-deps"]);
    cargo.current_dir(&demo);
    let said = end(cargo, "");
    assert!(said.ok().contains("\"name\":\"demo\""), "{said:?}");
    run(&demo, &["generate", "model", "note", "title:string!"]).ok();
}

#[test]
fn each_file_has_the_checkout_in_its_own_quotes() {
    let folder = TempDir::new("new");
    let checkout = folder.path().join("it's a: \"b\" #c $d");
    fs::create_dir_all(checkout.join("dragon-core")).unwrap();
    let manifest = "[package]\nname = \"dragon-core\"\nversion = \"0.1.0\"\n";
    fs::write(checkout.join("dragon-core/Cargo.toml"), manifest).unwrap();
    let checkout = fs::canonicalize(checkout).unwrap();
    let path = checkout.to_str().unwrap();
    run(folder.path(), &["new", "demo", "--frontend", "react", "--path-deps", path]).ok();
    let demo = folder.path().join("demo");
    let lines = |file: &str, start: &str| -> Vec<String> {
        let text = fs::read_to_string(demo.join(file)).unwrap();
        let rest = text.lines().filter_map(|line| line.trim().strip_prefix(start));
        rest.map(str::to_owned).collect()
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();

    // A string of JSON is one of YAML; Compose takes `$` for a variable, and `$$` for a `$`.
    let [context] = &lines("compose.yaml", "dragon: ")[..] else { panic!() };
    assert_eq!(json(context).as_str().unwrap().replace("$$", "$"), path);

    // BuildKit takes a `\\` within a list for a shell's.
    let copies = lines("Dockerfile", "COPY --from=dragon ");
    assert_eq!(copies.len(), 5);
    for copy in copies {
        let list = json(&copy);
        let to = list.as_array().unwrap().last().unwrap().as_str().unwrap().replace('\\', "");
        assert!(to.starts_with(&format!("{path}/")), "{copy}");
    }

    let by_hand = &lines("Dockerfile", "# compose.yaml names. By hand:  docker build ")[..];
    let [by_hand] = by_hand else { panic!() };
    let clones = lines(".github/workflows/ci.yml", "git clone --depth 1 ");
    let [clone] = &clones[..] else { panic!() };
    for (words, last) in [(by_hand, format!("dragon={path}\n.")), (clone, path.to_owned())] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("printf '%s\\n' {words}")]);
        let said = end(shell, "");
        assert!(said.ok().ends_with(&format!("{last}\n")), "{said:?}");
    }

    let package = json(&fs::read_to_string(demo.join("frontend/package.json")).unwrap());
    let client = package["dependencies"]["dragon-client"].as_str();
    assert_eq!(client, Some(format!("file:{path}/js").as_str()));
}

#[test]
fn it_needs_neither_git_nor_cargo() {
    let folder = TempDir::new("new");
    let mut command = cli(folder.path(), &["new", "demo"]);
    command.env("PATH", folder.path()).env_remove("CARGO");
    end(command, "").ok();
    assert!(!folder.path().join("demo/.git").exists());
    let lock = fs::read_to_string(folder.path().join("demo/Cargo.lock")).unwrap();
    assert_eq!(lock, fs::read_to_string(checkout().join("Cargo.lock")).unwrap());
}
