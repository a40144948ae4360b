//! A model as the templates of its files see it.

use serde::Serialize;

use crate::names::Name;
use crate::spec::{Field, Kind, ModelSpec};

/// A model with all that its files say of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ModelView {
    name: Name,
    fields: Vec<FieldView>,
    /// The columns by which clients may filter, and by which they may sort.
    filters: Vec<String>,
    orders: Vec<String>,
    /// What its test changes, and what it tries in vain.
    changed: Option<Change>,
    refused: Option<Refusal>,
}

/// A field.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FieldView {
    name: Name,
    column: String,
    /// The type in the entity: `Option<String>`.
    rust: String,
    /// What SeaORM is told of the column beside its type.
    attribute: Option<String>,
    relation: Option<RelationView>,
    /// Text that must not be empty.
    pub(super) filled: bool,
    /// A value of it, as an expression in `json!`.
    sample: String,
}

/// The relation of a `ref` field.
#[derive(Clone, Debug, Serialize)]
struct RelationView {
    /// The attribute, in as many lines as rustfmt makes of it.
    attribute: Vec<String>,
    /// `super::todo_list::Entity`, or an option of it.
    entity: String,
}

/// What a test writes over a value.
#[derive(Clone, Debug, Serialize)]
struct Change {
    column: String,
    other: &'static str,
}

/// What a test sends that does not fit.
#[derive(Clone, Debug, Serialize)]
struct Refusal {
    column: String,
    bad: &'static str,
    sentence: &'static str,
}

impl ModelView {
    /// The model that was asked for.
    pub(crate) fn of(spec: &ModelSpec) -> Self {
        let columns = |wanted: fn(&Kind) -> bool| {
            let wanted = spec.fields.iter().filter(|field| wanted(&field.kind));
            wanted.map(|field| field.column.clone()).collect()
        };
        let refused = spec.fields.iter().find(|field| is_filled(field));
        let refused = refused.into_iter().chain(&spec.fields).find_map(|field| {
            let (bad, sentence) = refusal(field)?;
            Some(Refusal { column: field.column.clone(), bad, sentence })
        });
        let changed = spec.fields.iter().find_map(|field| {
            let other = value(&field.kind)?.1;
            Some(Change { column: field.column.clone(), other })
        });
        Self {
            name: spec.name.clone(),
            fields: spec.fields.iter().map(|field| FieldView::of(spec, field)).collect(),
            filters: columns(Kind::is_filter),
            orders: columns(Kind::is_order),
            changed,
            refused,
        }
    }
}

impl FieldView {
    pub(super) fn of(spec: &ModelSpec, field: &Field) -> Self {
        let rust = rust(&field.kind);
        let nullable = field.is_nullable();
        Self {
            name: field.name.clone(),
            column: field.column.clone(),
            rust: if nullable { format!("Option<{rust}>") } else { rust.to_owned() },
            attribute: attribute(field),
            relation: RelationView::of(spec, field),
            filled: is_filled(field),
            sample: sample(field),
        }
    }
}

impl RelationView {
    fn of(spec: &ModelSpec, field: &Field) -> Option<Self> {
        let Kind::Ref(to) = &field.kind else { return None };
        let itself = *to == spec.name;
        let entity =
            if itself { "Entity".to_owned() } else { format!("super::{}::Entity", to.snake()) };
        let entity = if field.required { entity } else { format!("Option<{entity}>") };
        let mut parts = vec![if itself { "self_ref" } else { "belongs_to" }.to_owned()];
        // By itself it has the name of the table, which another reference may have of its own.
        parts.push(format!("relation_enum = \"{}\"", field.name.pascal()));
        parts.push(format!("from = \"{}\"", field.column));
        parts.push("to = \"id\"".to_owned());
        let on_delete = if field.required { "Cascade" } else { "SetNull" };
        parts.push(format!("on_delete = \"{on_delete}\""));
        Some(Self { attribute: wrapped(&parts), entity })
    }
}

/// How wide the arguments of an attribute are at most before rustfmt gives each its own line.
const ATTRIBUTE_WIDTH: usize = 70;

fn wrapped(parts: &[String]) -> Vec<String> {
    let line = parts.join(", ");
    if line.len() <= ATTRIBUTE_WIDTH {
        return vec![format!("#[sea_orm({line})]")];
    }
    let mut lines = vec!["#[sea_orm(".to_owned()];
    let last = parts.len() - 1;
    for (at, part) in parts.iter().enumerate() {
        lines.push(format!("    {part}{}", if at < last { "," } else { "" }));
    }
    lines.push(")]".to_owned());
    lines
}

fn is_filled(field: &Field) -> bool {
    field.required && matches!(field.kind, Kind::String | Kind::Text)
}

fn rust(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Text => "String",
        Kind::Int | Kind::Ref(_) => "i32",
        Kind::Bigint => "i64",
        Kind::Float => "f64",
        Kind::Decimal => "Decimal",
        Kind::Bool => "bool",
        Kind::Date => "Date",
        Kind::Time => "Time",
        Kind::Datetime => "DateTimeUtc",
        Kind::Uuid => "Uuid",
        Kind::Json => "Json",
    }
}

fn attribute(field: &Field) -> Option<String> {
    let column_type = match field.kind {
        Kind::Bool if !field.required => return Some("default_value = false".to_owned()),
        Kind::Text => "Text",
        Kind::Json => "JsonBinary",
        _ => return None,
    };
    let null = if field.is_nullable() { ", nullable" } else { "" };
    Some(format!("column_type = \"{column_type}\"{null}"))
}

/// A value as the wire has it, and another; nothing where what is told may be written otherwise.
fn value(kind: &Kind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        Kind::String => ("\"one\"", "\"another\""),
        Kind::Text => ("\"one line\\nand another\"", "\"one line\""),
        Kind::Int => ("1", "2"),
        Kind::Bigint => ("3000000000_i64", "4000000000_i64"),
        Kind::Float => ("0.5", "1.5"),
        Kind::Bool => ("false", "true"),
        Kind::Date => ("\"2026-01-31\"", "\"2026-02-01\""),
        Kind::Time => ("\"12:30:00\"", "\"18:45:00\""),
        Kind::Uuid => {
            ("\"00000000-0000-4000-8000-000000000001\"", "\"00000000-0000-4000-8000-000000000002\"")
        }
        Kind::Json => ("{ \"a\": [1, 2] }", "{ \"a\": [1, 2, 3] }"),
        Kind::Datetime | Kind::Decimal | Kind::Ref(_) => return None,
    })
}

pub(super) fn sample(field: &Field) -> String {
    match &field.kind {
        // Models may refer to one another in a circle, in which one of the references is such.
        Kind::Ref(_) if !field.required => "null".to_owned(),
        Kind::Ref(to) => format!("crate::{}::create(client).await[\"id\"]", to.snake()),
        Kind::Decimal => "\"12.50\"".to_owned(),
        Kind::Datetime => "\"2026-01-31T12:30:00Z\"".to_owned(),
        kind => value(kind).map_or_else(|| "null".to_owned(), |(one, _)| one.to_owned()),
    }
}

/// What does not fit, and what a client is told of it.
fn refusal(field: &Field) -> Option<(&'static str, &'static str)> {
    Some(match &field.kind {
        Kind::String | Kind::Text if field.required => ("\" \"", "Write something."),
        Kind::String | Kind::Text => ("1", "Write a text."),
        Kind::Int | Kind::Bigint | Kind::Ref(_) => ("\"a\"", "Write a whole number."),
        Kind::Float => ("\"a\"", "Write a number."),
        Kind::Decimal => ("\"a\"", "Write a decimal number."),
        Kind::Bool => ("\"a\"", "Write true or false."),
        Kind::Date => ("\"a\"", "Write a date as YYYY-MM-DD."),
        Kind::Time => ("\"a\"", "Write a time as HH:MM:SS."),
        Kind::Datetime => {
            ("\"a\"", "Write a date and time with its offset, as YYYY-MM-DDTHH:MM:SS+00:00.")
        }
        Kind::Uuid => ("\"a\"", "Write a UUID."),
        Kind::Json => return None,
    })
}
