//! Fields of other tables, by the relations that lead there: `todo_list__owner__name`.

use std::sync::Arc;

use super::{Column, Link, ModelInfo};
use crate::filter::{Filter, Term};

/// A field as a filter names it: an own one, or one that relations lead to.
#[derive(Clone, Debug)]
pub struct FieldPath {
    /// The relations on the way, the nearest first; none for an own field.
    pub links: Vec<String>,
    /// The column at the end.
    pub column: Column,
}

impl FieldPath {
    /// Its one name, however it was written.
    #[must_use]
    pub fn name(&self) -> String {
        self.after_links(self.column.field)
    }

    /// Its name in a filter: `todo_list__id` for a foreign key `todo_list_id`.
    #[must_use]
    pub fn filter_name(&self) -> String {
        self.after_links(&self.column.filter_name())
    }

    fn after_links(&self, field: &str) -> String {
        let mut name = self.links.join("__");
        if !name.is_empty() {
            name.push_str("__");
        }
        name + field
    }

    /// The filter that a term on the field at the end means.
    pub(super) fn filter(self, term: Term) -> Filter {
        through(self.links, Filter::Term(term))
    }
}

/// The filter of rows that links lead from, one after the other, to a row that matches.
pub(super) fn through(links: Vec<String>, filter: Filter) -> Filter {
    links.into_iter().rev().fold(filter, |filter, link| Filter::has(link, filter))
}

impl ModelInfo {
    /// The field that a name in a filter means: an own one (see [`resolve`](Self::resolve)), or
    /// else one of another table, with the relations that lead there before it.
    ///
    /// # Errors
    /// When there is none, or the way leads over a table that the app does not know; the sentence
    /// says what to write.
    pub fn find(&self, name: &str) -> Result<FieldPath, String> {
        if let Some(column) = self.resolve(name) {
            return Ok(FieldPath { links: Vec::new(), column: column.clone() });
        }
        let mut refused = None;
        for (link, rest) in splits(name) {
            let Some(link) = self.link(link) else { continue };
            match self.beyond(link).and_then(|target| target.find(rest)) {
                Ok(mut path) => {
                    path.links.insert(0, link.name.clone());
                    return Ok(path);
                }
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        Err(refused.unwrap_or_else(|| self.no_such_field(name)))
    }

    /// The links that a path means, and where it leads.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(super) fn walk(&self, path: &str) -> Result<(Vec<String>, Arc<ModelInfo>), String> {
        if let Some(link) = self.link(path) {
            return Ok((vec![link.name.clone()], self.beyond(link)?));
        }
        let mut refused = None;
        for (link, rest) in splits(path) {
            let Some(link) = self.link(link) else { continue };
            match self.beyond(link).and_then(|target| target.walk(rest)) {
                Ok((mut links, end)) => {
                    links.insert(0, link.name.clone());
                    return Ok((links, end));
                }
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            let known: Vec<&str> = self.links.iter().map(|link| link.name.as_str()).collect();
            match known.is_empty() {
                true => format!("`{}` has no relations, so `{path}` leads nowhere", self.name),
                false => {
                    let known = known.join(", ");
                    format!("`{}` has no relation `{path}`; it has {known}", self.name)
                }
            }
        }))
    }

    /// The model that a link leads to.
    ///
    /// # Errors
    /// When the app does not know it.
    pub(super) fn beyond(&self, link: &Link) -> Result<Arc<ModelInfo>, String> {
        let unknown = |table: &str| {
            format!(
                "the relation `{}` of `{}` leads over the table `{table}`, whose changes this app \
                 does not see; register its entity with `.model::<…>()` of the app's builder",
                link.name, self.name
            )
        };
        let models = self.models.upgrade().ok_or_else(|| unknown(&link.target.table))?;
        if let Some(junction) = &link.through
            && !models.sees(&junction.table)
        {
            return Err(unknown(&junction.table.table));
        }
        let target = models.of(&link.target).cloned().ok_or_else(|| unknown(&link.target.table))?;
        if self.columns.iter().all(|column| column.name != link.from)
            || target.columns.iter().all(|column| column.name != link.to)
        {
            return Err(format!(
                "the relation `{}` of `{}` goes by columns that the entities do not have",
                link.name, self.name
            ));
        }
        Ok(target)
    }

    fn no_such_field(&self, name: &str) -> String {
        let known: Vec<&str> = self.columns.iter().map(|column| column.field).collect();
        let mut sentence =
            format!("`{}` has no field `{name}`; it has {}", self.name, known.join(", "));
        if name.contains("__") && !self.links.is_empty() {
            let links: Vec<String> =
                self.links.iter().map(|link| format!("{}__…", link.name)).collect();
            sentence.push_str(&format!(", and by its relations {}", links.join(", ")));
        }
        sentence
    }
}

/// A name's first part and the rest, for each place where it can be split.
fn splits(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.match_indices("__")
        .map(|(at, _)| (&name[..at], &name[at + 2..]))
        .filter(|(first, rest)| !first.is_empty() && !rest.is_empty())
}
