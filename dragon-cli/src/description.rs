//! An app's description, as the app prints it: `dragon::description` says what each part means.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::failure::Failure;

/// What an app declares.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Description {
    pub(crate) name: String,
    pub(crate) routers: Vec<Router>,
    pub(crate) serializers: Vec<Serializer>,
    pub(crate) models: Vec<Model>,
}

/// A named set of calls.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Router {
    pub(crate) route: String,
    /// Its Rust type.
    pub(crate) name: String,
    pub(crate) serializer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) verbs: Vec<Verb>,
    pub(crate) verbs_known: bool,
    /// Those of all verbs.
    pub(crate) permissions: Vec<String>,
    pub(crate) filter_fields: Vec<FilterField>,
    pub(crate) order_fields: Vec<String>,
    pub(crate) paginate_by: Option<u64>,
    pub(crate) views: Vec<String>,
    pub(crate) include_related: Vec<String>,
}

/// Something that clients may call.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Verb {
    pub(crate) name: String,
    pub(crate) own: bool,
    pub(crate) permissions: Vec<String>,
}

/// A field that lists and subscriptions can be filtered by.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FilterField {
    pub(crate) name: String,
    pub(crate) field: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    pub(crate) lookups: Vec<String>,
}

/// What of a model is told, and what may be written.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Serializer {
    pub(crate) name: String,
    pub(crate) short_name: String,
    pub(crate) model: String,
    pub(crate) key: Key,
    pub(crate) fields: Vec<Field>,
    pub(crate) related: Vec<Related>,
    pub(crate) views: BTreeMap<String, Vec<String>>,
}

/// A primary key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Key {
    #[serde(rename = "type")]
    pub(crate) kind: Type,
}

/// A field of an object on the wire.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    pub(crate) published: bool,
    pub(crate) updatable: bool,
    pub(crate) required_on_create: bool,
    pub(crate) max_length: Option<u32>,
    pub(crate) custom: bool,
    pub(crate) tells: Option<Told>,
}

/// A relation that is told as an object, or a list of them.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Related {
    pub(crate) name: String,
    pub(crate) serializer: String,
    pub(crate) many: bool,
    pub(crate) nullable: bool,
    pub(crate) updatable: bool,
    pub(crate) custom: bool,
    pub(crate) tells: Option<Told>,
}

/// What a `serialize_` method answers.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Told {
    /// `boolean`, `number`, `string` or `any`; of a list that of its values.
    pub(crate) wire: String,
    pub(crate) many: bool,
    pub(crate) nullable: bool,
}

/// An entity.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// A column of a model.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) foreign_key: bool,
}

/// The type of a field.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Type {
    pub(crate) kind: String,
    /// What JSON carries it: `boolean`, `number`, `string` or `any`.
    pub(crate) wire: String,
    /// The values of an enum, where they are known.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// The line that an app prints.
#[derive(Deserialize)]
struct Line {
    describe: Description,
}

impl Description {
    /// Reads what an app printed: the last line that is a description, whatever came before it.
    /// A file is read as well that somebody has laid out over several lines, or that has what
    /// `dragon-cli routes --json` says: the description alone.
    ///
    /// # Errors
    /// When there is none, or one of another shape.
    pub(crate) fn read(printed: &str) -> Result<Self, Failure> {
        let line =
            printed.lines().rev().map(str::trim).find(|line| line.starts_with("{\"dragon\""));
        let text = line.unwrap_or(printed);
        let read = match serde_json::from_str::<Line>(text) {
            Ok(line) => Ok(line.describe),
            Err(error) if text.contains("\"describe\"") => Err(error),
            Err(_) => serde_json::from_str(text),
        };
        read.map_err(|error| {
            Failure::new(format!("this is no description of an app: {error}"))
                .help("an app prints its own when it is started with DRAGON_DESCRIBE=1")
                .other_version()
        })
    }
}
