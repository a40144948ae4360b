//! The names of channels, as SwampDragon writes them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The name of the channel of a model and a client's filter: `todoitem|todo_list__id:1`.
///
/// Keys are sorted; booleans are `True` and `False`, nothing is `None`, lists are `[1, 3]`, and
/// text is URL-quoted with `+` for a blank.
///
/// ```
/// use dragon::protocol::channel_name;
/// use serde_json::json;
///
/// let filter = [("done".to_owned(), json!(false)), ("by".to_owned(), json!("a b"))].into();
/// assert_eq!(channel_name("todoitem", &filter), "todoitem|by:a+b|done:False");
/// ```
#[must_use]
pub fn channel_name(model: &str, filter: &BTreeMap<String, Json>) -> String {
    let pairs: Vec<String> =
        filter.iter().map(|(key, value)| format!("{}:{}", quote(key), python(value))).collect();
    format!("{model}|{}", pairs.join("|"))
}

fn python(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        // Quoted further than the original does, which takes these for the words without quotes.
        Json::String(text) if matches!(text.as_str(), "None" | "True" | "False") => {
            text.bytes().map(|byte| format!("%{byte:02X}")).collect()
        }
        Json::String(text) => quote(text),
        Json::Array(list) => {
            format!("[{}]", list.iter().map(python).collect::<Vec<_>>().join(", "))
        }
        Json::Object(_) => quote(&value.to_string()),
    }
}

/// As Python's `quote_plus`: letters, digits and `_.-~` stay.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                quoted.push(char::from(byte));
            }
            b' ' => quoted.push('+'),
            _ => quoted.push_str(&format!("%{byte:02X}")),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_those_of_the_original() {
        let name = |pairs: &[(&str, Json)]| {
            let filter = pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
            channel_name("todoitem", &filter.collect())
        };
        assert_eq!(name(&[]), "todoitem|");
        assert_eq!(name(&[("todo_list__id", json!(1))]), "todoitem|todo_list__id:1");
        assert_eq!(name(&[("id__in", json!([1, 3]))]), "todoitem|id__in:[1, 3]");
        assert_ne!(name(&[("text", json!("None"))]), name(&[("text", json!(null))]));
        assert_eq!(name(&[("text", json!("ä|b:c"))]), "todoitem|text:%C3%A4%7Cb%3Ac");
    }
}
