//! From rows to the wire's objects: related rows are loaded in batches, one statement for each
//! relation however many rows there are.

use std::collections::HashMap;

use futures::future::BoxFuture;
use sea_orm::{DatabaseExecutor, DbErr};

use super::renderer::{Field, Relation, Renderer, Source};
use super::wire::json;
use crate::change::{Change, Row, View};
use crate::filter::{Kind, Value};
use crate::model::{Junction, linked, pairs};

/// What each relation tells of each row.
type Told = Vec<Vec<String>>;

impl Renderer {
    /// The whole objects of rows.
    ///
    /// # Errors
    /// When the database refuses the related rows.
    pub fn objects<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        rows: &'a [&'a Row],
    ) -> BoxFuture<'a, Result<Vec<String>, DbErr>> {
        Box::pin(async move {
            let told = self.relations(db, rows).await?;
            let object = |(at, row): (usize, &&Row)| self.object_of(row, at, &told);
            Ok(rows.iter().enumerate().map(object).collect())
        })
    }

    /// The whole object of a row.
    ///
    /// # Errors
    /// When the database refuses the related rows.
    pub async fn object(&self, db: &DatabaseExecutor<'_>, row: &Row) -> Result<String, DbErr> {
        Ok(self.objects(db, &[row]).await?.pop().unwrap_or_default())
    }

    /// `id`, `_type` and the published fields that differ between two rows; `None` if none does.
    ///
    /// # Errors
    /// When the database refuses the related rows.
    pub async fn changed(
        &self,
        db: &DatabaseExecutor<'_>,
        before: &Row,
        after: &Row,
    ) -> Result<Option<String>, DbErr> {
        let told = self.relations(db, &[after]).await?;
        Ok(self.changed_of(before, after, 0, &told))
    }

    /// What changes look like through this serializer, as of now: what they hold of other rows is
    /// read from the database.
    ///
    /// # Errors
    /// When the database refuses the related rows.
    pub async fn views(
        &self,
        db: &DatabaseExecutor<'_>,
        changes: &[&Change],
    ) -> Result<Vec<View>, DbErr> {
        let after: Vec<&Row> = changes.iter().filter_map(|change| change.after.as_ref()).collect();
        let told = self.relations(db, &after).await?;
        let mut at = 0..after.len();
        Ok(changes
            .iter()
            .map(|change| {
                self.view_of(change, change.after.as_ref().and_then(|_| at.next()), &told)
            })
            .collect())
    }

    /// What a change looks like, where that needs nothing of other rows.
    #[must_use]
    pub fn own_view(&self, change: &Change) -> Option<View> {
        let needs = change.after.is_some() && self.has_relations();
        (!needs).then(|| {
            let told = vec![vec!["null".to_owned()]; self.relations.len()];
            self.view_of(change, Some(0), &told)
        })
    }

    /// What rows whose links through a junction changed look like: the keys of what they are tied
    /// to. `None` where this serializer tells nothing of that junction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn relinked(
        &self,
        db: &DatabaseExecutor<'_>,
        junction: &Junction,
        rows: &[&Row],
    ) -> Result<Option<Vec<View>>, DbErr> {
        let concerned = |relation: &Relation| {
            relation.link.through.as_ref().is_some_and(|own| own.table == junction.table)
        };
        if !self.relations.iter().any(concerned) {
            return Ok(None);
        }
        let told = self.relations(db, rows).await?;
        let mut ids: HashMap<&str, Vec<String>> = HashMap::new();
        for relation in self.relations.iter().filter(|relation| concerned(relation)) {
            // Its own method has the last word, also on what is told of a change.
            if relation.custom.is_none() {
                ids.insert(relation.name, self.ids(db, relation, rows).await?);
            }
        }
        let view = |(at, row): (usize, &&Row)| View {
            object: Some(self.object_of(row, at, &told)),
            changed: self.compose(row, |field| match &field.source {
                Source::Related(place) if concerned(&self.relations[*place]) => {
                    let own = || told[*place].get(at).cloned();
                    ids.get(field.name).map_or_else(own, |ids| ids.get(at).cloned())
                }
                Source::Key(..) => self.own(field, row),
                // A mapper puts the message itself in the place of such a row.
                Source::Related(place) if self.is_alone() => told[*place].get(at).cloned(),
                _ if self.is_alone() => self.own(field, row),
                _ => None,
            }),
            reference: self.reference(self.key(row)),
        };
        Ok(Some(rows.iter().enumerate().map(view).collect()))
    }

    /// The keys of what each row is tied to, as arrays.
    async fn ids(
        &self,
        db: &DatabaseExecutor<'_>,
        relation: &Relation,
        rows: &[&Row],
    ) -> Result<Vec<String>, DbErr> {
        let values = led_from(relation, rows);
        let pairs = pairs(db, self.info(), &relation.link, relation.target.info(), &values).await?;
        let mut by_value: HashMap<String, Vec<String>> = HashMap::new();
        for (from, to) in pairs {
            by_value.entry(key(&from)).or_default().push(key(&to));
        }
        let of =
            |row: &&Row| by_value.get(&key(from(relation, row))).map_or(&[][..], Vec::as_slice);
        Ok(rows.iter().map(|row| format!("[{}]", of(row).join(","))).collect())
    }

    fn object_of(&self, row: &Row, at: usize, told: &Told) -> String {
        let text = |field: &Field| match &field.source {
            Source::Related(place) => told[*place].get(at).cloned(),
            _ => self.own(field, row),
        };
        self.compose(row, text).unwrap_or_else(|| self.reference(self.key(row)))
    }

    fn changed_of(&self, before: &Row, after: &Row, at: usize, told: &Told) -> Option<String> {
        self.fields.iter().any(|field| self.differs(field, before, after)).then_some(())?;
        // SwampDragon's mapper puts the message itself in the place of a row that stands alone,
        // and into the row that it has come to.
        let is_key = |field: &&Field| matches!(field.source, Source::Key(..));
        let moved = |field: &Field| self.differs(field, before, after);
        if self.is_alone() || self.fields.iter().find(is_key).is_some_and(moved) {
            return Some(self.object_of(after, at, told));
        }
        self.compose(after, |field| match &field.source {
            // What holds it is said each time: SwampDragon's mapper loses a row that does not.
            Source::Key(..) => self.own(field, after),
            _ if !self.differs(field, before, after) => None,
            Source::Related(place) => told[*place].get(at).cloned(),
            _ => self.own(field, after),
        })
    }

    /// Whether its rows are told because others lead to them, each to one.
    fn is_alone(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.alone)
    }

    fn view_of(&self, change: &Change, at: Option<usize>, told: &Told) -> View {
        let after = change.after.as_ref().zip(at);
        View {
            object: after.map(|(row, at)| self.object_of(row, at, told)),
            changed: change
                .before
                .as_ref()
                .zip(after)
                .and_then(|(before, (after, at))| self.changed_of(before, after, at, told)),
            reference: self.reference(&change.key),
        }
    }

    async fn relations(&self, db: &DatabaseExecutor<'_>, rows: &[&Row]) -> Result<Told, DbErr> {
        let mut told = Vec::new();
        for relation in &self.relations {
            told.push(self.relation(db, relation, rows).await?);
        }
        Ok(told)
    }

    /// What one relation tells of each row.
    async fn relation(
        &self,
        db: &DatabaseExecutor<'_>,
        relation: &Relation,
        rows: &[&Row],
    ) -> Result<Vec<String>, DbErr> {
        let Some(renderer) = &relation.renderer else {
            return Ok(vec!["null".to_owned(); rows.len()]);
        };
        let values = led_from(relation, rows);
        if values.is_empty() {
            return Ok(rows.iter().map(|row| finish(relation, row, &[])).collect());
        }
        let target = relation.target.as_ref();
        let found = linked(db, self.info(), &relation.link, target, &values).await?;
        let related: Vec<&Row> = found.iter().map(|(_, row)| row).collect();
        let objects = renderer.objects(db, &related).await?;
        let mut by_value: HashMap<String, Vec<String>> = HashMap::new();
        for ((value, _), object) in found.iter().zip(objects) {
            by_value.entry(key(value)).or_default().push(object);
        }
        let none = Vec::new();
        let of = |row: &&Row| by_value.get(&key(from(relation, row))).unwrap_or(&none);
        Ok(rows.iter().map(|row| finish(relation, row, of(row))).collect())
    }
}

/// What a relation tells of a row that leads to these objects.
fn finish(relation: &Relation, row: &Row, objects: &[String]) -> String {
    let text = if relation.link.many {
        format!("[{}]", objects.join(","))
    } else {
        objects.first().cloned().unwrap_or_else(|| "null".to_owned())
    };
    let Some(serializer) = relation.custom else { return text };
    let rendered = serde_json::from_str(&text).unwrap_or_default();
    let told = (serializer.custom)(relation.name, row, Some(rendered));
    told.unwrap_or_default().to_string()
}

fn from<'r>(relation: &Relation, row: &'r Row) -> &'r Value {
    row.get(relation.from).unwrap_or(&Value::Null)
}

/// The values that lead anywhere, each once.
fn led_from(relation: &Relation, rows: &[&Row]) -> Vec<Value> {
    let mut values: HashMap<String, Value> = HashMap::new();
    for value in rows.iter().map(|row| from(relation, row)).filter(|value| !value.is_null()) {
        values.insert(key(value), value.clone());
    }
    values.into_values().collect()
}

/// The same for equal values of a key, and its form on the wire.
fn key(value: &Value) -> String {
    json(&Kind::Other, value)
}
