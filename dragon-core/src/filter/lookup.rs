//! The ways to compare, by SwampDragon's names.

use std::fmt;
use std::str::FromStr;

/// A way to compare a field with a value: the last part of `text__contains`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lookup {
    /// Equal; what a key without a lookup means.
    Eq,
    /// Equal to one of a list.
    In,
    /// Less than.
    Lt,
    /// At most.
    Lte,
    /// More than.
    Gt,
    /// At least.
    Gte,
    /// Contains the text.
    Contains,
}

impl Lookup {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Eq, Self::In, Self::Lt, Self::Lte, Self::Gt, Self::Gte, Self::Contains];

    /// Whether it asks for an order.
    #[must_use]
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Lt | Self::Lte | Self::Gt | Self::Gte)
    }

    /// Its name in a filter key.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::In => "in",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Contains => "contains",
        }
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no lookup of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such lookup")]
pub struct NoSuchLookup;

impl FromStr for Lookup {
    type Err = NoSuchLookup;

    fn from_str(name: &str) -> Result<Self, NoSuchLookup> {
        Self::ALL.into_iter().find(|lookup| lookup.name() == name).ok_or(NoSuchLookup)
    }
}
