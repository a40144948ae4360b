//! Names, in each of the spellings that code, tables, routes and pages want.

use std::fmt;

use heck::{ToKebabCase as _, ToLowerCamelCase as _, ToPascalCase as _, ToSnakeCase as _};
use serde::{Serialize, Serializer};

/// What Rust keeps for itself: strict and reserved words of all editions, and the primitive type
/// names, which would be hidden.
const TAKEN: [&str; 70] = [
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "char",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "f32",
    "f64",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "if",
    "impl",
    "in",
    "isize",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "str",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "union",
    "unsafe",
    "unsized",
    "use",
    "usize",
    "virtual",
    "where",
    "while",
    "yield",
    "macro_rules",
];

/// Crates that the app itself uses, and what cargo and std have by these names.
const USED: [&str; 22] = [
    "test",
    "core",
    "std",
    "alloc",
    "proc_macro",
    "dragon",
    "dragon_core",
    "dragon_macros",
    "sea_orm",
    "sea_orm_migration",
    "tokio",
    "serde",
    "serde_json",
    "dotenvy",
    "tracing",
    "tracing_subscriber",
    "warp",
    "chrono",
    "build",
    "deps",
    "examples",
    "incremental",
];

/// Files of these names are devices on Windows, whatever comes behind a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name of a model or a field: `todo_item`. Whatever way it was written (`TodoItem`,
/// `todo-item`), it is one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    snake: String,
}

/// The spellings, as templates see them.
#[derive(Serialize)]
struct Spellings<'a> {
    snake: &'a str,
    kebab: String,
    pascal: String,
    camel: String,
    title: String,
    label: String,
    plural: String,
    plural_title: String,
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence that begins with the name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::within(30, text)
    }

    /// As [`parse`](Self::parse), for what is only a file's name.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn parse_long(text: &str) -> Result<Self, String> {
        Self::within(70, text)
    }

    fn within(most: usize, text: &str) -> Result<Self, String> {
        let strange = |c: &char| !(c.is_ascii_alphanumeric() || *c == '_' || *c == '-');
        if text.is_empty() {
            return Err("is empty; write letters, as in `todo_item`".to_owned());
        }
        if let Some(strange) = text.chars().find(strange) {
            return Err(format!(
                "has `{strange}` in it; write letters, digits and `_`, as in `todo_item`"
            ));
        }
        let snake = text.to_snake_case();
        if !snake.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err("does not begin with a letter, as names in Rust do".to_owned());
        }
        if TAKEN.contains(&snake.as_str()) {
            return Err(format!("is a word of Rust's own; write another, as in `my_{snake}`"));
        }
        // What SelfPublish takes as a wire name, and no line of the code gets too long by it.
        if snake.len() > most {
            return Err(format!("is longer than {most} letters"));
        }
        Ok(Self { snake })
    }

    /// `todo_item`: modules, tables, columns.
    pub(crate) fn snake(&self) -> &str {
        &self.snake
    }

    /// Whether Windows takes a file of this name for a device.
    pub(crate) fn is_device(&self) -> bool {
        is_device(&self.snake)
    }

    /// `todo-item`: routes.
    pub(crate) fn kebab(&self) -> String {
        self.snake.to_kebab_case()
    }

    /// `TodoItem`: types.
    pub(crate) fn pascal(&self) -> String {
        self.snake.to_pascal_case()
    }

    /// `Todo item`: headings.
    pub(crate) fn title(&self) -> String {
        capitalised(&self.label())
    }

    /// `todo item`: within a sentence.
    pub(crate) fn label(&self) -> String {
        self.snake.replace('_', " ")
    }

    /// `todo_items`.
    pub(crate) fn plural(&self) -> String {
        plural(&self.snake)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.snake)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Spellings {
            snake: self.snake(),
            kebab: self.kebab(),
            pascal: self.pascal(),
            camel: self.snake.to_lower_camel_case(),
            title: self.title(),
            label: self.label(),
            plural: self.plural(),
            plural_title: capitalised(&self.plural().replace('_', " ")),
        }
        .serialize(to)
    }
}

/// Whether the name is one of a package that cargo takes, and that collides with nothing that a
/// generated app uses.
///
/// # Errors
/// Why it is none, as the end of a sentence, and a name that could be meant.
pub(crate) fn check_crate_name(name: &str) -> Result<(), (String, Option<String>)> {
    let Some(why) = wrong_crate_name(name) else {
        return Ok(());
    };
    // Without its `ö` a name is another word.
    if name.chars().any(|c| c.is_alphanumeric() && !c.is_ascii()) {
        return Err((why, None));
    }
    let kept = name.to_kebab_case();
    let kept = kept.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let mine = format!("my-{kept}");
    let meant = [kept, mine.as_str()]
        .into_iter()
        .find(|one| !kept.is_empty() && wrong_crate_name(one).is_none());
    Err((why, meant.map(str::to_owned)))
}

fn wrong_crate_name(name: &str) -> Option<String> {
    let Some(first) = name.chars().next() else {
        return Some("is empty".to_owned());
    };
    if let Some(strange) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "_-".contains(*c)))
    {
        return Some(format!("has `{strange}` in it; cargo takes letters, digits, `-` and `_`"));
    }
    let ident = name.replace('-', "_");
    let why = if !first.is_ascii_alphabetic() {
        "does not begin with a letter"
    } else if name != name.to_ascii_lowercase() {
        "has capital letters; crates are written small"
    } else if TAKEN.contains(&ident.as_str()) {
        "is a word of Rust's own"
    } else if USED.contains(&ident.as_str()) {
        "is the name of something that the app itself uses"
    } else if is_device(name) {
        "is that of a device on Windows"
    } else if name.len() > 24 {
        // It is the app's namespace: log, triggers and keys in Redis bear it.
        "is longer than 24 letters"
    } else {
        return None;
    };
    Some(why.to_owned())
}

fn is_device(name: &str) -> bool {
    let port = ["com", "lpt"].iter().find_map(|kind| name.strip_prefix(kind));
    DEVICES.contains(&name) || port.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

/// The one of these that is most likely meant by a text; nothing where none is like it.
pub(crate) fn nearest<'a>(text: &str, all: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = all.into_iter().map(|one| (strsim::jaro_winkler(text, one), one));
    let best = near.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 > 0.8).then_some(best.1)
}

/// `my app` as a heading: `My app`.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

/// English enough for headings; a wrong plural is changed where it stands.
fn plural(word: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| word.ends_with(end));
    match word.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_however_it_is_written() {
        for text in ["todo_item", "TodoItem", "todo-item", "todoItem", "TODO_ITEM"] {
            let name = Name::parse(text).unwrap();
            assert_eq!(
                (
                    name.snake(),
                    name.kebab().as_str(),
                    name.pascal().as_str(),
                    name.title().as_str()
                ),
                ("todo_item", "todo-item", "TodoItem", "Todo item")
            );
        }
        let plurals = ["todo_item", "category", "day", "box", "class"].map(plural);
        assert_eq!(plurals, ["todo_items", "categories", "days", "boxes", "classes"]);
    }

    #[test]
    fn what_is_no_name_is_said() {
        for (text, word) in [
            ("", "empty"),
            ("todo item", "` `"),
            ("größe", "`ö`"),
            ("1st", "begin with a letter"),
            ("type", "my_type"),
            ("Self", "my_self"),
            (&"x".repeat(31), "30"),
        ] {
            let why = Name::parse(text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }

    #[test]
    fn a_crate_has_a_name_that_cargo_takes() {
        for good in ["demo", "my-app", "a1", "to_do", "com", "com10", "null"] {
            assert_eq!(check_crate_name(good), Ok(()));
        }
        for (bad, suggestion) in [
            ("", None),
            ("MyApp", Some("my-app")),
            ("1st", Some("st")),
            ("my app", Some("my-app")),
            ("fn", Some("my-fn")),
            ("tokio", Some("my-tokio")),
            ("test", Some("my-test")),
            ("nul", Some("my-nul")),
            ("com1", Some("my-com1")),
            ("grün", None),
            ("ärger", None),
        ] {
            let (why, suggested) = check_crate_name(bad).unwrap_err();
            assert_eq!(suggested.as_deref(), suggestion, "{bad}: {why}");
        }
    }
}
