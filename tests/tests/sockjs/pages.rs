//! What is served without a session: greeting, iframe, info, and the answers to OPTIONS.

use dragon_tests::sockjs::Answer;
use serde_json::Value;

use crate::place::Echo;

pub fn is_cached(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000"));
    assert!(answer.header("expires").unwrap().ends_with(" GMT"));
    assert_eq!(answer.header("last-modified"), None);
}

pub fn is_not_cached(answer: &Answer) {
    let header = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
    assert_eq!(answer.header("cache-control"), Some(header));
    assert_eq!(answer.header("expires"), None);
    assert_eq!(answer.header("last-modified"), None);
}

pub fn is_for(answer: &Answer, origin: Option<&str>) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin.unwrap_or("*")));
    let credentials = origin.map(|_| "true");
    assert_eq!(answer.header("access-control-allow-credentials"), credentials);
    assert_eq!(answer.header("vary"), Some("Origin"));
}

#[tokio::test]
async fn the_greeting() {
    let echo = Echo::start().await;
    for path in ["/echo", "/echo/"] {
        let answer = echo.place.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "Welcome to SockJS!\n"));
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=UTF-8"));
        assert_eq!(answer.header("set-cookie"), None);
    }
    for path in ["/a", "/a.html", "//", "///", "/a/a", "/a/a/", "/a/"] {
        assert_eq!(echo.place.get(&format!("/echo{path}")).await.status, 404, "{path}");
    }
    assert_eq!(echo.place.get("/echoes").await.status, 404);
}

#[tokio::test]
async fn methods_that_mean_nothing() {
    let echo = Echo::start().await;
    for (method, path, allowed) in [
        ("POST", "/echo", "GET"),
        ("PUT", "/echo/info", "OPTIONS, GET"),
        ("POST", "/echo/iframe.html", "GET"),
        ("POST", "/echo/0/0/websocket", "GET"),
        ("POST", "/echo/websocket", "GET"),
        ("GET", "/echo/0/0/xhr", "POST, OPTIONS"),
        ("DELETE", "/echo/0/0/xhr_send", "POST, OPTIONS"),
        ("GET", "/echo/0/0/jsonp_send", "POST"),
        ("POST", "/echo/0/0/eventsource", "GET"),
    ] {
        let answer = echo.place.ask(method, path, &[], "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        assert_eq!((answer.header("content-type"), answer.body.as_str()), (None, ""));
    }
}

#[tokio::test]
async fn the_iframe_page() {
    let echo = Echo::start().await;
    let mut tags = Vec::new();
    for name in [
        "iframe.html",
        "iframe-a.html",
        "iframe-.html",
        "iframe-0.1.2.html",
        "iframe-0.1.2abc-dirty.2144.html",
        "iframe-a.html?t=1234",
        "iframe-0.1.2abc-dirty.2144.html?t=qweqweq123",
    ] {
        let answer = echo.place.get(&format!("/echo/{name}")).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"));
        assert_eq!(answer.header("set-cookie"), None);
        is_cached(&answer);
        assert_eq!(
            answer.body,
            r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"#
        );
        tags.push(answer.header("etag").unwrap().to_owned());
    }
    tags.dedup();
    assert_eq!(tags.len(), 1);
    for known in [tags[0].clone(), format!("\"x\", W/{}", tags[0])] {
        let headers = [("If-None-Match", known.as_str())];
        let answer = echo.place.ask("GET", "/echo/iframe.html", &headers, "").await;
        assert_eq!((answer.status, answer.body.as_str()), (304, ""));
        assert_eq!(answer.header("content-type"), None);
        is_cached(&answer);
    }
    let headers = [("If-None-Match", "\"another\"")];
    assert_eq!(echo.place.ask("GET", "/echo/iframe.html", &headers, "").await.status, 200);
    for name in [
        "iframe.htm",
        "iframe",
        "IFRAME.HTML",
        "IFRAME",
        "iframe.HTML",
        "iframe.xml",
        "iframe-/.html",
    ] {
        assert_eq!(echo.place.get(&format!("/echo/{name}")).await.status, 404, "{name}");
    }
}

#[tokio::test]
async fn the_info() {
    let echo = Echo::start().await;
    let mut entropies = Vec::new();
    for origin in [None, Some("http://page.example"), Some("null")] {
        let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
        let answer = echo.place.ask("GET", "/echo/info", &headers, "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
        assert_eq!(answer.header("set-cookie"), None);
        is_not_cached(&answer);
        is_for(&answer, origin);
        let info: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(info["websocket"], true);
        assert_eq!(info["cookie_needed"], false);
        assert_eq!(info["origins"], serde_json::json!(["*:*"]));
        let entropy = info["entropy"].as_u64().unwrap();
        assert!(u32::try_from(entropy).is_ok(), "{entropy}");
        entropies.push(entropy);
    }
    entropies.dedup();
    assert_eq!(entropies.len(), 3);
    for (service, key, value) in [
        ("disabled_websocket_echo", "websocket", false),
        ("cookie_needed_echo", "cookie_needed", true),
    ] {
        let answer = echo.place.get(&format!("/{service}/info")).await;
        let info: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(info[key], value, "{service}");
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn preflights() {
    let echo = Echo::start().await;
    for (path, methods) in [
        ("/echo/info", "OPTIONS, GET"),
        ("/echo/abc/abc/xhr", "OPTIONS, POST"),
        ("/echo/abc/abc/xhr_send", "OPTIONS, POST"),
        ("/echo/abc/abc/xhr_streaming", "OPTIONS, POST"),
    ] {
        for origin in [None, Some("test"), Some("null")] {
            let headers: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
            let answer = echo.place.ask("OPTIONS", path, &headers, "").await;
            assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{path}");
            is_cached(&answer);
            is_for(&answer, origin);
            assert_eq!(answer.header("access-control-max-age"), Some("31536000"));
            assert_eq!(answer.header("access-control-allow-methods"), Some(methods));
        }
    }
    for (asked, allowed) in [(Some("a, b, c"), Some("a, b, c")), (Some(""), None), (None, None)] {
        let mut headers = vec![("Origin", "test")];
        headers.extend(asked.map(|asked| ("Access-Control-Request-Headers", asked)));
        for (method, path) in [("OPTIONS", "/echo/0/x/xhr"), ("POST", "/echo/0/nobody/xhr_send")] {
            let answer = echo.place.ask(method, path, &headers, "").await;
            assert_eq!(answer.header("access-control-allow-headers"), allowed, "{method}");
        }
    }
}

#[tokio::test]
async fn the_cookie_of_load_balancers() {
    let echo = Echo::start().await;
    for (name, method) in [
        ("xhr", "POST"),
        ("xhr_streaming", "POST"),
        ("eventsource", "GET"),
        ("htmlfile?c=x", "GET"),
        ("jsonp?c=x", "GET"),
        ("xhr_send", "POST"),
        ("jsonp_send", "POST"),
        ("xhr", "OPTIONS"),
    ] {
        for (sent, set) in [
            (None, "JSESSIONID=dummy; path=/"),
            (Some("JSESSIONID=abcdef"), "JSESSIONID=abcdef; path=/"),
            (Some("a=b; JSESSIONID=x=y; c"), "JSESSIONID=x=y; path=/"),
            (Some("XJSESSIONID=a"), "JSESSIONID=dummy; path=/"),
        ] {
            let path = format!("{}/{name}", dragon_tests::sockjs::session("/cookie_needed_echo"));
            let headers: Vec<_> = sent.map(|sent| ("Cookie", sent)).into_iter().collect();
            let answer = echo.place.open(method, &path, &headers, "").await;
            assert_eq!(answer.header("set-cookie"), Some(set), "{name} {sent:?}");
        }
    }
    let answer =
        echo.place.post(&format!("{}/xhr", dragon_tests::sockjs::session("/echo")), "").await;
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn both_versions_of_http() {
    use dragon_tests::sockjs::Wire;
    let echo = Echo::start().await;
    // Version 1.0 knows no chunks, and its connections may be kept.
    let request = "GET /echo HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\n";
    let answer = Wire::connect(&echo.place).await.exchange(request).await;
    assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
    assert_eq!(answer.header("content-length"), Some("19"));
    let request = format!(
        "POST {}/xhr_streaming HTTP/1.0\r\nHost: x\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
        dragon_tests::sockjs::session("/close")
    );
    let answer = Wire::connect(&echo.place).await.exchange(&request).await;
    assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
    assert_eq!(answer.header("content-length"), None);
    let body = answer.into_wire().until_end().await;
    let all = format!("{}\no\nc[3000,\"Go away!\"]\n", "h".repeat(2048));
    assert_eq!(String::from_utf8(body).unwrap(), all);
    // Version 1.1: one connection for several requests.
    let request = "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = Wire::connect(&echo.place).await.exchange(&request.repeat(2)).await;
    assert_eq!(answer.header("content-length"), Some("19"));
    assert!(answer.version.ends_with("1.1"));
    let mut wire = answer.into_wire();
    assert_eq!(wire.take(19).await, "Welcome to SockJS!\n");
    assert_eq!(wire.answer().await.status, 200);
}
