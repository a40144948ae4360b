//! What a caller is answered.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Code, Failure};
use crate::link::Frame;

/// A successful call's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Success {
    /// The data, as JSON text.
    pub data: String,
    /// What the router tells the client beside the data.
    pub client_context: Option<Map<String, Json>>,
    /// The page, where one was asked for.
    pub page: Option<u64>,
    /// Which channels were opened or closed.
    pub channels: Option<ChannelData>,
    /// Where in its topic the subscription begins.
    pub position: Option<String>,
    /// The same by channel, where several were opened.
    pub positions: Option<BTreeMap<String, String>>,
    /// Whether all that was missed follows.
    pub recovered: Option<bool>,
    /// The rows as of the position, as JSON text.
    pub snapshot: Option<String>,
}

/// Which channels a subscribe or unsubscribe meant.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelData {
    /// The client's own name.
    pub local: Json,
    /// The names that pushes bear.
    pub remote: Vec<String>,
    /// `subscribe` or `unsubscribe`.
    pub action: &'static str,
}

impl Success {
    /// An answer of JSON text.
    #[must_use]
    pub fn raw(data: String) -> Self {
        Self { data, ..Self::default() }
    }

    /// An answer of a value.
    #[must_use]
    pub fn of(data: &Json) -> Self {
        Self::raw(data.to_string())
    }

    /// The same, with something beside the data: `context.client_context` on the wire.
    #[must_use]
    pub fn with_context(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.client_context.get_or_insert_default().insert(name.into(), value.into());
        self
    }
}

/// Encodes the answer to a call.
#[must_use]
pub fn encode_reply(
    callback: Option<&str>,
    verb: Option<&str>,
    outcome: &Result<Success, Failure>,
) -> Frame {
    let mut context = Map::new();
    context.insert("client_callback_name".to_owned(), json!(callback));
    context.insert("verb".to_owned(), json!(verb));
    let text = match outcome {
        Ok(success) => {
            context.insert("state".to_owned(), json!("success"));
            if let Some(page) = success.page {
                context.insert("page".to_owned(), json!(page));
            }
            if let Some(own) = &success.client_context {
                context.insert("client_context".to_owned(), Json::Object(own.clone()));
            }
            if let Some(position) = &success.position {
                context.insert("position".to_owned(), json!(position));
            }
            if let Some(positions) = &success.positions {
                context.insert("positions".to_owned(), json!(positions));
            }
            if let Some(recovered) = success.recovered {
                context.insert("recovered".to_owned(), json!(recovered));
            }
            let mut text =
                format!("{{\"data\":{},\"context\":{}", success.data, Json::Object(context));
            if let Some(channels) = &success.channels {
                let channels = json!({
                    "local_channel": channels.local,
                    "remote_channels": channels.remote,
                    "action": channels.action,
                });
                text.push_str(&format!(",\"channel_data\":{channels}"));
            }
            if let Some(snapshot) = &success.snapshot {
                text.push_str(&format!(",\"snapshot\":{snapshot}"));
            }
            text.push('}');
            text
        }
        Err(failure) => {
            let login = failure.code == Code::LoginRequired;
            let state = if login { "login_required" } else { "error" };
            context.insert("state".to_owned(), json!(state));
            context.insert("code".to_owned(), json!(failure.code.as_str()));
            if login {
                // SwampDragon has no data with this state.
                let sentences: Vec<String> =
                    failure.errors.clone().into_map().into_values().flatten().collect();
                context.insert("error".to_owned(), json!(sentences));
            }
            let data = if login { Json::Null } else { json!(failure.errors.clone().into_map()) };
            json!({ "data": data, "context": context }).to_string()
        }
    };
    Frame::new(text)
}
