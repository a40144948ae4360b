//! A conversation: requests in, replies out, one at a time and in order.

mod dispatch;
mod login;
mod person;
mod rights;
mod run;

pub(crate) use dispatch::Routes;
pub(crate) use login::ROUTE as OWN_ROUTE;
pub(crate) use person::Person;
pub(crate) use run::{Conversation, run};
