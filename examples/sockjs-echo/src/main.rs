//! The services that the test-suite of the SockJS protocol talks to, and anybody else who wants
//! SockJS without an app: `cargo run -p sockjs-echo -- 8081`. A second argument says where the
//! page in an iframe finds the client's script; it must be of the version that the page has.

use std::io;
use std::net::Ipv4Addr;

use dragon::auth::Origins;
use dragon::link::{FarEnd, Frame};
use dragon::protocol::Close;
use dragon::transport::{SockJs, SockJsOptions};
use dragon::warp::{self, Filter};
use tokio::net::TcpSocket;

/// Sends back what comes.
async fn echo(mut link: FarEnd) {
    while let Some(text) = link.inbox.recv().await {
        // Who does not read is not heard.
        link.outbox.room().await;
        link.outbox.reply(Frame::new(text));
    }
}

/// Wants nobody.
async fn close(link: FarEnd) {
    link.outbox.close(Close { code: 3000, reason: "Go away!" });
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let wrong = |_| io::Error::other("usage: sockjs-echo [PORT [CLIENT_URL]]");
    let port: u16 = std::env::args().nth(1).map_or(Ok(8081), |port| port.parse()).map_err(wrong)?;

    let mut options = SockJsOptions::default();
    if let Some(client_url) = std::env::args().nth(2) {
        options.client_url = client_url;
    }
    options.response_limit = 4096;
    options.origins = Origins::and(["*".to_owned()]);
    let (mut disabled, mut cookie) = (options.clone(), options.clone());
    disabled.websocket = false;
    cookie.cookie = true;
    let routes = SockJs::new("/echo", options.clone(), echo)
        .routes()
        .or(SockJs::new("/close", options, close).routes())
        .or(SockJs::new("/disabled_websocket_echo", disabled, echo).routes())
        .or(SockJs::new("/cookie_needed_echo", cookie, echo).routes());

    // Accepted sockets inherit it, and small answers leave at once.
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(1024)?;
    println!("SockJS echo: http://{}/echo", listener.local_addr()?);
    warp::serve(routes).incoming(listener).run().await;
    Ok(())
}
