//! How a node hears from Redis.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt};
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisResult, Value};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, interval_at, sleep, timeout, timeout_at};

use super::announcement::Announcement;
use super::commands::CONNECT;
use super::queue::Queue;
use super::scripts::{Measured, Scripts};
use crate::broker::{BrokerError, Delivery, Limits, Topic};
use crate::change::{Data, Position};

/// After so much silence the server is asked whether it is still there.
const IDLE: Duration = Duration::from_secs(1);
/// How long it may take to say so.
const ANSWER: Duration = Duration::from_secs(2);
/// The shortest and the longest pause between two attempts to connect.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Follows topics on a connection of its own.
///
/// Redis promises nothing to a subscriber: what is published while the connection is down, or is
/// too slow, is gone. So a message is only taken when it continues what was told before. In all
/// other cases the topic is *behind*, and what is missing is read from its stream; where that
/// cannot be had, the listener is told of a Gap and goes on from the top. A lost last message
/// leaves no hole to see: every topic is behind after each new connection, and now and then.
struct Listener {
    scripts: Arc<Scripts>,
    queue: Arc<Queue>,
    /// By channel.
    seats: HashMap<String, Seat>,
    /// The channel of the nudges.
    nudges: String,
    /// The channel of the data.
    data: String,
    /// The channel of the rights.
    rights: String,
    /// How often every topic is looked up, whatever was heard.
    check: Duration,
    pause: Duration,
}

/// How far a topic has been told.
struct Seat {
    topic: Topic,
    at: Position,
    /// Whether something may have come after `at` that will not arrive as a message.
    behind: bool,
}

struct Connection {
    sink: PubSubSink,
    messages: PubSubStream,
}

/// Listens from now on. The task ends with the stream, or when `alive` is dropped.
pub(super) async fn listen(
    scripts: Arc<Scripts>,
    limits: Limits,
    check: Duration,
    topics: &[Topic],
    mut alive: watch::Receiver<()>,
) -> Result<BoxStream<'static, Delivery>, BrokerError> {
    let queue = Arc::new(Queue::new(limits));
    let (nudges, data, rights) =
        (scripts.keys().nudge(), scripts.keys().data(), scripts.keys().rights());
    let mut listener = Listener {
        scripts,
        queue: Arc::clone(&queue),
        seats: HashMap::new(),
        nudges,
        data,
        rights,
        check,
        pause: PAUSE.0,
    };
    for topic in topics {
        let seat =
            Seat { topic: topic.clone(), at: Position { epoch: 0, offset: 0 }, behind: false };
        listener.seats.insert(listener.scripts.keys().channel(topic), seat);
    }
    let connection =
        listener.connect().await.map_err(|why| listener.scripts.commands().unavailable(why))?;
    // After the subscription: what lies in between comes twice, and is dropped once.
    for seat in listener.seats.values_mut() {
        seat.at = listener.scripts.top(&seat.topic).await?;
    }
    let task = tokio::spawn(async move {
        tokio::select! {
            () = listener.run(connection) => {}
            () = async { while alive.changed().await.is_ok() {} } => {}
        }
        listener.queue.close();
    });
    let reader = Reader { queue, task: task.abort_handle() };
    Ok(stream::unfold(reader, |reader| async {
        reader.queue.pop().await.map(|delivery| (delivery, reader))
    })
    .boxed())
}

/// The stream's end of it: without a reader there is nothing to listen for.
struct Reader {
    queue: Arc<Queue>,
    task: AbortHandle,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    async fn run(&mut self, mut connection: Connection) {
        loop {
            let why = self.follow(&mut connection).await;
            let address = self.scripts.commands().address();
            tracing::warn!(address, "no longer listening to Redis: {why}");
            drop(connection);
            connection = self.reconnect().await;
            tracing::info!(address, "listening to Redis again");
            self.doubt();
            // Both may have been missed.
            self.queue.nudge();
            self.queue.rights_of(None);
        }
    }

    /// Passes on what comes until the connection fails, and tells why it did.
    async fn follow(&mut self, connection: &mut Connection) -> String {
        let mut heard = Instant::now();
        let mut check = interval_at(heard + self.check, self.check);
        loop {
            let behind = self.seats.values().any(|seat| seat.behind);
            tokio::select! {
                message = timeout_at(heard + IDLE, connection.messages.next()) => match message {
                    Ok(Some(message)) => {
                        heard = Instant::now();
                        self.take(&message);
                    }
                    Ok(None) => return "the connection was closed".to_owned(),
                    Err(_) => match timeout(ANSWER, connection.sink.ping::<Value>()).await {
                        Ok(Ok(_)) => {
                            heard = Instant::now();
                            self.pause = PAUSE.0;
                        }
                        Ok(Err(error)) => return error.to_string(),
                        Err(_) => return "no answer to a ping".to_owned(),
                    },
                },
                _ = check.tick() => self.doubt(),
                () = self.queue.room(), if behind => match self.catch_up().await {
                    Ok(()) => self.pause = PAUSE.0,
                    Err(error) => return error.to_string(),
                },
            }
        }
    }

    /// Has every topic looked up.
    fn doubt(&mut self) {
        for seat in self.seats.values_mut() {
            seat.behind = true;
        }
    }

    fn take(&mut self, message: &Msg) {
        let channel = message.get_channel_name();
        if channel == self.nudges {
            return self.queue.nudge();
        }
        if channel == self.data {
            return self.take_data(message.get_payload_bytes());
        }
        if channel == self.rights {
            let user = String::from_utf8_lossy(message.get_payload_bytes());
            return self.queue.rights_of(Some(&user));
        }
        let Some(seat) = self.seats.get_mut(channel) else { return };
        match Announcement::read(message.get_payload_bytes()) {
            Ok(announcement) if self.queue.has_room() => seat.take(announcement, &self.queue),
            Ok(_) => seat.behind = true,
            Err(why) => {
                tracing::warn!(topic = %seat.topic, "a message from Redis cannot be read: {why}");
                seat.behind = true;
            }
        }
    }

    /// Data is nowhere else: for what there is no room, it is lost.
    fn take_data(&self, message: &[u8]) {
        let text = str::from_utf8(message).map_err(|error| error.to_string());
        match text.and_then(|text| Data::decode(text).map_err(|error| error.to_string())) {
            Ok(data) if self.queue.has_room() => {
                let bytes = data.size();
                self.queue.push(Delivery::Data(Arc::new(data)), bytes);
            }
            Ok(data) => tracing::warn!(channels = ?data.channels, "a slow node misses data"),
            Err(why) => tracing::warn!("data from Redis cannot be read: {why}"),
        }
    }

    /// Reads what is missing from the streams, as far as there is room for it.
    async fn catch_up(&mut self) -> Result<(), BrokerError> {
        for seat in self.seats.values_mut() {
            while seat.behind && self.queue.has_room() {
                let page = self.scripts.read(&seat.topic, seat.at).await?;
                match page.events {
                    Some(events) => seat.tell(events, &self.queue),
                    None => {
                        // A server that lost something, or another one: it may have said more.
                        self.queue.rights_of(None);
                        self.queue.push(Delivery::Gap { topic: seat.topic.clone() }, 0);
                        seat.at = page.top;
                    }
                }
                seat.behind = seat.at != page.top;
            }
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Connection, String> {
        let channels: Vec<&String> =
            self.seats.keys().chain([&self.nudges, &self.data, &self.rights]).collect();
        let open = async {
            let (mut sink, messages) =
                self.scripts.commands().client().get_async_pubsub().await?.split();
            sink.subscribe(&channels).await?;
            RedisResult::Ok(Connection { sink, messages })
        };
        match timeout(CONNECT, open).await {
            Ok(opened) => opened.map_err(|error| error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    /// Tries until it succeeds.
    async fn reconnect(&mut self) -> Connection {
        loop {
            // Nodes that lost the same server do not come back in the same instant.
            sleep(self.pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            self.pause = (self.pause * 2).min(PAUSE.1);
            match self.connect().await {
                Ok(connection) => return connection,
                Err(why) => tracing::debug!("Redis cannot be listened to: {why}"),
            }
        }
    }
}

impl Seat {
    /// Passes on what continues what was told before.
    fn take(&mut self, announcement: Announcement, queue: &Queue) {
        let before = announcement.before();
        if !before.is_within(self.at) {
            // A hole, or another epoch. Which of two epochs is the later one only Redis can tell.
            self.behind = true;
            return;
        }
        // All of it, where it is a repeat.
        let known = usize::try_from(self.at.offset - before.offset).unwrap_or(usize::MAX);
        self.tell(announcement.events.into_iter().skip(known).collect(), queue);
    }

    fn tell(&mut self, events: Vec<Measured>, queue: &Queue) {
        let Some(last) = events.last() else { return };
        self.at = last.event.position;
        let bytes = events.iter().map(|one| one.bytes).sum();
        let events = events.into_iter().map(|one| one.event).collect();
        queue.push(Delivery::Events { topic: self.topic.clone(), events }, bytes);
    }
}
