//! JSONP polling: a script for one response. The last resort.

use super::body::field;
use super::receive::Format;

pub(super) const CONTENT_TYPE: &str = "application/javascript; charset=UTF-8";

/// The longest callback that is taken by [`format`].
pub(super) const LONGEST: usize = 32;

/// A call of `callback`. The comment keeps what the client chose from being the first bytes of
/// the response, which could pass for another kind of file.
pub(super) fn format(callback: String) -> Format {
    Format::new(move |frame| format!("/**/{callback}({});\r\n", serde_json::Value::from(frame)))
}

/// The callback that a query names, in `c` or `callback`. It becomes code: it is a name, or
/// nothing goes out.
///
/// # Errors
/// The sentence for who asks.
pub(super) fn callback(query: &str, longest: usize) -> Result<String, &'static str> {
    let Some(name) = field(query, "c").or_else(|| field(query, "callback")) else {
        return Err("\"callback\" parameter required");
    };
    let is_name = |name: &String| {
        !name.is_empty()
            && name.len() <= longest
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    name.filter(is_name).ok_or("invalid \"callback\" parameter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_name() {
        for (query, name) in [
            ("c=%63allback", "callback"),
            ("t=1&callback=_jp.a-B_9", "_jp.a-B_9"),
            ("callback=b&c=a", "a"),
        ] {
            assert_eq!(callback(query, LONGEST).as_deref(), Ok(name), "{query}");
        }
        assert!(callback("", LONGEST).unwrap_err().contains("required"));
        let long = format!("c={}", "x".repeat(LONGEST + 1));
        for query in ["c=", "c=%20", "c=*", "c=abc(", "c=abc%28", "c=a%0d", "c=%ff", "c=ä", &long]
        {
            assert!(callback(query, LONGEST).unwrap_err().contains("invalid"), "{query}");
        }
    }
}
