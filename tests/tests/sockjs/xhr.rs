//! XHR polling, and what XHRs send.

use dragon_tests::sockjs::{Place, session};

use crate::pages::{is_for, is_not_cached};
use crate::place::Echo;

/// Opens a session by polling.
async fn open(place: &Place) -> String {
    let url = session("/echo");
    assert_eq!(place.post(&format!("{url}/xhr"), "").await.body, "o\n");
    url
}

#[tokio::test]
async fn the_transport() {
    let echo = Echo::start().await;
    let url = session("/echo");
    for origin in [None, Some("test"), Some("null")] {
        let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        let url = format!("{url}{}", origin.unwrap_or_default());
        let answer = echo.place.ask("POST", &format!("{url}/xhr"), &headers, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "o\n"));
        let kind = Some("application/javascript; charset=UTF-8");
        assert_eq!(answer.header("content-type"), kind);
        is_for(&answer, origin);
        is_not_cached(&answer);
        let path = format!("{url}/xhr_send");
        let answer = echo.place.ask("POST", &path, &headers, "[\"x\"]").await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        is_for(&answer, origin);
        is_not_cached(&answer);
        let answer = echo.place.post(&format!("{url}/xhr"), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "a[\"x\"]\n"));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_session_goes_on() {
    let echo = Echo::start().await;
    let url = open(&echo.place).await;
    let path = format!("{url}/xhr_send");
    for body in ["[\"x", "nonsense", "[\"a\"]]", "[\"\\ud800\"]", " "] {
        let answer = echo.place.post(&path, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (500, "Broken JSON encoding."), "{body}");
    }
    for body in ["", "{}", "5", "null", "\"a\"", "[1]", "[\"a\",{}]"] {
        let answer = echo.place.post(&path, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (500, "Payload expected."), "{body}");
    }
    let strange = [("Content-Type", "image/png")];
    let answer = echo.place.ask("POST", &path, &strange, "[\"a\"]").await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "Payload expected."));
    assert_eq!(echo.place.post(&path, "[\"a\"]").await.status, 204);
    // Of what was refused nothing has arrived, not even its readable part.
    assert_eq!(echo.place.post(&format!("{url}/xhr"), "").await.body, "a[\"a\"]\n");
}

#[tokio::test]
async fn browsers_send_under_many_types() {
    let echo = Echo::start().await;
    let url = open(&echo.place).await;
    let kinds = [
        "text/plain",
        "T",
        "application/json",
        "application/xml",
        "",
        "application/json; charset=utf-8",
        "text/xml; charset=utf-8",
        "text/xml",
    ];
    for kind in kinds {
        let headers = [("Content-Type", kind)];
        let answer = echo.place.ask("POST", &format!("{url}/xhr_send"), &headers, "[\"a\"]").await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{kind}");
    }
    let all = format!("a[{}]\n", ["\"a\""; 8].join(","));
    let mut body = String::new();
    // They may come in several answers, but they come in order and once.
    while body.len() < all.len() {
        let more = echo.place.post(&format!("{url}/xhr"), "").await.body;
        body = if body.is_empty() {
            more
        } else {
            format!("{},{}", body.trim_end_matches("]\n"), &more[2..])
        };
    }
    assert_eq!(body, all);
}

#[tokio::test]
async fn a_frame_without_messages_is_nothing() {
    let echo = Echo::start().await;
    let url = open(&echo.place).await;
    assert_eq!(echo.place.post(&format!("{url}/xhr_send"), "[]").await.status, 204);
    let three = "[\"a\",\"b\",\"\"]";
    assert_eq!(echo.place.post(&format!("{url}/xhr_send"), three).await.status, 204);
    let mut got = Vec::new();
    while got.len() < 3 {
        let frame = echo.place.post(&format!("{url}/xhr"), "").await.body;
        got.extend(serde_json::from_str::<Vec<String>>(&frame[1..]).unwrap());
    }
    assert_eq!(got, ["a", "b", ""]);
}
