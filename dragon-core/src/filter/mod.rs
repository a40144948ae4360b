//! Predicates on rows: one value with two faces, [`Filter::matches`] here and a SQL condition in
//! [`model`](crate::model).

mod fingerprint;
mod kind;
mod lookup;
mod value;

pub use fingerprint::fingerprint;
pub(crate) use fingerprint::short_fingerprint;
pub use kind::{Database, Kind};
pub use lookup::{Lookup, NoSuchLookup};
pub use value::Value;

use std::cmp::Ordering;

use crate::change::Row;

/// A predicate on rows.
///
/// The same value is asked in memory, for each change, and in SQL, for lists and writes; a
/// property test proves that both answer alike. A field may be a path over relations,
/// `todo_list__owner__name`: such a filter is asked of the database only, see
/// [`judge`](Self::judge).
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
    /// Rows that a relation leads from to a row that matches; see [`Filter::has`].
    Has {
        /// The relation, by its name in the entity: `todo_list` for the foreign key
        /// `todo_list_id`.
        link: String,
        /// What a row there matches.
        filter: Box<Filter>,
    },
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
    ///
    /// So `None` finds the rows that have none, which a guest should seldom be shown:
    /// `Filter::eq("owner", caller.user.clone())` is for a guest every row that nobody owns. Write
    /// `caller.user.clone().map_or(Filter::Nothing, |user| Filter::eq("owner", user))`.
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

    /// Rows that a relation, or a path of several, leads from to at least one row that matches.
    ///
    /// A path in a field's name is short for it: `Filter::eq("todo_list__owner_id", 7)` is
    /// `Filter::has("todo_list", Filter::eq("owner_id", 7))`. Where a relation leads to several
    /// rows, each path is asked for itself, as by Django's `filter` called several times. Written
    /// out, both must hold for the same row:
    ///
    /// ```
    /// use dragon::Filter;
    ///
    /// // Lists with something done, and with something called `a`.
    /// let _ = Filter::eq("items__done", true).and(Filter::eq("items__text", "a"));
    /// // Lists with a done item that is called `a`.
    /// let _ = Filter::has("items", Filter::eq("done", true).and(Filter::eq("text", "a")));
    /// ```
    #[must_use]
    pub fn has(path: impl Into<String>, filter: Self) -> Self {
        Self::Has { link: path.into(), filter: Box::new(filter) }
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

    /// Whether the row surely matches; a field that the row lacks matches nothing.
    ///
    /// Of a filter that [needs the database](Self::needs_database) the row alone may not be
    /// enough to know it; [`judge`](Self::judge) tells that from a plain no.
    #[must_use]
    pub fn matches(&self, row: &Row) -> bool {
        self.judge(row) == Some(true)
    }

    /// Whether the row matches; `None` where rows of other tables decide, which only the database
    /// knows.
    ///
    /// ```
    /// use dragon::{Filter, change::Row};
    ///
    /// let row: Row = [("done".to_owned(), true.into())].into_iter().collect();
    /// let mine = Filter::has("todo_list", Filter::eq("owner_id", 7));
    /// assert_eq!(Filter::eq("done", true).judge(&row), Some(true));
    /// assert_eq!(Filter::eq("done", true).and(mine.clone()).judge(&row), None);
    /// assert_eq!(Filter::eq("done", false).and(mine).judge(&row), Some(false));
    /// ```
    #[must_use]
    pub fn judge(&self, row: &Row) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Nothing => Some(false),
            Self::Term(term) => Some(row.get(&term.field).is_some_and(|value| term.matches(value))),
            Self::And(all) => decided(all, row, false),
            Self::Or(any) => decided(any, row, true),
            Self::Has { .. } => None,
        }
    }

    /// Whether the row may match, for all that its own columns say.
    #[must_use]
    pub fn may_match(&self, row: &Row) -> bool {
        self.judge(row) != Some(false)
    }

    /// Whether rows of other tables decide as well, so that only the database can answer.
    #[must_use]
    pub fn needs_database(&self) -> bool {
        match self {
            Self::All | Self::Nothing | Self::Term(_) => false,
            Self::And(list) | Self::Or(list) => list.iter().any(Self::needs_database),
            Self::Has { .. } => true,
        }
    }

    /// What it asks of a row's own columns: every row that matches, matches this as well.
    #[must_use]
    pub fn on_own_columns(&self) -> Self {
        let each = |list: &[Self]| list.iter().map(Self::on_own_columns).collect();
        match self {
            Self::All | Self::Nothing | Self::Term(_) => self.clone(),
            Self::And(list) => Self::And(each(list)),
            Self::Or(list) => Self::Or(each(list)),
            Self::Has { .. } => Self::All,
        }
    }

    /// Every comparison in it, wherever it stands, those of other tables' rows as well.
    pub fn terms(&self) -> Box<dyn Iterator<Item = &Term> + '_> {
        match self {
            Self::All | Self::Nothing => Box::new(std::iter::empty()),
            Self::Has { filter, .. } => filter.terms(),
            Self::Term(term) => Box::new(std::iter::once(term)),
            Self::And(list) | Self::Or(list) => Box::new(list.iter().flat_map(Self::terms)),
        }
    }
}

/// What a list of filters says of a row, where a single answer of `decisive` decides.
fn decided(list: &[Filter], row: &Row, decisive: bool) -> Option<bool> {
    let mut open = false;
    for filter in list {
        match filter.judge(row) {
            Some(answer) if answer == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

impl Term {
    /// Whether a value compares so.
    #[must_use]
    pub fn matches(&self, value: &Value) -> bool {
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
    fn what_other_tables_decide_is_not_known_unless_the_own_columns_do() {
        let (yes, no) = (Filter::eq("f", 1), Filter::eq("f", 2));
        let path = Filter::has("link", Filter::All);
        let judged = |filter: &Filter| filter.judge(&row(1.into()));
        assert_eq!(judged(&path), None);
        assert_eq!(judged(&path.clone().and(no.clone())), Some(false));
        assert_eq!(judged(&no.clone().and(path.clone())), Some(false));
        assert_eq!(judged(&path.clone().or(yes.clone())), Some(true));
        assert_eq!(judged(&yes.clone().or(path.clone())), Some(true));
        for open in [yes.clone().and(path.clone()), path.clone().and(yes), no.or(path)] {
            assert_eq!(judged(&open), None, "{open:?}");
            assert!(!open.matches(&row(1.into())) && open.may_match(&row(1.into())));
            assert!(open.needs_database());
        }
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
