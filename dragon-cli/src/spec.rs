//! What a model is, as it is written on a command line:
//!
//! ```text
//! todo_item text:string! done:bool list:ref(todo_list)
//! NAME      FIELD:TYPE…   `!` = must be given
//! ```

use heck::ToPascalCase as _;
use serde::Serialize;

use crate::names::{Name, nearest};

/// The types, each with what it is, for help and errors.
pub(crate) const TYPES: [(&str, &str); 13] = [
    ("string", "text of one line"),
    ("text", "text of several lines"),
    ("int", "a whole number, 32 bits"),
    ("bigint", "a whole number, 64 bits"),
    ("float", "a floating point number"),
    ("decimal", "an exact decimal number, for money"),
    ("bool", "true or false; false where nothing is given"),
    ("date", "a day"),
    ("time", "a time of day"),
    ("datetime", "a moment, in UTC"),
    ("uuid", "a UUID"),
    ("json", "any JSON"),
    ("ref(MODEL)", "a row of another model"),
];

/// A model as it is written: its name and its fields, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ModelSpec {
    /// What it is called.
    pub(crate) name: Name,
    /// Its fields, without the id.
    pub(crate) fields: Vec<Field>,
}

/// A field of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    /// What it is called: of a `ref` the relation; its [`column`](Self::column) ends with `_id`.
    pub(crate) name: Name,
    /// Its type.
    #[serde(flatten)]
    pub(crate) kind: Kind,
    /// Whether it must be given (`!`), and, for text, not empty. Others may be null, but for bool,
    /// which is false.
    pub(crate) required: bool,
    /// The column that holds it.
    pub(crate) column: String,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "to", rename_all = "snake_case")]
pub(crate) enum Kind {
    String,
    Text,
    Int,
    Bigint,
    Float,
    Decimal,
    Bool,
    Date,
    Time,
    Datetime,
    Uuid,
    Json,
    /// A row of the model of this name.
    Ref(Name),
}

/// What the generated code and the wire have of their own on every row.
const OWN: [&str; 4] = ["id", "_type", "position", "action"];

/// What a list or a subscription is asked with beside its filters: a field of this name could not
/// be one.
const ARGUMENT: &str = "channel";

impl ModelSpec {
    /// Reads `todo_item text:string! done:bool`.
    ///
    /// # Errors
    /// What is wrong, as a sentence that shows the part that is meant.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = words(text)?.into_iter();
        let Some(name) = words.next() else {
            return Err(
                "a model needs a name and fields, as in `todo_item text:string! done:bool`"
                    .to_owned(),
            );
        };
        if name.contains(':') {
            return Err(format!(
                "`{name}` is a field, where the model's name should stand first, as in `todo_item {name}`"
            ));
        }
        let fields: Vec<String> = words.collect();
        Self::of(&name, &fields)
    }

    /// The model of this name with these fields.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn of(name: &str, fields: &[String]) -> Result<Self, String> {
        let name = Name::parse(name).map_err(|why| format!("the model's name `{name}` {why}"))?;
        if ["model", "entity", "column", "relation", "active_model"].contains(&name.snake()) {
            return Err(format!(
                "the model's name `{name}` is one of SeaORM's own; write another, as in `my_{name}`"
            ));
        }
        if ["core", "dragon", "sea_orm", "serde_json", "std", "tokio"].contains(&name.snake()) {
            return Err(format!(
                "the model's name `{name}` is that of a crate; write another, as in `my_{name}`"
            ));
        }
        if ["main", "lib"].contains(&name.snake()) || name.is_device() {
            let whose = if name.is_device() { "of a device on Windows" } else { "of cargo's own" };
            return Err(format!(
                "the model's name `{name}` is one of the files {whose}; write another, as in `my_{name}`"
            ));
        }
        let fields = parse_fields(fields)?;
        let selfish = |field: &&Field| field.required && field.kind == Kind::Ref(name.clone());
        if let Some(field) = fields.iter().find(selfish) {
            return Err(format!(
                "`{0}:ref({name})!`: the first {name} could refer to none; leave the `!` out",
                field.name
            ));
        }
        if fields.is_empty() {
            return Err(format!(
                "the model `{name}` has no fields; write some, as in `{name} text:string! done:bool`"
            ));
        }
        Ok(Self { name, fields })
    }

    /// The models that its fields refer to, each once.
    pub(crate) fn refs(&self) -> Vec<&Name> {
        let mut refs: Vec<&Name> = Vec::new();
        for field in &self.fields {
            if let Kind::Ref(to) = &field.kind
                && !refs.contains(&to)
            {
                refs.push(to);
            }
        }
        refs
    }
}

/// Reads the fields of a model, each `NAME:TYPE` or `NAME:TYPE!`.
///
/// # Errors
/// What is wrong, as a sentence that shows the part that is meant.
pub(crate) fn parse_fields(words: &[String]) -> Result<Vec<Field>, String> {
    let mut fields: Vec<Field> = Vec::new();
    for word in words {
        let field = Field::parse(word)?;
        if let Some(twin) = field.twin(&fields) {
            return Err(format!("`{word}`: {twin}"));
        }
        fields.push(field);
    }
    Ok(fields)
}

impl Field {
    /// Why it cannot stand beside these fields; nothing where it can.
    pub(crate) fn twin(&self, others: &[Self]) -> Option<String> {
        for one in others {
            if one.column == self.column || one.name == self.name {
                return Some(format!("there is a field `{}` already", one.column));
            }
            // Columns are variants of an enum: `A1` is both `a1` and `a_1`.
            let pascal = self.column.to_pascal_case();
            if one.column.to_pascal_case() == pascal {
                return Some(format!(
                    "in Rust its name is that of the field `{}`, `{pascal}`; choose another name",
                    one.column
                ));
            }
        }
        None
    }

    /// Whether its column takes null: what is not given is null, and of a bool false.
    pub(crate) fn is_nullable(&self) -> bool {
        !self.required && self.kind != Kind::Bool
    }

    fn parse(word: &str) -> Result<Self, String> {
        let Some((name, kind)) = word.split_once(':') else {
            return Err(format!(
                "`{word}` has no type; write one, as in `{word}:string`. {}",
                known()
            ));
        };
        let (kind, required) = match kind.strip_suffix('!') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let kind = Kind::parse(kind).map_err(|why| format!("`{word}`: {why}"))?;
        let name = Name::parse(name).map_err(|why| format!("`{word}`: `{name}` {why}"))?;
        if OWN.contains(&name.snake()) {
            return Err(format!("`{word}`: every row has its own `{name}`; choose another name"));
        }
        if name.snake() == ARGUMENT {
            return Err(format!(
                "`{word}`: clients name their subscriptions by `{name}`, so none could filter by it; \
                 choose another name, as in `{name}_name`"
            ));
        }
        let column = match kind {
            Kind::Ref(_) if name.snake().ends_with("_id") => {
                let relation = name.snake().trim_end_matches("_id");
                return Err(format!(
                    "`{word}`: name the relation, not its column, as in `{relation}:ref(…)`"
                ));
            }
            Kind::Ref(_) => format!("{name}_id"),
            _ => name.snake().to_owned(),
        };
        Ok(Self { name, kind, required, column })
    }
}

impl Kind {
    /// What Dragon can compare alike in memory and in the database.
    pub(crate) fn is_filter(&self) -> bool {
        !matches!(self, Self::Json)
    }

    /// What database and client sort alike, and a person would sort by.
    pub(crate) fn is_order(&self) -> bool {
        !matches!(self, Self::Json | Self::Decimal | Self::Uuid | Self::Ref(_))
    }

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("ref") {
            let to = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
            return match to {
                Some(to) if !to.is_empty() => {
                    Name::parse(to).map(Self::Ref).map_err(|why| format!("`{to}` {why}"))
                }
                _ => Err("write the model that is meant, as in `list:ref(todo_list)`".to_owned()),
            };
        }
        Ok(match text {
            "string" => Self::String,
            "text" => Self::Text,
            "int" => Self::Int,
            "bigint" => Self::Bigint,
            "float" => Self::Float,
            "decimal" => Self::Decimal,
            "bool" => Self::Bool,
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime" => Self::Datetime,
            "uuid" => Self::Uuid,
            "json" => Self::Json,
            _ => {
                let meant =
                    meant(text).map(|meant| format!("; `{meant}` is meant?")).unwrap_or_default();
                return Err(format!("there is no type `{text}`{meant} {}", known()));
            }
        })
    }
}

/// Words divided by blanks, commas allowed between; parentheses hold together.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut open) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '(' if !open => open = true,
            ')' if open => open = false,
            '(' | ')' => return Err(format!("`{text}` has a `{c}` too many, after `{word}`")),
            _ => {}
        }
        if !open && (c.is_whitespace() || c == ',') {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else if !(open && c.is_whitespace()) {
            word.push(c);
        }
    }
    if open {
        return Err(format!("`{word}` has no closing `)`"));
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

fn known() -> String {
    format!("Types: {}", TYPES.map(|(name, _)| name).join(", "))
}

/// What others call the types, and what is nearly one.
fn meant(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let other = match lower.as_str() {
        "str" | "varchar" | "char" => "string",
        "integer" | "i32" | "number" | "int4" => "int",
        "i64" | "int8" | "long" => "bigint",
        "boolean" => "bool",
        "double" | "real" | "f64" | "f32" => "float",
        "numeric" | "money" => "decimal",
        "timestamp" | "timestamptz" | "instant" => "datetime",
        "jsonb" | "map" => "json",
        "references" | "belongs_to" | "foreign_key" | "fk" => "ref(MODEL)",
        _ => return nearest(&lower, TYPES.map(|(name, _)| name)),
    };
    Some(other)
}

#[cfg(test)]
mod tests;
