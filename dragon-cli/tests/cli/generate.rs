//! `dragon-cli generate` in a project as `new` makes it: the snapshot of a todo app.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dragon_tests::util::TempDir;

use crate::kit::{self, Said};

mod migration;

/// The files of a folder and of those in it, by their paths.
fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let (mut files, mut left) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(at) = left.pop() {
        for entry in fs::read_dir(at).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            } else {
                let path = entry.path().strip_prefix(folder).unwrap().to_owned();
                files.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

struct App(TempDir);

impl App {
    fn new() -> Self {
        let folder = TempDir::new("generate");
        let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/todo");
        for (path, text) in tree(&snapshot) {
            let to = folder.path().join("app").join(path.with_extension(""));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text).unwrap();
        }
        let app = Self(folder);
        // What it depends on, as far as cargo looks at it.
        let core = "[package]\nname = \"dragon-core\"\nversion = \"0.1.0\"\n";
        app.write("../dragon/dragon-core/Cargo.toml", core);
        app.write("../dragon/dragon-core/src/lib.rs", "");
        app.write(
            "frontend/models.js",
            "export const models = [\n  {\n    route: 'todo-item',\n    fields: [\n    ],\n  },\n  \
             // dragon-cli: models\n];\n",
        );
        app
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("app")
    }

    /// `dragon-cli generate …` in its folder.
    fn generate(&self, args: &[&str]) -> Said {
        self.within("", args)
    }

    fn within(&self, folder: &str, args: &[&str]) -> Said {
        kit::run(&self.path().join(folder), &[&["generate"], args].concat())
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn tree(&self) -> BTreeMap<PathBuf, String> {
        tree(&self.path())
    }

    /// The same twice: the second time nothing changes, and it says so.
    fn once(&self, args: &[&str]) -> String {
        let before = self.tree();
        let said = self.generate(args).ok().to_owned();
        let after = self.tree();
        assert_ne!(before, after, "{said}");
        let again = self.generate(args);
        assert!(again.ok().lines().all(|line| line.trim().starts_with("unchanged ")), "{again:?}");
        assert_eq!(self.tree(), after);
        said
    }
}

const NOTE: [&str; 4] = ["model", "note", "title:string!", "item:ref(todo_item)"];

#[test]
fn a_model_is_added_with_all_that_makes_it_live() {
    let app = App::new();
    let said = app.once(&NOTE);
    for line in ["create src/models/note.rs", "change src/lib.rs", "create tests/live/note.rs"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(
        app.read("src/lib.rs").contains(
            "        .router(routers::note::NoteRouter)\n        // dragon-cli: routers\n"
        )
    );
    for (file, line) in [
        ("src/models/mod.rs", "pub mod note;\npub mod todo_item;\n"),
        ("src/serializers/mod.rs", "pub mod note;\n"),
        ("src/routers/mod.rs", "pub mod note;\n"),
        ("tests/live/main.rs", "mod note;\nmod todo_item;\n"),
        ("src/models/note.rs", "    pub item: BelongsTo<Option<super::todo_item::Entity>>,\n"),
        ("frontend/models.js", "    route: 'note',\n"),
    ] {
        assert!(app.read(file).contains(line), "{file}:\n{}", app.read(file));
    }
}

#[test]
fn a_dry_run_shows_the_diff_and_writes_nothing() {
    let app = App::new();
    let before = app.tree();
    let said = app.generate(&[&NOTE[..], &["--dry-run"]].concat());
    for line in [
        "--- /dev/null\n+++ b/src/models/note.rs\n",
        "--- a/src/models/mod.rs\n+++ b/src/models/mod.rs\n",
        "\n+pub mod note;\n",
        "\n+        .router(routers::note::NoteRouter)\n",
    ] {
        assert!(said.ok().contains(line), "{}", said.out);
    }
    assert_eq!(app.tree(), before);
    // From a folder within, and with nothing left to do.
    app.generate(&NOTE).ok();
    let said = app.within("src/models", &[&NOTE[..], &["--dry-run"]].concat());
    assert_eq!(said.ok(), "");
}

#[test]
fn what_is_there_is_overwritten_only_by_force() {
    let app = App::new();
    app.generate(&NOTE).ok();
    app.write("src/models/note.rs", "// mine\n");
    let before = app.tree();
    app.generate(&NOTE).failed(1, &["src/models/note.rs is there already", "--force", "--dry-run"]);
    let dry = app.generate(&[&NOTE[..], &["--dry-run"]].concat());
    assert!(dry.ok().contains("\n-// mine\n"), "{dry:?}");
    assert_eq!(app.tree(), before);
    let said = app.generate(&[&NOTE[..], &["--force"]].concat());
    assert!(said.ok().contains("overwrite src/models/note.rs"), "{said:?}");
    assert!(app.read("src/models/note.rs").contains("table_name = \"note\""));
}

#[test]
fn without_an_anchor_it_says_what_to_write_where() {
    let app = App::new();
    let lib = app.read("src/lib.rs").replace("        // dragon-cli: routers\n", "");
    app.write("src/lib.rs", &lib);
    app.generate(&[&NOTE[..], &["--dry-run"]].concat()).ok();
    let said = app.generate(&NOTE);
    said.failed(1, &["not finished: 1 thing is left"]);
    for part in ["src/lib.rs", "`// dragon-cli: routers`", "`.router(routers::note::NoteRouter)`"] {
        assert!(said.err.contains(part), "{said:?}");
    }
    // The rest is written, and once the line is there nothing is left to say.
    assert!(app.read("src/routers/mod.rs").contains("pub mod note;"));
    let line = "        .router(routers::note::NoteRouter)\n        .create_tables()";
    app.write("src/lib.rs", &lib.replace("        .create_tables()", line));
    assert_eq!(app.generate(&NOTE).err, "");
}

#[test]
fn a_bad_name_or_field_is_said() {
    let app = App::new();
    let before = app.tree();
    for (args, said) in [
        (&["model", "type", "a:int"][..], &["`type`", "my_type"][..]),
        (&["model", "dragon", "a:int"], &["that of a crate", "my_dragon"]),
        (&["model", "note"], &["has no fields", "text:string!"]),
        (&["model", "note", "title"], &["`title` has no type", "title:string"]),
        (&["model", "note", "title:strin"], &["`string` is meant?"]),
        (&["model", "note", "a:int", "a:int"], &["a field `a` already"]),
        (&["model", "note", "parent:ref(note)!"], &["leave the `!` out"]),
        (&["model", "main", "a:int"], &["`main`", "my_main"]),
        (&["model", "aux", "a:int"], &["a device on Windows", "my_aux"]),
        (&["model", "note", "a1:int", "a_1:int"], &["`a_1:int`", "`a1`", "`A1`"]),
        (&["model", "note", "channel:string"], &["`channel:string`", "filter by it"]),
        (&["migration", "add_t_to_todo_item", "l:ref(todo_list)", "channel:int"], &["`channel"]),
        (&["page", "dragon", "--model", "todo_list"], &["/dragon.js", "my_dragon"]),
        (&["page", "dragon_compat", "--model", "todo_list"], &["/dragon-compat.js"]),
        (&["page", "settings", "--model", "todo_list"], &["/settings.js"]),
        (&["page", "nul", "--model", "todo_list"], &["a device on Windows"]),
        (&["serializer", "1st"], &["`1st`", "begin with a letter"]),
        (&["migration", "add_x_to_todo_item", "x:date!"], &["rows that are there", "`!`"]),
        (&["migration", "priority", "priority:int"], &["which table", "add_priority_to_MODEL"]),
        (&["page", "a b"], &["`a b`"]),
        (&["page", "dashboard"], &["--model", "todo_item, todo_list"]),
    ] {
        app.generate(args).failed(2, said);
    }
    for (args, said) in [
        (
            &["model", "note", "on:ref(board)"][..],
            &["no model `board`", "generate model board"][..],
        ),
        (&["router", "note"], &["no model `note`", "generate model note"]),
        (&["serializer", "note", "a:int"], &["no model `note`", "generate model note a:int"]),
        (&["migration", "add_a_to_note", "a:int"], &["no model `note`"]),
        (&["page", "dashboard", "--model", "note"], &["no model `note`", "todo_item"]),
    ] {
        app.generate(args).failed(1, said);
    }
    assert_eq!(app.tree(), before);
}

#[test]
fn outside_of_an_app_it_says_so() {
    let folder = TempDir::new("generate");
    let said = kit::run(folder.path(), &["g", "model", "note", "title:string"]);
    said.failed(1, &["Cargo.toml"]);
}

#[test]
fn a_model_alone_gets_its_other_parts_later() {
    let app = App::new();
    app.once(&["model", "note", "title:string!", "extra:json", "--only"]);
    assert!(app.read("src/lib.rs").contains("        .model::<models::note::Entity>()\n"));
    assert!(!app.read("src/routers/mod.rs").contains("note"));
    app.generate(&["router", "note"]).failed(1, &["no serializer", "generate serializer note"]);
    app.generate(&["page", "note"]).failed(1, &["generate router note"]);
    app.once(&["serializer", "note"]);
    app.once(&["router", "note"]);
    // With what the model's file says, it is what would have been made at once.
    let parts = ["models", "serializers", "routers"].map(|part| format!("src/{part}/note.rs"));
    let later = parts.clone().map(|part| app.read(&part));
    let at_once = App::new();
    at_once.generate(&["model", "note", "title:string!", "extra:json"]).ok();
    assert_eq!(later, parts.map(|part| at_once.read(&part)));
    assert_eq!(app.read("tests/live/note.rs"), at_once.read("tests/live/note.rs"));
}

#[test]
fn names_that_are_one_in_rust_are_not_added_twice() {
    let app = App::new();
    app.generate(&["model", "address_2", "a_1:int"]).ok();
    let before = app.tree();
    let twin = app.generate(&["model", "address2", "a:int"]);
    twin.failed(2, &["`address2`", "`address_2`", "`Address2`", "another name"]);
    let twin = app.generate(&["migration", "add_a1_to_address_2", "a1:int"]);
    twin.failed(2, &["`a1`", "`a_1`", "`A1`"]);
    assert_eq!(app.tree(), before);
    // A router of the same name elsewhere is not this model's.
    let lib = app.read("src/lib.rs");
    let others = "        .router(other::NoteRouter)\n        // dragon-cli: routers\n";
    app.write("src/lib.rs", &lib.replace("        // dragon-cli: routers\n", others));
    app.once(&NOTE);
    assert!(app.read("src/lib.rs").contains("        .router(routers::note::NoteRouter)\n"));
}

#[test]
fn a_reference_that_closes_a_circle_is_not_followed_by_the_tests() {
    let app = App::new();
    app.once(&["model", "note", "item:ref(todo_item)!"]);
    app.once(&["migration", "add_note_to_todo_item", "note:ref(note)"]);
    let test = app.read("tests/live/todo_item.rs");
    assert!(test.contains("        \"note_id\": null,\n"), "{test}");
    // One that must be given is made first.
    let test = app.read("tests/live/note.rs");
    assert!(
        test.contains("\"item_id\": crate::todo_item::create(client).await[\"id\"],"),
        "{test}"
    );
}

#[test]
fn the_line_ends_of_windows_are_no_difference_and_stay() {
    let app = App::new();
    let to_windows = || {
        for (path, text) in app.tree() {
            let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
            app.write(path.to_str().unwrap(), &text);
        }
    };
    to_windows();
    let gains = ["migration", "add_rank_to_todo_item", "rank:int"];
    for args in [&NOTE[..], &gains] {
        let before = app.tree();
        app.once(args);
        for path in before.keys() {
            let text = app.read(path.to_str().unwrap());
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{path:?}");
        }
        // As git would check out what is new.
        to_windows();
        let again = app.generate(args);
        assert!(again.ok().lines().all(|line| line.trim().starts_with("unchanged ")), "{again:?}");
    }
}

#[test]
fn a_model_is_known_to_the_app_once() {
    let app = App::new();
    let model = ["model", "note", "title:string!"];
    app.generate(&[&model[..], &["--only"]].concat()).ok();
    app.once(&model);
    let lib = app.read("src/lib.rs");
    assert!(lib.contains("        .router(routers::note::NoteRouter)\n"), "{lib}");
    assert!(!lib.contains("note::Entity"), "{lib}");
    // The other way round it would stay open to clients.
    let before = app.tree();
    app.generate(&[&model[..], &["--only"]].concat())
        .failed(1, &["clients can ask for `note`", "src/routers/note.rs", "src/lib.rs"]);
    assert_eq!(app.tree(), before);
}

#[test]
fn a_page_shows_a_model() {
    let app = App::new();
    app.once(&["page", "todo_item"]);
    app.once(&["page", "dash_board", "--model", "todo_list"]);
    for (file, text) in [
        ("frontend/todo-item.html", "<script src=\"/todo-item.js\" type=\"module\"></script>"),
        ("frontend/dash-board.html", "<title>Dash board</title>"),
        ("frontend/dash-board.js", "liveList(client, 'todo-list')"),
        ("frontend/dash-board.js", "  ['name', 'Name'],\n"),
    ] {
        assert!(app.read(file).contains(text), "{file}:\n{}", app.read(file));
    }
    // One that is built has types, which follow the app.
    app.write("frontend/src/dragon.d.ts", "");
    let said = app.generate(&NOTE);
    said.ok();
    assert!(said.err.contains("brings frontend/src/dragon.d.ts up to date"), "{said:?}");
    assert_eq!(app.generate(&NOTE).err, "");
    app.write("frontend/vite.config.js", "");
    app.generate(&["page", "other", "--model", "todo_list"]).failed(1, &["Vite", "frontend/src/"]);
}

#[test]
fn a_page_that_is_not_built_may_have_types_as_well() {
    let app = App::new();
    app.write("frontend/dragon.d.ts", "");
    let said = app.generate(&NOTE);
    said.ok();
    assert!(said.err.contains("dragon-cli types brings frontend/dragon.d.ts up"), "{said:?}");
    assert_eq!(app.generate(&NOTE).err, "");
}

#[test]
fn each_kind_has_help_with_examples() {
    let app = App::new();
    for kind in ["model", "serializer", "router", "migration", "page"] {
        let said = app.generate(&[kind, "--help"]);
        for part in ["Examples:", &format!("dragon-cli generate {kind} "), "--dry-run", "--force"] {
            assert!(said.ok().contains(part), "{kind}: {part}\n{}", said.out);
        }
    }
    let said = app.generate(&["--help"]);
    assert!(said.ok().contains("dragon-cli g page dashboard"), "{}", said.out);
}
