//! The edge: what a websocket may send, who may connect, what the app serves, and its end.

use std::time::Duration;

use dragon::Config;
use dragon::warp::{self, Filter as _};
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database, http};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

use crate::related::live::script::Script;
use crate::world::{World, builder};

async fn world() -> World {
    World::start(Database::sqlite()).await
}

async fn world_of(change: impl FnOnce(&mut Config)) -> World {
    let mut config = Config::default();
    change(&mut config);
    World::start_with(Database::sqlite(), |builder| builder.config(config)).await
}

async fn answers(client: &mut Client) -> bool {
    client.ok("item", "get_list", json!({})).await.is_array()
}

async fn code_of(client: &mut Client, text: &str) -> Value {
    client.send_text(text).await;
    client.next(PATIENCE).await["context"]["code"].clone()
}

#[tokio::test]
async fn what_is_no_request_is_answered_and_the_connection_goes_on() {
    let world = world().await;
    let mut client = world.client().await;
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let args = format!(r#"{{"route":"item","verb":"get_list","args":{deep}}}"#);
    let text = format!(r#"{{"route":"item","verb":"create","args":{{"text":{deep}}}}}"#);
    for bad in ["", "nonsense", "[]", "5", "null", "{}", "{\"route\":1}", &deep, &args, &text] {
        assert_eq!(code_of(&mut client, bad).await, "bad_request", "{bad:.40}");
    }
    assert!(answers(&mut client).await);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_answered_under_its_name() {
    let world = world().await;
    let mut client = world.client().await;
    let large = "x".repeat(64 * 1024);
    let failure = client.fail("item", "create", json!({ "text": large })).await;
    assert_eq!(failure.code, "too_large");
    assert!(answers(&mut client).await);
}

#[tokio::test]
async fn only_what_cannot_be_read_closes_and_says_why() {
    let world = world().await;
    let mut other = world.client().await;
    for (message, code) in
        [(Message::text("x".repeat(1024 * 1024 + 1)), 1009), (Message::binary(vec![1, 2, 3]), 1003)]
    {
        let mut client = world.client().await;
        client.send_message(message).await;
        assert_eq!(client.close_code().await, Some(code));
    }
    assert!(answers(&mut other).await);
    until(PATIENCE, "their tasks have ended", || async { world.app.stats().socket_tasks == 2 })
        .await;
}

/// A websocket of raw bytes, for what no client library sends.
async fn raw(world: &World) -> TcpStream {
    let host = world.url.trim_start_matches("ws://").trim_end_matches("/ws");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: keep-alive, \
         Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    stream
}

/// The close code of the next frame, which must be a close.
async fn close_frame(stream: &mut TcpStream) -> u16 {
    let mut frame = [0; 4];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[0], 0x88, "{frame:?}");
    u16::from_be_bytes([frame[2], frame[3]])
}

#[tokio::test]
async fn frames_that_break_the_protocol_are_closed_with_its_code() {
    let world = world().await;
    for (frame, code) in [
        (&[0x81, 0x01, b'a'][..], 1002),                   // not masked
        (&[0xF1, 0x81, 0, 0, 0, 0, b'a'][..], 1002),       // reserved bits
        (&[0x83, 0x80, 0, 0, 0, 0][..], 1002),             // an unknown opcode
        (&[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28][..], 1007), // no UTF-8
        (&[0x80, 0x81, 0, 0, 0, 0, b'a'][..], 1002),       // a continuation of nothing
    ] {
        let mut stream = raw(&world).await;
        stream.write_all(frame).await.unwrap();
        assert_eq!(close_frame(&mut stream).await, code, "{frame:?}");
    }
}

#[tokio::test]
async fn fragments_with_a_ping_between_them_are_one_message() {
    let world = world().await;
    let mut stream = raw(&world).await;
    stream.write_all(&[0x01, 0x81, 0, 0, 0, 0, b'n']).await.unwrap();
    stream.write_all(&[0x89, 0x81, 0, 0, 0, 0, b'!']).await.unwrap();
    stream.write_all(&[0x80, 0x81, 0, 0, 0, 0, b'o']).await.unwrap();
    let mut pong = [0; 3];
    stream.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong, [0x8A, 0x01, b'!']);
    assert_eq!(stream.read_u8().await.unwrap(), 0x81);
}

#[tokio::test]
async fn many_requests_at_once_are_answered_in_order() {
    let world = world().await;
    let mut client = world.client().await;
    let mut names = Vec::new();
    for _ in 0..500 {
        names.push(client.send("item", "get_list", json!({})).await);
    }
    for name in names {
        let reply = client.next(PATIENCE).await;
        assert_eq!(reply["context"]["client_callback_name"], name.as_str());
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_closed_with_a_code() {
    let world = world_of(|config| config.origins = vec!["https://listed.example".to_owned()]).await;
    let own = world.url.replace("ws://", "http://").replace("/ws", "");
    for origin in [own.as_str(), "https://listed.example"] {
        let mut client = Client::connect_with(&world.url, &[("origin", origin)]).await.unwrap();
        assert!(answers(&mut client).await, "{origin}");
    }
    for origin in ["https://evil.example", "null"] {
        let mut client = Client::connect_with(&world.url, &[("origin", origin)]).await.unwrap();
        assert_eq!(client.close_code().await, Some(4000), "{origin}");
    }
}

#[tokio::test]
async fn more_connections_than_allowed_are_closed_with_a_code() {
    let world = world_of(|config| config.connections = 2).await;
    let (mut one, two) = (world.client().await, world.client().await);
    assert!(answers(&mut one).await);
    assert_eq!(world.client().await.close_code().await, Some(4008));
    two.close().await;
    until(PATIENCE, "a place is free", || async { world.app.stats().socket_tasks <= 2 }).await;
    assert!(answers(&mut world.client().await).await);
}

#[tokio::test]
async fn a_silent_client_is_asked_and_a_dead_one_is_closed() {
    let world = world_of(|config| {
        config.ping_every = Duration::from_millis(50);
        config.dead_after = Duration::from_millis(400);
    })
    .await;
    let mut client = world.client().await;
    client.idle(Duration::from_secs(1)).await;
    assert!(client.pings() >= 2, "{} pings", client.pings());
    assert!(answers(&mut client).await);
    // This one answers no ping.
    let mut stream = raw(&world).await;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    assert!(all.windows(2).any(|pair| pair == 3012_u16.to_be_bytes()), "{all:?}");
}

#[tokio::test]
async fn the_app_is_a_filter_among_others() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let app = builder(&db).start().await.unwrap();
    let own = warp::path!("hello").map(|| "from my own app");
    let inner = warp::path("inner").and(app.routes());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap();
    let server = tokio::spawn(warp::serve(own.or(inner)).incoming(listener).run());
    assert_eq!(http::get(&format!("http://{place}/hello"), &[]).await.body, "from my own app");
    let mut client = Client::connect(&format!("ws://{place}/inner/ws")).await;
    assert!(answers(&mut client).await);
    app.shutdown().await;
    assert_eq!(client.close_code().await, Some(3012));
    server.abort();
}

#[tokio::test]
async fn at_the_end_clients_are_told_to_come_back_and_nothing_is_left() {
    let world = world().await;
    let app = world.app.clone();
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = world.client().await;
        client.ok("item", "subscribe", json!({})).await;
        clients.push(client);
    }
    assert_eq!((app.stats().channels, app.stats().subscriptions), (1, 20));
    let closing = tokio::spawn(world.stop());
    for client in &mut clients {
        assert_eq!(client.close_code().await, Some(3012));
    }
    closing.await.unwrap();
    let stats = app.stats();
    assert_eq!((stats.channels, stats.subscriptions, stats.socket_tasks), (0, 0, 0));
}

#[tokio::test]
async fn two_apps_live_in_one_process() {
    let (one, two) = (world().await, world().await);
    let list = one.list("me").await.id;
    let (mut a, mut b) = (one.client().await, two.client().await);
    for client in [&mut a, &mut b] {
        client.ok("item", "subscribe", json!({})).await;
    }
    a.ok("item", "create", json!({ "list_id": list, "text": "here" })).await;
    assert_eq!(a.next_push(PATIENCE).await["data"]["text"], "here");
    b.no_push(Duration::from_millis(200)).await;
}

#[tokio::test]
async fn a_heartbeat_comes_where_it_is_asked_for() {
    let beat = Duration::from_millis(20);
    let world = world_of(|config| config.heartbeat_every = Some(beat)).await;
    let url = world.url.replace("ws://", "http://").trim_end_matches("/ws").to_owned();
    let mut script = Script::run("heartbeat-page.js", &[&url]);
    // Dragon's script tells and answers it; SwampDragon's own answers it, and throws.
    let told = script.ask("beats").await;
    assert_eq!(told["ours"], json!({ "told": { "heartbeat": "1" }, "answered": true }));
    assert_eq!(told["original"]["answered"], true);
    script.end().await;
    // An answer is taken silently: what is said next, but for heartbeats, is the reply to a call.
    let mut client = world.client().await;
    client.send_text(r#"{"heartbeat":"1"}"#).await;
    let name = client.send("item", "get_list", json!({})).await;
    let said = loop {
        let said = client.next(PATIENCE).await;
        if said != json!({ "heartbeat": "1" }) {
            break said;
        }
    };
    assert_eq!(said["context"]["client_callback_name"], json!(name), "{said}");
}
