//! A router behind its permissions: the one place where they are tested.

use futures::future::BoxFuture;

use super::policy::is_refusal;
use super::{Context, DynRouter, Outcome, Permissions, Revised, Router};
use crate::Error;
use crate::hub::Subscription;
use crate::protocol::Failure;

/// A router that is called only by whom its permissions allow it.
#[derive(Debug)]
pub(crate) struct Guarded<R> {
    router: R,
    permissions: Permissions,
}

impl<R: Router> Guarded<R> {
    /// The router behind its permissions.
    ///
    /// # Errors
    /// When the permissions name verbs that the router lacks.
    pub(crate) fn new(router: R) -> Result<Self, Error> {
        let permissions = router.permissions();
        permissions.check(R::ROUTE, &router.verbs())?;
        Ok(Self { router, permissions })
    }
}

impl<R: Router> DynRouter for Guarded<R> {
    fn takes_token(&self) -> bool {
        self.router.takes_token()
    }

    fn call<'a>(&'a self, verb: &'a str, cx: &'a mut Context<'_>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            self.permissions.test(verb, cx).await?;
            DynRouter::call(&self.router, verb, cx).await
        })
    }

    fn revise<'a>(
        &'a self,
        cx: &'a mut Context<'_>,
        held: &'a Subscription,
        _: bool,
    ) -> BoxFuture<'a, Result<Revised, Failure>> {
        Box::pin(async move {
            // Who may not subscribe now sees nothing of what they subscribed before.
            let allowed = match self.permissions.test("subscribe", cx).await {
                Err(failure) if !is_refusal(&failure) => return Err(failure),
                tested => tested.is_ok(),
            };
            DynRouter::revise(&self.router, cx, held, allowed).await
        })
    }
}
