//! A place in a topic's stream.

use std::fmt;
use std::str::FromStr;

/// A place in a topic: the epoch of its history and an offset within it.
///
/// Offsets grow by one with each publication. An epoch is one unbroken history: when a broker
/// loses what it had (a restart, an old dump restored), it starts a new epoch, so that an offset
/// of the lost history is never taken for one of the new.
///
/// ```
/// use dragon::change::Position;
///
/// let position: Position = "00000000000000ff:12".parse().unwrap();
/// assert_eq!(position.offset, 12);
/// assert_eq!(position.to_string(), "00000000000000ff:12");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// Which history the offset counts in; chosen at random when the history began.
    pub epoch: u64,
    /// How many publications that history had, this one included; 0 is before the first.
    pub offset: u64,
}

impl Position {
    /// The start of a fresh history.
    #[must_use]
    pub fn start_of_new_epoch() -> Self {
        Self { epoch: fastrand::u64(1..), offset: 0 }
    }

    /// Whether a publication at `self` is already contained in what stood at `other`.
    ///
    /// Places of different epochs cannot be compared, so neither contains the other.
    #[must_use]
    pub fn is_within(self, other: Self) -> bool {
        self.epoch == other.epoch && self.offset <= other.offset
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}:{}", self.epoch, self.offset)
    }
}

/// The text was not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position")]
pub struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (epoch, offset) = text.split_once(':').ok_or(NotAPosition)?;
        Ok(Self {
            epoch: u64::from_str_radix(epoch, 16).map_err(|_| NotAPosition)?,
            offset: offset.parse().map_err(|_| NotAPosition)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_different_epochs_contain_nothing_of_each_other() {
        let old = Position { epoch: 1, offset: 5 };
        let new = Position { epoch: 2, offset: 9 };
        assert!(!old.is_within(new) && !new.is_within(old));
        assert!(old.is_within(Position { epoch: 1, offset: 5 }));
    }

    #[test]
    fn text_that_is_no_position_is_refused() {
        for text in ["", "1", "x:1", "1:x", "1:-1", "1:2:3"] {
            assert_eq!(text.parse::<Position>(), Err(NotAPosition), "{text}");
        }
    }
}
