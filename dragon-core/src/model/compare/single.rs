//! Floats of 32 bits on SQLite, which has none: it keeps 64 bits, and whoever reads rounds.

use sea_orm::sea_query::{Expr, SimpleExpr};

use super::compare;
use crate::filter::Lookup;

/// Whether the column, rounded to 32 bits, stands so to the value, which has 32 bits: asked of
/// the column as it is kept, at the bound from which on it rounds to the value.
pub(super) fn ordered(own: &SimpleExpr, lookup: Lookup, value: f64) -> SimpleExpr {
    #[allow(clippy::cast_possible_truncation)]
    let single = value as f32;
    let lower = matches!(lookup, Lookup::Lt | Lookup::Gte);
    let neighbour = if lower { single.next_down() } else { single.next_up() };
    if neighbour == single {
        // Beyond an infinity there is nothing.
        return compare(own.clone(), lookup, Expr::val(value));
    }
    let bound = f64::midpoint(wide(single), wide(neighbour));
    // Halfway between two, the even one is taken.
    let inclusive = single.to_bits() & 1 == 0;
    let lookup = match (lookup, inclusive) {
        (Lookup::Lt, true) | (Lookup::Lte, false) => Lookup::Lt,
        (Lookup::Lt, false) | (Lookup::Lte, true) => Lookup::Lte,
        (Lookup::Gt, true) | (Lookup::Gte, false) => Lookup::Gt,
        _ => Lookup::Gte,
    };
    compare(own.clone(), lookup, Expr::val(bound))
}

/// The largest float of 64 bits that does not round to infinity.
pub(in crate::model) fn largest() -> f64 {
    f64::midpoint(wide(f32::MAX), wide(f32::INFINITY)).next_down()
}

/// For rounding, infinity is the power of two after the largest number.
fn wide(single: f32) -> f64 {
    if single.is_infinite() { f64::from(single.signum()) * 2f64.powi(128) } else { single.into() }
}
