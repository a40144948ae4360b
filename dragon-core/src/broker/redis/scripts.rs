//! The two scripts that do all the work in Redis, and what they answer.

use std::str::from_utf8;
use std::sync::Arc;

use redis::{Script, ScriptInvocation};

use super::commands::Commands;
use super::keys::Keys;
use crate::broker::{BrokerError, Event, Fence, Limits, Topic};
use crate::change::{Position, Publication, Source};

/// How many events are read at once: Redis does nothing else while it gathers them.
const PAGE: usize = 500;
/// Up to this size a batch travels with its announcement.
const ANNOUNCEMENT: usize = 1024 * 1024;

/// The scripts, and the connection and names that they run with.
#[derive(Debug)]
pub(super) struct Scripts {
    commands: Commands,
    keys: Keys,
    publish: Script,
    read: Script,
}

/// A part of a topic's stream.
#[derive(Debug)]
pub(super) struct Page {
    /// Where the topic stood when this was read.
    pub(super) top: Position,
    /// What comes after the position asked for, without a hole; `None` where that cannot be had.
    pub(super) events: Option<Vec<Measured>>,
}

/// An event with the size of its encoding.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) event: Arc<Event>,
    pub(super) bytes: usize,
}

impl Measured {
    /// Reads what stands at a position.
    pub(super) fn read(position: Position, bytes: &[u8]) -> Result<Self, String> {
        let text = from_utf8(bytes).map_err(|error| error.to_string())?;
        let publication = Publication::decode(text).map_err(|error| error.to_string())?;
        Ok(Self { event: Arc::new(Event { position, publication }), bytes: bytes.len() })
    }
}

impl Scripts {
    pub(super) fn new(commands: Commands, keys: Keys) -> Self {
        Self {
            commands,
            keys,
            publish: Script::new(include_str!("publish.lua")),
            read: Script::new(include_str!("read.lua")),
        }
    }

    pub(super) fn commands(&self) -> &Commands {
        &self.commands
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Appends and announces a batch.
    pub(super) async fn publish(
        &self,
        topic: &Topic,
        fence: Fence,
        limits: Limits,
        batch: &[Publication],
    ) -> Result<Vec<Position>, BrokerError> {
        let (epoch, offset) = match fence.last {
            Some(last) => (hex(last.epoch), last.offset),
            None => (String::new(), 0),
        };
        let mut script = self.publish.prepare_invoke();
        script
            .key(self.keys.meta(topic))
            .key(self.keys.events(topic))
            .key(self.keys.sizes(topic))
            .key(self.keys.sources(topic))
            .arg(self.keys.channel(topic))
            .arg(fence.generation)
            .arg(epoch)
            .arg(offset)
            .arg(hex(Position::start_of_new_epoch().epoch))
            .arg(limits.events)
            .arg(limits.bytes)
            .arg(limits.sources())
            .arg(ANNOUNCEMENT);
        for publication in batch {
            script.arg(name(&publication.source)).arg(publication.encode());
        }
        let answer = self.run(&script).await?;
        if answer.first().is_some_and(|word| word == b"stale") {
            let generation = answer.get(1).and_then(|seen| std::str::from_utf8(seen).ok());
            let generation = generation.and_then(|seen| seen.parse().ok()).unwrap_or_default();
            return Err(BrokerError::Stale { generation });
        }
        let mut answer = answer.into_iter();
        let positions = answer.next().and_then(|epoch| {
            answer.map(|offset| position(&epoch, &offset)).collect::<Option<Vec<_>>>()
        });
        match positions {
            Some(positions) if positions.len() == batch.len() => Ok(positions),
            _ => Err(self.commands.unavailable("publish.lua answered what it never answers")),
        }
    }

    /// The topic's top; begins an epoch where there is none.
    pub(super) async fn top(&self, topic: &Topic) -> Result<Position, BrokerError> {
        Ok(self.answer(topic, None).await?.0)
    }

    /// The next events after a position, up to a page of them.
    pub(super) async fn read(&self, topic: &Topic, at: Position) -> Result<Page, BrokerError> {
        let (top, entries) = self.answer(topic, Some(at)).await?;
        if !at.is_within(top) {
            return Ok(Page { top, events: None });
        }
        let mut events = Vec::with_capacity(entries.len());
        let mut next = Position { offset: at.offset + 1, ..at };
        for (id, text) in entries {
            // The first is missing when it was trimmed; any, when somebody else deleted it.
            if id != format!("{}-0", next.offset).into_bytes() {
                return Ok(Page { top, events: None });
            }
            match Measured::read(next, &text) {
                Ok(event) => events.push(event),
                Err(why) => {
                    tracing::warn!(%topic, position = %next, "an event cannot be read: {why}");
                    return Ok(Page { top, events: None });
                }
            }
            next.offset += 1;
        }
        // No entries, and the top lies further on: the stream is gone.
        let events = (at == top || !events.is_empty()).then_some(events);
        Ok(Page { top, events })
    }

    async fn answer(
        &self,
        topic: &Topic,
        at: Option<Position>,
    ) -> Result<(Position, Vec<(Vec<u8>, Vec<u8>)>), BrokerError> {
        let (epoch, from) = match at {
            Some(at) => (hex(at.epoch), at.offset.saturating_add(1)),
            None => (String::new(), 0),
        };
        let mut script = self.read.prepare_invoke();
        script
            .key(self.keys.meta(topic))
            .key(self.keys.events(topic))
            .arg(hex(Position::start_of_new_epoch().epoch))
            .arg(epoch)
            .arg(from)
            .arg(PAGE);
        let mut answer = self.run(&script).await?.into_iter();
        let (Some(epoch), Some(offset)) = (answer.next(), answer.next()) else {
            return Err(self.commands.unavailable("read.lua answered what it never answers"));
        };
        let Some(top) = position(&epoch, &offset) else {
            return Err(self
                .commands
                .unavailable(format!("{topic} has a top that is no position")));
        };
        let mut entries = Vec::with_capacity(answer.len() / 2);
        while let (Some(id), Some(text)) = (answer.next(), answer.next()) {
            entries.push((id, text));
        }
        Ok((top, entries))
    }

    async fn run(&self, script: &ScriptInvocation<'_>) -> Result<Vec<Vec<u8>>, BrokerError> {
        self.commands
            .run(|mut connection| async move { script.invoke_async(&mut connection).await })
            .await
    }
}

/// An epoch as Redis holds it: text, because a number there has only 53 bits.
fn hex(epoch: u64) -> String {
    format!("{epoch:016x}")
}

/// A source as Redis holds it.
fn name(source: &Source) -> String {
    format!("{}:{}:{}", source.log.simple(), source.id, source.part)
}

/// The position of which Redis holds these two parts. Offsets are numbers in Lua: exact below
/// 2^53, which no topic ever reaches.
pub(super) fn position(epoch: &[u8], offset: &[u8]) -> Option<Position> {
    let epoch = u64::from_str_radix(from_utf8(epoch).ok()?, 16).ok()?;
    let offset = from_utf8(offset).ok()?.parse().ok()?;
    (offset < 1 << 53).then_some(Position { epoch, offset })
}
