//! Clients that are slow, silent, broken or hostile, and the end of the server: nothing is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dragon::link::{FarEnd, Frame};
use dragon::transport::{SockJs, SockJsOptions};
use dragon_tests::sockjs::{Place, Wire, session};
use dragon_tests::util::{PATIENCE, until};

use crate::place::{echo, quick, serve};

struct Server {
    sockjs: SockJs,
    place: Place,
}

impl Server {
    async fn start(options: SockJsOptions) -> Self {
        Self::of(SockJs::new("/echo", options, echo)).await
    }

    async fn of(sockjs: SockJs) -> Self {
        Self { place: serve(&sockjs).await, sockjs }
    }

    async fn nothing_is_left(&self) {
        until(PATIENCE, "sessions and tasks have ended", || async {
            (self.sockjs.sessions(), self.sockjs.tasks()) == (0, 0)
        })
        .await;
    }

    /// A session, opened by a poll.
    async fn open(&self) -> String {
        let url = session("/echo");
        assert_eq!(self.place.post(&format!("{url}/xhr"), "").await.body, "o\n");
        url
    }
}

#[tokio::test]
async fn ten_thousand_sessions_that_nobody_comes_back_to() {
    let server = Server::start(quick()).await;
    let open = |first: usize| {
        let place = server.place.clone();
        async move {
            for number in (first..10_000).step_by(20) {
                let url = format!("/echo/000/abandoned-{number}");
                match number % 4 {
                    // Broken off in the middle, and never broken off but never continued.
                    0 => {
                        place.stream("POST", &format!("{url}/xhr_streaming")).await.chunks(2).await;
                    }
                    1 => {
                        place.stream("GET", &format!("{url}/eventsource")).await.chunks(2).await;
                    }
                    2 => assert_eq!(place.post(&format!("{url}/xhr"), "").await.body, "o\n"),
                    _ => {
                        assert_eq!(place.post(&format!("{url}/xhr"), "").await.body, "o\n");
                        // It may have been collected already, on a busy machine.
                        place.post(&format!("{url}/xhr_send"), "[\"for nobody\"]").await;
                    }
                }
            }
        }
    };
    futures::future::join_all((0..20).map(open)).await;
    server.nothing_is_left().await;
}

#[tokio::test]
async fn bodies_that_are_too_large_or_too_slow_or_break_off() {
    let mut options = quick();
    options.frame_size = 1000;
    options.dead_after = Duration::from_millis(300);
    options.disconnect_delay = PATIENCE;
    let server = Server::start(options).await;
    let url = server.open().await;
    for path in [format!("{url}/xhr_send"), format!("{url}/jsonp_send")] {
        let large = format!("[\"{}\"]", "x".repeat(1000));
        assert_eq!(server.place.post(&path, &large).await.status, 413);
        // In pieces, without a length.
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("1f4\r\n{}\r\n", "y".repeat(500));
        let request = format!("{head}{}0\r\n\r\n", chunk.repeat(3));
        assert_eq!(Wire::connect(&server.place).await.exchange(&request).await.status, 413);
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n[\"half");
        assert_eq!(Wire::connect(&server.place).await.exchange(&head).await.status, 408);
        let mut broken = Wire::connect(&server.place).await;
        broken.write(head.as_bytes()).await;
        drop(broken);
        let mut bytes = Wire::connect(&server.place).await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
        bytes.write(head.as_bytes()).await;
        bytes.write(b"[\"\xc3\"]").await;
        let answer = bytes.answer().await;
        assert_eq!(answer.status, 500);
    }
    assert_eq!(server.place.post(&format!("{url}/xhr_send"), "[\"whole\"]").await.status, 204);
    assert_eq!(server.place.post(&format!("{url}/xhr"), "").await.body, "a[\"whole\"]\n");
}

#[tokio::test]
async fn who_waits_hears_a_heartbeat() {
    let mut options = quick();
    options.heartbeat = Duration::from_millis(20);
    let server = Server::start(options).await;
    let url = server.open().await;
    for _ in 0..3 {
        assert_eq!(server.place.post(&format!("{url}/xhr"), "").await.body, "h\n");
    }
    let mut stream = server.place.stream("POST", &format!("{url}/xhr_streaming")).await;
    assert_eq!(stream.chunks(4).await[1..], ["h\n"; 3]);
}

#[tokio::test]
async fn a_session_lives_as_long_as_somebody_receives_for_it() {
    let mut options = quick();
    options.heartbeat = Duration::from_millis(500);
    let server = Server::start(options).await;
    let (busy, idle) = (server.open().await, server.open().await);
    // All in all for longer than a session is kept without them.
    for _ in 0..4 {
        assert_eq!(server.place.post(&format!("{busy}/xhr"), "").await.body, "h\n");
    }
    assert_eq!(server.place.post(&format!("{idle}/xhr_send"), "[\"a\"]").await.status, 404);
    assert_eq!(server.place.post(&format!("{busy}/xhr_send"), "[\"a\"]").await.status, 204);
    assert_eq!(server.place.post(&format!("{busy}/xhr"), "").await.body, "a[\"a\"]\n");
    server.nothing_is_left().await;
}

#[tokio::test]
async fn a_stream_ends_after_a_while_to_see_whether_its_client_lives() {
    let mut options = quick();
    options.dead_after = Duration::from_millis(100);
    let server = Server::start(options).await;
    let url = session("/echo");
    let mut stream = server.place.stream("POST", &format!("{url}/xhr_streaming")).await;
    assert_eq!(stream.chunks(2).await[1], "o\n");
    assert_eq!(stream.chunk().await, None);
    // It does.
    assert_eq!(server.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await.status, 204);
    let mut stream = server.place.stream("POST", &format!("{url}/xhr_streaming")).await;
    assert_eq!(stream.chunks(2).await[1], "a[\"a\"]\n");
    // It stays connected, and does not come back.
    server.nothing_is_left().await;
}

#[tokio::test]
async fn who_does_not_fetch_what_waits_is_told_to_come_back() {
    let talker = |link: FarEnd| async move {
        while !link.outbox.is_closed() {
            link.outbox.push(&Frame::new("news".repeat(1000)));
            tokio::task::yield_now().await;
        }
    };
    let server = Server::of(SockJs::new("/echo", quick(), talker)).await;
    let url = session("/echo");
    // The first answer is `o`, and then too much gathers.
    assert_eq!(server.place.post(&format!("{url}/xhr"), "").await.body, "o\n");
    let slow = "c[3008,\"too slow, come back and resume\"]\n";
    until(PATIENCE, "it has been too much", || async {
        server.place.post(&format!("{url}/xhr"), "").await.body == slow
    })
    .await;
    // These read nothing at all, and never leave.
    let mut stalled = Vec::new();
    for wire in ["xhr_streaming", "xhr_streaming", "xhr_streaming"] {
        let mut stream = Wire::connect(&server.place).await;
        let path = format!("{}/{wire}", session("/echo"));
        let request = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        stream.write(request.as_bytes()).await;
        stalled.push(stream);
    }
    server.nothing_is_left().await;
    drop(stalled);
}

#[tokio::test]
async fn the_handler_hears_of_the_end() {
    let open = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&open);
    let handler = move |mut link: FarEnd| {
        let open = Arc::clone(&counted);
        async move {
            open.fetch_add(1, Ordering::Relaxed);
            while link.inbox.recv().await.is_some() {}
            open.fetch_sub(1, Ordering::Relaxed);
        }
    };
    let server = Server::of(SockJs::new("/echo", quick(), handler)).await;
    server.open().await;
    let mut stream = server.place.stream("GET", &format!("{}/eventsource", session("/echo"))).await;
    stream.chunks(2).await;
    until(PATIENCE, "both are open", || async { open.load(Ordering::Relaxed) == 2 }).await;
    drop(stream);
    until(PATIENCE, "both are closed", || async { open.load(Ordering::Relaxed) == 0 }).await;
    server.nothing_is_left().await;
}

#[tokio::test]
async fn at_the_end_all_are_told_to_come_back() {
    let server = Server::start(quick()).await;
    let going = "c[3012,\"going away, come back\"]";
    let url = server.open().await;
    let place = server.place.clone();
    let polling = tokio::spawn(async move { place.post(&format!("{url}/xhr"), "").await.body });
    let between = server.open().await;
    let path = format!("{}/xhr_streaming", session("/echo"));
    let mut stream = server.place.stream("POST", &path).await;
    stream.chunks(2).await;
    let path = format!("{}/websocket", session("/echo"));
    let mut socket = dragon_tests::sockjs::Socket::session(&server.place, &path).await;
    until(PATIENCE, "all are there", || async { server.sockjs.tasks() >= 5 }).await;
    let (ended, ()) = tokio::join!(server.sockjs.shutdown(), async {
        assert_eq!(polling.await.unwrap(), format!("{going}\n"));
        assert_eq!(stream.chunk().await.unwrap(), format!("{going}\n"));
        assert_eq!(stream.chunk().await, None);
        assert_eq!(socket.text().await, going);
        assert_eq!(socket.close().await.0, 1000);
    });
    let () = ended;
    // Whoever comes now is told so and gets no session.
    for url in [between, session("/echo")] {
        let body = server.place.post(&format!("{url}/xhr"), "").await.body;
        assert_eq!(body, format!("{going}\n"));
        assert_eq!(server.place.post(&format!("{url}/xhr_send"), "[\"a\"]").await.status, 404);
    }
    server.nothing_is_left().await;
}
