//! The one route that is Dragon's own: browsers cannot set headers, so a token may come as a
//! message.
//!
//! `{"route": "dragon", "verb": "login", "args": {"token": "…"}}` answers `{"user": "…"}`, and
//! `logout` answers `{"user": null}`. A client sends it before anything else, on each connection.

use serde_json::{Value as Json, json};

use super::Person;
use crate::hub::Presence;
use crate::protocol::{Code, Failure, Request, Success};

/// Its name.
pub(crate) const ROUTE: &str = "dragon";

/// Answers one of its verbs.
pub(super) async fn answer(
    person: &mut Person,
    presence: &Presence,
    request: Request,
) -> Result<Success, Failure> {
    let changed = match request.verb.as_str() {
        "login" => {
            let Some(Json::String(token)) = request.args.get("token") else {
                return Err(Failure::bad_request("`login` takes a text `token`."));
            };
            person.log_in(token).await?
        }
        "logout" => person.log_out(),
        verb => {
            let sentence =
                format!("The route `{ROUTE}` has no verb `{verb}`; it has login, logout.");
            return Err(Failure::new(Code::UnknownVerb, sentence));
        }
    };
    if changed {
        // From here on nothing is passed on that was subscribed as somebody else.
        presence.doubt();
    }
    Ok(Success::of(&json!({ "user": person.caller.user })))
}
