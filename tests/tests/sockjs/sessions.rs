//! Session URLs, and the rules of a session: who receives, how it ends.

use std::pin::Pin;

use dragon_tests::sockjs::{Place, session};
use futures::future::{Either, select};

use crate::place::Echo;

const BUSY: &str = "c[2010,\"Another connection still open\"]\n";
const GO_AWAY: &str = "c[3000,\"Go away!\"]\n";

async fn opened(place: &Place, url: &str) {
    let answer = place.post(&format!("{url}/xhr"), "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "o\n"));
}

#[tokio::test]
async fn any_server_and_session_will_do() {
    let echo = Echo::start().await;
    for url in ["/a/a", "/_/_", "/1/1", "/abcdefgh_i-j%20/abcdefg_i-j%20"] {
        opened(&echo.place, &format!("/echo{url}")).await;
    }
    for wire in [
        "xhr",
        "xhr_send",
        "xhr_streaming",
        "eventsource",
        "htmlfile?c=x",
        "jsonp?c=x",
        "jsonp_send",
        "websocket",
    ] {
        for url in ["//", "/a./a", "/a/a.", "/./.", "/", "///", "/a/a/a"] {
            let path = format!("/echo{url}/{wire}");
            assert_eq!(echo.place.get(&path).await.status, 404, "{path}");
            assert_eq!(echo.place.post(&path, "").await.status, 404, "{path}");
        }
    }
    let endless = format!("/echo/000/{}/xhr", "x".repeat(5000));
    assert_eq!(echo.place.post(&endless, "").await.status, 404);
}

#[tokio::test]
async fn the_server_part_says_nothing() {
    let echo = Echo::start().await;
    let url = session("/echo");
    opened(&echo.place, &url).await;
    let answer = echo.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    let elsewhere = url.replace("/000/", "/999/");
    assert_eq!(echo.place.post(&format!("{elsewhere}/xhr"), "").await.body, "a[\"a\"]\n");
}

#[tokio::test]
async fn a_simple_session() {
    let echo = Echo::start().await;
    let url = session("/echo");
    opened(&echo.place, &url).await;
    let xhr = format!("{url}/xhr");
    assert_eq!(echo.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await.status, 204);
    let answer = echo.place.post(&xhr, "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "a[\"a\"]\n"));
    assert_eq!(echo.place.post("/echo/000/bad_session/xhr_send", "[\"a\"]").await.status, 404);
    // Sessions of one service are unknown to another.
    let other = xhr.replace("/echo/", "/cookie_needed_echo/");
    assert_eq!(echo.place.post(&other.replace("/xhr", "/xhr_send"), "[\"a\"]").await.status, 404);
    opened(&echo.place, other.trim_end_matches("/xhr")).await;
}

#[tokio::test]
async fn the_server_ends_a_session_and_says_so_again() {
    let echo = Echo::start().await;
    let url = session("/close");
    opened(&echo.place, &url).await;
    for _ in 0..3 {
        let answer = echo.place.post(&format!("{url}/xhr"), "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, GO_AWAY));
    }
    // Nobody reads what is sent now, but the session is known.
    assert_eq!(echo.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await.status, 204);
}

#[tokio::test]
async fn the_end_is_said_to_the_next_request_as_well() {
    let echo = Echo::start().await;
    let path = format!("{}/xhr_streaming", session("/close"));
    let mut first = echo.place.stream("POST", &path).await;
    assert_eq!(first.chunks(3).await[1..], ["o\n", GO_AWAY]);
    let mut second = echo.place.stream("POST", &path).await;
    assert_eq!(second.chunks(2).await[1], GO_AWAY);
    assert_eq!(first.chunk().await, None);
    assert_eq!(second.chunk().await, None);
}

/// Has two requests receive at once: what the one that is turned away is told, and the other.
async fn rivals(place: &Place, method: &'static str, path: &str, skip: usize) -> (String, Rival) {
    let rival = || -> Rival {
        let (place, path) = (place.clone(), path.to_owned());
        Box::pin(async move {
            let mut answer = place.stream(method, &path).await;
            answer.chunks_or_body(skip).await
        })
    };
    let (Either::Left((told, other)) | Either::Right((told, other))) =
        select(rival(), rival()).await;
    (told, other)
}

type Rival = Pin<Box<dyn Future<Output = String>>>;

#[tokio::test]
async fn one_request_receives_at_a_time() {
    let echo = Echo::start().await;
    for (method, wire, skip, told, got) in [
        ("POST", "xhr", 0, BUSY, "a[\"a\"]\n"),
        ("POST", "xhr_streaming", 1, BUSY, "a[\"a\"]\n"),
        ("GET", "jsonp?c=x", 0, "2010", "/**/x(\"a[\\\"a\\\"]\");\r\n"),
    ] {
        let url = session("/echo");
        opened(&echo.place, &url).await;
        let (busy, other) = rivals(&echo.place, method, &format!("{url}/{wire}"), skip).await;
        assert!(busy.contains(told), "{wire}: {busy}");
        // The other one is not disturbed.
        assert_eq!(echo.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await.status, 204);
        assert_eq!(other.await, got, "{wire}");
    }
}

#[tokio::test]
async fn a_request_that_breaks_off_ends_the_session() {
    let echo = Echo::start().await;
    for (method, wire, opening) in [
        ("POST", "xhr_streaming", "o\n"),
        ("GET", "eventsource", "data: o\r\n\r\n"),
        ("GET", "htmlfile?c=x", "<script>\np(\"o\");\n</script>\r\n"),
    ] {
        let path = format!("{}/{wire}", session("/echo"));
        let mut first = echo.place.stream(method, &path).await;
        assert_eq!(first.chunks(2).await[1], opening);
        let mut second = echo.place.stream(method, &path).await;
        assert!(second.chunks(2).await[1].contains("2010"), "{wire}");
        assert_eq!(second.chunk().await, None);
        drop(first);
        // At once, as a browser would: the server may hear of the break only later.
        let mut third = echo.place.stream(method, &path).await;
        assert_eq!(third.chunks(2).await[1], opening);
    }
    for (method, wire) in [("POST", "xhr"), ("GET", "jsonp?c=x")] {
        let url = session("/echo");
        opened(&echo.place, &url).await;
        let (busy, other) = rivals(&echo.place, method, &format!("{url}/{wire}"), 0).await;
        assert!(busy.contains("2010"), "{wire}: {busy}");
        drop(other);
        opened(&echo.place, &url).await;
    }
}
