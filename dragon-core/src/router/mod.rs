//! Named sets of calls.

mod arguments;
mod context;
mod members;
mod model;
mod policy;
mod subscribe;
pub mod verbs;

pub use context::{Context, Desk, Outcome, Services, Subscriptions};
pub(crate) use model::Registered;
pub use model::{ModelPart, ModelRouter, describe};
pub use policy::failure;

use std::future::Future;

use futures::future::BoxFuture;

use crate::Error;

/// A named set of calls. A model's router is a [`ModelRouter`]; any other set of verbs is a
/// router written by hand:
///
/// ```
/// use dragon::prelude::*;
/// use serde_json::json;
///
/// struct Clock;
///
/// impl Router for Clock {
///     const ROUTE: &'static str = "clock";
///
///     async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
///         match verb {
///             "add" => {
///                 let (a, b): (i64, i64) = (cx.arg("a")?, cx.arg("b")?);
///                 Ok(Success::of(&json!(a + b)))
///             }
///             _ => Err(cx.unknown_verb(&["add"])),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a router",
    note = "write `#[router(route = \"…\", serializer = …)]` above an impl block of it, or implement `Router` for verbs of your own"
)]
pub trait Router: Send + Sync + 'static {
    /// Its name on the wire.
    const ROUTE: &'static str;

    /// Answers a call of one of its verbs.
    fn call(&self, verb: &str, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send;

    /// What the app must set up for it: the model part of a model's router.
    ///
    /// # Errors
    /// When the router is declared wrongly; the sentence says how to mend it.
    #[doc(hidden)]
    fn model_part(&self) -> Result<Option<ModelPart>, Error> {
        Ok(None)
    }
}

/// A router behind a pointer.
pub(crate) trait DynRouter: Send + Sync {
    fn call<'a>(&'a self, verb: &'a str, cx: &'a mut Context<'_>) -> BoxFuture<'a, Outcome>;
}

impl<R: Router> DynRouter for R {
    fn call<'a>(&'a self, verb: &'a str, cx: &'a mut Context<'_>) -> BoxFuture<'a, Outcome> {
        Box::pin(Router::call(self, verb, cx))
    }
}
