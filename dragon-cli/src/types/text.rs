//! How TypeScript is spelled.

use std::fmt::Write as _;

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            // These end a line in JavaScript, too.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                // Writing to a text cannot fail.
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('\'');
    literal
}

/// Whether a text can stand as a name.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
}

/// A union of literals; `never` of none.
pub(super) fn union<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let literals: Vec<String> = texts.into_iter().map(literal).collect();
    if literals.is_empty() { "never".to_owned() } else { literals.join(" | ") }
}

/// A list of what an expression says.
pub(super) fn list(of: &str) -> String {
    if of.contains(' ') { format!("({of})[]") } else { format!("{of}[]") }
}

/// What an expression says, or null.
pub(super) fn or_null(of: &str) -> String {
    match of {
        "null" | "unknown" => of.to_owned(),
        of => format!("{of} | null"),
    }
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Its name, as it is.
    pub(super) name: String,
    /// Whether it may be absent.
    pub(super) optional: bool,
    /// Its type, as TypeScript.
    pub(super) of: String,
    /// What more there is to say of it: one line.
    pub(super) note: Option<String>,
}

impl Member {
    /// One that must be there.
    pub(super) fn new(name: impl Into<String>, of: impl Into<String>) -> Self {
        Self { name: name.into(), optional: false, of: of.into(), note: None }
    }

    /// One that need not be there.
    pub(super) fn optional(name: impl Into<String>, of: impl Into<String>) -> Self {
        Self { optional: true, ..Self::new(name, of) }
    }

    /// With something said of it.
    pub(super) fn note(mut self, note: Option<impl Into<String>>) -> Self {
        self.note = note.map(Into::into);
        self
    }

    fn spelled(&self) -> String {
        let name = if is_name(&self.name) { self.name.clone() } else { literal(&self.name) };
        format!("{name}{} {};", if self.optional { "?:" } else { ":" }, self.of)
    }
}

/// An object's type in one line.
pub(super) fn object(members: &[Member]) -> String {
    let members: Vec<String> = members.iter().map(Member::spelled).collect();
    format!("{{ {} }}", members.join(" ").trim_end_matches(';'))
}

/// An object's type over several lines.
pub(super) fn block(members: &[Member]) -> String {
    let lines: String = members.iter().map(|member| format!("{}\n", member.spelled())).collect();
    format!("{{\n{}}}", indented(&lines))
}

/// An interface with its members, each on its line.
pub(super) fn interface(head: &str, doc: &str, members: &[Member]) -> String {
    let mut text = format!("{}{head} {{\n", comment(doc));
    for member in members {
        if let Some(note) = &member.note {
            text.push_str(&indented(&comment(note)));
        }
        text.push_str(&indented(&format!("{}\n", member.spelled())));
    }
    text.push_str("}\n");
    // Nothing in it.
    text.replace(" {\n}\n", " {}\n")
}

/// A comment that editors show.
pub(super) fn comment(text: &str) -> String {
    format!("/** {} */\n", text.replace("*/", "* /"))
}

/// A block of what is given.
pub(super) fn within(head: &str, body: &str) -> String {
    format!("{head} {{\n{}}}\n", indented(body))
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_literals_whatever_is_in_them() {
        assert_eq!(literal("won't \\ do\n\u{2028}"), r"'won\'t \\ do\n\u{2028}'");
        assert_eq!(union(["a", "b-c"]), "'a' | 'b-c'");
        assert_eq!(union([]), "never");
        assert_eq!(comment("ends */ here"), "/** ends * / here */\n");
    }

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(Member::new("todo_list__id", "number").spelled(), "todo_list__id: number;");
        assert_eq!(Member::optional("free-form", "string").spelled(), "'free-form'?: string;");
        assert_eq!(Member::new("2nd", "string").spelled(), "'2nd': string;");
    }

    #[test]
    fn what_is_joined_is_put_in_brackets() {
        assert_eq!(list("Item"), "Item[]");
        assert_eq!(list("'a' | 'b'"), "('a' | 'b')[]");
        assert_eq!((or_null("Item"), or_null("unknown")), ("Item | null".into(), "unknown".into()));
    }
}
