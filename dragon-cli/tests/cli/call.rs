//! `dragon-cli call`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use dragon_tests::{TempDir, free_port};
use serde_json::{Value, json};

use crate::kit::{Said, cli, end, run};
use crate::server::{Server, token};

fn call(server: &Server, args: &[&str]) -> Said {
    let folder = TempDir::new("call");
    let args: Vec<&str> = ["call", "--url", &server.url].iter().chain(args).copied().collect();
    run(folder.path(), &args)
}

fn json_of(said: &Said) -> Value {
    serde_json::from_str(said.ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn prints_what_the_server_answers() {
    let server = Server::start().await;
    let made = call(&server, &["note", "create", "text=Buy milk", "rank=7"]);
    assert_eq!(json_of(&made), json!({ "id": 1, "_type": "note", "text": "Buy milk", "rank": 7 }));
    assert!(made.out.contains("\n  \"id\": 1,\n"), "for people, on lines: {}", made.out);
    assert_eq!(made.err, "");
    // Text of digits is text.
    call(&server, &["note", "create", "text=\"7\"", "rank=1"]).ok();
    let args = r#"{"text": "of JSON", "rank": 1}"#;
    call(&server, &["note", "create", "--json", args, "rank=2"]).ok();
    let list = call(&server, &["note", "get_list", "rank__in=[1, 2]", "_order=rank"]);
    let texts: Vec<Value> =
        json_of(&list).as_array().unwrap().iter().map(|row| row["text"].clone()).collect();
    assert_eq!(texts, ["7", "of JSON"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_written_is_a_failure() {
    let server = Server::start().await;
    let folder = TempDir::new("call");
    let args = ["call", "note", "get_list", "--url", &server.url];
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = cli(folder.path(), &args).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard output cannot be written"), "{said}");
    // Who has stopped reading wants no more.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = cli(folder.path(), &args).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_come_from_standard_input() {
    let server = Server::start().await;
    let folder = TempDir::new("call");
    let args = ["call", "note", "create", "--url", &server.url, "--json", "-"];
    let made = end(cli(folder.path(), &args), r#"{"text": "a", "rank": 3}"#);
    assert_eq!(json_of(&made)["rank"], 3);
    end(cli(folder.path(), &args), "[1]").failed(2, &["standard input is no object"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_field_by_field() {
    let server = Server::start().await;
    let said = call(&server, &["note", "create", "text=", "rank=-1"]);
    said.failed(1, &["fields are wrong", "  text: Write something.", "  rank: Count from 0."]);
    assert_eq!(said.out, "");
    call(&server, &["nothing", "get_list"])
        .failed(1, &["there is no such route", "`nothing`", "dragon-cli routes"]);
    call(&server, &["note", "paint"]).failed(1, &["there is no such verb", "get_list"]);
    call(&server, &["note", "get_single", "id=99"]).failed(1, &["There is no such row."]);
    call(&server, &["note", "get_list", "colour=red"]).failed(1, &["colour", "rank"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_who_asks() {
    let server = Server::start().await;
    let said = call(&server, &["secret", "get_list"]);
    said.failed(1, &["login required", "--token"]);
    call(&server, &["secret", "get_list", "--token", &token("ann")]).ok();
    call(&server, &["secret", "get_list", "--token", "x"])
        .failed(1, &["dragon login", "not signed"]);
    let folder = TempDir::new("call");
    let mut command = cli(folder.path(), &["call", "secret", "get_list", "--url", &server.url]);
    command.env("DRAGON_TOKEN", token("bob"));
    end(command, "").ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_found_by_environment_and_env_file() {
    let server = Server::start().await;
    let place = server.url.replace("http://", "");
    let folder = TempDir::new("call");
    let deep = folder.path().join("src");
    std::fs::create_dir(&deep).unwrap();
    std::fs::write(folder.path().join(".env"), format!("DRAGON_ADDR={place}\n")).unwrap();
    let args = ["call", "note", "get_list"];
    run(folder.path(), &args).ok();
    run(&deep, &args).ok();
    let port = free_port();
    let mut command = cli(folder.path(), &args);
    command.env("DRAGON_ADDR", format!("127.0.0.1:{port}"));
    end(command, "").failed(
        1,
        &[&format!("nobody listens at 127.0.0.1:{port} (from DRAGON_ADDR in the environment, which goes before .env)")],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_may_not_is_told_what_to_do() {
    let server = Server::start().await;
    call(&server, &["note", "get_list", "--origin", "https://evil.example"])
        .failed(1, &["4000", "invalid origin", "DRAGON_ORIGINS"]);
    call(&server, &["note", "get_list", "--origin", &server.url.clone()]).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_dragon_server_is_told_apart() {
    let server = Server::start().await;
    let folder = TempDir::new("call");
    let at = |url: &str| run(folder.path(), &["call", "a", "b", "--timeout", "0.5", "--url", url]);
    at(&format!("{}/page", server.url)).failed(1, &["not Dragon's websocket", "doctor"]);
    at(&format!("{}/nowhere", server.url)).failed(1, &["it says 404"]);
    at(&format!("http://127.0.0.1:{}", free_port()))
        .failed(1, &["nobody listens", "dragon-cli dev"]);
    // Someone who says nothing, and someone who speaks of something else.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", silent.local_addr().unwrap());
    at(&url).failed(1, &["does not answer within 0.5 s"]);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", other.local_addr().unwrap());
    let speaking = std::thread::spawn(move || {
        let (mut socket, _) = other.accept().unwrap();
        let mut asked = [0; 16];
        socket.read_exact(&mut asked).unwrap();
        socket.write_all(b"220 mail.example ESMTP\r\n\r\n").unwrap();
        // Until the other side has read it.
        let _ = socket.read(&mut [0; 1024]);
        let _ = socket.read(&mut [0; 1024]);
    });
    at(&url).failed(1, &["speaks no websocket"]);
    speaking.join().unwrap();
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let folder = TempDir::new("call");
    let said = |args: &[&str]| run(folder.path(), args);
    said(&["call", "note", "create", "text"]).failed(2, &["`text` is no argument", "name=value"]);
    said(&["call", "note", "create", "a=1", "a=2"]).failed(2, &["`a` is given twice"]);
    said(&["call", "note", "create", "--json", "{"]).failed(2, &["--json is not JSON"]);
    said(&["call", "note", "get_list", "--url", "wss://h"]).failed(2, &["TLS", "ssh -L"]);
    said(&["call", "note", "get_list", "--timeout", "0"]).failed(2, &["more than 0 seconds"]);
    said(&["call", "note", "get_list", "--timeout", "1e30"]).failed(2, &["at most 86400 seconds"]);
    said(&["call", "note", "subscribe"]).failed(2, &["dragon-cli watch note"]);
    said(&["call", "note"]).failed(2, &["<VERB>"]);
    std::fs::write(folder.path().join(".env"), "DRAGON_ADDR=9999\n").unwrap();
    said(&["call", "note", "get_list"]).failed(2, &["`9999` (from DRAGON_ADDR in .env)"]);
}
