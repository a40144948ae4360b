//! The columns of foreign keys that clients write, beside the relations over them.
//!
//! Whoever sets the column ties a row just as who sends the relation does: what is tied is told,
//! and may be written from then on. So it is asked in the same way wherever the serializer knows
//! the relation; where it does not, nobody else may write through it.

use super::renderer::{Relation, Renderer};
use super::save::At;
use crate::Error;
use crate::model::TableName;

/// A foreign key that clients write.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    serializer: &'static str,
    model: &'static str,
    table: TableName,
    column: &'static str,
    /// The relation through which they write what it leads to; `None` for the bare column, of
    /// which the serializer tells no relation.
    relation: Option<&'static str>,
}

impl Renderer {
    /// The relations by which this one's ties are told as well, it among them: over the same
    /// foreign key, or the same pairs.
    pub(super) fn beside<'r>(&'r self, one: &'r Relation) -> impl Iterator<Item = &'r Relation> {
        self.relations.iter().filter(move |other| {
            (other.from, other.forward, &other.link.through)
                == (one.from, one.forward, &one.link.through)
                && (one.forward || one.link.through.is_some())
        })
    }

    /// Whether the serializer tells a relation over a foreign key's column.
    fn has_over(&self, column: &str) -> bool {
        self.relations.iter().any(|one| one.forward && one.from == column)
    }

    /// What clients write of foreign keys, here and in what is written within. `set` is the
    /// column that the row above sets.
    fn written_keys(&self, set: Option<&str>, found: &mut Vec<Written>) {
        let key = |column, relation| Written {
            serializer: self.serializer.name,
            model: self.info().name,
            table: self.info().table_name(),
            column,
            relation,
        };
        let is_relation = |name: &str| self.relations.iter().any(|one| one.name == name);
        let columns = self.serializer.update_fields.iter().copied().filter(|name| {
            !is_relation(name) && !self.has_over(name) && set.is_none_or(|set| set != *name)
        });
        let through = self.writable().filter(|(one, _)| one.forward);
        let through = through.map(|(one, _)| key(one.from, Some(one.name)));
        for one in columns.map(|column| key(column, None)).chain(through) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        for (relation, renderer) in self.writable() {
            let is_back = !relation.forward && relation.link.through.is_none();
            let columns = &renderer.info().columns;
            let to = columns.iter().find(|column| is_back && column.name == relation.link.to);
            renderer.written_keys(to.map(|column| column.field), found);
        }
    }
}

/// The relations over the columns that a client sent and decides: one for each column.
pub(super) fn sent_by_column(at: At<'_>) -> Vec<&Relation> {
    let renderer = at.renderer;
    let written = renderer.serializer.update_fields;
    let mut found: Vec<&Relation> = Vec::new();
    for one in renderer.relations.iter().filter(|one| one.forward) {
        let is_sent = written.contains(&one.from) && at.sent.contains_key(one.from);
        // Of one name a relation is meant, and one that is sent has the last word on its column.
        let is_overruled = at.fixed.holds(one.from)
            || renderer.relations.iter().any(|other| other.name == one.from)
            || renderer.writable().any(|(other, _)| {
                other.forward && other.from == one.from && at.sent.contains_key(other.name)
            });
        if is_sent && !is_overruled && !found.iter().any(|other| other.from == one.from) {
            found.push(one);
        }
    }
    found
}

/// Refuses serializers of one model of which one writes a bare foreign key, which is not asked
/// for, and another one what it leads to. These are the renderers of all fields of those that
/// routers have.
///
/// # Errors
/// A sentence that says what to write.
pub(crate) fn check_keys<'r>(renderers: impl Iterator<Item = &'r Renderer>) -> Result<(), Error> {
    let mut found = Vec::new();
    renderers.for_each(|renderer| renderer.written_keys(None, &mut found));
    for bare in found.iter().filter(|one| one.relation.is_none()) {
        let same = |one: &&Written| (&one.table, one.column) == (&bare.table, bare.column);
        let Some(other) = found.iter().filter(same).find(|one| one.relation.is_some()) else {
            continue;
        };
        let (column, relation) = (bare.column, other.relation.unwrap_or_default());
        return Err(Error::setup(format!(
            "{} writes `{column}` of `{}` as a plain value, while {} writes what its relation \
             `{relation}` leads to: whoever may set the column could write any row there; in {0}, \
             list a relation over `{column}` in place of it, or tell one in `related(…)` beside \
             it, so that the router's tie_scope is asked",
            bare.serializer, bare.model, other.serializer
        )));
    }
    Ok(())
}
