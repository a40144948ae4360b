//! The one route that is Dragon's own: browsers cannot set headers, so a token may come as a
//! message.
//!
//! `{"route": "dragon", "verb": "login", "args": {"token": "…"}}` answers `{"user": "…"}`, and
//! `logout` answers `{"user": null}`. A client sends it before anything else, on each connection.
//!
//! SwampDragon's pages send it along with what they subscribe to; see [`by_subscribing`].

use serde_json::{Value as Json, json};

use super::Person;
use super::rights::{All, Why, reconsider};
use crate::hub::Presence;
use crate::protocol::{Close, Code, Failure, Request, Success};
use crate::shutdown::Shutdown;

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
            person.log_in(token).await?.ok_or_else(|| {
                Failure::bad_request(
                    "This app takes no tokens; `App::builder(…).authenticator(Tokens::new(…))` \
                     makes it take some.",
                )
            })?
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

/// Why a call goes no further.
pub(super) enum Stopped {
    Refused(Failure),
    Over(Close),
}

/// Takes the text `token` out of the arguments of a `subscribe`, and finds out whose it is, before
/// it is asked who may subscribe. Where nobody takes tokens it stays there. A page says the same
/// again when it unsubscribes, maybe long after another token was shown, or after it has expired: so
/// then it is only taken out.
pub(super) async fn by_subscribing(
    (conversation, outbox, subscriptions): All<'_>,
    request: &mut Request,
    shutdown: &Shutdown,
) -> Result<(), Stopped> {
    let Some(Json::String(token)) = request.args.get("token") else { return Ok(()) };
    let person = &mut conversation.person;
    if request.verb != "subscribe" {
        if person.is_token(token).await {
            request.args.remove("token");
        }
        return Ok(());
    }
    let (before, until) = (person.caller.user.clone(), person.holds_until());
    let mut changed = false;
    if !person.has_shown(token) {
        match person.log_in(token).await.map_err(Stopped::Refused)? {
            None => return Ok(()),
            Some(now) => changed = now,
        }
    }
    request.args.remove("token");
    if !changed {
        return Ok(());
    }
    // Data channels that a guest may have stay, and those of the same user, as long as the user has
    // them by what was shown first. Else a page that comes back with them, and then sends its token,
    // would be sent away again, for ever.
    if before.is_none() || before == person.caller.user {
        if !subscriptions.data.is_empty() {
            person.holds_no_longer(until);
        }
        subscriptions.presence.doubt_rows();
    } else {
        subscriptions.presence.doubt();
    }
    // Looked into at once: what is subscribed now is subscribed as whom the token names.
    let Some(doubts) = subscriptions.presence.doubts() else { return Ok(()) };
    let all = (conversation, outbox, subscriptions);
    reconsider(all, doubts, Why::Subscribing, shutdown).await.map_err(Stopped::Over)
}
