//! Websockets: the handshake, and the two loops that read and write. The native one frames
//! nothing: one text is one message.

use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use warp::filters::BoxedFilter;
use warp::http::{Response, StatusCode};
use warp::{Filter, Reply};

use super::framing::{Framing, Plain};
use super::handshake::{at, handshake};
use super::{Edge, plain};
use crate::auth::Handshake;
use crate::link::{NearEnd, Outbox, Outgoing};
use crate::protocol::Close;

/// How long a client gets to read what it is told at the end.
const LINGER: Duration = Duration::from_secs(2);

/// The websocket at a path such as `/ws`.
pub(crate) fn websocket(path: &str, edge: Edge) -> BoxedFilter<(warp::reply::Response,)> {
    at(path)
        .and(warp::path::end())
        .and(warp::get())
        .and(handshake())
        .and(warp::ext::optional::<OnUpgrade>())
        .map(move |handshake, on_upgrade| {
            upgrade(&edge, handshake, on_upgrade, Plain, &["13"]).unwrap_or_else(|refused| {
                match refused {
                    NoUpgrade::NotAsked => plain(
                        StatusCode::UPGRADE_REQUIRED,
                        "This is a websocket: connect with ws:// or wss://.\n",
                    ),
                    NoUpgrade::Version => {
                        plain(StatusCode::BAD_REQUEST, "The websocket version must be 13.\n")
                    }
                }
            })
        })
        .boxed()
}

/// Why a request does not become a websocket.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoUpgrade {
    /// It does not ask for one, or not as RFC 6455 says.
    NotAsked,
    /// It asks for a version that is not spoken here.
    Version,
}

/// Answers the upgrade (RFC 6455, 4.2) and takes the socket over.
pub(super) fn upgrade<F: Framing>(
    edge: &Edge,
    handshake: Handshake,
    on_upgrade: Option<OnUpgrade>,
    framing: F,
    versions: &[&str],
) -> Result<warp::reply::Response, NoUpgrade> {
    let is = |name: &str, wanted: &str| {
        handshake.header(name).is_some_and(|value| {
            value.split(',').any(|part| part.trim().eq_ignore_ascii_case(wanted))
        })
    };
    let asks = is("upgrade", "websocket") && is("connection", "upgrade");
    let key = handshake.header("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes()));
    let (Some(on_upgrade), Some(accept), true) = (on_upgrade, key, asks) else {
        return Err(NoUpgrade::NotAsked);
    };
    if !versions.iter().any(|version| is("sec-websocket-version", version)) {
        return Err(NoUpgrade::Version);
    }
    let (edge, handshake) = (edge.clone(), Box::new(handshake));
    edge.shutdown.clone().spawn(async move {
        // The client went away before the upgrade: there is nobody to tell.
        let Ok(upgraded) = on_upgrade.await else { return };
        // Taken apart here, so that the HTTP connection's buffers do not live as long as the socket.
        let taken = downcast::<TokioIo<TcpStream>>(upgraded).map(|parts| {
            let stream = parts.io.into_inner();
            let _ = stream.set_nodelay(true);
            (stream, parts.read_buf.to_vec())
        });
        match taken {
            Ok((stream, read)) => converse(edge, handshake, stream, read, framing).await,
            // Behind an acceptor of the application's own, such as TLS.
            Err(upgraded) => {
                converse(edge, handshake, TokioIo::new(upgraded), Vec::new(), framing).await;
            }
        }
    });
    Ok(Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept)
        .body("")
        .into_response())
}

async fn converse<S, F>(edge: Edge, handshake: Box<Handshake>, stream: S, read: Vec<u8>, framing: F)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Framing,
{
    // The default read buffer is 128 KiB per connection, zero-filled on every poll.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(16 * 1024)
        .max_message_size(Some(edge.frame_size))
        .max_frame_size(Some(edge.frame_size));
    let socket =
        WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
    let (sink, stream) = socket.split();
    let (NearEnd { inbox, outbox }, conversation) = (edge.connect)(*handshake);
    let (done, written) = oneshot::channel();
    let writing = outbox.clone();
    // Who is refused is told nothing but that.
    let hello = framing.hello().filter(|_| conversation.is_some());
    edge.shutdown.spawn(async move {
        let _ = done.send(write(sink, writing, hello, framing).await);
    });
    let reading = async {
        let stream = read_all(stream, inbox, &outbox, &edge, framing).await;
        (stream, written.await)
    };
    let (stream, sink) = match conversation {
        Some(conversation) => tokio::join!(reading, conversation).0,
        None => reading.await,
    };
    // Bytes that are left unread when a socket is dropped make the kernel reset it, and the
    // client would never see why it was closed.
    if let (Some(stream), Ok(Some(sink))) = (stream, sink)
        && let Ok(socket) = stream.reunite(sink)
    {
        let mut socket = socket.into_inner();
        // On the heap, or every idle connection would keep room for it.
        let mut scrap = vec![0; 4096];
        let drain = async { while matches!(socket.read(&mut scrap).await, Ok(n) if n > 0) {} };
        let _ = Box::pin(timeout(LINGER, drain)).await;
    }
}

/// Puts what comes into the inbox. Answers the stream where the client may still be sending.
async fn read_all<S, F>(
    mut stream: SplitStream<WebSocketStream<S>>,
    inbox: tokio::sync::mpsc::Sender<String>,
    outbox: &Outbox,
    edge: &Edge,
    framing: F,
) -> Option<SplitStream<WebSocketStream<S>>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    F: Framing,
{
    let mut heard = Instant::now();
    let ended = async {
        outbox.closed().await;
        Box::pin(sleep(LINGER)).await;
    };
    tokio::pin!(ended);
    loop {
        let next = tokio::select! {
            next = timeout(edge.ping_every, stream.next()) => next,
            () = &mut ended => return None,
        };
        let close = match next {
            Err(_) if heard.elapsed() >= edge.dead_after => Close::DEAD,
            Err(_) => {
                outbox.ping();
                continue;
            }
            Ok(None) => {
                outbox.close(Close::NORMAL);
                return None;
            }
            Ok(Some(Ok(message))) => {
                heard = Instant::now();
                match message {
                    Message::Text(text) => match framing.read(text.as_str()) {
                        Ok(messages) => {
                            for message in messages {
                                // When the conversation has ended, what comes is read and dropped.
                                let _ = inbox.send(message).await;
                            }
                            continue;
                        }
                        Err(close) => close,
                    },
                    Message::Binary(_) => Close::BINARY,
                    _ => continue,
                }
            }
            Ok(Some(Err(Error::Capacity(_)))) => Close::FRAME_TOO_LARGE,
            Ok(Some(Err(Error::Utf8(_)))) => Close::NOT_UTF8,
            Ok(Some(Err(Error::Protocol(_)))) => Close::PROTOCOL,
            Ok(Some(Err(_))) => {
                outbox.close(Close::NORMAL);
                return None;
            }
        };
        outbox.close(close);
        return Some(stream);
    }
}

/// Writes what the outbox holds until its close; the one writer of this socket. Everything that
/// waits leaves with one flush. Answers the sink where the close was written.
async fn write<S, F>(
    mut sink: SplitSink<WebSocketStream<S>, Message>,
    outbox: Outbox,
    hello: Option<&'static str>,
    framing: F,
) -> Option<SplitSink<WebSocketStream<S>, Message>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    F: Framing,
{
    let mut batch = Vec::new();
    if let Some(hello) = hello {
        // Room enough for it is in any socket that is new; an error shows at the next write.
        let _ = sink.send(Message::text(hello)).await;
    }
    loop {
        outbox.take(&mut batch).await;
        let too_long = async {
            outbox.closed().await;
            Box::pin(sleep(LINGER)).await;
        };
        let (mut messages, mut bytes, mut last) = (0, 0, false);
        let sent = async {
            for outgoing in batch.drain(..) {
                let message = match outgoing {
                    Outgoing::Frame(frame) => {
                        messages += 1;
                        bytes += frame.len();
                        let text = Utf8Bytes::try_from(framing.message(&frame));
                        Message::Text(text.unwrap_or_default())
                    }
                    Outgoing::Ping => {
                        if let Some(heartbeat) = framing.heartbeat() {
                            sink.feed(Message::text(heartbeat)).await?;
                        }
                        Message::Ping(bytes::Bytes::new())
                    }
                    Outgoing::Close(close) => {
                        last = true;
                        let (words, close) = framing.farewell(close);
                        if let Some(words) = words {
                            sink.feed(Message::text(words)).await?;
                        }
                        let code = close.code.into();
                        Message::Close(Some(CloseFrame { code, reason: close.reason.into() }))
                    }
                };
                sink.feed(message).await?;
            }
            sink.flush().await
        };
        tokio::select! {
            sent = sent => if sent.is_err() {
                // The client is gone: so is the conversation.
                outbox.close(Close::NORMAL);
                return None;
            },
            // A client that does not read cannot be told; it finds the socket closed.
            () = too_long => return None,
        }
        outbox.sent(messages, bytes);
        if last {
            return Some(sink);
        }
    }
}
