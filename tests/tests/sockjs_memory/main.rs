//! What abandoned SockJS sessions leave on the heap. The only test of its binary: everything in
//! the process is counted.

#![allow(clippy::unwrap_used, missing_docs)]

use std::alloc::System;
use std::time::Duration;

use cap::Cap;
use dragon::link::{FarEnd, Frame};
use dragon::transport::{SockJs, SockJsOptions};
use dragon::warp;
use dragon_tests::util::{PATIENCE, until};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

const SESSIONS: usize = 10_000;

/// Opens sessions by one poll each and sends a message to each.
async fn abandon(address: &str, round: usize) {
    let connection = |first: usize| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for number in (first..SESSIONS).step_by(10) {
            for (action, body) in [("xhr", ""), ("xhr_send", "[\"for nobody\"]")] {
                let request = format!(
                    "POST /echo/000/{round}-{number}/{action} HTTP/1.1\r\nHost: x\r\n\
                     Content-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut answer = Vec::new();
                // It may be gone already, on a busy machine.
                let ends: &[&[u8]] = match action {
                    "xhr" => &[b"\r\n\r\no\n"],
                    _ => &[b"\r\n\r\n", b"not found\n"],
                };
                while !ends.iter().any(|end| answer.ends_with(end)) {
                    assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
                }
            }
        }
    };
    futures::future::join_all((0..10).map(connection)).await;
}

#[tokio::test]
async fn abandoned_sessions_leave_nothing() {
    let mut options = SockJsOptions::default();
    // Long enough for most of them to be there at once.
    options.disconnect_delay = Duration::from_secs(8);
    let sockjs = SockJs::new("/echo", options, |mut link: FarEnd| async move {
        while let Some(text) = link.inbox.recv().await {
            link.outbox.reply(Frame::new(text));
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(warp::serve(sockjs.routes()).incoming(listener).run());
    let mut live = Vec::new();
    for round in 0..2 {
        let before = HEAP.allocated();
        abandon(&address, round).await;
        let open = sockjs.sessions();
        let each = (HEAP.allocated() - before) / open.max(1);
        println!("{each} bytes for each of {open} sessions");
        until(PATIENCE * 3, "all are collected", || async {
            (sockjs.sessions(), sockjs.tasks()) == (0, 0)
        })
        .await;
        live.push(HEAP.allocated());
    }
    // What is paid once has been paid in the first round.
    let more = live[1].saturating_sub(live[0]);
    println!("{more} bytes more after another {SESSIONS} sessions");
    assert!(more < SESSIONS, "{more} bytes");
    server.abort();
}
