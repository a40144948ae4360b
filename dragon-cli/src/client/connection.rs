//! One connection: calls, and what is told meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Map, Value as Json, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::{Server, Trouble};

/// How a silent connection is treated.
#[derive(Clone, Copy, Debug)]
struct Silence {
    /// How often it is asked whether it lives.
    ask_every: Duration,
    /// After how long without any sign of life it does not.
    dead_after: Duration,
}

const SILENCE: Silence =
    Silence { ask_every: Duration::from_secs(20), dead_after: Duration::from_secs(60) };

/// A connection to a running server.
pub(crate) struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    calls: u64,
    /// What came while something else was awaited.
    unread: VecDeque<Json>,
    limit: Duration,
}

/// What the server says.
#[derive(Debug)]
pub(crate) enum Message {
    /// To a call.
    Reply(Reply),
    /// In a channel.
    Push(Json),
}

/// What a call answered.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The whole message.
    pub(crate) message: Json,
}

impl Reply {
    fn state(&self) -> &str {
        self.message.pointer("/context/state").and_then(Json::as_str).unwrap_or_default()
    }

    /// The reply if it is what was asked for.
    ///
    /// # Errors
    /// [`Trouble::Refused`] if it is not.
    pub(crate) fn success(self, route: &str, verb: &str) -> Result<Self, Trouble> {
        match self.state() {
            "success" => Ok(self),
            _ => Err(Trouble::Refused {
                route: route.to_owned(),
                verb: verb.to_owned(),
                reply: self,
            }),
        }
    }

    /// The kind of failure.
    pub(crate) fn code(&self) -> &str {
        let code = self.message.pointer("/context/code").and_then(Json::as_str);
        code.unwrap_or_else(|| self.state())
    }

    /// What was asked for, or the errors.
    pub(crate) fn data(&self) -> &Json {
        self.message.get("data").unwrap_or(&Json::Null)
    }
}

impl Connection {
    /// Connects, and logs in where there is a token.
    ///
    /// # Errors
    /// [`Trouble`]: the server's refusal as well, when it does not take the token.
    pub(crate) async fn open(url: &str, server: &Server) -> Result<Self, Trouble> {
        let mut connection = Self::begin(url, server).await?;
        if let Some(token) = server.token() {
            let args = Map::from_iter([("token".to_owned(), Json::from(token))]);
            connection.call("dragon", "login", args).await?.success("dragon", "login")?;
        }
        Ok(connection)
    }

    /// Connects as nobody.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn begin(url: &str, server: &Server) -> Result<Self, Trouble> {
        let mut request = url.into_client_request().map_err(Trouble::NoConnection)?;
        if let Some(origin) = &server.origin {
            let origin = HeaderValue::from_str(origin).map_err(|e| Error::HttpFormat(e.into()));
            let origin = origin.map_err(Trouble::NoConnection)?;
            request.headers_mut().insert(HeaderName::from_static("origin"), origin);
        }
        // Lists and snapshots come in one frame.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let limit = server.timeout;
        let (socket, _) = timeout(limit, connect_async_with_config(request, Some(config), true))
            .await
            .map_err(|_| Trouble::Silent(limit))?
            .map_err(Trouble::NoConnection)?;
        Ok(Self { socket, calls: 0, unread: VecDeque::new(), limit })
    }

    /// Sends a call and gives its name.
    ///
    /// # Errors
    /// When the connection is gone.
    pub(crate) async fn send(
        &mut self,
        route: &str,
        verb: &str,
        args: Map<String, Json>,
    ) -> Result<String, Trouble> {
        self.calls += 1;
        let name = format!("cli_{}", self.calls);
        let request = json!({"route": route, "verb": verb, "args": args, "callbackname": name});
        // A connection that was closed on us has said why; that is still to be read.
        if self.socket.send(Frame::text(request.to_string())).await.is_err() {
            return Err(self.end().await);
        }
        Ok(name)
    }

    /// Sends a call and waits for its answer; what is told meanwhile waits for [`next`](Self::next).
    ///
    /// # Errors
    /// When the connection ends before.
    pub(crate) async fn call(
        &mut self,
        route: &str,
        verb: &str,
        args: Map<String, Json>,
    ) -> Result<Reply, Trouble> {
        let name = self.send(route, verb, args).await?;
        let end = Instant::now() + self.limit;
        loop {
            let read = timeout_at(end, self.read()).await;
            let message = read.map_err(|_| Trouble::Silent(self.limit))??;
            if message.pointer("/context/client_callback_name") == Some(&Json::from(name.as_str()))
            {
                return Ok(Reply { message });
            }
            self.unread.push_back(message);
        }
    }

    /// What the server says next.
    ///
    /// # Errors
    /// When the connection ends, or has been silent for too long.
    pub(crate) async fn next(&mut self) -> Result<Message, Trouble> {
        loop {
            let message = match self.unread.pop_front() {
                Some(message) => message,
                None => self.alive(SILENCE).await?,
            };
            // Replies bear no channel; what a push tells is free and may have any other key.
            if message.get("channel").is_some_and(Json::is_string) {
                return Ok(Message::Push(message));
            }
            if message.pointer("/context/client_callback_name").is_some() {
                return Ok(Message::Reply(Reply { message }));
            }
        }
    }

    /// Reads, and asks a silent server whether it lives.
    async fn alive(&mut self, silence: Silence) -> Result<Json, Trouble> {
        let mut dead = Instant::now() + silence.dead_after;
        loop {
            let ask = (Instant::now() + silence.ask_every).min(dead);
            match timeout_at(ask, self.frame()).await {
                Ok(Ok(Some(message))) => return Ok(message),
                // A sign of life: the wait begins anew.
                Ok(Ok(None)) => dead = Instant::now() + silence.dead_after,
                Ok(Err(trouble)) => return Err(trouble),
                Err(_) if ask >= dead => return Err(Trouble::Silent(silence.dead_after)),
                Err(_) => {
                    let _ = self.socket.send(Frame::Ping(Default::default())).await;
                }
            }
        }
    }

    async fn read(&mut self) -> Result<Json, Trouble> {
        loop {
            if let Some(message) = self.frame().await? {
                return Ok(message);
            }
        }
    }

    /// The next frame; `None` for one that says nothing.
    async fn frame(&mut self) -> Result<Option<Json>, Trouble> {
        match self.socket.next().await {
            Some(Ok(Frame::Text(text))) => Ok(serde_json::from_str(&text).ok()),
            Some(Ok(Frame::Close(close))) => {
                Err(Trouble::Closed(close.map(|c| (c.code.into(), c.reason.to_string()))))
            }
            Some(Ok(_)) => Ok(None),
            Some(Err(_)) | None => Err(Trouble::Closed(None)),
        }
    }

    /// Why the connection ended, as far as the server has said.
    async fn end(&mut self) -> Trouble {
        let told = async {
            loop {
                if let Err(trouble) = self.frame().await {
                    return trouble;
                }
            }
        };
        timeout(Duration::from_secs(1), told).await.unwrap_or(Trouble::Closed(None))
    }

    /// Ends it in order.
    pub(crate) async fn close(mut self) {
        let close = async {
            let _ = self.socket.close(None).await;
            // Until the server has said goodbye too.
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = timeout(Duration::from_secs(1), close).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::net::TcpListener;
    use tokio_tungstenite::accept_async;

    use super::*;

    /// A connection, and the other end of it.
    async fn connected() -> (Connection, WebSocketStream<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let timeout = Duration::from_secs(30);
        let server = Server { url: None, token: None, origin: None, timeout };
        let accept = async { accept_async(listener.accept().await.unwrap().0).await.unwrap() };
        let (connection, other) = tokio::join!(Connection::begin(&url, &server), accept);
        (connection.unwrap(), other)
    }

    #[tokio::test]
    async fn a_quiet_channel_is_waited_at_however_often_the_server_shows_that_it_lives() {
        let (mut connection, mut other) = connected().await;
        tokio::spawn(async move {
            for _ in 0..200_000 {
                other.feed(Frame::binary("")).await.unwrap();
            }
            other.close(None).await.unwrap();
        });
        assert!(matches!(connection.next().await, Err(Trouble::Closed(None))));
    }

    #[tokio::test]
    async fn without_a_sign_of_life_it_is_dead() {
        let (mut connection, mut other) = connected().await;
        other.send(Frame::binary("the only sign")).await.unwrap();
        let dead_after = Duration::from_millis(100);
        let silence = Silence { ask_every: Duration::from_millis(10), dead_after };
        // It is asked, but does not read.
        let ended = connection.alive(silence).await;
        assert!(matches!(ended, Err(Trouble::Silent(after)) if after == dead_after), "{ended:?}");
        assert!(matches!(other.next().await, Some(Ok(Frame::Ping(_)))));
    }
}
