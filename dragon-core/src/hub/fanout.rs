//! From the broker to the seats: never waits for anyone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::Hub;
use super::subscription::Seat;
use crate::broker::{Broker, Delivery, Topic};
use crate::shutdown::Shutdown;

/// What a hub has done since its start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Changes that came from the broker.
    pub events: AtomicU64,
    /// Messages handed to connections.
    pub pushes: AtomicU64,
    /// Subscriptions that were told to load anew.
    pub resyncs: AtomicU64,
}

/// How far apart the first and the last of many are told to load anew: they would all come at
/// once otherwise.
const SPREAD: (Duration, Duration) = (Duration::from_millis(1), Duration::from_secs(5));

/// Passes on what the broker delivers, until shutdown.
pub(crate) async fn pump(
    hub: Arc<Hub>,
    broker: Arc<dyn Broker>,
    mut deliveries: BoxStream<'static, Delivery>,
    nudged: Arc<Notify>,
    shutdown: Shutdown,
) {
    let mut waiting: VecDeque<(Instant, Weak<Seat>)> = VecDeque::new();
    loop {
        let next = waiting.front().map(|(at, _)| *at);
        tokio::select! {
            delivery = deliveries.next() => match delivery {
                None => break,
                Some(Delivery::Nudge) => nudged.notify_one(),
                Some(Delivery::Data(data)) => hub.deliver_data(&data),
                Some(Delivery::Gap { topic }) if topic == Topic::data() => {
                    hub.recover_data(broker.as_ref()).await;
                }
                Some(Delivery::Rights { user }) => hub.rights_changed(user.as_deref()),
                Some(Delivery::Gap { topic }) => spread(&topic, hub.seats(&topic), &mut waiting),
                Some(Delivery::Events { topic, events }) => {
                    for event in events {
                        let seats = hub.deliver(&topic, &event);
                        spread(&topic, seats, &mut waiting);
                    }
                }
            },
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                while let Some((_, seat)) = waiting.pop_front_if(|(at, _)| *at <= Instant::now()) {
                    tell(&hub, &seat);
                }
            }
            () = shutdown.signalled() => break,
        }
    }
}

fn tell(hub: &Hub, seat: &Weak<Seat>) {
    if let Some(seat) = seat.upgrade() {
        hub.counters.resyncs.fetch_add(1, Ordering::Relaxed);
        seat.resync();
    }
}

/// Tells seats of the topic to load anew: the first at once, the others one by one.
fn spread(topic: &Topic, mut seats: Vec<Arc<Seat>>, waiting: &mut VecDeque<(Instant, Weak<Seat>)>) {
    // At once, so that nobody is told of what comes after the hole before they are told of it.
    seats.retain(|seat| seat.miss());
    if seats.is_empty() {
        return;
    }
    fastrand::shuffle(&mut seats);
    tracing::info!(%topic, seats = seats.len(), "everyone loads anew");
    let count = u32::try_from(seats.len().max(1)).unwrap_or(u32::MAX);
    let step = SPREAD.0.min(SPREAD.1 / count);
    let mut at = waiting.back().map_or_else(Instant::now, |(at, _)| (*at).max(Instant::now()));
    for seat in seats {
        waiting.push_back((at, Arc::downgrade(&seat)));
        at += step;
    }
}
