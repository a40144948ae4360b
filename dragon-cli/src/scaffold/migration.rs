//! A migration: its file, its place in the `Migrator`, and what the model gains by it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::attribute::{Extended, extended};
use super::view::{FieldView, sample};
use super::{Part, entries, read_model};
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::{Insertion, Plan, with_ends_of};
use crate::spec::{Field, Kind, ModelSpec};
use crate::templates::render;

const FOLDER: &str = "src/migrations";

/// What a migration does.
pub(crate) struct Migration {
    /// What it is called: `add_priority_to_todo_item`.
    pub(crate) name: Name,
    /// The columns that it adds, and to which model's table; nothing for one to be written.
    pub(crate) add: Option<ModelSpec>,
}

/// A column as the template sees it.
#[derive(Serialize)]
struct Column {
    name: String,
    /// The calls that define it: `.integer().null()`.
    definition: String,
    /// The table that it refers to.
    references: Option<String>,
}

/// Plans the migration, made at `now`, and what belongs to it.
///
/// # Errors
/// When a column cannot be added to rows that are there, or what is there cannot be read.
pub(crate) fn migration(
    plan: &mut Plan,
    migration: &Migration,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let module = module(plan, &migration.name, now);
    let text = match &migration.add {
        Some(spec) => {
            let columns = spec.fields.iter().map(column).collect::<Result<Vec<_>, Failure>>()?;
            let table = spec.name.snake();
            render("migration/add.rs", &serde_json::json!({ "table": table, "columns": columns }))?
        }
        None => {
            let title = migration.name.title();
            render("migration/empty.rs", &serde_json::json!({ "title": title }))?
        }
    };
    plan.create(&format!("{FOLDER}/{module}.rs"), text)?;
    wire(plan, &module)?;
    if let Some(spec) = &migration.add {
        for field in &spec.fields {
            gain(plan, spec, field)?;
        }
    }
    Ok(())
}

/// The module's name: that of a migration of this name that is there, or a new one.
fn module(plan: &Plan, name: &Name, now: DateTime<Utc>) -> String {
    let there = plan.files_in(FOLDER).into_iter().find_map(|file| {
        let module = file.strip_suffix(".rs")?;
        let (stamp, rest) = module.split_at_checked("m20260131_123000_".len())?;
        (stamp.starts_with('m') && rest == name.snake()).then(|| module.to_owned())
    });
    there.unwrap_or_else(|| format!("m{}_{name}", now.format("%Y%m%d_%H%M%S")))
}

/// The migration in the `Migrator`, and that in the app.
fn wire(plan: &mut Plan, module: &str) -> Result<(), Failure> {
    let contents = format!("{FOLDER}/mod.rs");
    if plan.text(&contents)?.is_none() {
        plan.create(&contents, render("migration/mod.rs", &())?)?;
    }
    let at = |anchor, line: &str, mark: &str, sorted| Insertion {
        anchor,
        after: None,
        line: line.to_owned(),
        mark: mark.to_owned(),
        sorted,
    };
    let modules = "// dragon-cli: migration modules";
    let line = format!("mod {module};");
    plan.insert(&contents, &at(modules, &line, &format!("mod {module}"), true))?;
    let (list, migration) = ("// dragon-cli: migrations", format!("{module}::Migration"));
    plan.insert(&contents, &at(list, &format!("Box::new({migration}),"), &migration, false))?;
    let modules = "// dragon-cli: modules";
    plan.insert("src/lib.rs", &at(modules, "pub mod migrations;", "mod migrations", true))?;
    let run = ".migrate(migrations::run)";
    plan.insert("src/lib.rs", &at("// dragon-cli: routers", run, "migrations::run", false))?;
    depend(plan)
}

/// The crate that runs migrations, with the drivers that the app has, among the dependencies.
fn depend(plan: &mut Plan) -> Result<(), Failure> {
    const FILE: &str = "Cargo.toml";
    const CRATE: &str = "sea-orm-migration";
    let Some(text) = plan.text(FILE)? else { return Ok(()) };
    let mut manifest: Option<DocumentMut> = text.parse().ok();
    let dependencies = manifest
        .as_mut()
        .and_then(|manifest| manifest.get_mut("dependencies")?.as_table_like_mut());
    if dependencies.as_ref().is_some_and(|dependencies| dependencies.contains_key(CRATE)) {
        return Ok(());
    }
    let has = |feature| dependencies.as_ref().is_some_and(|all| dragon_has(&**all, feature));
    let drivers = match (has("postgres"), has("sqlite")) {
        (true, false) => "\"sqlx-postgres\"",
        (true, true) => "\"sqlx-postgres\", \"sqlx-sqlite\"",
        (false, _) => "\"sqlx-sqlite\"",
    };
    let wanted = format!(
        "{{ version = \"2.0.4\", default-features = false, features = [\"runtime-tokio\", {drivers}] }}"
    );
    let (Some(dependencies), Ok(value)) = (dependencies, wanted.parse::<Value>()) else {
        plan.leave(format!("{FILE}: add `{CRATE} = {wanted}` to the dependencies yourself"));
        return Ok(());
    };
    dependencies.insert(CRATE, value.into());
    let after = manifest.map(|manifest| manifest.to_string()).unwrap_or_default();
    plan.edit(FILE, with_ends_of(&text, &after))
}

/// Whether the app asks Dragon for a feature.
fn dragon_has(dependencies: &dyn TableLike, feature: &str) -> bool {
    let is_dragon = |key: &str, item: &Item| {
        key == "dragon-core" || item.get("package").and_then(Item::as_str) == Some("dragon-core")
    };
    let mut features = dependencies
        .iter()
        .filter(|(key, item)| is_dragon(key, item))
        .filter_map(|(_, item)| item.get("features")?.as_array())
        .flatten();
    features.any(|one| one.as_str() == Some(feature))
}

/// What else of the app says which fields a model has.
fn gain(plan: &mut Plan, spec: &ModelSpec, field: &Field) -> Result<(), Failure> {
    let (name, column) = (&spec.name, &field.column);
    let file = |part: Part| part.file(name);
    // A relation needs a name of its own where another leads to the same table.
    let mut whole = spec.clone();
    let there = read_model(plan, name)?.into_iter().flat_map(|there| there.fields);
    whole.fields.extend(there.filter(|one| one.column != *column));
    let view = FieldView::of(&whole, field);
    let declaration = Insertion {
        anchor: "}",
        after: Some("pub struct Model {"),
        line: render("model/field.rs", &serde_json::json!({ "field": view }))?,
        mark: format!("pub {column}"),
        sorted: false,
    };
    plan.insert(&file(Part::Model), &declaration)?;
    for list in ["publish_fields", "update_fields"] {
        extend(plan, &file(Part::Serializer), list, column)?;
    }
    let validates = format!("fn validate_{column}(");
    let serializer = plan.text(&file(Part::Serializer))?;
    if view.filled && serializer.is_some_and(|text| !text.contains(&validates)) {
        plan.suggest(format!(
            "{} takes an empty `{column}`; write `{validates}…)` as for other fields",
            file(Part::Serializer)
        ));
    }
    for (list, wanted) in
        [("filter_fields", field.kind.is_filter()), ("order_fields", field.kind.is_order())]
    {
        if wanted {
            extend(plan, &file(Part::Router), list, column)?;
        }
    }
    if plan.text(&file(Part::Test))?.is_some() {
        let value = Insertion {
            anchor: "});",
            after: Some("let args = json!({"),
            line: format!("    \"{column}\": {},", sample(field)),
            mark: format!("\"{column}\""),
            sorted: false,
        };
        plan.insert(&file(Part::Test), &value)?;
    }
    let Some(path) = entries(plan)? else { return Ok(()) };
    let entry = Insertion {
        anchor: "],",
        after: Some(&format!("route: '{}'", name.kebab())),
        line: render("model/entry_field.js", &serde_json::json!({ "field": field }))?,
        mark: format!("name: '{column}'"),
        sorted: false,
    };
    plan.insert(path, &entry)
}

/// Adds a word to the list `head(…)` of an attribute, where there is such a file.
fn extend(plan: &mut Plan, path: &str, head: &str, word: &str) -> Result<(), Failure> {
    let Some(text) = plan.text(path)? else { return Ok(()) };
    match extended(&text, head, word) {
        Extended::Text(after) => plan.edit(path, after)?,
        Extended::NoList => {
            plan.leave(format!("{path} has no `{head}(…)`; add `{word}` where it belongs"));
        }
        Extended::Unclear => plan.leave(format!(
            "{path}: `{head}(…)` has comments or lists in it; add `{word}` to it yourself"
        )),
    }
    Ok(())
}

/// The column in SeaORM's words, for a table that may have rows.
fn column(field: &Field) -> Result<Column, Failure> {
    let (kind, default) = match &field.kind {
        Kind::String => ("string", Some("\"\"")),
        Kind::Text => ("text", Some("\"\"")),
        Kind::Int => ("integer", Some("0")),
        Kind::Bigint => ("big_integer", Some("0")),
        Kind::Float => ("double", Some("0.0")),
        Kind::Decimal => ("decimal", Some("0")),
        Kind::Bool => ("boolean", Some("false")),
        Kind::Date => ("date", None),
        Kind::Time => ("time", None),
        Kind::Datetime => ("timestamp_with_time_zone", None),
        Kind::Uuid => ("uuid", None),
        Kind::Json => ("json_binary", None),
        Kind::Ref(_) => ("integer", None),
    };
    let definition = match (field.is_nullable(), default) {
        (true, _) => format!(".{kind}().null()"),
        (false, Some(default)) => format!(".{kind}().not_null().default({default})"),
        (false, None) => {
            return Err(Failure::usage(format!(
                "`{}`: rows that are there already have none, and nothing can stand for it",
                field.column
            ))
            .help("leave the `!` out; when every row has one, another migration can require it"));
        }
    };
    let references = match &field.kind {
        Kind::Ref(to) => Some(to.snake().to_owned()),
        _ => None,
    };
    Ok(Column { name: field.column.clone(), definition, references })
}
