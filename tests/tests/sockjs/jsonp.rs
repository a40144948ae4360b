//! JSONP polling, and what forms send.

use dragon_tests::sockjs::{Answer, Place, session};

use crate::pages::is_not_cached;
use crate::place::Echo;

async fn send(place: &Place, url: &str, body: &str) -> Answer {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    place.ask("POST", &format!("{url}/jsonp_send"), &headers, body).await
}

async fn open(place: &Place) -> String {
    let url = session("/echo");
    assert_eq!(place.get(&format!("{url}/jsonp?c=x")).await.body, "/**/x(\"o\");\r\n");
    url
}

#[tokio::test]
async fn the_transport() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let answer = echo.place.get(&format!("{url}/jsonp?c=%63allback")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "/**/callback(\"o\");\r\n"));
    assert_eq!(answer.header("content-type"), Some("application/javascript; charset=UTF-8"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    is_not_cached(&answer);
    let answer = send(&echo.place, &url, "d=%5B%22x%22%5D").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
    is_not_cached(&answer);
    let answer = echo.place.get(&format!("{url}/jsonp?callback=%63allback")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "/**/callback(\"a[\\\"x\\\"]\");\r\n"));
}

#[tokio::test]
async fn a_callback_is_a_name_or_nothing_goes_out() {
    let echo = Echo::start().await;
    let path = format!("{}/jsonp", session("/echo"));
    let answer = echo.place.get(&path).await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("\"callback\" parameter required"), "{}", answer.body);
    let long = "x".repeat(33);
    for callback in ["%20", "*", "abc(", "abc%28", "", "a;b", "alert(1)//", "a%3Cb", &long] {
        let answer = echo.place.get(&format!("{path}?c={callback}")).await;
        assert_eq!(answer.status, 500, "{callback}");
        assert!(answer.body.contains("invalid \"callback\" parameter"), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_session_goes_on() {
    let echo = Echo::start().await;
    let url = open(&echo.place).await;
    for body in ["d=%5B%22x", "d=%", "d=%ff"] {
        let answer = send(&echo.place, &url, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (500, "Broken JSON encoding."), "{body}");
    }
    for body in ["", "d=", "p=p", "d=%5B1%5D", "d=5"] {
        let answer = send(&echo.place, &url, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (500, "Payload expected."), "{body}");
    }
    let strange = [("Content-Type", "application/json")];
    let path = format!("{url}/jsonp_send");
    assert_eq!(echo.place.ask("POST", &path, &strange, "[\"a\"]").await.body, "Payload expected.");
    assert_eq!(send(&echo.place, "/echo/000/nobody", "d=%5B%22x%22%5D").await.status, 404);
    assert_eq!(send(&echo.place, &url, "d=%5B%5D").await.body, "ok");
    assert_eq!(send(&echo.place, &url, "d=%5B%22b%22%5D").await.body, "ok");
    let answer = echo.place.get(&format!("{url}/jsonp?c=x")).await;
    assert_eq!(answer.body, "/**/x(\"a[\\\"b\\\"]\");\r\n");
}

#[tokio::test]
async fn forms_and_plain_texts() {
    let echo = Echo::start().await;
    let url = open(&echo.place).await;
    assert_eq!(send(&echo.place, &url, "d=%5B%22abc%22%5D").await.body, "ok");
    let poll = format!("{url}/jsonp?c=x");
    assert_eq!(echo.place.get(&poll).await.body, "/**/x(\"a[\\\"abc\\\"]\");\r\n");
    let plain = [("Content-Type", "text/plain")];
    let path = format!("{url}/jsonp_send");
    assert_eq!(echo.place.ask("POST", &path, &plain, "[\"%61bc\"]").await.body, "ok");
    assert_eq!(echo.place.get(&poll).await.body, "/**/x(\"a[\\\"%61bc\\\"]\");\r\n");
}

#[tokio::test]
async fn the_end() {
    let echo = Echo::start().await;
    let path = format!("{}/jsonp?c=x", session("/close"));
    assert_eq!(echo.place.get(&path).await.body, "/**/x(\"o\");\r\n");
    for _ in 0..2 {
        let body = echo.place.get(&path).await.body;
        assert_eq!(body, "/**/x(\"c[3000,\\\"Go away!\\\"]\");\r\n");
    }
}
