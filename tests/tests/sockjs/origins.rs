//! Which pages may connect, whatever transport they choose.

use dragon::auth::Origins;
use dragon::transport::{SockJs, SockJsOptions};
use dragon_tests::sockjs::{Place, Socket, session};

use crate::place::{echo, quick, serve};

const REFUSED: &str = "c[4000,\"invalid origin\"]";

async fn strict() -> (SockJs, Place) {
    let mut options: SockJsOptions = quick();
    options.origins = Origins::and(["https://listed.example".to_owned()]);
    let sockjs = SockJs::new("/echo", options, echo);
    let place = serve(&sockjs).await;
    (sockjs, place)
}

#[tokio::test]
async fn headers_are_for_pages_that_may_connect() {
    let (_, place) = strict().await;
    let own = format!("http://{}", place.0);
    for (origin, allowed) in [
        (own.as_str(), true),
        ("https://listed.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let url = session("/echo");
        for (method, path) in [
            ("GET", "/echo/info".to_owned()),
            ("OPTIONS", "/echo/info".to_owned()),
            ("OPTIONS", format!("{url}/xhr")),
            ("POST", format!("{url}/xhr")),
            ("POST", format!("{url}/xhr_send")),
            ("POST", format!("{}/xhr_streaming", session("/echo"))),
            ("GET", format!("{}/eventsource", session("/echo"))),
        ] {
            let headers = [("Origin", origin), ("Access-Control-Request-Headers", "x")];
            let answer = place.open(method, &path, &headers, "").await;
            let said = answer.header("access-control-allow-origin");
            assert_eq!(said, allowed.then_some(origin), "{method} {path} {origin}");
            let credentials = answer.header("access-control-allow-credentials");
            assert_eq!(credentials, allowed.then_some("true"), "{method} {path} {origin}");
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_told_so_and_leave_nothing() {
    let (sockjs, place) = strict().await;
    let evil = [("Origin", "https://evil.example")];
    let (plain, script, page) =
        (REFUSED.to_owned(), format!("\"{}\"", REFUSED.replace('"', "\\\"")), "http://evil/page");
    for (method, wire, headers, told) in [
        ("POST", "xhr", &evil[..], &plain),
        ("POST", "xhr_streaming", &evil[..], &plain),
        ("GET", "eventsource", &evil[..], &plain),
        // For these, browsers do not say where they come from, but send cookies along.
        ("GET", "eventsource", &[("Referer", page)], &plain),
        ("GET", "jsonp?c=x", &[("Referer", page)], &script),
        ("GET", "jsonp?c=x", &[("Sec-Fetch-Site", "cross-site")], &script),
        ("GET", "htmlfile?c=x", &[("Sec-Fetch-Site", "same-site")], &script),
    ] {
        let path = format!("{}/{wire}", session("/echo"));
        for _ in 0..2 {
            let answer = place.ask(method, &path, headers, "").await;
            assert!(answer.body.contains(told.as_str()), "{wire}: {}", answer.body);
        }
    }
    assert_eq!((sockjs.sessions(), sockjs.tasks()), (0, 0));
    // Pages of this server's own, and programs.
    let own = format!("http://{}/page", place.0);
    for headers in [
        &[("Referer", own.as_str()), ("Sec-Fetch-Site", "same-origin")][..],
        &[("Referer", "https://listed.example/")],
        &[("Sec-Fetch-Site", "none")],
        &[],
    ] {
        let path = format!("{}/jsonp?c=x", session("/echo"));
        assert_eq!(place.ask("GET", &path, headers, "").await.body, "/**/x(\"o\");\r\n");
    }
}

#[tokio::test]
async fn websockets_are_asked_too() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let (_, place) = strict().await;
    for (path, told) in [("/echo/000/x/websocket", Some(REFUSED)), ("/echo/websocket", None)] {
        let mut request = place.ws(path).into_client_request().unwrap();
        request.headers_mut().insert("origin", "https://evil.example".parse().unwrap());
        let mut socket = Socket::open(request).await;
        if let Some(told) = told {
            assert_eq!(socket.text().await, told);
        } else {
            assert_eq!(socket.close().await.0, 4000);
        }
    }
}
