//! The websockets: with SockJS framing, and raw.

use dragon_tests::sockjs::{Socket, session};
use dragon_tests::util::PATIENCE;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::place::{Echo, quick, serve};

#[tokio::test]
async fn requests_that_ask_for_no_websocket() {
    let echo = Echo::start().await;
    for path in ["/echo/0/0/websocket", "/echo/websocket"] {
        for headers in [
            &[][..],
            &[("Upgrade", "WebSocket"), ("Connection", "close")],
            &[("Upgrade", "h2c"), ("Connection", "Upgrade")],
            &[("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")],
        ] {
            let answer = echo.place.ask("GET", path, headers, "").await;
            assert_eq!(answer.status, 400, "{path} {headers:?}");
            assert_eq!(answer.body, "Not a valid websocket request");
        }
    }
    for path in ["/disabled_websocket_echo/0/0/websocket", "/disabled_websocket_echo/websocket"] {
        assert_eq!(echo.place.get(path).await.status, 404);
        assert!(connect_async(echo.place.ws(path)).await.is_err());
    }
}

#[tokio::test]
async fn handshakes_of_each_version() {
    let echo = Echo::start().await;
    for (path, version, connection, status) in [
        ("/echo/000/a/websocket", "7", "Upgrade", 101),
        ("/echo/000/a/websocket", "8", "Upgrade", 101),
        ("/echo/000/a/websocket", "13", "Upgrade", 101),
        // Firefox 6 said so.
        ("/echo/000/a/websocket", "7", "keep-alive, Upgrade", 101),
        ("/echo/000/a/websocket", "99", "Upgrade", 400),
        ("/echo/websocket", "13", "Upgrade", 101),
        ("/echo/websocket", "7", "Upgrade", 400),
    ] {
        let headers = [
            ("Upgrade", "websocket"),
            ("Connection", connection),
            ("Sec-WebSocket-Version", version),
            ("Sec-WebSocket-Origin", "http://asd"),
            ("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="),
        ];
        let answer = echo.place.open("GET", path, &headers, "").await;
        assert_eq!(answer.status, status, "{path} {version}");
        if status == 101 {
            let accept = answer.header("sec-websocket-accept");
            assert_eq!(accept, Some("HSmrc0sMlYUkAGmm5OPpG2HaGWk="));
            assert_eq!(answer.header("connection"), Some("upgrade"));
            assert_eq!(answer.header("upgrade"), Some("websocket"));
            assert_eq!(answer.header("content-length"), None);
        }
    }
}

#[tokio::test]
async fn messages_go_both_ways() {
    let echo = Echo::start().await;
    let mut socket = Socket::session(&echo.place, &format!("{}/websocket", session("/echo"))).await;
    // Nothing, in two ways.
    socket.send("").await;
    socket.send("[]").await;
    socket.send("[\"a\"]").await;
    assert_eq!(socket.text().await, "a[\"a\"]");
    socket.send("[\"b\",\"\u{1f409}\u{2028}\"]").await;
    assert_eq!(socket.text().await, "a[\"b\"]");
    assert_eq!(socket.text().await, "a[\"\\ud83d\\udc09\\u2028\"]");
    socket.send("\"alone\"").await;
    assert_eq!(socket.text().await, "a[\"alone\"]");
}

#[tokio::test]
async fn the_server_ends_it() {
    let echo = Echo::start().await;
    let mut socket =
        Socket::session(&echo.place, &format!("{}/websocket", session("/close"))).await;
    assert_eq!(socket.text().await, "c[3000,\"Go away!\"]");
    assert_eq!(socket.close().await, (1000, "Normal closure".to_owned()));
    let mut socket = Socket::open(echo.place.ws("/close/websocket")).await;
    assert_eq!(socket.close().await, (3000, "Go away!".to_owned()));
}

#[tokio::test]
async fn a_session_is_as_long_as_its_socket() {
    let echo = Echo::start().await;
    let path = format!("{}/websocket", session("/echo"));
    let mut one = Socket::session(&echo.place, &path).await;
    let mut two = Socket::session(&echo.place, &path).await;
    one.send("[\"a\"]").await;
    assert_eq!(one.text().await, "a[\"a\"]");
    two.send("[\"b\"]").await;
    assert_eq!(two.text().await, "a[\"b\"]");
    drop((one, two));
    let mut again = Socket::session(&echo.place, &path).await;
    again.send("[\"c\"]").await;
    assert_eq!(again.text().await, "a[\"c\"]");
    // Nor is it one of those that are polled.
    let send = path.replace("/websocket", "/xhr_send");
    assert_eq!(echo.place.post(&send, "[\"a\"]").await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_read_ends_the_socket_at_once() {
    let echo = Echo::start().await;
    for text in ["[\"a", "nonsense", "{}", "[1]", "[\"a\",null]", "5", "[\"\\ud800\"]"] {
        let path = format!("{}/websocket", session("/echo"));
        let mut socket = Socket::session(&echo.place, &path).await;
        socket.send(text).await;
        assert_eq!(socket.close().await, (3000, "Broken framing.".to_owned()), "{text}");
    }
    for (message, code) in
        [(Message::binary(vec![1]), 1003), (Message::text("x".repeat(1024 * 1024 + 1)), 1009)]
    {
        let path = format!("{}/websocket", session("/echo"));
        let mut socket = Socket::session(&echo.place, &path).await;
        socket.send_message(message).await;
        assert_eq!(socket.close().await.0, code);
    }
}

#[tokio::test]
async fn raw_sockets_have_no_framing() {
    let echo = Echo::start().await;
    let mut socket = Socket::open(echo.place.ws("/echo/websocket")).await;
    for text in ["Hello world!\u{ffff}", "[\"a\"]", "[\"a", ""] {
        socket.send(text).await;
        assert_eq!(socket.text().await, text);
    }
}

#[tokio::test]
async fn a_silent_client_is_asked_and_a_dead_one_is_closed() {
    let mut options = quick();
    options.heartbeat = std::time::Duration::from_millis(30);
    options.dead_after = std::time::Duration::from_millis(300);
    let sockjs = dragon::transport::SockJs::new("/echo", options, crate::place::echo);
    let place = serve(&sockjs).await;
    let mut socket = Socket::session(&place, &format!("{}/websocket", session("/echo"))).await;
    // Asked twice over: a ping for the living, an `h` for the protocol.
    assert_eq!(socket.text().await, "h");
    assert!(matches!(socket.message().await, Message::Ping(_)));
    drop(socket);
    // This one answers no ping.
    let headers = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="),
    ];
    let path = format!("{}/websocket", session("/echo"));
    let silent = place.open("GET", &path, &headers, "").await;
    let all = silent.into_wire().until_end().await;
    let told = b"c[3012,\"no sign of life, come back\"]";
    assert!(all.windows(told.len()).any(|bytes| bytes == told), "{all:?}");
    dragon_tests::util::until(PATIENCE, "both are gone", || async { sockjs.tasks() == 0 }).await;
}
