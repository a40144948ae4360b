//! A server's refusal, as a sentence.

use serde_json::Value as Json;

use super::Reply;
use crate::failure::Failure;

impl Reply {
    /// Why the call failed, in a few words.
    pub(super) fn brief(&self) -> &str {
        kind(self.code())
    }

    /// Why the call failed, with its errors per field.
    pub(super) fn failure(&self, route: &str, verb: &str) -> Failure {
        let code = self.code();
        let mut what = format!("{route} {verb} failed: {}", self.brief());
        let error = self.message.pointer("/context/error");
        let about_none = (code == "login_required").then_some(error).flatten();
        for sentence in sentences(about_none.unwrap_or(&Json::Null)) {
            what.push_str(&format!("\n  {sentence}"));
        }
        for (field, errors) in self.data().as_object().into_iter().flatten() {
            for sentence in sentences(errors) {
                match field.as_str() {
                    "error" => what.push_str(&format!("\n  {sentence}")),
                    field => what.push_str(&format!("\n  {field}: {sentence}")),
                }
            }
        }
        let failure = Failure::new(what);
        match code {
            "login_required" => failure.help("show who you are: --token TOKEN, or DRAGON_TOKEN"),
            "unknown_route" | "unknown_verb" => {
                failure.help("dragon-cli routes shows which there are")
            }
            "internal" => failure.help("the app's log has the cause, under the same id"),
            _ => failure,
        }
    }
}

fn sentences(errors: &Json) -> Vec<String> {
    match errors {
        Json::Null => Vec::new(),
        Json::String(sentence) => vec![sentence.clone()],
        Json::Array(several) => several.iter().flat_map(sentences).collect(),
        other => vec![other.to_string()],
    }
}

/// A failure's code in words.
fn kind(code: &str) -> &str {
    match code {
        "validation" => "fields are wrong",
        "bad_request" => "it cannot be asked so",
        "unknown_route" => "there is no such route",
        "unknown_verb" => "there is no such verb",
        "not_found" => "not found",
        "denied" => "not allowed",
        "login_required" => "login required",
        "too_large" => "too large",
        "too_many" => "too many",
        "unavailable" => "the server lacks something it needs just now",
        "internal" => "a fault of the server",
        other => other,
    }
}
