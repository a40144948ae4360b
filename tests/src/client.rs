//! A websocket client that speaks the wire and remembers all that it was told.
//!
//! Nothing reads in the background: the socket is read while a method waits, so a client that is not asked
//! is a client that does not read, as the tests of slow clients need. What arrives while a method waits
//! for something else is kept for its turn, in order.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::util::PATIENCE;

/// One connection.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    calls: u64,
    unread: VecDeque<Value>,
    log: Vec<Value>,
    texts: Vec<String>,
    pings: u64,
    end: Option<Option<u16>>,
}

/// Why a handshake failed.
#[derive(Debug)]
pub struct Refused {
    /// The HTTP status, if the server gave one.
    pub status: Option<u16>,
    /// What went wrong.
    pub reason: String,
}

/// What a call answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The whole message.
    pub message: Value,
}

/// A reply that is not a success.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// `context.code`
    pub code: String,
    /// The fields and their errors, or `{"error": [sentence]}`.
    pub data: Value,
}

impl Client {
    /// Opens `ws://host:port/ws`.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(url: &str) -> Client {
        Client::connect_with(url, &[])
            .await
            .unwrap_or_else(|refused| panic!("cannot connect to {url}: {refused:?}"))
    }

    /// Opens it with further headers, such as `("origin", "http://elsewhere")` or a cookie.
    ///
    /// # Errors
    /// When the server refuses, or is not there.
    ///
    /// # Panics
    /// When the URL or a header is malformed.
    pub async fn connect_with(url: &str, headers: &[(&str, &str)]) -> Result<Client, Refused> {
        let mut request = url.into_client_request().expect("a websocket URL");
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_bytes(name.as_bytes()).expect("a header name"),
                HeaderValue::from_str(value).expect("a header value"),
            );
        }
        let attempt = tokio::time::timeout(PATIENCE, connect_async(request)).await;
        let attempt = attempt
            .map_err(|_| Refused { status: None, reason: format!("no answer in {PATIENCE:?}") })?;
        let (socket, _) = attempt.map_err(|error| Refused {
            status: match &error {
                Error::Http(response) => Some(response.status().as_u16()),
                _ => None,
            },
            reason: error.to_string(),
        })?;
        Ok(Client {
            socket,
            calls: 0,
            unread: VecDeque::new(),
            log: Vec::new(),
            texts: Vec::new(),
            pings: 0,
            end: None,
        })
    }

    /// Sends a text frame as it is. A connection that is gone shows at the next wait.
    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    /// Sends any frame: binary, ping, close.
    pub async fn send_message(&mut self, message: Message) {
        if self.end.is_none() {
            let _ = self.socket.send(message).await;
        }
    }

    /// Sends a request and gives back its callback name.
    pub async fn send(&mut self, route: &str, verb: &str, args: Value) -> String {
        self.calls += 1;
        let name = format!("cb_{}", self.calls);
        let request = json!({"route": route, "verb": verb, "args": args, "callbackname": name});
        self.send_text(&request.to_string()).await;
        name
    }

    /// Waits for the reply with this callback name.
    ///
    /// # Panics
    /// When it does not come in [`PATIENCE`], or the connection ends.
    pub async fn reply(&mut self, name: &str) -> Reply {
        let ours = |message: &Value| message["context"]["client_callback_name"] == name;
        let what = format!("the reply to {name}");
        let message = self.expect(PATIENCE, &what, ours).await;
        Reply { message }
    }

    /// Sends a request and waits for its reply.
    ///
    /// # Panics
    /// As [`reply`](Self::reply).
    pub async fn call(&mut self, route: &str, verb: &str, args: Value) -> Reply {
        let name = self.send(route, verb, args).await;
        self.reply(&name).await
    }

    /// The data of a call that succeeds.
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn ok(&mut self, route: &str, verb: &str, args: Value) -> Value {
        let reply = self.call(route, verb, args).await;
        assert!(reply.is_success(), "{route} {verb} failed: {reply}");
        reply.data().clone()
    }

    /// The failure of a call that fails.
    ///
    /// # Panics
    /// When it succeeds.
    pub async fn fail(&mut self, route: &str, verb: &str, args: Value) -> Failure {
        let reply = self.call(route, verb, args).await;
        assert!(!reply.is_success(), "{route} {verb} succeeded: {reply}");
        Failure { code: text_of(&reply.message["context"]["code"]), data: reply.data().clone() }
    }

    /// The next message of any kind, in the order of arrival.
    ///
    /// # Panics
    /// When none comes within `limit`.
    pub async fn next(&mut self, limit: Duration) -> Value {
        self.expect(limit, "a message", |_| true).await
    }

    /// As [`next`](Self::next), for a message that may not come.
    pub async fn try_next(&mut self, limit: Duration) -> Option<Value> {
        self.take(limit, |_| true).await
    }

    /// The next message that is not a reply.
    ///
    /// # Panics
    /// When none comes within `limit`.
    pub async fn next_push(&mut self, limit: Duration) -> Value {
        self.expect(limit, "a push", is_push).await
    }

    /// All pushes that are there or come until `quiet` has passed without one.
    pub async fn pushes(&mut self, quiet: Duration) -> Vec<Value> {
        let mut pushes = Vec::new();
        while let Some(push) = self.take(quiet, is_push).await {
            pushes.push(push);
        }
        pushes
    }

    /// Reads for `duration` and finds no push.
    ///
    /// # Panics
    /// When there is one.
    pub async fn no_push(&mut self, duration: Duration) {
        if let Some(push) = self.take(duration, is_push).await {
            panic!("a push that should not be: {push}");
        }
    }

    /// Reads for `duration`, so that pings are answered, and keeps what comes.
    pub async fn idle(&mut self, duration: Duration) {
        self.take(duration, |_| false).await;
    }

    /// Waits for the end of the connection: the code of its close frame, or `None` if it broke without one.
    ///
    /// # Panics
    /// When it is still open after [`PATIENCE`].
    pub async fn close_code(&mut self) -> Option<u16> {
        self.idle(PATIENCE).await;
        self.end.unwrap_or_else(|| panic!("the connection is still open after {PATIENCE:?}"))
    }

    /// Whether the end has been read.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.end.is_some()
    }

    /// Closes in order and waits for the server's answer.
    pub async fn close(mut self) {
        self.send_message(Message::Close(None)).await;
        self.idle(PATIENCE).await;
    }

    /// Every message that was read, in order, taken or not.
    #[must_use]
    pub fn log(&self) -> &[Value] {
        &self.log
    }

    /// The text of a message that was read, as it came over the wire: what a parser would make of its
    /// numbers is not what was sent.
    ///
    /// # Panics
    /// When no such message was read.
    #[must_use]
    pub fn text_of(&self, message: &Value) -> &str {
        let at = self.log.iter().rposition(|read| read == message);
        &self.texts[at.unwrap_or_else(|| panic!("{message} was never read"))]
    }

    /// How many pings the server has sent.
    #[must_use]
    pub fn pings(&self) -> u64 {
        self.pings
    }

    async fn expect(
        &mut self,
        limit: Duration,
        what: &str,
        ours: impl Fn(&Value) -> bool,
    ) -> Value {
        if let Some(message) = self.take(limit, ours).await {
            return message;
        }
        let end = match self.end {
            None => format!("within {limit:?}"),
            Some(code) => format!("before the connection ended with {code:?}"),
        };
        panic!("{what} did not come {end}; not taken: {:?}", self.unread)
    }

    /// Takes the first message that is `ours`, reading for at most `limit`.
    async fn take(&mut self, limit: Duration, ours: impl Fn(&Value) -> bool) -> Option<Value> {
        if let Some(at) = self.unread.iter().position(&ours) {
            return self.unread.remove(at);
        }
        let deadline = (Instant::now() + limit).into();
        while self.end.is_none() {
            let next = timeout_at(deadline, self.socket.next()).await.ok()?;
            match next {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("not JSON ({error}): {text}"));
                    assert!(message.is_object(), "not an object: {text}");
                    self.log.push(message.clone());
                    self.texts.push(text.to_string());
                    if message.get("heartbeat").is_some() {
                        continue;
                    }
                    if ours(&message) {
                        return Some(message);
                    }
                    self.unread.push_back(message);
                }
                Some(Ok(Message::Ping(_))) => self.pings += 1,
                Some(Ok(Message::Close(frame))) => {
                    self.end = Some(frame.map(|frame| frame.code.into()));
                    // Sends our half of the goodbye.
                    let _ = timeout_at(deadline, self.socket.next()).await;
                }
                Some(Ok(other)) => panic!("a frame that should not be: {other:?}"),
                Some(Err(_)) | None => self.end = Some(None),
            }
        }
        None
    }
}

impl Reply {
    /// Whether `context.state` is success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.message["context"]["state"] == "success"
    }

    /// `data`
    #[must_use]
    pub fn data(&self) -> &Value {
        &self.message["data"]
    }

    /// `context`
    #[must_use]
    pub fn context(&self) -> &Value {
        &self.message["context"]
    }

    /// `context.position` of a subscribe.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn position(&self) -> String {
        let position = self.context()["position"].as_str();
        position.unwrap_or_else(|| panic!("no position in {self}")).to_owned()
    }

    /// `context.recovered` of a subscribe with `_since`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn recovered(&self) -> bool {
        let recovered = self.context()["recovered"].as_bool();
        recovered.unwrap_or_else(|| panic!("no recovered in {self}"))
    }

    /// `snapshot`, the rows of a subscribe with `_snapshot`.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Value> {
        let rows = self.message["snapshot"].as_array();
        rows.unwrap_or_else(|| panic!("no snapshot in {self}")).clone()
    }

    /// The one name in `channel_data.remote_channels`.
    ///
    /// # Panics
    /// When there is not exactly one.
    #[must_use]
    pub fn channel(&self) -> String {
        match self.message["channel_data"]["remote_channels"].as_array() {
            Some(names) if names.len() == 1 => text_of(&names[0]),
            _ => panic!("not one remote channel in {self}"),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("log", &self.log)
            .field("unread", &self.unread)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// A reply bears a context; all else is a push.
fn is_push(message: &Value) -> bool {
    message.get("context").is_none()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
