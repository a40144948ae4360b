//! The websockets: with SockJS framing, and raw.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Inbox, Place, session};
use crate::transcript::Speaker;
use crate::util::PATIENCE;

/// A websocket, message by message.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn open(request: impl IntoClientRequest + Unpin) -> Self {
        Self(connect_async(request).await.expect("a websocket").0)
    }

    /// Opens a socket that says first that it is open.
    ///
    /// # Panics
    /// When it does not.
    pub async fn session(place: &Place, path: &str) -> Self {
        let mut socket = Self::open(place.ws(path)).await;
        assert_eq!(socket.text().await, "o");
        socket
    }

    /// Sends a text.
    ///
    /// # Panics
    /// When the socket has ended.
    pub async fn send(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Sends a message of any kind.
    ///
    /// # Panics
    /// When the socket has ended.
    pub async fn send_message(&mut self, message: Message) {
        self.0.send(message).await.expect("an open socket");
    }

    /// The next message.
    ///
    /// # Panics
    /// When none comes.
    pub async fn message(&mut self) -> Message {
        match timeout(PATIENCE, self.0.next()).await.expect("a message") {
            Some(Ok(message)) => message,
            other => panic!("the socket has ended: {other:?}"),
        }
    }

    /// The next message, which is a text.
    ///
    /// # Panics
    /// When it is none.
    pub async fn text(&mut self) -> String {
        match self.message().await {
            Message::Text(text) => text.as_str().to_owned(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// The code and the words of the close that comes next.
    ///
    /// # Panics
    /// When it is something else.
    pub async fn close(&mut self) -> (u16, String) {
        match self.message().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.as_str().to_owned()),
            other => panic!("no close: {other:?}"),
        }
    }
}

/// A client with the websocket of SockJS.
#[derive(Debug)]
pub struct Framed(Socket, Inbox);

impl Framed {
    /// Begins a session at an app that serves SockJS at `/data`.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn connect(place: &Place) -> Self {
        let path = format!("{}/websocket", session("/data"));
        Self(Socket::session(place, &path).await, Inbox::default())
    }
}

impl Speaker for Framed {
    async fn send_text(&mut self, text: &str) {
        self.send_texts(&[text.to_owned()]).await;
    }

    async fn send_texts(&mut self, texts: &[String]) {
        self.0.send(&json!(texts).to_string()).await;
    }

    async fn try_next(&mut self, limit: Duration) -> Option<Value> {
        while self.1.messages.is_empty() {
            let frame = timeout(limit, self.0.text()).await.ok()?;
            self.1.take(&frame);
        }
        self.1.messages.pop_front()
    }

    fn is_closed(&self) -> bool {
        self.1.closed
    }
}
