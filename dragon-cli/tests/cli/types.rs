//! `dragon-cli types`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kit::{cli, end, run};

/// What is written for these is compiled by js/test/types.test.js, with pages that use it.
const WRITTEN: [(&str, &[&str], &str); 3] = [
    ("todo", &[], "todo/dragon.d.ts"),
    ("crm", &[], "crm/dragon.d.ts"),
    ("todo", &["--client", "server"], "plain/dragon.d.ts"),
];

/// How routes are added to the package.
const PACKAGE: &str = "\ndeclare module 'dragon-client' {\n";

fn described(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/types").join(format!("{name}.json"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder, and the file that is named within it.
fn folder(file: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    (folder, file)
}

/// A description with these serializers, each with one router over it.
fn app(serializers: &[(&str, &str)]) -> String {
    let text = json!({"kind": "text", "wire": "string"});
    let key = json!({"name": "id", "type": {"kind": "int", "wire": "number"}});
    let field = json!({
        "name": "name", "type": text, "nullable": false, "published": true, "updatable": false,
        "required_on_create": false, "max_length": null, "custom": false,
    });
    let serializer = |(name, short): &(&str, &str)| {
        json!({
            "name": name, "short_name": short, "model": "thing", "key": key, "fields": [field],
            "related": [], "views": {},
        })
    };
    let router = |(at, (name, _)): (usize, &(&str, &str))| {
        json!({
            "route": format!("route-{at}"), "name": "R", "kind": "model", "serializer": name,
            "model": "thing", "verbs": [{"name": "get_list", "own": false, "permissions": []}],
            "verbs_known": true, "permissions": [], "filter_fields": [], "order_fields": ["id"],
            "paginate_by": null, "views": [], "include_related": [],
        })
    };
    let described = json!({
        "name": "app",
        "routers": serializers.iter().enumerate().map(router).collect::<Vec<Value>>(),
        "serializers": serializers.iter().map(serializer).collect::<Vec<Value>>(),
        "models": [],
    });
    format!("{{\"dragon\":\"0.1.0\",\"describe\":{described}}}")
}

#[test]
fn what_is_written_is_as_it_was() {
    for (app, args, file) in WRITTEN {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../js/test/types").join(file);
        let (folder, written) = folder("dragon.d.ts");
        let described = described(app);
        let mut all = vec!["types", "--from", text(&described), "--out", text(&written)];
        // Beside the kept file is a package.json that chooses this; here is none.
        all.extend(if args.is_empty() { &["--client", "package"] } else { args });
        run(folder.path(), &all).ok();
        let written = fs::read_to_string(&written).unwrap();
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&kept, &written).unwrap();
        }
        let kept = fs::read_to_string(&kept).unwrap();
        assert!(kept == written, "{file} differs: look at it with UPDATE=1 and git diff");
    }
}

#[test]
fn it_is_written_once_and_checked() {
    let (folder, file) = folder("dragon.d.ts");
    let described = described("todo");
    let types = |more: &[&str]| {
        let args = ["types", "--from", text(&described), "--out", "dragon.d.ts"];
        run(folder.path(), &[&args[..], more].concat())
    };
    types(&["--check"]).failed(1, &["dragon.d.ts is out of date", "dragon-cli types writes it"]);
    assert!(!file.exists(), "--check has written it");
    assert!(types(&[]).ok().contains("dragon.d.ts has the types of 2 routes"));
    assert!(types(&["--check"]).ok().contains("up to date"));
    assert!(types(&[]).ok().contains("up to date"));

    // The line ends that git writes on Windows are no difference.
    let written = fs::read_to_string(&file).unwrap();
    fs::write(&file, written.replace('\n', "\r\n")).unwrap();
    types(&["--check"]).ok();

    fs::write(&file, written.replace("  text: string;\n", "  text: string;\n  title: string;\n"))
        .unwrap();
    let said = types(&["--check"]);
    said.failed(1, &["dragon.d.ts is out of date"]);
    assert!(said.out.contains("\n-  title: string;\n"), "{}", said.out);
    assert!(fs::read_to_string(&file).unwrap().contains("title"), "--check has written it");
    types(&[]).ok();
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn what_somebody_else_wrote_is_overwritten_only_by_force() {
    let (folder, file) = folder("mine.d.ts");
    let described = described("todo");
    let types = |more: &[&str]| {
        let args = ["types", "--from", text(&described), "--out", "mine.d.ts"];
        run(folder.path(), &[&args[..], more].concat())
    };
    fs::write(&file, "// by hand\ninterface Mine {}\n").unwrap();
    types(&[]).failed(1, &["mine.d.ts is there already", "did not write it", "--force"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "// by hand\ninterface Mine {}\n");
    types(&["--check"]).failed(1, &["out of date"]);
    types(&["--force"]).ok();
    let written = fs::read_to_string(&file).unwrap();
    // Its own it writes anew without being told to, and leaves nothing beside it.
    fs::write(&file, written.replace("interface", "/* old */ interface")).unwrap();
    types(&[]).ok();
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    fs::write(&file, "").unwrap();
    types(&[]).ok();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn it_goes_where_the_page_is() {
    let described = described("todo");
    for (there, package, written, has, lacks) in [
        ("frontend/src/main.ts", None, "frontend/src/dragon.d.ts", "interface Window", PACKAGE),
        ("frontend/index.html", None, "frontend/dragon.d.ts", "interface Window", PACKAGE),
        (
            "frontend/src/main.ts",
            Some(r#"{"dependencies": {"dragon-client": "1"}}"#),
            "frontend/src/dragon.d.ts",
            PACKAGE,
            "interface Window",
        ),
        (
            "frontend/src/main.ts",
            Some(r#"{"devDependencies": {"dragon-client": "1"}}"#),
            "frontend/src/dragon.d.ts",
            PACKAGE,
            "interface Window",
        ),
        (
            "frontend/src/main.ts",
            Some(r#"{"dependencies": {"vite": "1"}}"#),
            "frontend/src/dragon.d.ts",
            "interface Window",
            PACKAGE,
        ),
    ] {
        let (folder, there) = folder(there);
        fs::write(there, "").unwrap();
        if let Some(package) = package {
            fs::write(folder.path().join("frontend/package.json"), package).unwrap();
        }
        run(folder.path(), &["types", "--from", text(&described)]).ok();
        let types = fs::read_to_string(folder.path().join(written)).unwrap();
        assert!(types.contains(has) && !types.contains(lacks), "{package:?}:\n{types}");
    }
}

#[test]
fn a_description_comes_from_standard_input_too_after_whatever_was_printed_before() {
    let (folder, file) = folder("web/types.d.ts");
    let input = format!("hello\n{}\n", app(&[("app::ThingSerializer", "ThingSerializer")]));
    let command = cli(folder.path(), &["types", "--from", "-", "--out", "web/types.d.ts"]);
    end(command, &input).ok();
    let types = fs::read_to_string(file).unwrap();
    assert!(types.contains("export interface Thing {"), "{types}");
    assert!(types.contains("dragon: typeof import('./types.js');"), "{types}");
}

#[test]
fn what_routes_printed_as_json_is_a_description() {
    let (folder, file) = folder("dragon.d.ts");
    let whole: Value =
        serde_json::from_str(&app(&[("app::ThingSerializer", "ThingSerializer")])).unwrap();
    let alone = format!("{:#}", whole["describe"]);
    end(cli(folder.path(), &["types", "--from", "-", "--out", "dragon.d.ts"]), &alone).ok();
    assert!(fs::read_to_string(file).unwrap().contains("export interface Thing {"));
}

#[test]
fn each_type_has_a_name_of_its_own() {
    let (folder, file) = folder("dragon.d.ts");
    // One is called as the client's `Page`, two alike, one as a route's filter.
    let input = app(&[
        ("app::PageSerializer", "PageSerializer"),
        ("app::StaffSerializer", "StaffSerializer"),
        ("app::brief::StaffSerializer", "StaffSerializer"),
        ("app::Route0FilterSerializer", "Route0FilterSerializer"),
        ("app::Serializer", "Serializer"),
    ]);
    let command = cli(folder.path(), &["types", "--from", "-", "--out", "dragon.d.ts"]);
    end(command, &input).ok();
    let types = fs::read_to_string(file).unwrap();
    let named: Vec<&str> = types
        .lines()
        .take_while(|line| !line.starts_with("// ---- The client"))
        .filter_map(|line| line.strip_prefix("export interface ")?.split(' ').next())
        .collect();
    let rows = ["PageRow", "Staff", "StaffRow", "Route0Filter", "Serializer"];
    assert_eq!(named[..5], rows);
    let mut all = named.clone();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), named.len(), "{named:?}");
    assert!(types.contains("row: StaffRow;"), "{types}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let described = described("todo");
    let types = |args: &[&str]| run(folder.path(), &[&["types"], args].concat());
    let from = ["--from", text(&described)];
    types(&from).failed(1, &["there is no folder `frontend`", "--out web/src/dragon.d.ts"]);
    let wrong = [&from[..], &["--out", "types.ts"]].concat();
    types(&wrong).failed(2, &["types.ts is no file of declarations", "ends with .d.ts"]);
    types(&["--from", "none.json"]).failed(1, &["none.json cannot be read"]);
    fs::write(folder.path().join("bad.json"), "{\"name\": \"todo\"}").unwrap();
    types(&["--from", "bad.json"]).failed(1, &["no description of an app", "DRAGON_DESCRIBE=1"]);
    fs::write(folder.path().join("package.json"), "{").unwrap();
    let broken = [&from[..], &["--out", "dragon.d.ts"]].concat();
    types(&broken).failed(1, &["package.json cannot be read"]);
}
