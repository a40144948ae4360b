//! What is known of a model at run time, without its type.

use std::sync::{Arc, Weak};

use sea_orm::sea_query::{ArrayType, ColumnType};
use sea_orm::{ColumnTrait, IdenStatic, Iterable, PrimaryKeyTrait, RelationTrait};

use super::{Link, Model, Models, TableName, rows};
use crate::Error;
use crate::filter::Kind;

/// A model's table and columns.
#[derive(Clone, Debug)]
pub struct ModelInfo {
    /// The wire name.
    pub name: &'static str,
    /// The table's name.
    pub table: String,
    /// The table's schema, where the entity names one.
    pub schema: Option<String>,
    /// The columns in the order of the entity.
    pub columns: Vec<Column>,
    /// The place of the primary key among the columns.
    pub key: usize,
    /// The names of the fields, shared by all rows.
    pub names: Arc<[String]>,
    /// How its rows lead to those of other tables: the entity's own relations, by their names.
    pub links: Vec<Link>,
    /// The models of its app, which its links lead to; none before [`Models::tie`].
    pub models: Weak<Models>,
}

/// One column of a model.
#[derive(Clone, Debug)]
pub struct Column {
    /// The field's name in the entity, which is its name on the wire.
    pub field: &'static str,
    /// The column's name in the database.
    pub name: String,
    /// Its type, as far as comparing and reading goes.
    pub kind: Kind,
    /// Its Rust type as SeaORM's tag.
    pub array_type: ArrayType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the entity declares a default.
    pub has_default: bool,
    /// How many characters it holds, where it is limited.
    pub max_length: Option<u32>,
    /// Whether the database makes its value.
    pub generated: bool,
    /// Whether it refers to a row of another table.
    pub foreign_key: bool,
}

impl Column {
    /// The field's name in a filter: `todo_list__id` for a foreign key `todo_list_id`.
    #[must_use]
    pub fn filter_name(&self) -> String {
        match self.field.strip_suffix("_id") {
            Some(relation) if self.foreign_key => format!("{relation}__id"),
            _ => self.field.to_owned(),
        }
    }
}

impl ModelInfo {
    /// What is known of `E`.
    ///
    /// # Errors
    /// When the entity's columns and its derived fields do not agree.
    pub fn of<E: Model>() -> Result<Self, Error> {
        let types = E::types();
        let columns: Vec<E::Column> = E::Column::iter().collect();
        if columns.len() != E::FIELDS.len() || types.len() != columns.len() {
            return Err(Error::setup(format!(
                "the entity `{}` has {} columns but `SelfPublish` saw {} fields; derive it on the \
                 same struct as `DeriveEntityModel`",
                E::NAME,
                columns.len(),
                E::FIELDS.len(),
            )));
        }
        let names: Arc<[String]> = E::FIELDS.iter().map(|&field| field.to_owned()).collect();
        let key = E::FIELDS.iter().position(|field| *field == E::KEY).ok_or_else(|| {
            Error::setup(format!("the entity `{}` has no field `{}`", E::NAME, E::KEY))
        })?;
        let relations: Vec<_> =
            E::Relation::iter().map(|relation| (relation.name(), relation.def())).collect();
        let foreign_keys: Vec<String> = relations
            .iter()
            .filter(|(_, relation)| !relation.is_owner)
            .flat_map(|(_, relation)| relation.from_col.clone().into_iter())
            .map(|column| column.to_string())
            .collect();
        // What cannot be a link is only refused where it is used as one.
        let links = relations
            .iter()
            .filter_map(|(name, relation)| Link::of(&link_name(name), relation, None).ok())
            .collect();
        let columns = columns
            .into_iter()
            .zip(E::FIELDS)
            .zip(types)
            .enumerate()
            .map(|(at, ((column, field), array_type))| {
                let def = column.def();
                Column {
                    field,
                    name: column.as_str().to_owned(),
                    kind: kind(&array_type, def.get_column_type()),
                    array_type,
                    nullable: def.is_null(),
                    has_default: def.get_column_default().is_some(),
                    max_length: max_length(def.get_column_type()),
                    foreign_key: foreign_keys.iter().any(|name| name == column.as_str()),
                    generated: at == key && E::PrimaryKey::auto_increment(),
                }
            })
            .collect();
        Ok(Self {
            name: E::NAME,
            table: E::default().table_name().to_owned(),
            schema: E::default().schema_name().map(str::to_owned),
            columns,
            key,
            names,
            links,
            models: Weak::new(),
        })
    }

    /// Its table's name.
    #[must_use]
    pub fn table_name(&self) -> TableName {
        TableName { schema: self.schema.clone(), table: self.table.clone() }
    }

    /// The link of a name: a relation's, or that of a foreign key without its `_id`, as
    /// `todo_list` is that of `todo_list_id`.
    #[must_use]
    pub fn link(&self, name: &str) -> Option<&Link> {
        let key = |link: &&Link| {
            let column = self.columns.iter().find(|column| column.name == link.from);
            column.is_some_and(|column| {
                column.foreign_key && column.field.strip_suffix("_id") == Some(name)
            })
        };
        self.links
            .iter()
            .find(|link| link.name == name)
            .or_else(|| self.links.iter().filter(|link| !link.many).find(key))
    }

    /// Adds a link, unless one of that name is there.
    pub(crate) fn lead(&mut self, link: &Link) {
        if self.link(&link.name).is_none() {
            self.links.push(link.clone());
        }
    }

    /// The primary key's column.
    #[must_use]
    pub fn key_column(&self) -> &Column {
        &self.columns[self.key]
    }

    /// The column of a field, with its place.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.field == field)
    }

    /// The field that a client means: its own name, or `todo_list__id` for the foreign key
    /// `todo_list_id`, as SwampDragon writes it.
    #[must_use]
    pub fn resolve(&self, wire_name: &str) -> Option<&Column> {
        let own = self.column(wire_name).map(|(_, column)| column);
        own.or_else(|| {
            if wire_name == "id" || wire_name == "pk" {
                return Some(self.key_column());
            }
            let (relation, last) = wire_name.rsplit_once("__")?;
            self.column(&format!("{relation}_{last}")).map(|(_, column)| column)
        })
    }
}

/// The name of SeaORM's variant as fields are written: `TodoList` is `todo_list`.
fn link_name(variant: &str) -> String {
    let mut name = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

fn max_length(column_type: &ColumnType) -> Option<u32> {
    match column_type {
        ColumnType::String(sea_orm::sea_query::StringLen::N(length)) => Some(*length),
        _ => None,
    }
}

fn kind(array_type: &ArrayType, column_type: &ColumnType) -> Kind {
    match column_type {
        // Types of PostgreSQL that compare in their own ways, or whose text is not the value's.
        ColumnType::Array(_)
        | ColumnType::Money(_)
        | ColumnType::Cidr
        | ColumnType::Inet
        | ColumnType::MacAddr
        | ColumnType::LTree
        | ColumnType::Bit(_)
        | ColumnType::VarBit(_)
        | ColumnType::Interval(..)
        | ColumnType::Vector(_) => return Kind::Other,
        ColumnType::Enum { variants, .. } => {
            return Kind::Enum(variants.iter().map(ToString::to_string).collect());
        }
        ColumnType::Char(_) => return Kind::PaddedText,
        // A type of the database that SeaORM does not know may compare in its own way.
        ColumnType::Custom(_) => return Kind::Other,
        _ => {}
    }
    rows::kind_of(array_type)
}
