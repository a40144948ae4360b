//! What can be compared how: the table of column types and lookups.

use super::Lookup;

/// Which database answers; what can be compared differs a little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The type of a column, as far as comparing and reading it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A whole number of any size.
    Int,
    /// A 32 bit floating point number.
    Float32,
    /// A 64 bit floating point number.
    Float64,
    /// A decimal number.
    Decimal,
    /// Text.
    Text,
    /// Text of a fixed length, which PostgreSQL pads with blanks and compares without them.
    PaddedText,
    /// An enum of the database, or one with text values; its values where they are known.
    Enum(Vec<String>),
    /// Bytes.
    Bytes,
    /// A UUID.
    Uuid,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A date and time without a zone.
    DateTime,
    /// A date and time that is always in UTC.
    InstantUtc,
    /// A date and time with an offset.
    Instant,
    /// A date and time in the server's own zone.
    LocalInstant,
    /// JSON.
    Json,
    /// What Dragon has no exact type for.
    Other,
}

impl Kind {
    /// Whether a filter may compare a column of this kind so.
    ///
    /// # Errors
    /// The reason why not, as the end of a sentence.
    pub fn allows(&self, lookup: Lookup, database: Database) -> Result<(), &'static str> {
        match self {
            Self::Json | Self::Bytes => {
                return Err("JSON and bytes are not compared alike in memory and in the database");
            }
            Self::LocalInstant => {
                return Err("its offset depends on the server; use DateTimeUtc in the entity");
            }
            Self::Other => return Err("its type is not one that Dragon can compare"),
            Self::PaddedText => {
                return Err("char(n) is compared without its padding by PostgreSQL; \
                            make it a varchar or text column");
            }
            _ => {}
        }
        match lookup {
            Lookup::Eq | Lookup::In => match self {
                Self::Float32 | Self::Float64 => {
                    Err("floats are not compared for equality; use lt, lte, gt or gte")
                }
                _ => Ok(()),
            },
            Lookup::Lt | Lookup::Lte | Lookup::Gt | Lookup::Gte => match self {
                Self::Int | Self::Float32 | Self::Float64 => Ok(()),
                Self::Text | Self::Date | Self::InstantUtc => Ok(()),
                Self::Decimal if database == Database::Postgres => Ok(()),
                Self::Decimal => {
                    Err("SQLite keeps decimals as floats, so their order is not exact")
                }
                Self::Instant => {
                    Err("only date-times in UTC can be ordered; use DateTimeUtc in the entity")
                }
                _ => Err("values of its type have no order that memory and database share"),
            },
            Lookup::Contains => match self {
                Self::Text => Ok(()),
                _ => Err("contains is for text"),
            },
        }
    }

    /// Whether lists may be sorted by a column of this kind: only where the client, which has
    /// nothing but the wire's form, can sort the same way.
    ///
    /// # Errors
    /// The reason why not, as the end of a sentence.
    pub fn allows_order(&self) -> Result<(), &'static str> {
        match self {
            Self::Bool
            | Self::Int
            | Self::Float32
            | Self::Float64
            | Self::Text
            | Self::Uuid
            | Self::Date
            | Self::Time
            | Self::DateTime
            | Self::InstantUtc => Ok(()),
            Self::Decimal => Err("a decimal is text on the wire, so clients would sort it as text"),
            Self::Instant | Self::LocalInstant => {
                Err("only date-times in UTC sort the same way everywhere; use DateTimeUtc")
            }
            _ => Err("its values have no order that database and client share"),
        }
    }
}
