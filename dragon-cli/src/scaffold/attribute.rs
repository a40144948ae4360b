//! A word more in a list of an attribute, such as `publish_fields(a, b)`, in code that people have
//! gone on with.

/// What became of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Extended {
    /// The text with the word in the list, or as it is where it has the word.
    Text(String),
    /// There is no such list.
    NoList,
    /// The list has comments, or lists of its own: where the word belongs is for a person to say.
    Unclear,
}

/// Adds a word to the first list `head(…)` that is no comment's.
pub(super) fn extended(text: &str, head: &str, word: &str) -> Extended {
    let code = blanked(text);
    let opening = format!("{head}(");
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    let found = code.match_indices(&opening).find(|(at, _)| !code[..*at].ends_with(of_a_word));
    let Some((at, _)) = found else { return Extended::NoList };
    let from = at + opening.len();
    let Some(length) = closing(&code[from..]) else { return Extended::NoList };
    let (list, bare) = (&text[from..from + length], &code[from..from + length]);
    if bare.split(',').any(|one| one.trim() == word) {
        return Extended::Text(text.to_owned());
    }
    if list != bare || bare.contains(['(', '[', '{']) {
        return Extended::Unclear;
    }
    let items = list.trim_end();
    let end = &list[items.len()..];
    let items = items.trim_end_matches(',');
    let list = match items.rsplit_once('\n') {
        _ if items.trim().is_empty() => word.to_owned(),
        // One to a line.
        Some((_, last)) if end.contains('\n') => {
            let indentation = &last[..last.len() - last.trim_start().len()];
            let line_end = if end.contains("\r\n") { "\r\n" } else { "\n" };
            format!("{items},{line_end}{indentation}{word},{end}")
        }
        _ => format!("{items}, {word}"),
    };
    Extended::Text(format!("{}{list}{}", &text[..from], &text[from + length..]))
}

/// Up to the bracket that closes.
fn closing(code: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return Some(at),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The text with blanks in place of comments, byte for byte. What is within quotes is code.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    while code.len() < text.len() {
        let rest = &text[code.len()..];
        let comment = if rest.starts_with("//") {
            rest.find(['\r', '\n']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            0
        };
        match comment {
            0 => code.push_str(&rest[..step(rest)]),
            length => code.extend(std::iter::repeat_n(' ', length)),
        }
    }
    code
}

/// The length of what comes next: a text in quotes as a whole, else a character.
fn step(rest: &str) -> usize {
    let quote = "'\"'";
    if rest.starts_with(quote) {
        return quote.len();
    }
    let mut characters = rest.char_indices();
    let Some((_, first)) = characters.next() else { return 0 };
    if first != '"' {
        return first.len_utf8();
    }
    let mut is_escaped = false;
    for (at, c) in characters {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_z(text: &str) -> String {
        match extended(text, "fields", "z") {
            Extended::Text(text) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_word_comes_to_the_end_of_the_list() {
        for (before, after) in [
            ("fields()", "fields(z)"),
            ("fields(a, b), more(c)", "fields(a, b, z), more(c)"),
            ("fields(a, b,)", "fields(a, b, z)"),
            ("fields(\n    a,\n    b,\n)", "fields(\n    a,\n    b,\n    z,\n)"),
            ("fields(\r\n    a\r\n)", "fields(\r\n    a,\r\n    z,\r\n)"),
            ("update_fields(b), fields(a)", "update_fields(b), fields(a, z)"),
            ("fields(a, z)", "fields(a, z)"),
        ] {
            assert_eq!(with_z(before), after, "{before}");
        }
    }

    #[test]
    fn what_is_a_comment_is_left_alone() {
        for (before, after) in [
            ("// fields(a)\nfields(b)", "// fields(a)\nfields(b, z)"),
            ("/* fields(a) */ fields(b)", "/* fields(a) */ fields(b, z)"),
            ("// fields(ä)\r\nfields(b)", "// fields(ä)\r\nfields(b, z)"),
            ("doc(\"https://a\"), fields(b)", "doc(\"https://a\"), fields(b, z)"),
            ("'\"' // fields(a) \"\nfields(b)", "'\"' // fields(a) \"\nfields(b, z)"),
            // Whether it is there is seen in spite of them.
            ("fields(a, // the first\n z)", "fields(a, // the first\n z)"),
        ] {
            assert_eq!(with_z(before), after, "{before}");
        }
        assert_eq!(extended("// fields(a)\n", "fields", "z"), Extended::NoList);
    }

    #[test]
    fn a_list_that_is_not_plain_is_a_persons() {
        for list in ["fields(\n a, // the number\n)", "fields(a, /* z */ b)", "fields(a(b), c)"] {
            assert_eq!(extended(list, "fields", "z"), Extended::Unclear, "{list}");
        }
    }
}
