//! The macros as applications use them: the facts that each impl states, and, in `ui`, what each
//! mistake says.

#![expect(unreachable_pub, reason = "entities are public, as applications write them")]

mod formats;
mod routers;
mod serializers;
mod ui;
