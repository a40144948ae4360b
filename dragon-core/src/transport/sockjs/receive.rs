//! Receiving: the frames of a session as the body of one response, whatever its format.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::unfold;
use tokio::time::{Instant, sleep_until};
use warp::Reply;
use warp::http::StatusCode;

use super::answer::{Answer, Headers};
use super::framing::{BUSY, HEARTBEAT, OPEN, close, messages};
use super::session::{Receiver, Told};
use super::store::Attached;

/// How a response carries SockJS frames.
pub(super) struct Format {
    /// What comes first and counts for nothing.
    pub(super) prelude: Option<Bytes>,
    /// A frame as it stands in the body.
    pub(super) wrap: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl Format {
    pub(super) fn new(wrap: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { prelude: None, wrap: Box::new(wrap) }
    }

    pub(super) fn with_prelude(mut self, prelude: impl Into<Bytes>) -> Self {
        self.prelude = Some(prelude.into());
        self
    }
}

/// When things happen in a response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// After how many bytes it ends and the client makes another: browsers keep all of it.
    pub(super) response_limit: usize,
    pub(super) heartbeat: Duration,
    /// After which time it ends likewise. A client that does not make another is dead, and there
    /// is no other sign of it: nothing ever comes from the reader of a stream.
    pub(super) rotate: Duration,
}

/// One frame, or all messages that wait, is all that the response bears.
pub(super) async fn poll(attached: Attached, format: Format, pace: Pace, head: Headers) -> Answer {
    let mut flow = Flow::new(attached, format, Pace { response_limit: 1, ..pace });
    let body = flow.next().await.unwrap_or_default();
    head.answer(StatusCode::OK, body)
}

/// The response goes on until its limit.
pub(super) fn stream(attached: Attached, format: Format, pace: Pace, head: Headers) -> Answer {
    let chunks = unfold(Flow::new(attached, format, pace), |mut flow| async move {
        flow.next().await.map(|chunk| (Ok::<_, Infallible>(chunk), flow))
    });
    head.stream(warp::reply::stream(chunks).into_response())
}

struct Flow {
    format: Format,
    /// A frame that is there from the beginning.
    first: Option<String>,
    receiver: Option<Receiver>,
    room: usize,
    heartbeat: Duration,
    next_heartbeat: Instant,
    end: Instant,
}

impl Flow {
    fn new(attached: Attached, format: Format, pace: Pace) -> Self {
        let (first, receiver) = match attached {
            Attached::New(receiver) => (Some(OPEN.to_owned()), Some(receiver)),
            Attached::Known(receiver) => (None, Some(receiver)),
            Attached::Busy => (Some(close(BUSY)), None),
            Attached::Refused(why) => (Some(close(why)), None),
        };
        let now = Instant::now();
        Self {
            format,
            first,
            receiver,
            room: pace.response_limit,
            heartbeat: pace.heartbeat,
            next_heartbeat: now + pace.heartbeat,
            end: now + pace.rotate,
        }
    }

    /// The next piece of the body. The session is given back before its last piece leaves: the
    /// client may come with its next request as soon as it has that.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(prelude) = self.format.prelude.take() {
            return Some(prelude);
        }
        if let Some(first) = self.first.take() {
            return Some(self.piece(&first));
        }
        let receiver = self.receiver.as_mut()?;
        tokio::select! {
            biased;
            told = receiver.next() => Some(match told {
                Told::Messages(frames) => self.piece(&messages(&frames)),
                Told::Close(why) => {
                    self.room = 0;
                    self.piece(&close(why))
                }
            }),
            () = sleep_until(self.next_heartbeat) => {
                self.next_heartbeat += self.heartbeat;
                Some(self.piece(HEARTBEAT))
            }
            () = sleep_until(self.end) => {
                self.finish();
                None
            }
        }
    }

    fn piece(&mut self, frame: &str) -> Bytes {
        let piece = (self.format.wrap)(frame);
        self.room = self.room.saturating_sub(piece.len());
        if self.room == 0 {
            self.finish();
        }
        piece.into()
    }

    fn finish(&mut self) {
        if let Some(receiver) = self.receiver.take() {
            receiver.finish();
        }
    }
}
