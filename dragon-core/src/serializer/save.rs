//! Writing a row with what it leads to: own fields here, the relations in [`nested`](super::nested).
//!
//! Everything happens in the transaction of the verb. From the first error on nothing is written
//! any more, and the rest is only looked at: the client is told all that is wrong at once.

use futures::future::BoxFuture;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DatabaseExecutor, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel,
};
use serde_json::{Map, Value as Json};

use super::write::{ActiveModel, apply, column_of, fields, is_required};
use super::{Deserializers, Renderer, Serializer, Values, keys, nested};
use crate::change::Row;
use crate::filter::{Database, Filter, Value};
use crate::model::{ModelInfo, Models, find_for_write, from_sea, row};
use crate::protocol::FieldErrors;

/// Which rows a write may tie that are not tied yet.
#[derive(Clone, Copy)]
pub(crate) struct Ties<'w> {
    /// The app's models.
    pub(crate) models: &'w Models,
    /// The scope for a relation, by its path without numbers: `staff_set.address`.
    pub(crate) scope: &'w (dyn Fn(&str) -> Filter + Sync),
}

/// A write in hand: one transaction, however many rows.
pub(crate) struct Writing<'w> {
    pub(super) transaction: &'w DatabaseTransaction,
    pub(super) database: Database,
    pub(super) ties: Ties<'w>,
    /// How many related objects may still come.
    left: u64,
    pub(super) errors: FieldErrors,
}

/// Why nothing is written.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What is wrong with what was sent.
    Fields(FieldErrors),
    /// There are more related objects than one call may have.
    TooMany,
    /// A sentence for the developer.
    Wrong(String),
    /// The database refused a row; the path of its fields.
    Database(String, DbErr),
}

/// What is written where.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    /// The renderer of all fields of the row's serializer.
    pub(crate) renderer: &'a Renderer,
    /// What stands before the names of its fields in errors: `staff_set.0.`, or nothing.
    pub(crate) path: &'a str,
    /// What the client sent.
    pub(crate) sent: &'a Map<String, Json>,
    /// What it does not decide.
    pub(crate) fixed: &'a Fixed,
    /// How it is read.
    pub(crate) deserializers: &'a Deserializers,
}

/// What the server sets and the client does not.
#[derive(Debug, Default)]
pub(crate) struct Fixed {
    /// Where the values come from, as a developer knows it.
    source: &'static str,
    values: Values,
    /// A field whose value would be known if there were no errors.
    unknown: Option<&'static str>,
}

impl Fixed {
    /// What the router's method of this name answered.
    pub(crate) fn by(source: &'static str, values: Values) -> Self {
        Self { source, values, unknown: None }
    }

    /// The field that leads to the row above, with its value where that is known.
    pub(super) fn parent(field: &'static str, value: Option<&Value>) -> Self {
        let source = "the key of the row above";
        match value {
            Some(value) => Self::by(source, Values::new().with(field, value.clone())),
            None => Self { source, values: Values::new(), unknown: Some(field) },
        }
    }

    /// Sets the values.
    fn set<S: Serializer>(
        &self,
        info: &ModelInfo,
        active: &mut ActiveModel<S>,
    ) -> Result<(), Refused> {
        apply::<S>(info, active, self.source, &self.values).map_err(Refused::Wrong)
    }

    pub(super) fn holds(&self, field: &str) -> bool {
        self.unknown == Some(field) || self.values.holds(field)
    }
}

/// A related row to be written.
pub(crate) struct Task<'a> {
    pub(super) at: At<'a>,
    /// Which row; `None` for a new one.
    pub(super) which: Option<Filter>,
}

/// What became of it.
pub(crate) enum Saved {
    Row(Row),
    /// There is no such row.
    Missing,
    /// Something is wrong, here or elsewhere.
    Not,
}

/// [`save_one`] of some serializer.
pub(crate) type Save =
    for<'a, 'w> fn(&'a mut Writing<'w>, Task<'a>) -> BoxFuture<'a, Result<Saved, Refused>>;

impl<'w> Writing<'w> {
    /// At most `most` related objects may come.
    pub(crate) fn new(
        transaction: &'w DatabaseTransaction,
        database: Database,
        ties: Ties<'w>,
        most: u64,
    ) -> Self {
        Self { transaction, database, ties, left: most, errors: FieldErrors::default() }
    }

    pub(super) fn db(&self) -> DatabaseExecutor<'w> {
        self.transaction.into()
    }

    /// Counts one more related object.
    pub(super) fn count(&mut self) -> Result<(), Refused> {
        self.left = self.left.checked_sub(1).ok_or(Refused::TooMany)?;
        Ok(())
    }

    /// Whether so many more may come at all.
    pub(super) fn holds(&self, more: usize) -> Result<(), Refused> {
        if more as u64 > self.left { Err(Refused::TooMany) } else { Ok(()) }
    }

    pub(super) fn wrong(&mut self, path: impl Into<String>, sentence: impl Into<String>) {
        self.errors.add(path, [sentence.into()]);
    }
}

/// A row with the client's own fields, not stored yet.
pub(crate) struct Prepared<S: Serializer> {
    active: ActiveModel<S>,
    errors: FieldErrors,
    /// Whether the whole row has been checked, which waits for the keys of what it leads to.
    checked: bool,
}

impl<S: Serializer> Prepared<S> {
    /// Ends what cannot come to anything before a transaction begins.
    ///
    /// # Errors
    /// What is wrong with the own fields.
    pub(crate) fn fit(self) -> Result<Self, FieldErrors> {
        if self.errors.is_empty() { Ok(self) } else { Err(self.errors) }
    }
}

/// Puts the client's own fields into a row.
///
/// # Errors
/// A sentence for the developer; what the client did wrong is kept.
pub(crate) fn prepare<S: Serializer>(
    at: At<'_>,
    mut active: ActiveModel<S>,
    create: bool,
) -> Result<Prepared<S>, Refused> {
    let info = at.renderer.info();
    // Before what the client sends, so that nothing set here counts as missing.
    if create {
        at.fixed.set::<S>(info, &mut active)?;
    }
    let forward = || at.renderer.writable().map(|(one, _)| one).filter(|one| one.forward);
    let is_tied = |name: &str| {
        forward().any(|one| one.from == name && at.sent.contains_key(one.name))
            || at.renderer.relations.iter().any(|one| one.name == name)
            || at.fixed.unknown == Some(name)
    };
    let mut errors = fields::<S>(info, &mut active, at.sent, create, at.deserializers, is_tied);
    for one in forward().filter(|one| create && !at.sent.contains_key(one.name)) {
        let Some((own, column)) = column_of::<S>(info, one.from) else { continue };
        let is_open = active.is_not_set(own) && !at.fixed.holds(one.from);
        if is_open && is_required(column) && !S::UPDATE_FIELDS.contains(&one.from) {
            errors.add(one.name, ["This field is required.".to_owned()]);
        }
    }
    let mut checked = false;
    if errors.is_empty()
        && at.fixed.unknown.is_none()
        && !forward().any(|one| at.sent.contains_key(one.name))
    {
        checked = true;
        if let Err(wrong) = S::validate_row(&active) {
            errors = wrong;
        }
    }
    Ok(Prepared { active, errors, checked })
}

/// Writes a row and what was sent of what it leads to.
///
/// # Errors
/// Everything that is wrong; the transaction must be dropped then.
pub(crate) async fn write<S: Serializer>(
    mut writing: Writing<'_>,
    at: At<'_>,
    prepared: Prepared<S>,
    before: Option<&Row>,
) -> Result<<S::Entity as EntityTrait>::Model, Refused> {
    let model = save::<S>(&mut writing, at, prepared, before).await?;
    if !writing.errors.is_empty() {
        return Err(Refused::Fields(writing.errors));
    }
    model.ok_or_else(|| Refused::Wrong("a row without errors was not written".to_owned()))
}

/// As [`write`], of a row within others.
pub(super) fn save_one<'a, S: Serializer>(
    writing: &'a mut Writing<'_>,
    task: Task<'a>,
) -> BoxFuture<'a, Result<Saved, Refused>> {
    Box::pin(async move {
        let Task { at, which } = task;
        let info = at.renderer.info();
        let (active, before) = match &which {
            None => (<ActiveModel<S> as ActiveModelBehavior>::new(), None),
            Some(filter) => {
                let (transaction, database) = (writing.transaction, writing.database);
                let found = find_for_write::<S::Entity>(transaction, info, database, filter).await;
                let found = found.map_err(|error| Refused::Database(at.path.to_owned(), error))?;
                let Some(model) = found else { return Ok(Saved::Missing) };
                let before = row::<S::Entity>(info, &model);
                (model.into_active_model(), Some(before))
            }
        };
        let prepared = prepare::<S>(at, active, before.is_none())?;
        let saved = save::<S>(writing, at, prepared, before.as_ref()).await?;
        Ok(saved.map_or(Saved::Not, |model| Saved::Row(row::<S::Entity>(info, &model))))
    })
}

/// Writes a row unless something is wrong, and looks at all that was sent.
async fn save<S: Serializer>(
    writing: &mut Writing<'_>,
    at: At<'_>,
    prepared: Prepared<S>,
    before: Option<&Row>,
) -> Result<Option<<S::Entity as EntityTrait>::Model>, Refused> {
    let info = at.renderer.info();
    let Prepared { mut active, errors, checked } = prepared;
    let mut is_fit = errors.is_empty() && at.fixed.unknown.is_none();
    writing.errors.add_within(at.path, errors);
    for relation in keys::sent_by_column(at) {
        let Some((own, _)) = column_of::<S>(info, relation.from) else { continue };
        // What cannot be read is told already, and not set.
        let Some(new) = active.get(own).into_value().map(from_sea) else { continue };
        nested::by_column(writing, at, relation, &new, before).await?;
    }
    // What the row refers to is there before the row.
    let mut ties = Values::new();
    for (relation, renderer) in at.renderer.writable().filter(|(one, _)| one.forward) {
        let Some(json) = at.sent.get(relation.name) else { continue };
        if at.fixed.holds(relation.from) {
            continue;
        }
        match nested::forward(writing, at, (relation, renderer), json, before).await? {
            Some(value) => ties = ties.with(relation.from, value),
            None => is_fit = false,
        }
    }
    apply::<S>(info, &mut active, "the key of a related row", &ties).map_err(Refused::Wrong)?;
    if is_fit
        && !checked
        && let Err(errors) = S::validate_row(&active)
    {
        writing.errors.add_within(at.path, errors);
    }
    // After what the client sends: it does not overrule the server.
    at.fixed.set::<S>(info, &mut active)?;
    let model = if writing.errors.is_empty() {
        let stored = match before {
            None => active.insert(writing.transaction).await,
            Some(_) => active.update(writing.transaction).await,
        };
        Some(stored.map_err(|error| Refused::Database(at.path.to_owned(), error))?)
    } else {
        None
    };
    let written = model.as_ref().map(|model| row::<S::Entity>(info, model));
    let own = written.as_ref().or(before);
    for (relation, renderer) in at.renderer.writable().filter(|(one, _)| !one.forward) {
        let Some(json) = at.sent.get(relation.name) else { continue };
        let of = (relation, renderer);
        if relation.link.through.is_some() {
            nested::many_to_many(writing, at, of, json, own).await?;
        } else {
            nested::backward(writing, at, of, json, own).await?;
        }
    }
    Ok(model)
}
