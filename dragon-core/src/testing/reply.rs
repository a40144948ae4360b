//! A reply, as a test reads it.

use std::fmt;

use serde_json::Value as Json;

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The whole message.
    pub message: Json,
}

impl Reply {
    /// Whether the call has succeeded.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.context()["state"] == "success"
    }

    /// What is answered; of a failure, the sentences by field.
    #[must_use]
    pub fn data(&self) -> &Json {
        &self.message["data"]
    }

    /// What is told beside the data.
    #[must_use]
    pub fn context(&self) -> &Json {
        &self.message["context"]
    }

    /// Which kind of failure: `validation`, `not_found`; nothing of a success.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.context()["code"].as_str()
    }

    /// The rows of a subscribe with `_snapshot`.
    #[must_use]
    pub fn snapshot(&self) -> &[Json] {
        self.message["snapshot"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The position that a subscribe has reached: `_since` of a later one.
    #[must_use]
    pub fn position(&self) -> Option<&str> {
        self.context()["position"].as_str()
    }

    /// The channels that a subscribe has opened.
    #[must_use]
    pub fn channels(&self) -> Vec<&str> {
        let names = self.message["channel_data"]["remote_channels"].as_array();
        names.map_or_else(Vec::new, |names| names.iter().filter_map(Json::as_str).collect())
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}
