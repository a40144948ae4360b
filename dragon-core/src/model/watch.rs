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

    /// All that matters of a row: what its own columns say to each question, and what it is tied
    /// to. `None` if it matters not at all.
    fn says(&self, row: &Option<Row>) -> Option<(Vec<bool>, Vec<Option<Value>>)> {
        let row = row.as_ref().filter(|row| self.filter.may_match(row))?;
        let mut answers = Vec::new();
        ask(&self.filter, row, &mut answers);
        Some((answers, self.ties.iter().map(|field| row.get(field).cloned()).collect()))
    }
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
