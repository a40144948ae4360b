//! The golden transcripts over each transport of SockJS.

use std::time::Duration;

use dragon_tests::transcript::Speaker;
use dragon_tests::{Client, Transcript};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::http::Place;
use crate::place::session;
use crate::websocket::Socket;

/// A way to receive without a websocket.
#[derive(Clone, Copy, Debug)]
enum Wire {
    Xhr,
    XhrStreaming,
    EventSource,
    HtmlFile,
    Jsonp,
}

impl Wire {
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
        let json = |text: &str| serde_json::from_str(text).unwrap();
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
    async fn receive(self, place: Place, url: String, frames: mpsc::UnboundedSender<String>) {
        let (method, name) = self.request();
        loop {
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

/// A client without a websocket.
struct Fallback {
    wire: Wire,
    place: Place,
    url: String,
    frames: mpsc::UnboundedReceiver<String>,
    receiving: JoinHandle<()>,
    inbox: Inbox,
}

/// What came and was not asked for yet.
#[derive(Default)]
struct Inbox {
    messages: std::collections::VecDeque<Value>,
    closed: bool,
}

impl Inbox {
    fn take(&mut self, frame: &str) {
        match frame.split_at(1) {
            ("a", texts) => {
                let texts: Vec<String> = serde_json::from_str(texts).unwrap();
                self.messages.extend(texts.iter().map(|text| serde_json::from_str(text).unwrap()));
            }
            ("h", "") => {}
            ("c", _) => self.closed = true,
            _ => panic!("a frame that should not be: {frame}"),
        }
    }
}

impl Fallback {
    async fn connect(place: &Place, wire: Wire) -> Self {
        let url = session("/data");
        let (sender, mut frames) = mpsc::unbounded_channel();
        let receiving = tokio::spawn(wire.receive(place.clone(), url.clone(), sender));
        assert_eq!(frames.recv().await.as_deref(), Some("o"));
        Self { wire, place: place.clone(), url, frames, receiving, inbox: Inbox::default() }
    }
}

impl Drop for Fallback {
    fn drop(&mut self) {
        self.receiving.abort();
    }
}

impl Speaker for Fallback {
    async fn send_text(&mut self, text: &str) {
        let body = json!([text]).to_string();
        let status = if matches!(self.wire, Wire::Jsonp) {
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

/// A client with the websocket of SockJS.
struct Framed(Socket, Inbox);

impl Speaker for Framed {
    async fn send_text(&mut self, text: &str) {
        self.0.send(&json!([text]).to_string()).await;
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

async fn play<S: Speaker>(connect: impl AsyncFn(Place) -> S) {
    for transcript in Transcript::all() {
        let server = transcript.server().await;
        let place = Place(server.host());
        let played = transcript.play_with(async || Ok(connect(place.clone()).await)).await;
        if let Err(why) = played {
            panic!("{why}\nstderr:\n{}", server.stderr_so_far());
        }
    }
}

#[tokio::test]
async fn over_a_websocket() {
    play(async |place: Place| {
        let path = format!("{}/websocket", session("/data"));
        Framed(Socket::session(&place, &path).await, Inbox::default())
    })
    .await;
}

#[tokio::test]
async fn over_a_raw_websocket() {
    play(async |place: Place| Client::connect(&place.ws("/data/websocket")).await).await;
}

#[tokio::test]
async fn over_xhr_polling() {
    play(async |place: Place| Fallback::connect(&place, Wire::Xhr).await).await;
}

#[tokio::test]
async fn over_xhr_streaming() {
    play(async |place: Place| Fallback::connect(&place, Wire::XhrStreaming).await).await;
}

#[tokio::test]
async fn over_server_sent_events() {
    play(async |place: Place| Fallback::connect(&place, Wire::EventSource).await).await;
}

#[tokio::test]
async fn over_an_endless_page() {
    play(async |place: Place| Fallback::connect(&place, Wire::HtmlFile).await).await;
}

#[tokio::test]
async fn over_jsonp_polling() {
    play(async |place: Place| Fallback::connect(&place, Wire::Jsonp).await).await;
}
