//! The streaming transports: XHR, server-sent events, htmlfile.

use dragon_tests::sockjs::session;

use crate::pages::{is_for, is_not_cached};
use crate::place::Echo;

#[tokio::test]
async fn xhr() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let headers = [("Origin", "test")];
    let mut stream = echo.place.open("POST", &format!("{url}/xhr_streaming"), &headers, "").await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.header("content-type"), Some("application/javascript; charset=UTF-8"));
    assert_eq!(stream.header("content-length"), None);
    is_for(&stream, Some("test"));
    is_not_cached(&stream);
    assert_eq!(stream.chunks(2).await, [format!("{}\n", "h".repeat(2048)), "o\n".to_owned()]);
    for text in ["x", "y"] {
        let sent = echo.place.post(&format!("{url}/xhr_send"), &format!("[\"{text}\"]")).await;
        assert_eq!((sent.status, sent.body.as_str()), (204, ""));
        assert_eq!(stream.chunk().await.unwrap(), format!("a[\"{text}\"]\n"));
    }
}

#[tokio::test]
async fn events() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let mut stream = echo.place.stream("GET", &format!("{url}/eventsource")).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.header("content-type"), Some("text/event-stream; charset=UTF-8"));
    is_for(&stream, None);
    is_not_cached(&stream);
    assert_eq!(stream.chunks(2).await, ["\r\n", "data: o\r\n\r\n"]);
    for (sent, event) in [
        ("[\"x\"]", "data: a[\"x\"]\r\n\r\n"),
        ("[\"  \\u0000\\n\\r \"]", "data: a[\"  \\u0000\\n\\r \"]\r\n\r\n"),
        ("[\"100 %25\"]", "data: a[\"100 %2525\"]\r\n\r\n"),
    ] {
        assert_eq!(echo.place.post(&format!("{url}/xhr_send"), sent).await.status, 204);
        assert_eq!(stream.chunk().await.unwrap(), event);
    }
}

#[tokio::test]
async fn an_endless_page() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let mut stream = echo.place.stream("GET", &format!("{url}/htmlfile?c=%63allback")).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.header("content-type"), Some("text/html; charset=UTF-8"));
    is_not_cached(&stream);
    let head = stream.chunk().await.unwrap();
    assert!(head.len() > 1024, "{}", head.len());
    assert_eq!(
        head.trim_end(),
        r#"<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.callback;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>"#
    );
    assert_eq!(stream.chunk().await.unwrap(), "<script>\np(\"o\");\n</script>\r\n");
    let sent = r#"["x</script><script>alert(1)"]"#;
    assert_eq!(echo.place.post(&format!("{url}/xhr_send"), sent).await.status, 204);
    let safe = "<script>\np(\"a[\\\"x\\u003c/script>\\u003cscript>alert(1)\\\"]\");\n</script>\r\n";
    assert_eq!(stream.chunk().await.unwrap(), safe);
}

#[tokio::test]
async fn a_page_without_a_callback_or_with_a_strange_one() {
    let echo = Echo::start().await;
    let path = format!("{}/htmlfile", session("/echo"));
    let answer = echo.place.get(&path).await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("\"callback\" parameter required"), "{}", answer.body);
    for callback in ["%20", "*", "abc(", "abc%28", "", "a;b", "a%0Ab", "a%22"] {
        let answer = echo.place.get(&format!("{path}?c={callback}")).await;
        assert_eq!(answer.status, 500, "{callback}");
        assert!(answer.body.contains("invalid \"callback\" parameter"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_response_ends_at_its_limit_and_the_session_goes_on() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let mut stream = echo.place.stream("POST", &format!("{url}/xhr_streaming")).await;
    stream.chunks(2).await;
    // 4096 bytes with framing, but without the prelude.
    let message = format!("\"{}\"", "x".repeat(128));
    for _ in 0..31 {
        let sent = echo.place.post(&format!("{url}/xhr_send"), &format!("[{message}]")).await;
        assert_eq!(sent.status, 204);
        assert_eq!(stream.chunk().await.unwrap(), format!("a[{message}]\n"));
    }
    assert_eq!(stream.chunk().await, None);

    let large = format!("\"{}\"", "x".repeat(4096));
    for (method, wire, before, after) in [
        ("POST", "xhr_streaming", "", "\n"),
        ("GET", "eventsource", "data: ", "\r\n\r\n"),
        ("POST", "xhr_streaming", "", "\n"),
    ] {
        // The same session by now, over one transport after the other.
        let sent = echo.place.post(&format!("{url}/xhr_send"), &format!("[{large}]")).await;
        assert_eq!(sent.status, 204);
        let mut stream = echo.place.stream(method, &format!("{url}/{wire}")).await;
        assert_eq!(stream.chunks(2).await[1], format!("{before}a[{large}]{after}"));
        assert_eq!(stream.chunk().await, None);
    }
    let url = session("/echo");
    let mut stream = echo.place.stream("GET", &format!("{url}/htmlfile?c=callback")).await;
    stream.chunks(2).await;
    assert_eq!(
        echo.place.post(&format!("{url}/xhr_send"), &format!("[{large}]")).await.status,
        204
    );
    let text = large.replace('"', "\\\"");
    assert_eq!(
        stream.chunk().await.unwrap(),
        format!("<script>\np(\"a[{text}]\");\n</script>\r\n")
    );
    assert_eq!(stream.chunk().await, None);
}
