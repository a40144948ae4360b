//! Resuming: what was missed since the positions that a client holds.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::Context;
use super::include::Child;
use super::subscribe::cut_of;
use crate::broker::Recovered;
use crate::change::Position;
use crate::hub::{Gate, Rendered, render};
use crate::link::Frame;
use crate::model::Cut;
use crate::protocol::Failure;

/// The positions that a client says it has reached.
pub(super) enum Held {
    /// Of its one channel.
    One(String),
    /// By channel.
    Each(Map<String, Json>),
}

impl Held {
    /// That of a channel; the only one is that of whatever channel there is.
    fn of(&self, channel: &str, only: bool) -> Option<&str> {
        match self {
            Self::One(position) => only.then_some(position.as_str()),
            Self::Each(map) if only && map.len() == 1 => map.values().next()?.as_str(),
            Self::Each(map) => map.get(channel)?.as_str(),
        }
    }
}

/// The position that the client says it has reached: a text, or the map of positions by channel.
pub(super) fn since(cx: &Context<'_>) -> Result<Option<Held>, Failure> {
    match cx.args.get("_since") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(Held::One(text.clone()))),
        Some(Json::Object(map)) if !map.is_empty() && map.values().all(Json::is_string) => {
            Ok(Some(Held::Each(map.clone())))
        }
        Some(_) => Err(Failure::bad_request("`_since` is a position that the server gave.")),
    }
}

/// Replays what came after the held positions of all channels; `None` when that cannot be known
/// for one of them.
pub(super) async fn resume_all(
    cx: &Context<'_>,
    parts: &[Child],
    gates: &mut [Gate],
    held: &Held,
) -> Result<Option<Vec<Position>>, Failure> {
    let mut positions = Vec::new();
    for (part, gate) in parts.iter().zip(gates.iter_mut()) {
        let resumed = match held.of(&part.spec.name, parts.len() == 1) {
            Some(at) => resume(cx, part, gate, at).await?,
            None => None,
        };
        let Some(position) = resumed else {
            // Each begins anew.
            gates.iter().for_each(Gate::shut);
            return Ok(None);
        };
        positions.push(position);
    }
    Ok(Some(positions))
}

/// Replays what came after the held position; `None` when that cannot be known.
async fn resume(
    cx: &Context<'_>,
    part: &Child,
    gate: &mut Gate,
    held: &str,
) -> Result<Option<Position>, Failure> {
    let spec = &part.spec;
    let Some(at) = gate.subscription().unbound(held) else { return Ok(None) };
    // A broker that went back in time may not know it yet; the database does.
    let stored = cut_of(cx, part.info.name, gate).await?.stored;
    let refused = |why: &str| {
        tracing::info!(channel = spec.name, position = %at, %stored, why, "a client loads anew");
        gate.shut();
        Ok(None)
    };
    let (events, top) = match cx.services.broker.since(&part.topic, at).await {
        Ok(Recovered::Events { events, top }) => (events, top),
        Ok(Recovered::Gap) => return refused("what it missed is not known any more"),
        Err(error) => return refused(&error.to_string()),
    };
    if !stored.is_within(top) {
        return refused("the broker has lost something");
    }
    if gate.overflowed() {
        return refused("too much came while it resumed");
    }
    let mut replay: Vec<Frame> = Vec::new();
    for event in &events {
        match render(spec, event) {
            Rendered::Told(frame) => replay.push(frame),
            Rendered::Nothing => {}
            Rendered::Unknown => return refused("what it missed cannot be rendered"),
        }
    }
    // More than can wait for one client would close it, and it would come back for the same.
    let config = &cx.services.config;
    let bytes: usize = replay.iter().map(Frame::len).sum();
    if replay.len() > config.outbox_messages / 2 || bytes > config.outbox_bytes / 2 {
        return refused(&format!("it missed {} messages of {bytes} bytes", replay.len()));
    }
    gate.ready(Cut { stored: top, pending: HashSet::new() }, replay);
    // What the client holds already stays its position until the replay moves it on.
    Ok(Some(at))
}
