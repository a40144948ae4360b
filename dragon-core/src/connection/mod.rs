//! A conversation: requests in, replies out, one at a time and in order.

mod dispatch;
mod person;
mod run;

pub(crate) use dispatch::Routes;
pub(crate) use person::Person;
pub(crate) use run::{Conversation, run};
