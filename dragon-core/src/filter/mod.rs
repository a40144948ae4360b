//! Predicates on rows: one value with two faces, [`Filter::matches`] here and a SQL condition in
//! [`model`](crate::model).

mod fingerprint;
mod kind;
mod lookup;
mod value;

pub use fingerprint::fingerprint;
pub use kind::{Database, Kind};
pub use lookup::{Lookup, NoSuchLookup};
pub use value::Value;

use std::cmp::Ordering;

use crate::change::Row;

/// A predicate on one row's own columns.
///
/// The same value is asked in memory, for each change, and in SQL, for lists and writes; a
/// property test proves that both answer alike.
///
/// ```
/// use dragon::{Filter, change::Row, filter::Value};
///
/// let mine = Filter::eq("owner_id", 7).and(Filter::eq("done", false));
/// let row: Row = [("owner_id".to_owned(), Value::Int(7)), ("done".to_owned(), Value::Bool(true))]
///     .into_iter()
///     .collect();
/// assert!(!mine.matches(&row));
/// assert!(Filter::All.matches(&row));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every row.
    All,
    /// No row.
    Nothing,
    /// Rows whose field compares with a value in the way of the lookup.
    Term(Term),
    /// Rows that match each of these.
    And(Vec<Filter>),
    /// Rows that match at least one of these.
    Or(Vec<Filter>),
}

/// One comparison of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The field, by its name in the entity.
    pub field: String,
    /// How it is compared.
    pub lookup: Lookup,
    /// With what; one value, but for [`Lookup::In`].
    pub values: Vec<Value>,
}

impl Filter {
    fn term(field: impl Into<String>, lookup: Lookup, values: Vec<Value>) -> Self {
        Self::Term(Term { field: field.into(), lookup, values })
    }

    /// Rows whose field equals the value; NULL equals NULL and nothing else.
    #[must_use]
    pub fn eq(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::term(field, Lookup::Eq, vec![value.into()])
    }

    /// Rows whose field equals one of the values.
    #[must_use]
    pub fn is_in<V: Into<Value>>(
        field: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self::term(field, Lookup::In, values.into_iter().map(Into::into).collect())
    }

    /// Rows whose field is less than the value.
    #[must_use]
    pub fn lt(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::term(field, Lookup::Lt, vec![value.into()])
    }

    /// Rows whose field is at most the value.
    #[must_use]
    pub fn lte(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::term(field, Lookup::Lte, vec![value.into()])
    }

    /// Rows whose field is more than the value.
    #[must_use]
    pub fn gt(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::term(field, Lookup::Gt, vec![value.into()])
    }

    /// Rows whose field is at least the value.
    #[must_use]
    pub fn gte(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self::term(field, Lookup::Gte, vec![value.into()])
    }

    /// Rows whose text contains the given text; upper and lower case are different.
    #[must_use]
    pub fn contains(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::term(field, Lookup::Contains, vec![Value::Text(text.into())])
    }

    /// Rows that match both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, one) | (one, Self::All) => one,
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::And(mut all), Self::And(more)) => {
                all.extend(more);
                Self::And(all)
            }
            (Self::And(mut all), one) => {
                all.push(one);
                Self::And(all)
            }
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// Rows that match at least one of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, one) | (one, Self::Nothing) => one,
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Or(mut any), one) => {
                any.push(one);
                Self::Or(any)
            }
            (one, other) => Self::Or(vec![one, other]),
        }
    }

    /// Whether the row matches; a field that the row lacks matches nothing.
    #[must_use]
    pub fn matches(&self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Term(term) => row.get(&term.field).is_some_and(|value| term.matches(value)),
            Self::And(all) => all.iter().all(|filter| filter.matches(row)),
            Self::Or(any) => any.iter().any(|filter| filter.matches(row)),
        }
    }

    /// Every comparison in it, wherever it stands.
    pub fn terms(&self) -> Box<dyn Iterator<Item = &Term> + '_> {
        match self {
            Self::All | Self::Nothing => Box::new(std::iter::empty()),
            Self::Term(term) => Box::new(std::iter::once(term)),
            Self::And(list) | Self::Or(list) => Box::new(list.iter().flat_map(Self::terms)),
        }
    }
}

impl Term {
    fn matches(&self, value: &Value) -> bool {
        let ordered = |wanted: fn(Ordering) -> bool| {
            self.values.iter().any(|other| value.order(other).is_some_and(wanted))
        };
        match self.lookup {
            Lookup::Eq | Lookup::In if value.is_null() => self.values.iter().any(Value::is_null),
            Lookup::Eq | Lookup::In => {
                self.values.iter().any(|other| value.compare(other) == Some(Ordering::Equal))
            }
            Lookup::Lt => ordered(Ordering::is_lt),
            Lookup::Lte => ordered(Ordering::is_le),
            Lookup::Gt => ordered(Ordering::is_gt),
            Lookup::Gte => ordered(Ordering::is_ge),
            Lookup::Contains => match (value, self.values.first()) {
                (Value::Text(text), Some(Value::Text(part))) => text.contains(part.as_str()),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(value: Value) -> Row {
        [("f".to_owned(), value)].into_iter().collect()
    }

    #[test]
    fn null_matches_only_an_explicit_null() {
        assert!(Filter::eq("f", Value::Null).matches(&row(Value::Null)));
        assert!(Filter::is_in("f", [Value::Int(1), Value::Null]).matches(&row(Value::Null)));
        assert!(!Filter::eq("f", 1).matches(&row(Value::Null)));
        assert!(!Filter::lt("f", 1).matches(&row(Value::Null)));
        assert!(!Filter::lt("f", Value::Null).matches(&row(Value::Null)));
        assert!(!Filter::contains("f", "").matches(&row(Value::Null)));
    }

    #[test]
    fn a_field_that_the_row_lacks_matches_nothing() {
        assert!(!Filter::eq("g", Value::Null).matches(&row(Value::Null)));
    }

    #[test]
    fn text_is_ordered_by_bytes() {
        assert!(Filter::lt("f", "a").matches(&row("Z".into())));
        assert!(Filter::gt("f", "\u{FFFF}").matches(&row("\u{1F409}".into())));
    }

    #[test]
    fn everything_and_nothing_vanish_when_joined() {
        let one = Filter::eq("f", 1);
        assert_eq!(Filter::All.and(one.clone()), one);
        assert_eq!(Filter::Nothing.and(one.clone()), Filter::Nothing);
        assert_eq!(Filter::Nothing.or(one.clone()), one);
        assert_eq!(Filter::All.or(one), Filter::All);
    }
}
