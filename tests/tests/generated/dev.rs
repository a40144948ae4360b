//! `dragon-cli dev`: an app that is edited while a client looks at it.
//!
//! The app is a project of its own in this workspace's target folder, with the features that generated
//! projects have, so that little more than the app itself is compiled.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dragon_tests::guard::{End, Process, is_running};
use dragon_tests::process::{beside, without_settings};
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Redis, Refused, eventually, free_port};
use serde_json::{Value, json};

/// A build on a busy machine, with a cold target folder.
const BUILD: Duration = Duration::from_secs(900);

const MAIN: &str = r#"//! A list of notes.

use dragon::prelude::*;

mod greeting;

pub mod note {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = note::Entity, publish_fields(text), update_fields(text))]
struct NoteSerializer;

struct Notes;
#[router(route = "note", serializer = NoteSerializer, verbs(greet, crash))]
impl Notes {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn greet(&self, _: &mut Context<'_>) -> Outcome {
        let name = std::env::args().nth(1).unwrap_or_default();
        let setting = std::env::var("GREETING").unwrap_or_default();
        Ok(Success::of(&format!("{}{setting}, {name}", greeting::WORD).into()))
    }

    async fn crash(&self, _: &mut Context<'_>) -> Outcome {
        std::process::exit(3)
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    dotenvy::dotenv().ok();
    let config = Config::from_env("sqlite://notes.db?mode=rwc")?;
    let app = App::builder("notes").config(config).create_tables().router(Notes).start().await?;
    let page = dragon::warp::Filter::map(dragon::warp::path::end(), || include_str!("../page/index.html"));
    app.serve(page, |addr| eprintln!("serving at {addr}")).await
}
"#;

fn greeting(word: &str) -> String {
    format!("pub const WORD: &str = \"{word}\";\n")
}

/// A project in a folder that stays from run to run, so that cargo need not begin anew each time.
struct Project {
    folder: PathBuf,
    port: u16,
    /// Keeps what was published while the app is built anew.
    redis: Redis,
}

impl Project {
    fn make(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What a run before left behind.
        let _ = fs::remove_dir_all(&folder);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
        // Other profiles would be other dependencies.
        let profiles = &manifest[manifest.find("[profile.dev]").unwrap()..];
        let core = workspace.join("dragon-core");
        let project = Self { folder, port: free_port(), redis: Redis::start() };
        project.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"dragon-test-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                 publish = false\n\n[dependencies]\ndotenvy = \"0.15\"\n\
                 dragon = {{ package = \"dragon-core\", path = {core:?}, default-features = false, \
                 features = [\"macros\", \"sqlite\", \"redis\"] }}\n\
                 sea-orm = {{ version = \"2\", default-features = false }}\n\
                 tokio = {{ version = \"1\", features = [\"rt-multi-thread\", \"macros\"] }}\n\n\
                 [workspace]\n\n{profiles}",
            ),
        );
        project.write("Cargo.lock", &fs::read_to_string(workspace.join("Cargo.lock")).unwrap());
        project.write("src/main.rs", MAIN);
        project.write("src/greeting.rs", &greeting("Hello"));
        project.write("page/index.html", "one");
        project.write(".env", &project.settings("!"));
        project
    }

    fn settings(&self, greeting: &str) -> String {
        let (port, redis) = (self.port, self.redis.url());
        format!("DRAGON_ADDR=127.0.0.1:{port}\nREDIS_URL={redis}\nGREETING={greeting}\n")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn ws(&self) -> String {
        format!("ws://127.0.0.1:{}/ws", self.port)
    }

    fn dev(&self, args: &[&str]) -> Dev {
        let mut command = Command::new(beside("dragon-cli"));
        // Of the test, to whom `cargo test` has told where it builds by where it is.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        without_settings(&mut command)
            .arg("dev")
            .args(args)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut process = Process::start(&mut command, End::Kill).unwrap();
        let stderr = process.child().stderr.take().unwrap();
        Dev { process, lines: lines(stderr) }
    }

    /// The client of a page that is there, as soon as the app is.
    async fn client(&self) -> Client {
        eventually(PATIENCE, || async {
            Client::connect_with(&self.ws(), &[]).await.map_err(|Refused { reason, .. }| reason)
        })
        .await
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct Dev {
    process: Process,
    lines: Receiver<String>,
}

impl Dev {
    /// What it says up to a line that has this.
    fn says(&self, part: &str) -> String {
        let end = Instant::now() + BUILD;
        let mut said = String::new();
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            said.push_str(&line);
            said.push('\n');
            if line.contains(part) {
                return said;
            }
        }
        panic!("`{part}` was not said:\n{said}");
    }

    /// The processes that it has started, and those that they have.
    fn children(&self) -> Vec<u32> {
        let mut found = vec![self.process.id()];
        let mut at = 0;
        while at < found.len() {
            let tasks = format!("/proc/{0}/task/{0}/children", found[at]);
            let text = fs::read_to_string(tasks).unwrap_or_default();
            found.extend(text.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            at += 1;
        }
        found.split_off(1)
    }

    fn end(mut self) {
        let children = self.children();
        assert!(!children.is_empty(), "the app runs");
        self.process.signal("INT");
        let status = self.process.wait(PATIENCE * 3).expect("it ends");
        assert!(status.success(), "{status}");
        let left: Vec<u32> = children.into_iter().filter(|id| is_running(*id)).collect();
        assert!(left.is_empty(), "still there: {left:?}");
    }
}

impl Drop for Dev {
    /// A test that fails leaves no app behind: who is killed cannot end what it has started.
    fn drop(&mut self) {
        self.process.signal("TERM");
        self.process.wait(PATIENCE * 3);
    }
}

async fn greeted(project: &Project) -> Value {
    project.client().await.ok("note", "greet", json!({})).await
}

/// Subscribes from where a client stood; what it is told of what it missed.
async fn resumed(project: &Project, since: Option<&str>) -> (Client, Value) {
    let mut client = project.client().await;
    let args = json!({ "channel": "notes", "_snapshot": true, "_since": since });
    let reply = client.call("note", "subscribe", args).await;
    assert!(reply.is_success(), "{reply}");
    (client, reply.message)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_app_is_built_and_started_anew_under_a_client() {
    let project = Project::make("edited");
    let dev = project.dev(&["--", "Ann"]);
    dev.says("serving at");
    assert_eq!(greeted(&project).await, "Hello!, Ann");
    let (mut client, first) = resumed(&project, None).await;
    assert_eq!(first["snapshot"], json!([]));
    client.ok("note", "create", json!({ "text": "one" })).await;
    assert_eq!(client.next_push(PATIENCE).await["action"], "created");

    // An edit: the page is told to come back, and hears what it has missed since.
    // Written beside and renamed, as many editors do.
    project.write("src/greeting.rs.new", &greeting("Good morning"));
    let (new, old) = ("src/greeting.rs.new", "src/greeting.rs");
    fs::rename(project.folder.join(new), project.folder.join(old)).unwrap();
    let said = dev.says("serving at");
    assert!(said.contains("src/greeting.rs"), "{said}");
    assert_eq!(client.close_code().await, Some(3012));
    assert_eq!(greeted(&project).await, "Good morning!, Ann");
    let since = first["context"]["position"].as_str();
    let (mut client, back) = resumed(&project, since).await;
    assert_eq!(back["context"]["recovered"], true, "{back}");
    assert_eq!(client.next_push(PATIENCE).await["data"]["text"], "one");

    // A mistake: it is shown where it is, and the app of before answers.
    project.write("src/greeting.rs", "pub const WORD: &str = 7;\npub const WORSE: u8 = \"\";\n");
    let said = dev.says("2 errors; the app of before goes on");
    assert!(said.contains("src/greeting.rs:1:24"), "{said}");
    assert!(said.contains("mismatched types"), "{said}");
    assert!(!said.contains("could not compile"), "said once: {said}");
    assert_eq!(client.ok("note", "greet", json!({})).await, "Good morning!, Ann");
    assert!(!client.is_closed());

    // It is mended, with what is embedded and with what is read at the start.
    project.write("src/greeting.rs", &greeting("Good evening"));
    dev.says("serving at");
    project.write(".env", &project.settings("?"));
    dev.says("serving at");
    assert_eq!(greeted(&project).await, "Good evening?, Ann");
    project.write("page/index.html", "two");
    dev.says("serving at");
    let page = format!("http://127.0.0.1:{}/", project.port);
    assert_eq!(dragon_tests::http::get(&page, &[]).await.body, "two");

    // A crash is said, and the next change starts it again.
    let mut client = project.client().await;
    client.send("note", "crash", json!({})).await;
    dev.says("the app ended (exit status: 3)");
    project.write("src/greeting.rs", &greeting("Good night"));
    dev.says("serving at");
    assert_eq!(greeted(&project).await, "Good night?, Ann");
    dev.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frontend_runs_beside_and_a_broken_app_waits_to_be_mended() {
    let project = Project::make("fronted");
    project.write("src/greeting.rs", "pub const WORD: &str = ;\n");
    let noted = "node -p process.env.npm_command > installed-by";
    let scripts = json!({ "dev": "node server.js", "postinstall": noted });
    let package = json!({ "name": "f", "private": true, "scripts": scripts });
    project.write("frontend/package.json", &package.to_string());
    let lock = json!({ "name": "f", "lockfileVersion": 3, "packages": { "": { "name": "f" } } });
    project.write("frontend/package-lock.json", &lock.to_string());
    let installed_by = || fs::read_to_string(project.folder.join("frontend/installed-by")).unwrap();
    let server = "console.error('the frontend is up'); setInterval(() => {}, 1000);\n\
                  process.stdin.resume(); process.stdin.on('end', () => process.exit(9));\n";
    project.write("frontend/server.js", server);
    let dev = project.dev(&["--bin", "dragon-test-fronted"]);
    let said = dev.says("1 error; mend it, and it starts");
    assert!(said.contains("installing the frontend's packages"), "{said}");
    // Whichever comes first: npm or cargo.
    if !said.contains("the frontend is up") {
        dev.says("the frontend is up");
    }
    assert_eq!(installed_by().trim(), "ci", "exactly what the lock says");
    project.write("Cargo.toml.rs", "not of the app");
    project.write("src/greeting.rs", &greeting("Hi"));
    let said = dev.says("serving at");
    assert!(!said.contains("the frontend's server ended"), "{said}");
    assert_eq!(greeted(&project).await, "Hi!, ");

    // What cargo itself cannot read is shown as well.
    let manifest = fs::read_to_string(project.folder.join("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &manifest.replace("[package]", "[package"));
    let said = dev.says("it cannot be built; the app of before goes on");
    assert!(said.contains("unclosed table"), "{said}");
    project.write("Cargo.toml", &manifest);
    dev.says("nothing of the app is new");
    assert_eq!(greeted(&project).await, "Hi!, ");
    dev.end();

    // Without a lock, what its package asks for.
    fs::remove_file(project.folder.join("frontend/package-lock.json")).unwrap();
    let dev = project.dev(&["--bin", "dragon-test-fronted"]);
    if !dev.says("serving at").contains("the frontend is up") {
        dev.says("the frontend is up");
    }
    assert_eq!(installed_by().trim(), "install");
    dev.end();
}
