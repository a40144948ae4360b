//! The transports without a websocket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Inbox, Place, session};
use crate::transcript::Speaker;
use crate::util::PATIENCE;

/// A way to receive without a websocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Their names in the protocol.
pub enum Transport {
    Xhr,
    XhrStreaming,
    EventSource,
    HtmlFile,
    Jsonp,
}

impl Transport {
    fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Xhr => ("POST", "xhr"),
            Self::XhrStreaming => ("POST", "xhr_streaming"),
            Self::EventSource => ("GET", "eventsource"),
            Self::HtmlFile => ("GET", "htmlfile?c=callback"),
            Self::Jsonp => ("GET", "jsonp?c=callback"),
        }
    }

    /// The SockJS frame in a piece of a response; none in a prelude.
    fn frame(self, piece: &str) -> Option<String> {
        let json = |text: &str| serde_json::from_str(text).expect("a text");
        match self {
            Self::Xhr => Some(piece.strip_suffix('\n')?.to_owned()),
            Self::XhrStreaming if piece.starts_with("hh") => None,
            Self::XhrStreaming => Some(piece.strip_suffix('\n')?.to_owned()),
            Self::EventSource => {
                let data = piece.strip_prefix("data: ")?.strip_suffix("\r\n\r\n")?;
                Some(data.replace("%25", "%"))
            }
            Self::HtmlFile => {
                let script = piece.strip_prefix("<script>\np(")?;
                Some(json(script.strip_suffix(");\n</script>\r\n")?))
            }
            Self::Jsonp => {
                let script = piece.strip_prefix("/**/callback(")?;
                Some(json(script.strip_suffix(");\r\n")?))
            }
        }
    }

    /// Makes one request after the other, as the client in a browser does.
    async fn receive(
        self,
        place: Place,
        url: String,
        frames: mpsc::UnboundedSender<String>,
        left: Arc<AtomicBool>,
    ) {
        let (method, name) = self.request();
        while !left.load(Ordering::SeqCst) {
            let mut answer = place.stream(method, &format!("{url}/{name}")).await;
            assert_eq!(answer.status, 200);
            if matches!(self, Self::Xhr | Self::Jsonp) {
                let frame = self.frame(&answer.chunks_or_body(0).await);
                let _ = frames.send(frame.expect("a frame"));
            } else {
                while let Some(piece) = answer.chunk().await {
                    if let Some(frame) = self.frame(&piece) {
                        let _ = frames.send(frame);
                    }
                }
            }
        }
    }
}

/// A client without a websocket, at an app that serves SockJS at `/data`. Dropped, it is gone in the
/// middle of what it receives.
#[derive(Debug)]
pub struct Fallback {
    transport: Transport,
    place: Place,
    url: String,
    frames: mpsc::UnboundedReceiver<String>,
    left: Arc<AtomicBool>,
    receiving: JoinHandle<()>,
    inbox: Inbox,
}

impl Fallback {
    /// Begins a session.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn connect(place: &Place, transport: Transport) -> Self {
        let url = session("/data");
        let (sender, mut frames) = mpsc::unbounded_channel();
        let left = Arc::<AtomicBool>::default();
        let receiving = transport.receive(place.clone(), url.clone(), sender, Arc::clone(&left));
        let receiving = tokio::spawn(receiving);
        assert_eq!(frames.recv().await.as_deref(), Some("o"));
        Self {
            transport,
            place: place.clone(),
            url,
            frames,
            left,
            receiving,
            inbox: Inbox::default(),
        }
    }

    /// Sends a text that will be answered, and receives no further: the answer, or one before it,
    /// is the end of the request that waits, and no other is made.
    ///
    /// # Panics
    /// When that request does not end.
    pub async fn leave(&mut self, text: &str) {
        self.left.store(true, Ordering::SeqCst);
        self.send_text(text).await;
        let received = timeout(PATIENCE, &mut self.receiving).await;
        received.expect("the end of a request").expect("it was answered well");
    }
}

impl Drop for Fallback {
    fn drop(&mut self) {
        self.receiving.abort();
    }
}

impl Speaker for Fallback {
    async fn send_text(&mut self, text: &str) {
        self.send_texts(&[text.to_owned()]).await;
    }

    async fn send_texts(&mut self, texts: &[String]) {
        let body = json!(texts).to_string();
        let status = if matches!(self.transport, Transport::Jsonp) {
            let escaped: String = body.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let kind = [("Content-Type", "application/x-www-form-urlencoded")];
            let path = format!("{}/jsonp_send", self.url);
            self.place.ask("POST", &path, &kind, &format!("d={escaped}")).await.status
        } else {
            self.place.post(&format!("{}/xhr_send", self.url), &body).await.status
        };
        assert!(matches!(status, 200 | 204), "{status}");
    }

    async fn try_next(&mut self, limit: Duration) -> Option<Value> {
        while self.inbox.messages.is_empty() {
            let frame = timeout(limit, self.frames.recv()).await.ok()??;
            self.inbox.take(&frame);
        }
        self.inbox.messages.pop_front()
    }

    fn is_closed(&self) -> bool {
        self.inbox.closed
    }
}
