//! A model's router: seven verbs, a scope, and what a client may not set.

use std::future::{Future, ready};

use serde_json::{Map, Value as Json};

use super::{Context, ModelPart, Outcome, Permissions, Revised, Router, revise, verbs};
use crate::Error;
use crate::auth::Caller;
use crate::change::Change;
use crate::filter::Filter;
use crate::hub::{Publish, Subscription};
use crate::protocol::Failure;
use crate::serializer::{Serializer, Values};

/// The router of a model; declared by `#[router(…)]` above an impl block, or by hand.
///
/// Each verb has a default, which lives in [`verbs`] so that an override can call it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model's router",
    note = "write `#[router(route = \"…\", serializer = …)]` above an impl block of it"
)]
pub trait ModelRouter: Sized + Send + Sync + 'static {
    /// Its name on the wire.
    const ROUTE: &'static str;

    /// What of the rows is told, and what may be written.
    type Serializer: Serializer;

    /// The fields that clients may filter lists and subscriptions by; the primary key is always
    /// among them. `todo_list__owner__name` is the field of a row that relations lead to.
    const FILTER_FIELDS: &'static [&'static str] = &[];

    /// The fields that clients may sort lists by; the primary key is always among them.
    const ORDER_FIELDS: &'static [&'static str] = &[];

    /// Those of the seven verbs that clients may not call.
    const EXCLUDE_VERBS: &'static [&'static str] = &[];

    /// Verbs of its own beside the seven, which [`call_other`](Self::call_other) answers.
    const OWN_VERBS: &'static [&'static str] = &[];

    /// How many rows a page of `get_list` has. Without it lists are whole.
    const PAGINATE_BY: Option<u64> = None;

    /// The relations of the serializer whose rows a subscription covers as well, so that what is
    /// shown of them stays true; all of them unless this says which. Of others is shown what was
    /// so when the row that holds them was told.
    const INCLUDE_RELATED: Option<&'static [&'static str]> = None;

    /// Which rows this caller may see and touch. It has no default: nothing is exposed by
    /// accident.
    fn scope(&self, caller: &Caller) -> Filter;

    /// Which rows this caller may tie to rows of this router by their ids, where the serializer has
    /// relations among its [update fields](Serializer::UPDATE_FIELDS): the new value of a foreign
    /// key, a new pair of a many-to-many relation. None, unless this says which. New objects, and
    /// rows that are tied already, are named in any case; any other is answered as if there were
    /// none. So nobody learns by it which rows there are, unless the serializer lets clients choose
    /// keys (`id` among its update fields): a free one makes a row there, one that is taken does
    /// not.
    ///
    /// A foreign key that is sent by its column, `company_id`, is asked for here by the name of the
    /// serializer's relation over it, `company`, be it written or only told; what `initial` sets is
    /// not. Where the serializer tells no relation over the column, this is **not** asked for it.
    /// Of several relations over one column, or by the same pairs, each must let the row be tied.
    ///
    /// `relation` is the way to the row from that of this router, `company` or `staff_set.mentor`;
    /// the filter is about the rows that it leads to, and is asked in the transaction of the write.
    /// What is tied is told, and may be written from then on: who may tie a row may see it.
    ///
    /// ```
    /// # use dragon::prelude::*;
    /// fn tie_scope(caller: &Caller, relation: &str) -> Filter {
    ///     match relation {
    ///         // Whoever may do anything here may use any tag, but only their own companies: guests
    ///         // have none. (`Filter::eq("owner", None)` would be those that nobody owns.)
    ///         "tags" => Filter::All,
    ///         "company" => {
    ///             caller.user.clone().map_or(Filter::Nothing, |user| Filter::eq("owner", user))
    ///         }
    ///         _ => Filter::Nothing,
    ///     }
    /// }
    /// # let guest = Caller::anonymous(1);
    /// # assert_eq!(tie_scope(&guest, "company"), Filter::Nothing);
    /// ```
    fn tie_scope(&self, caller: &Caller, relation: &str) -> Filter {
        let _ = (caller, relation);
        Filter::Nothing
    }

    /// Who may call which verb; everybody every one, unless this or
    /// `#[router(permissions(…))]` says otherwise.
    fn permissions(&self) -> Permissions {
        Permissions::none()
    }

    /// What `create` sets beside what the client sends: what the client may not, such as an
    /// owner, or a foreign key from an argument.
    ///
    /// # Errors
    /// What to tell the client, when an argument is missing or wrong.
    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        let _ = cx;
        Ok(Values::new())
    }

    /// In which of its serializer's views this caller is told of rows: one of the names in
    /// `views(…)`, or `""` for all that is published.
    fn view(&self, caller: &Caller) -> &'static str {
        let _ = caller;
        ""
    }

    /// What `update` sets beside what the client sends: who changed it, for instance. Apart from
    /// [`initial`](Self::initial), so that no update makes its caller the owner by mistake.
    ///
    /// # Errors
    /// What to tell the client, when an argument is missing or wrong.
    fn update_initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        let _ = cx;
        Ok(Values::new())
    }

    /// What every subscription of this call is narrowed to, beside scope and the client's filter:
    /// only open items, or those of a room that the caller is in. Lists are not.
    ///
    /// All that is left in `cx.args` afterwards is the client's filter. An argument of your own is
    /// taken out of it, by [`Context::take_arg`]. (One that is called `token` says who calls, unless
    /// [`takes_token`](Self::takes_token) says that it is the router's.) What follows from
    /// [`App::rights_changed`](crate::App) asks again, with the same arguments. `unsubscribe` with
    /// these ends the subscription without asking.
    ///
    /// ```
    /// # use dragon::prelude::*;
    /// # struct Items;
    /// # impl Items {
    /// // A page subscribes with `{list_id: 1}`.
    /// fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
    ///     Ok(Filter::eq("todo_list_id", cx.take_arg::<i32>("list_id")?))
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What to tell the client. Who is refused after [`App::rights_changed`](crate::App) loses what
    /// they subscribed before; `unavailable` and `internal` are no refusals, and such a client comes
    /// back.
    fn subscription_context(&self, cx: &mut Context<'_>) -> Result<Filter, Failure> {
        let _ = cx;
        Ok(Filter::All)
    }

    /// Whether `token` among the arguments of `subscribe` and `unsubscribe` is an argument of this
    /// router's own, as [`Router::takes_token`]: one that
    /// [`subscription_context`](Self::subscription_context) takes. (Where clients may filter by a
    /// field `token`, it is that in any case.)
    fn takes_token(&self) -> bool {
        false
    }

    /// Whether the subscribers of this router are told of a change, and of how much of it. It says
    /// which changes are told, not which rows there are: a snapshot and a list have the rows as
    /// they are, and who was not told of a change shows what was before. What must not be seen
    /// belongs into [`scope`](Self::scope).
    ///
    /// It is asked once for each channel, also for what a client missed that comes back, so it
    /// must be a function of the change alone. Rows within the own ones that a subscription covers as
    /// well are no rows of this router, and it is not asked of them. Changes of other tables that bring rows into a
    /// subscription over relations are told in any case; such a subscription is told what was
    /// skipped, or is not in the view, with the next change of the row that is told.
    ///
    /// ```
    /// # use dragon::prelude::*;
    /// // No drafts, and of a change of the votes alone no more than the fields of a view.
    /// fn publish(change: &Change) -> Publish {
    ///     let Some(after) = &change.after else { return Publish::Yes };
    ///     if after.get("draft") == Some(&true.into()) {
    ///         return Publish::Skip;
    ///     }
    ///     match &change.before {
    ///         Some(before) if before.get("text") == after.get("text") => Publish::View("votes"),
    ///         _ => Publish::Yes,
    ///     }
    /// }
    /// ```
    fn publish(change: &Change) -> Publish {
        let _ = change;
        Publish::Yes
    }

    /// What each successful reply tells beside its data, as [`Router::client_context`].
    fn client_context(&self, verb: &str, cx: &Context<'_>) -> Map<String, Json> {
        let _ = (verb, cx);
        Map::new()
    }

    /// The rows of the scope that match the client's filter.
    fn get_list(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::get_list(self, cx)
    }

    /// One row of the scope.
    fn get_single(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::get_single(self, cx)
    }

    /// Inserts a row, which must be of the scope.
    fn create(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::create(self, cx)
    }

    /// Updates a row of the scope, which must stay in it.
    fn update(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::update(self, cx)
    }

    /// Deletes a row of the scope.
    fn delete(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::delete(self, cx)
    }

    /// Tells the client of every change to rows of the scope that match its filter.
    fn subscribe(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::subscribe(self, cx)
    }

    /// Ends that.
    fn unsubscribe(&self, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        verbs::unsubscribe(self, cx)
    }

    /// Answers one of [`OWN_VERBS`](Self::OWN_VERBS). `#[router(verbs(…))]` writes it.
    fn call_other(&self, verb: &str, cx: &mut Context<'_>) -> impl Future<Output = Outcome> + Send {
        let _ = verb;
        ready(Err(unknown_verb::<Self>(cx)))
    }
}

/// The verbs of a model's router.
pub(super) const VERBS: [&str; 7] =
    ["get_list", "get_single", "create", "update", "delete", "subscribe", "unsubscribe"];

/// The failure for a verb that a model's router does not have, or does not give.
#[must_use]
pub fn unknown_verb<R: ModelRouter>(cx: &Context<'_>) -> Failure {
    cx.unknown_verb(&given::<R>())
}

/// The verbs that a model's router gives.
pub(super) fn given<R: ModelRouter>() -> Vec<&'static str> {
    let given = VERBS.iter().filter(|verb| !R::EXCLUDE_VERBS.contains(verb));
    given.chain(R::OWN_VERBS).copied().collect()
}

/// Whether the lists of verbs can be meant.
fn check_verbs<R: ModelRouter>() -> Result<(), Error> {
    let route = <R as ModelRouter>::ROUTE;
    if let Some(verb) = R::EXCLUDE_VERBS.iter().find(|verb| !VERBS.contains(verb)) {
        return Err(Error::setup(format!(
            "route `{route}`: there is no verb `{verb}` to exclude; there are {}",
            VERBS.join(", ")
        )));
    }
    if let Some(verb) = R::OWN_VERBS.iter().find(|verb| VERBS.contains(verb)) {
        return Err(Error::setup(format!(
            "route `{route}`: `{verb}` is a verb of every model's router; override it, or give your \
             own another name"
        )));
    }
    Ok(())
}

#[diagnostic::do_not_recommend]
impl<R: ModelRouter> Router for R {
    const ROUTE: &'static str = <R as ModelRouter>::ROUTE;

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        if R::EXCLUDE_VERBS.contains(&verb) {
            return Err(unknown_verb::<R>(cx));
        }
        match verb {
            "get_list" => self.get_list(cx).await,
            "get_single" => self.get_single(cx).await,
            "create" => self.create(cx).await,
            "update" => self.update(cx).await,
            "delete" => self.delete(cx).await,
            "subscribe" => self.subscribe(cx).await,
            "unsubscribe" => self.unsubscribe(cx).await,
            own if R::OWN_VERBS.contains(&own) => self.call_other(own, cx).await,
            _ => Err(unknown_verb::<R>(cx)),
        }
    }

    fn permissions(&self) -> Permissions {
        ModelRouter::permissions(self)
    }

    fn verbs(&self) -> Vec<&'static str> {
        VERBS.iter().chain(R::OWN_VERBS).copied().collect()
    }

    fn takes_token(&self) -> bool {
        ModelRouter::takes_token(self)
    }

    async fn revise(
        &self,
        cx: &mut Context<'_>,
        held: &Subscription,
        allowed: bool,
    ) -> Result<Revised, Failure> {
        revise::revise(self, cx, held, allowed).await
    }

    fn client_context(&self, verb: &str, cx: &Context<'_>) -> Map<String, Json> {
        ModelRouter::client_context(self, verb, cx)
    }

    fn model_part(&self) -> Result<Option<ModelPart>, Error> {
        check_verbs::<R>()?;
        ModelPart::of::<R>().map(Some)
    }
}
