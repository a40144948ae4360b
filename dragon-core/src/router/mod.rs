//! Named sets of calls.

mod arguments;
pub mod channels;
mod context;
mod describe;
mod guarded;
mod include;
mod members;
mod model;
mod names;
mod page;
mod part;
mod permission;
mod policy;
mod resume;
mod revise;
mod session;
mod subscribe;
mod unsubscribe;
pub mod verbs;
mod whole;

pub(crate) use context::{Asked, OpenData};
pub use context::{Context, Desk, Outcome, Services, Subscriptions};
pub(crate) use describe::Facts;
pub(crate) use guarded::Guarded;
pub use model::{ModelRouter, unknown_verb};
pub use page::check_page;
pub(crate) use part::Registered;
pub use part::{ModelPart, allow_lists};
pub use permission::{Allowed, And, LoginRequired, Not, Or, Permission, Permissions};
pub use policy::failure;
pub use revise::{Leaving, Revised};
pub use session::{Session, SessionSeat};

use std::future::Future;

use futures::future::BoxFuture;
use serde_json::{Map, Value as Json};

use crate::Error;
use crate::hub::Subscription;
use crate::protocol::Failure;

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

    /// Who may call it; everybody, unless this says otherwise.
    fn permissions(&self) -> Permissions {
        Permissions::none()
    }

    /// The verbs that it has: needed where its permissions name some, so that a slip is found at
    /// the start and does not leave a verb open.
    fn verbs(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The data channels that a call of `subscribe` opens and one of `unsubscribe` closes; the
    /// caller is told what is [published](Context::publish) there. A router that names none
    /// answers these two verbs itself, if it has them.
    ///
    /// A name is one channel, whichever router opens it. It has no `|`, which is a mark of the
    /// channels of models.
    ///
    /// A call of `unsubscribe` ends what the same arguments have opened as well, so it may be
    /// refused, or name other channels, when the caller's rights have changed.
    ///
    /// # Errors
    /// What to tell a caller who may not subscribe.
    fn subscription_channels(&self, cx: &Context<'_>) -> Result<Vec<String>, Failure> {
        let _ = cx;
        Ok(Vec::new())
    }

    /// Whether `token` among the arguments of `subscribe` and `unsubscribe` is an argument of this
    /// router's own, such as an invitation. Where it is not, and an
    /// [authenticator](crate::auth::Authenticator::token) takes tokens, it says who calls, as pages
    /// of SwampDragon's send it, and is no argument any more.
    fn takes_token(&self) -> bool {
        false
    }

    /// What each successful reply tells beside its data, as `context.client_context`: the caller's
    /// unread messages, the version of the app. What a verb put there itself, and the page of a
    /// list, stays.
    fn client_context(&self, verb: &str, cx: &Context<'_>) -> Map<String, Json> {
        let _ = (verb, cx);
        Map::new()
    }

    /// What the app must set up for it: the model part of a model's router.
    ///
    /// # Errors
    /// When the router is declared wrongly; the sentence says how to mend it.
    #[doc(hidden)]
    fn model_part(&self) -> Result<Option<ModelPart>, Error> {
        Ok(None)
    }

    /// What becomes of a subscription of this router, whose caller may now see something else;
    /// `cx` has the arguments that it was asked for with. Where it is not `allowed`, it ends.
    #[doc(hidden)]
    fn revise(
        &self,
        cx: &mut Context<'_>,
        held: &Subscription,
        allowed: bool,
    ) -> impl Future<Output = Result<Revised, Failure>> + Send {
        let _ = (cx, held);
        let revised = if allowed { Revised::Same } else { Revised::Over(Leaving::default()) };
        std::future::ready(Ok(revised))
    }
}

/// A router behind a pointer.
pub(crate) trait DynRouter: Send + Sync {
    fn takes_token(&self) -> bool;
    fn call<'a>(&'a self, verb: &'a str, cx: &'a mut Context<'_>) -> BoxFuture<'a, Outcome>;
    fn revise<'a>(
        &'a self,
        cx: &'a mut Context<'_>,
        held: &'a Subscription,
        allowed: bool,
    ) -> BoxFuture<'a, Result<Revised, Failure>>;
}

impl<R: Router> DynRouter for R {
    fn takes_token(&self) -> bool {
        Router::takes_token(self)
    }

    fn call<'a>(&'a self, verb: &'a str, cx: &'a mut Context<'_>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let mut success = answer(self, verb, cx).await?;
            for (name, value) in self.client_context(verb, cx) {
                let own = success.client_context.get_or_insert_default();
                own.entry(name).or_insert(value);
            }
            Ok(success)
        })
    }

    fn revise<'a>(
        &'a self,
        cx: &'a mut Context<'_>,
        held: &'a Subscription,
        allowed: bool,
    ) -> BoxFuture<'a, Result<Revised, Failure>> {
        Box::pin(Router::revise(self, cx, held, allowed))
    }
}

/// The verbs that a router has without writing them, and then its own.
async fn answer<R: Router>(router: &R, verb: &str, cx: &mut Context<'_>) -> Outcome {
    match verb {
        "subscribe" => {
            let opened = router.subscription_channels(cx)?;
            if !opened.is_empty() {
                return channels::subscribe(cx, opened);
            }
        }
        "unsubscribe" => {
            // What was opened by the same call ends, whatever the router says to it by now.
            let mut opened = channels::opened(cx);
            match router.subscription_channels(cx) {
                Ok(named) => {
                    opened.retain(|name| !named.contains(name));
                    opened.splice(..0, named);
                }
                Err(failure) if opened.is_empty() => return Err(failure),
                Err(_) => {}
            }
            if !opened.is_empty() {
                return channels::unsubscribe(cx, opened);
            }
        }
        _ => {}
    }
    Router::call(router, verb, cx).await
}
