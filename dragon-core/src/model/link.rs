//! How the rows of one table lead to those of another.

use sea_orm::sea_query::TableRef;
use sea_orm::{Identity, RelationDef, RelationType};

use crate::Error;

/// A table's name, with its schema where the entity names one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The schema.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
}

/// How rows lead to rows of another table: those whose column `to` has the value of the own
/// column `from`, or those that a junction ties to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name in paths and on the wire.
    pub name: String,
    /// The own column.
    pub from: String,
    /// The table that it leads to.
    pub target: TableName,
    /// The column there.
    pub to: String,
    /// Whether it may lead to several rows.
    pub many: bool,
    /// The table in between, of a many-to-many relation.
    pub through: Option<Junction>,
}

/// The table of a many-to-many relation, whose rows are pairs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Junction {
    /// The table.
    pub table: TableName,
    /// Its column that has the value of [`Link::from`].
    pub from: String,
    /// Its column that has the value of [`Link::to`].
    pub to: String,
}

impl Link {
    /// The link that SeaORM's definitions mean: `Related::to` and `Related::via` of an entity, or
    /// a single definition.
    ///
    /// # Errors
    /// When a relation has several columns or a condition of its own; the sentence says which.
    pub fn of(name: &str, to: &RelationDef, via: Option<&RelationDef>) -> Result<Self, Error> {
        if [Some(to), via].into_iter().flatten().any(|def| def.on_condition.is_some()) {
            return Err(Error::setup(format!(
                "the relation `{name}` has a condition of its own (`on_condition`), which changes \
                 cannot be judged by; leave it out, or use a relation without one"
            )));
        }
        let column = |identity: &Identity| match identity {
            Identity::Unary(column) => Ok(column.to_string()),
            _ => Err(Error::setup(format!(
                "the relation `{name}` has several columns; give the table a single key column"
            ))),
        };
        let table = |table: &TableRef| {
            table_name(table).ok_or_else(|| {
                Error::setup(format!("the relation `{name}` does not lead to a plain table"))
            })
        };
        let target = table(&to.to_tbl)?;
        Ok(match via {
            None => Self {
                name: name.to_owned(),
                from: column(&to.from_col)?,
                target,
                to: column(&to.to_col)?,
                many: to.rel_type == RelationType::HasMany,
                through: None,
            },
            Some(via) => Self {
                name: name.to_owned(),
                from: column(&via.from_col)?,
                target,
                to: column(&to.to_col)?,
                many: true,
                through: Some(Junction {
                    table: table(&via.to_tbl)?,
                    from: column(&via.to_col)?,
                    to: column(&to.from_col)?,
                }),
            },
        })
    }
}

fn table_name(table: &TableRef) -> Option<TableName> {
    let TableRef::Table(name, _) = table else { return None };
    let schema = name.0.as_ref().map(|schema| schema.1.to_string());
    Some(TableName { schema, table: name.1.to_string() })
}
