//! Which changes in other tables a filter depends on, and which rows they may concern.

use std::collections::BTreeSet;

use super::{Link, ModelInfo, TableName};
use crate::change::{Change, Row};
use crate::filter::{Filter, Value};

/// A table that a filter looks into: which of its changes matter, and for which rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The table.
    pub table: TableName,
    /// What its rows are asked; a change of a row that matches neither before nor after does not
    /// matter.
    pub filter: Filter,
    /// The fields that decide beside the filter: those by which rows are tied to others.
    ties: Vec<String>,
    /// The field of the table whose values lead back.
    back: String,
    /// The links before the last one.
    links: Vec<String>,
    /// The link that the table belongs to.
    link: String,
    at: End,
}

/// At which end of a link a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// Where it starts: the column [`Link::from`].
    Start,
    /// At the table that it leads to: the column [`Link::to`].
    Target,
}

/// The rows that a path leads from to given values.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The links before the last one, the nearest first.
    pub links: Vec<String>,
    /// The last link.
    pub link: String,
    /// Where on it the values stand.
    pub at: End,
    /// The values.
    pub values: Vec<Value>,
}

impl Watch {
    /// The rows that a change of this table may bring in, take out or keep; `None` where it
    /// changes nothing for any.
    #[must_use]
    pub fn reach(&self, change: &Change) -> Option<Reach> {
        let (before, after) = (self.says(&change.before), self.says(&change.after));
        if before == after {
            return None;
        }
        let rows = [&change.before, &change.after].into_iter().flatten();
        let mut values: Vec<Value> = Vec::new();
        for row in rows.filter(|row| self.filter.may_match(row)) {
            if let Some(value) = row.get(&self.back).filter(|value| !value.is_null())
                && !values.contains(value)
            {
                values.push(value.clone());
            }
        }
        let (links, link) = (self.links.clone(), self.link.clone());
        (!values.is_empty()).then_some(Reach { links, link, at: self.at, values })
    }

    fn says(&self, row: &Option<Row>) -> Option<Says> {
        says(&self.filter, &self.ties, row)
    }
}

/// Which changes of its own rows a filter that looks into other tables depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    filter: Filter,
    ties: Vec<String>,
}

impl Own {
    /// Of an admitted filter.
    #[must_use]
    pub fn of(info: &ModelInfo, filter: &Filter) -> Self {
        let mut ties = BTreeSet::new();
        starts(info, filter, &mut ties);
        Self { filter: filter.clone(), ties: ties.into_iter().collect() }
    }

    /// Whether a row that did not match may match because of this change: not if nothing has
    /// changed of it that the filter asks for.
    #[must_use]
    pub fn may_bring_in(&self, change: &Change) -> bool {
        let after = says(&self.filter, &self.ties, &change.after);
        after.is_some() && after != says(&self.filter, &self.ties, &change.before)
    }
}

/// What matters of a row.
type Says = (Vec<bool>, Vec<Option<Value>>);

/// All that matters of a row: what its own columns say to each question, and what it is tied to.
/// `None` if it matters not at all.
fn says(filter: &Filter, ties: &[String], row: &Option<Row>) -> Option<Says> {
    let row = row.as_ref().filter(|row| filter.may_match(row))?;
    let mut answers = Vec::new();
    ask(filter, row, &mut answers);
    Some((answers, ties.iter().map(|field| row.get(field).cloned()).collect()))
}

/// What a row says to each question of a filter that is on itself.
fn ask(filter: &Filter, row: &Row, answers: &mut Vec<bool>) {
    match filter {
        Filter::Term(term) => {
            answers.push(row.get(&term.field).is_some_and(|value| term.matches(value)));
        }
        Filter::And(list) | Filter::Or(list) => {
            list.iter().for_each(|filter| ask(filter, row, answers));
        }
        Filter::All | Filter::Nothing | Filter::Has { .. } => {}
    }
}

/// All tables that an admitted filter looks into beside the model's own, once for each place.
#[must_use]
pub fn watches(info: &ModelInfo, filter: &Filter) -> Vec<Watch> {
    let mut found = Vec::new();
    gather(info, filter, &[], &mut found);
    found
}

fn gather(info: &ModelInfo, filter: &Filter, links: &[String], found: &mut Vec<Watch>) {
    match filter {
        Filter::All | Filter::Nothing | Filter::Term(_) => {}
        Filter::And(list) | Filter::Or(list) => {
            list.iter().for_each(|filter| gather(info, filter, links, found));
        }
        Filter::Has { link, filter } => {
            let Some(link) = info.link(link) else { return };
            let Ok(target) = info.beyond(link) else { return };
            if let Some(junction) = &link.through {
                // A row of it may be an entity's, whose fields have names of their own.
                let models = info.models.upgrade();
                let own = models.as_ref().and_then(|models| models.of(&junction.table));
                let name = |column: &str| own.map_or(column.to_owned(), |own| field(own, column));
                found.push(Watch {
                    table: junction.table.clone(),
                    filter: Filter::All,
                    ties: vec![name(&junction.from), name(&junction.to)],
                    back: name(&junction.from),
                    links: links.to_vec(),
                    link: link.name.clone(),
                    at: End::Start,
                });
            }
            let mut ties = BTreeSet::from([field(&target, &link.to)]);
            starts(&target, filter, &mut ties);
            found.push(Watch {
                table: link.target.clone(),
                filter: filter.as_ref().clone(),
                ties: ties.into_iter().collect(),
                back: field(&target, &link.to),
                links: links.to_vec(),
                link: link.name.clone(),
                at: End::Target,
            });
            let mut links = links.to_vec();
            links.push(link.name.clone());
            gather(&target, filter, &links, found);
        }
    }
}

/// The fields at which the links of a filter start.
fn starts(info: &ModelInfo, filter: &Filter, fields: &mut BTreeSet<String>) {
    match filter {
        Filter::All | Filter::Nothing | Filter::Term(_) => {}
        Filter::And(list) | Filter::Or(list) => {
            list.iter().for_each(|filter| starts(info, filter, fields));
        }
        Filter::Has { link, .. } => {
            fields.extend(info.link(link).map(|link: &Link| field(info, &link.from)));
        }
    }
}

/// The field of a column.
fn field(info: &ModelInfo, column: &str) -> String {
    let own = info.columns.iter().find(|own| own.name == column);
    own.map_or(column, |own| own.field).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_filter_asks_for_may_bring_a_row_in() {
        let filter = Filter::eq("done", false).and(Filter::has("list", Filter::eq("owner", 1)));
        let own = Own { filter, ties: vec!["list_id".to_owned()] };
        let row = |list: i64, done: bool, text: &str| {
            let fields = [("list_id", list.into()), ("done", done.into()), ("text", text.into())];
            Some(fields.map(|(name, value): (&str, Value)| (name.to_owned(), value)))
                .map(|fields| fields.into_iter().collect::<Row>())
        };
        for (before, after, may) in [
            (None, row(1, false, "a"), true),
            (None, row(1, true, "a"), false),
            (row(1, false, "a"), row(1, false, "b"), false),
            (row(1, false, "a"), row(2, false, "a"), true),
            (row(1, true, "a"), row(1, false, "a"), true),
            (row(1, false, "a"), row(1, true, "a"), false),
            (row(1, false, "a"), None, false),
        ] {
            let change = Change { key: 1.into(), before, after };
            assert_eq!(own.may_bring_in(&change), may, "{change:?}");
        }
    }
}
