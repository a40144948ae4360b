//! What a client asks.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::{Code, Failure};

/// What a client asks: a verb of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The router's name.
    pub route: String,
    /// Which of its verbs.
    pub verb: String,
    /// What the verb is told.
    pub args: Map<String, Json>,
    /// The client's name for the reply.
    pub callback: Option<String>,
}

/// A message that is no request, with what could be read of it for the reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The client's name for the reply.
    pub callback: Option<String>,
    /// The verb.
    pub verb: Option<String>,
    /// Why.
    pub failure: Failure,
}

/// The parts, with the arguments unread: a message that is too large or whose arguments are too
/// deep can still be answered under its name.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    route: Option<&'a RawValue>,
    #[serde(borrow, default)]
    verb: Option<&'a RawValue>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
    #[serde(borrow, default)]
    callbackname: Option<&'a RawValue>,
}

impl Request {
    /// Reads a message of at most `limit` bytes.
    ///
    /// # Errors
    /// What to tell the client.
    pub fn decode(text: &str, limit: usize) -> Result<Option<Self>, Refused> {
        let refuse = |failure: Failure| Refused { callback: None, verb: None, failure };
        if !text.trim_start().starts_with('{') {
            let sentence = match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => "A message must be a JSON object.".to_owned(),
                Err(error) => format!("The message is not JSON: {error}."),
            };
            return Err(refuse(Failure::bad_request(sentence)));
        }
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| {
            refuse(Failure::bad_request(format!("The message is not JSON: {error}.")))
        })?;
        let name =
            |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let callback: Option<String> = name(envelope.callbackname);
        let verb: Option<String> = name(envelope.verb);
        let refuse =
            |failure: Failure| Refused { callback: callback.clone(), verb: verb.clone(), failure };
        if text.len() > limit {
            return Err(refuse(Failure::new(
                Code::TooLarge,
                format!("The message has {} bytes; at most {limit} are taken.", text.len()),
            )));
        }
        // A client's heartbeat is taken silently.
        if envelope.route.is_none() && envelope.verb.is_none() && is_heartbeat(text) {
            return Ok(None);
        }
        let route: String = name(envelope.route)
            .ok_or_else(|| refuse(Failure::bad_request("`route` must be the name of a route.")))?;
        let Some(verb) = verb.clone() else {
            return Err(refuse(Failure::bad_request("`verb` must be the name of a verb.")));
        };
        let args = match envelope.args.map(|raw| serde_json::from_str::<Json>(raw.get())) {
            None | Some(Ok(Json::Null)) => Map::new(),
            Some(Ok(Json::Object(args))) => args,
            Some(Ok(_)) => {
                return Err(refuse(Failure::bad_request("`args` must be a JSON object.")));
            }
            Some(Err(error)) => {
                return Err(refuse(Failure::bad_request(format!(
                    "`args` cannot be read: {error}."
                ))));
            }
        };
        Ok(Some(Self { route, verb, args, callback }))
    }
}

fn is_heartbeat(text: &str) -> bool {
    serde_json::from_str::<Map<String, Json>>(text)
        .is_ok_and(|message| message.contains_key("heartbeat"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Refused {
        Request::decode(text, 1000).unwrap_err()
    }

    #[test]
    fn what_can_be_read_of_a_bad_message_names_the_reply() {
        let deep = format!(
            r#"{{"route":"r","verb":"v","callbackname":"cb","args":{}1{}}}"#,
            "[".repeat(300),
            "]".repeat(300)
        );
        for text in [
            r#"{"verb":"v","callbackname":"cb"}"#,
            r#"{"route":5,"verb":"v","callbackname":"cb"}"#,
            r#"{"route":"r","verb":"v","callbackname":"cb","args":[]}"#,
            &deep,
            &format!(
                r#"{{"route":"r","verb":"v","callbackname":"cb","x":"{}"}}"#,
                "y".repeat(1000)
            ),
        ] {
            let refused = refused(text);
            assert_eq!(refused.callback.as_deref(), Some("cb"), "{text}");
            assert_eq!(refused.verb.as_deref(), Some("v"), "{text}");
        }
        assert_eq!(refused("nonsense").failure.code, Code::BadRequest);
        assert_eq!(refused("[1]").failure.code, Code::BadRequest);
        assert_eq!(refused(r#"{"route":"r"}"#).failure.code, Code::BadRequest);
    }

    #[test]
    fn absent_and_null_args_count_as_none() {
        for args in ["", r#","args":null"#, r#","args":{}"#] {
            let request =
                Request::decode(&format!(r#"{{"route":"r","verb":"v"{args}}}"#), 1000).unwrap();
            assert!(request.unwrap().args.is_empty());
        }
    }

    #[test]
    fn a_heartbeat_is_taken_silently() {
        assert_eq!(Request::decode(r#"{"heartbeat":"1"}"#, 1000), Ok(None));
    }
}
