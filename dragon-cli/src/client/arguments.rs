//! A call's arguments, as they are written in a shell.

use serde_json::{Map, Value as Json};

use crate::failure::Failure;

/// Reads `name=value` pairs. A value that is JSON is what it says; all else is text.
///
/// # Errors
/// When one is no such pair, or a name comes twice.
pub(crate) fn named(pairs: &[String]) -> Result<Map<String, Json>, Failure> {
    let mut args = Map::new();
    for pair in pairs {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => (name, value),
            _ => {
                return Err(Failure::usage(format!("`{pair}` is no argument"))
                    .help("write name=value, as in done=true or text='Buy milk'"));
            }
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
        if args.insert(name.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("`{name}` is given twice"))
                .help("several values are a list, as in id__in='[1, 2]'"));
        }
    }
    Ok(args)
}

/// Reads a JSON object.
///
/// # Errors
/// When it is none.
pub(crate) fn object(text: &str, source: &str) -> Result<Map<String, Json>, Failure> {
    match serde_json::from_str(text) {
        Ok(Json::Object(args)) => Ok(args),
        Ok(_) => Err(Failure::usage(format!("{source} is no object"))),
        Err(error) => Err(Failure::usage(format!("{source} is not JSON: {error}"))),
    }
    .map_err(|failure| failure.help(r#"write it as in '{"text": "Buy milk", "done": false}'"#))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_that_is_json_is_what_it_says() {
        let pairs = ["id=7", "done=true", "text=Buy milk", "a=\"7\"", "b=x=y", "c=", "d=[1, 2]"];
        let args = named(&pairs.map(str::to_owned)).unwrap();
        let expected = json!({
            "id": 7, "done": true, "text": "Buy milk", "a": "7", "b": "x=y", "c": "", "d": [1, 2],
        });
        assert_eq!(Json::Object(args), expected);
    }

    #[test]
    fn what_is_no_argument_is_said() {
        for wrong in [["text", "a=1"], ["=1", "a=1"], ["a=2", "a=1"]] {
            assert!(named(&wrong.map(str::to_owned)).is_err(), "{wrong:?}");
        }
        assert!(object("[1]", "--json").unwrap_err().what.contains("no object"));
        assert!(object("{", "--json").unwrap_err().what.contains("not JSON"));
    }
}
