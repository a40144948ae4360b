//! Decimals on SQLite, which keeps them as floats; SeaORM reads some 15 digits of these.

use rust_decimal::Decimal;

use crate::filter::{Database, Value};

/// A decimal as it is read again after it was stored.
pub(crate) fn kept(database: Database, value: Decimal) -> Decimal {
    match database {
        Database::Postgres => value,
        Database::Sqlite => float(value).and_then(read).unwrap_or(value),
    }
}

fn float(value: Decimal) -> Option<f64> {
    value.to_string().parse().ok()
}

/// As SeaORM reads it.
fn read(float: f64) -> Option<Decimal> {
    Decimal::try_from(float).ok()
}

/// The floats that are read as this decimal, from the least to the largest; `None` when there are
/// none.
pub(super) fn range(value: &Value) -> Option<(f64, f64)> {
    let Value::Decimal(wanted) = value else { return None };
    let middle = rank(float(*wanted)?);
    let same = |rank: i64| read(at(rank)).as_ref() == Some(wanted);
    same(middle).then(|| {
        let end = |direction: i64| {
            let mut step = 1;
            while same(middle.saturating_add(direction * step)) {
                step *= 2;
            }
            // Within the last step, by halves.
            let (mut inside, mut outside) = (step / 2, step);
            while outside - inside > 1 {
                let half = inside + (outside - inside) / 2;
                let end = if same(middle.saturating_add(direction * half)) {
                    &mut inside
                } else {
                    &mut outside
                };
                *end = half;
            }
            at(middle.saturating_add(direction * inside))
        };
        (end(-1), end(1))
    })
}

/// The place of a float among all of them, in their order.
fn rank(float: f64) -> i64 {
    let bits = float.to_bits().cast_signed();
    if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits }
}

fn at(rank: i64) -> f64 {
    let bits = if rank < 0 { i64::MIN.wrapping_sub(rank) } else { rank };
    f64::from_bits(bits.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_in_the_order_of_the_floats() {
        let floats = [f64::MIN, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1.0f64.next_up(), f64::MAX];
        assert!(floats.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert!(floats.iter().all(|float| at(rank(*float)).to_bits() == float.to_bits()));
        assert_eq!(rank(-0.0), rank(0.0));
    }

    #[test]
    fn a_range_ends_where_another_decimal_begins() {
        for text in ["0", "1.1", "-12345678.9", "0.3", "99999999999.99"] {
            let wanted: Decimal = text.parse().unwrap();
            let (low, high) = range(&Value::Decimal(wanted)).unwrap();
            assert!(low <= float(wanted).unwrap() && float(wanted).unwrap() <= high);
            for inside in [low, high] {
                assert_eq!(read(inside), Some(wanted), "{inside:e}");
            }
            for outside in [low.next_down(), high.next_up()] {
                assert_ne!(read(outside), Some(wanted), "{outside:e}");
            }
        }
    }
}
