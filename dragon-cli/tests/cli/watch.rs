//! `dragon-cli watch`.

use dragon_tests::{TempDir, free_port};
use serde_json::{Value, json};

use crate::kit::{Running, cli, run};
use crate::server::{Server, token};

fn watch(server: &Server, args: &[&str]) -> Running {
    let folder = TempDir::new("watch");
    let args: Vec<&str> = ["watch", "--url", &server.url].iter().chain(args).copied().collect();
    Running::start(cli(folder.path(), &args))
}

fn json_line(running: &mut Running) -> Value {
    serde_json::from_str(&running.line()).unwrap()
}

const A: &str = "INSERT INTO note (text, rank) VALUES ('a', 1)";
const B: &str = "INSERT INTO note (text, rank) VALUES ('b', 2)";

#[tokio::test(flavor = "multi_thread")]
async fn prints_rows_and_then_what_happens() {
    let server = Server::start().await;
    server.sql(A).await;
    let mut running = watch(&server, &["note", "rank__lt=9"]);
    assert_eq!(running.line(), "row      note 1  rank=1 text=\"a\"");
    server.sql(B).await;
    assert_eq!(running.line(), "created  note 2  rank=2 text=\"b\"");
    server.sql("UPDATE note SET text = 'c' WHERE id = 2").await;
    assert_eq!(running.line(), "updated  note 2  text=\"c\"");
    // It leaves the filter.
    server.sql("UPDATE note SET rank = 10 WHERE id = 2").await;
    assert_eq!(running.line(), "deleted  note 2");
    running.interrupt();
    assert_eq!(running.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_an_object_a_line() {
    let server = Server::start().await;
    server.sql(A).await;
    let mut running = watch(&server, &["note", "--json", "--count", "2"]);
    let row = json!({ "id": 1, "_type": "note", "text": "a", "rank": 1 });
    assert_eq!(json_line(&mut running), json!({ "action": "snapshot", "data": [row] }));
    server.sql(B).await;
    let event = json_line(&mut running);
    assert_eq!((&event["action"], &event["data"]["text"]), (&json!("created"), &json!("b")));
    assert_eq!(event["channel"], "note|");
    server.sql("DELETE FROM note WHERE id = 1").await;
    assert_eq!(json_line(&mut running)["data"], json!({ "id": 1, "_type": "note" }));
    assert_eq!(running.end().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_events_are_just_the_rows() {
    let server = Server::start().await;
    server.sql(A).await;
    let folder = TempDir::new("watch");
    let said = run(folder.path(), &["watch", "note", "--url", &server.url, "--count", "0"]);
    assert_eq!(said.ok().lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_with_its_history_tells_what_was_missed() {
    let server = Server::start().await;
    let mut running = watch(&server, &["note"]);
    running.note("watching note");
    server.sql(A).await;
    assert!(running.line().starts_with("created "));
    let server = server.restart(true, B).await;
    running.note("3012");
    running.note("what was missed follows");
    assert_eq!(running.line(), "created  note 2  rank=2 text=\"b\"");
    server.sql("DELETE FROM note WHERE id = 1").await;
    assert_eq!(running.line(), "deleted  note 1");
    // And once more: from where it stands now.
    let _server = server.restart(true, A).await;
    assert_eq!(running.line(), "created  note 3  rank=1 text=\"a\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_within_rows_are_told_and_resumed_too() {
    let server = Server::start().await;
    let mut running = watch(&server, &["book", "id=1"]);
    running.note("watching book");
    server.sql("INSERT INTO book (title) VALUES ('a')").await;
    assert_eq!(running.line(), "created  book 1  pages=[] title=\"a\"");
    server.sql("INSERT INTO page (book_id, text) VALUES (1, 'b')").await;
    assert_eq!(running.line(), "created  page 1  book=1 text=\"b\"");
    // Two channels, each with its position.
    let missed = "INSERT INTO page (book_id, text) VALUES (1, 'c')";
    let server = server.restart(true, missed).await;
    running.note("what was missed follows");
    assert!(running.line().starts_with("created  page 2"));
    server.sql("UPDATE book SET title = 'd' WHERE id = 1").await;
    assert!(running.line().starts_with("updated  book 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_history_gives_the_rows_anew() {
    let server = Server::start().await;
    server.sql(A).await;
    let mut running = watch(&server, &["note"]);
    assert!(running.line().starts_with("row "));
    let server = server.restart(false, B).await;
    running.note("what was missed is not known");
    assert_eq!(running.line(), "row      note 1  rank=1 text=\"a\"");
    assert_eq!(running.line(), "row      note 2  rank=2 text=\"b\"");
    server.sql("DELETE FROM note WHERE id = 1").await;
    assert_eq!(running.line(), "deleted  note 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_missed_is_loaded_anew() {
    let server = Server::start().await;
    server.sql(A).await;
    let mut running = watch(&server, &["note"]);
    assert!(running.line().starts_with("row "));
    // A row that cannot be told in between makes everyone load anew.
    server.sql("BEGIN; UPDATE note SET rank = 'much'; UPDATE note SET rank = 5; COMMIT").await;
    running.note("something may have been missed");
    assert_eq!(running.line(), "row      note 1  rank=5 text=\"a\"");
    server.sql("UPDATE note SET rank = 6").await;
    // The second of the two may say so again.
    while running.line() != "updated  note 1  rank=6" {}
    let _server = server.restart(true, B).await;
    assert_eq!(running.line(), "created  note 2  rank=2 text=\"b\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_router_has_data_and_no_rows() {
    let server = Server::start().await;
    let mut running = watch(&server, &["chat"]);
    running.note("watching chat");
    let folder = TempDir::new("watch");
    let say = ["call", "chat", "say", "text=hello", "--url", &server.url.clone()];
    run(folder.path(), &say).ok();
    assert_eq!(running.line(), "data     {\"text\":\"hello\"}");
    let server = server.restart(true, "SELECT 1").await;
    running.note("what was published meanwhile is missed");
    run(folder.path(), &say).ok();
    assert_eq!(running.line(), "data     {\"text\":\"hello\"}");
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_ends_it() {
    let server = Server::start().await;
    let folder = TempDir::new("watch");
    let said = |args: &[&str]| {
        let args: Vec<&str> = ["watch", "--url", &server.url].iter().chain(args).copied().collect();
        run(folder.path(), &args)
    };
    said(&["nothing"]).failed(1, &["there is no such route"]);
    said(&["note", "colour=red"]).failed(1, &["colour", "rank"]);
    said(&["note", "rank=red"]).failed(1, &["rank"]);
    said(&["secret"]).failed(1, &["login required", "--token"]);
    said(&["secret", "--count", "0", "--token", &token("ann")]).ok();
    said(&["note", "--origin", "https://evil.example"]).failed(1, &["4000", "DRAGON_ORIGINS"]);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    run(folder.path(), &["watch", "note", "--url", &nobody]).failed(1, &["nobody listens"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_nobody_reads_any_more() {
    let server = Server::start().await;
    let folder = TempDir::new("watch");
    let mut command = cli(folder.path(), &["watch", "note", "--url", &server.url]);
    let (reader, writer) = std::io::pipe().unwrap();
    command.stdout(writer).stderr(std::process::Stdio::null());
    let mut child =
        dragon_tests::guard::Process::start(&mut command, dragon_tests::guard::End::Kill).unwrap();
    drop((command, reader));
    server.sql(A).await;
    assert_eq!(child.wait(crate::kit::PATIENCE).unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_wait_for_an_event_to_see_that_nobody_reads() {
    use std::io::BufRead as _;
    let server = Server::start().await;
    server.sql(A).await;
    let folder = TempDir::new("watch");
    let mut command = cli(folder.path(), &["watch", "note", "--url", &server.url]);
    let (reader, writer) = std::io::pipe().unwrap();
    command.stdout(writer).stderr(std::process::Stdio::null());
    let mut child =
        dragon_tests::guard::Process::start(&mut command, dragon_tests::guard::End::Kill).unwrap();
    drop(command);
    // As `head -1` does.
    let mut line = String::new();
    std::io::BufReader::new(reader).read_line(&mut line).unwrap();
    assert!(line.starts_with("row "), "{line}");
    assert_eq!(child.wait(crate::kit::PATIENCE).unwrap().code(), Some(0));
}
