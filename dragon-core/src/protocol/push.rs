//! What a subscriber is told.

use serde_json::Value as Json;

use crate::link::Frame;

/// What happened to a row, as a subscriber sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It came to match.
    Created,
    /// It stayed.
    Updated,
    /// It matches no more.
    Deleted,
}

impl Action {
    /// The wire's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// Encodes a push: the object (JSON text) that an action happened to, in a channel, at a position.
#[must_use]
pub fn encode_push(channel: &str, action: Action, object: &str, position: &str) -> Frame {
    Frame::new(format!(
        "{{\"data\":{object},\"action\":\"{}\",\"channel\":{},\"position\":\"{position}\"}}",
        action.as_str(),
        Json::from(channel),
    ))
}

/// Encodes SwampDragon's heartbeat, which a page answers with the same.
#[must_use]
pub fn encode_heartbeat() -> Frame {
    Frame::new("{\"heartbeat\":\"1\"}".to_owned())
}

/// Encodes published data: the object (JSON text), with the name of the channel in it.
#[must_use]
pub fn encode_data(channel: &str, object: &str) -> Frame {
    let name = Json::from(channel);
    Frame::new(match object.strip_suffix('}') {
        Some("{") | None => format!("{{\"channel\":{name}}}"),
        Some(open) => format!("{open},\"channel\":{name}}}"),
    })
}

/// Encodes the message that a channel may have missed something: the client loads it anew.
#[must_use]
pub fn encode_resync(channel: &str) -> Frame {
    Frame::new(format!("{{\"action\":\"resync\",\"channel\":{}}}", Json::from(channel)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_the_object_and_the_channel() {
        let data = |object| encode_data("a\"b", object).as_str().to_owned();
        assert_eq!(data("{\"n\":{}}"), "{\"n\":{},\"channel\":\"a\\\"b\"}");
        assert_eq!(data("{}"), "{\"channel\":\"a\\\"b\"}");
    }
}
