//! The seam between a transport and a connection: two queues, and nothing else.

mod frame;
mod outbox;

pub use frame::Frame;
pub use outbox::{Hold, Outbox, OutboxLimits, Outgoing};

use tokio::sync::mpsc;

/// The near end of a link: what a transport holds. It puts texts in and takes messages out; it
/// knows nothing of what they mean.
#[derive(Debug)]
pub struct NearEnd {
    /// For texts that came in. It is bounded: a transport that waits here reads no more from its
    /// socket, which tells the client to slow down.
    pub inbox: mpsc::Sender<String>,
    /// What is to go out.
    pub outbox: Outbox,
}

/// The far end of a link: what a connection holds.
#[derive(Debug)]
pub struct FarEnd {
    /// Texts that came in; it ends when the transport is gone.
    pub inbox: mpsc::Receiver<String>,
    /// What is to go out.
    pub outbox: Outbox,
}

/// How many requests may wait while one is answered.
const INBOX: usize = 16;

/// A new link.
#[must_use]
pub fn link(limits: OutboxLimits) -> (NearEnd, FarEnd) {
    let (sender, receiver) = mpsc::channel(INBOX);
    let outbox = Outbox::new(limits);
    (NearEnd { inbox: sender, outbox: outbox.clone() }, FarEnd { inbox: receiver, outbox })
}
