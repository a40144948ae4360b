use super::*;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// A server that answers what it is asked to: the texts in `args.say`.
async fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut socket =
                    tokio_tungstenite::accept_async(stream).await.expect("a handshake");
                while let Some(Ok(Message::Text(text))) = socket.next().await {
                    let request: Value = serde_json::from_str(&text).unwrap_or_default();
                    for message in request["say"].as_array().into_iter().flatten() {
                        let _ = socket.send(Message::text(message.to_string())).await;
                    }
                }
            });
        }
    });
    url
}

async fn play(steps: Value) -> Result<(), String> {
    let text = json!({"name": "t", "about": "a test", "steps": steps}).to_string();
    Transcript::parse(&text)?.play(&server().await).await
}

#[tokio::test]
async fn names_are_learnt_and_used() {
    let played = play(json!([
        {"note": "Two connections, a break, and each kind of placeholder."},
        {"client": {"say": [{"id": 7, "position": "e:1", "why": null}], "$$hashKey": "$x"}},
        {"server": {"id": "$id:x", "position": "$position:p", "why": "$any"}},
        {"on": "b", "client": {"say": [{"id": "$id:x"}, {"list": [1, {"a": "$position:p"}]}]}},
        {"on": "b", "server": {"id": 7}},
        {"on": "b", "server": {"list": [1, {"a": "$position:p"}]}},
        {"drop": true},
        {"open": true},
        {"client_raw": "not json"},
    ]));
    assert_eq!(played.await, Ok(()));
}

#[tokio::test]
async fn the_first_difference_is_told() {
    for (said, expected, why) in [
        (json!({"a": [1, 2]}), json!({"a": [1, 3]}), "message.a[1] is 2 and not 3"),
        (json!({"a": [1]}), json!({"a": []}), "message.a has 1 entries and not 0"),
        (json!({"a": 1, "c": 1}), json!({"a": 1, "b": 1}), "message lacks b; has c too many"),
        (json!({"a": 1}), json!({"a": "1"}), "message.a is 1 and not \"1\""),
        (json!({"a": ""}), json!({"a": "$position:p"}), "message.a is \"\", which cannot be"),
        (json!({"a": 1, "b": 2}), json!({"a": "$id:x", "b": "$id:x"}), "and not $id:x = 1"),
    ] {
        let played = play(json!([{"client": {"say": [said]}}, {"server": expected}]));
        let error = played.await.expect_err("they differ");
        assert!(error.starts_with("t, step 1: "), "{error}");
        assert!(error.contains(why), "{error}");
        assert!(error.contains("\ngot      {"), "{error}");
    }
}

#[tokio::test]
async fn nothing_may_be_left_over() {
    let error = play(json!([{"client": {"say": [{"a": 1}]}}])).await;
    assert_eq!(error, Err(r#"t: left over for a: {"a":1}"#.to_owned()));
}

#[tokio::test]
async fn a_value_that_is_not_known_cannot_be_sent() {
    let error = play(json!([{"client": {"id": "$id:x"}}])).await;
    assert_eq!(error, Err("t, step 0: $id:x has no value yet".to_owned()));
}

#[test]
fn all_files_can_be_read() {
    assert!(!Transcript::all().is_empty());
    let strange = r#"{"name": "t", "about": "", "steps": [{"sever": {}}]}"#;
    assert!(Transcript::parse(strange).is_err());
}
