use super::*;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Serves one connection: echoes args as data; some verbs do more.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            let request: Value = serde_json::from_str(&text).expect("JSON");
            let verb = request["verb"].as_str().expect("a verb");
            let state = if verb == "fail" { "error" } else { "success" };
            let reply = json!({"data": request["args"], "context": {
                "client_callback_name": request["callbackname"], "verb": verb, "state": state,
                "code": "bad_request", "position": "e:1:h"}});
            let before = if verb == "push" { 2 } else { 0 };
            for n in 0..before {
                let push = json!({"action": "updated", "channel": "c|", "data": {"id": n}});
                let _ = socket.send(Message::text(push.to_string())).await;
            }
            let _ = socket.send(Message::text(r#"{"heartbeat":"1"}"#)).await;
            let _ = socket.send(Message::text(reply.to_string())).await;
            if verb == "bye" {
                let frame = CloseFrame { code: 3012.into(), reason: "going away".into() };
                let _ = socket.close(Some(frame)).await;
            }
        }
    });
    url
}

const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn pushes_wait_for_their_turn_and_all_is_logged() {
    let mut client = Client::connect(&server().await).await;
    assert_eq!(client.ok("r", "push", json!({"a": 1})).await, json!({"a": 1}));
    assert_eq!(client.next_push(PATIENCE).await["data"]["id"], 0);
    assert_eq!(client.next(PATIENCE).await["data"]["id"], 1);
    client.no_push(SHORT).await;
    let (one, two) = (
        client.send("r", "push", json!({})).await,
        client.send("r", "echo", json!({"b": 2})).await,
    );
    assert_eq!(client.reply(&two).await.data(), &json!({"b": 2}));
    assert_eq!(client.reply(&one).await.position(), "e:1:h");
    assert_eq!(client.pushes(SHORT).await.len(), 2);
    let seen = client.log().iter().filter(|m| is_push(m)).count();
    assert_eq!(seen, 4 + 3, "four pushes and three heartbeats");
}

#[tokio::test]
async fn failures_bear_code_and_data() {
    let mut client = Client::connect(&server().await).await;
    let failure = client.fail("r", "fail", json!({"text": ["blank"]})).await;
    assert_eq!(failure.code, "bad_request");
    assert_eq!(failure.data, json!({"text": ["blank"]}));
}

#[tokio::test]
async fn the_close_code_is_read() {
    let mut client = Client::connect(&server().await).await;
    client.ok("r", "bye", json!({})).await;
    assert_eq!(client.close_code().await, Some(3012));
    assert!(client.is_closed());
    client.send_text("nobody hears this").await;
}

#[tokio::test]
#[should_panic(expected = "the reply to cb_9 did not come before the connection ended")]
async fn a_reply_that_cannot_come_is_not_waited_for() {
    let mut client = Client::connect(&server().await).await;
    client.ok("r", "bye", json!({})).await;
    client.reply("cb_9").await;
}

#[tokio::test]
async fn a_refusal_bears_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let (mut stream, _) = listener.accept().await.expect("a client");
        let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.expect("it listens");
        tokio::time::sleep(PATIENCE).await;
    });
    let refused = Client::connect_with(&url, &[("origin", "http://elsewhere")]).await;
    assert_eq!(refused.expect_err("it is refused").status, Some(403));
}
