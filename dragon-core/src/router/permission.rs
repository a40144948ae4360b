//! Who may call a verb: the gate between who somebody is and which rows they see.

use std::fmt;
use std::sync::Arc;

use futures::future::{BoxFuture, ready};

use super::Context;
use super::names::type_name;
use crate::Error;
use crate::protocol::{Code, Failure};

/// What a permission says: nothing, or what to tell the caller instead.
pub type Allowed = Result<(), Failure>;

/// Decides whether a call may run: by its caller, its verb and its arguments.
///
/// A closure is one too. Which rows a caller sees is no matter of permissions but of the router's
/// scope.
///
/// ```
/// use dragon::prelude::*;
/// use dragon::router::{LoginRequired, Permission, Permissions};
///
/// fn is_admin(cx: &Context<'_>) -> Result<(), Failure> {
///     match cx.caller.claim("admin") {
///         Some(claim) if claim == true => Ok(()),
///         _ => Err(Failure::denied()),
///     }
/// }
///
/// # fn permissions() -> Permissions {
/// Permissions::none().all(LoginRequired).verbs(["create", "delete"], LoginRequired.and(is_admin))
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a permission",
    note = "write `LoginRequired`, a function `fn(&Context<'_>) -> Result<(), Failure>`, or implement `Permission`"
)]
pub trait Permission: Send + Sync + 'static {
    /// Whether the call may run.
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed>;

    /// What it is called where the app describes itself: the name of its type or function, unless
    /// this says otherwise. No client sees it.
    fn name(&self) -> String {
        type_name::<Self>()
    }

    /// Both must allow it; the first that does not is told.
    fn and<P: Permission>(self, other: P) -> And<Self, P>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// One of the two must allow it.
    fn or<P: Permission>(self, other: P) -> Or<Self, P>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// This one must not allow it.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }
}

impl<F> Permission for F
where
    F: Fn(&Context<'_>) -> Allowed + Send + Sync + 'static,
{
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed> {
        Box::pin(ready(self(cx)))
    }
}

/// The caller must be known; otherwise the reply's state is `login_required`.
#[derive(Clone, Copy, Debug)]
pub struct LoginRequired;

impl Permission for LoginRequired {
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed> {
        let known = cx.caller.user.is_some();
        Box::pin(ready(if known { Ok(()) } else { Err(Failure::login_required()) }))
    }
}

/// Two permissions that must both allow it.
#[derive(Clone, Copy, Debug)]
pub struct And<A, B>(A, B);

impl<A: Permission, B: Permission> Permission for And<A, B> {
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed> {
        Box::pin(async move {
            self.0.test(cx).await?;
            self.1.test(cx).await
        })
    }

    fn name(&self) -> String {
        format!("{} and {}", part(&self.0), part(&self.1))
    }
}

/// Two permissions of which one must allow it.
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B>(A, B);

impl<A: Permission, B: Permission> Permission for Or<A, B> {
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed> {
        Box::pin(async move {
            let Err(first) = self.0.test(cx).await else { return Ok(()) };
            if !is_no(&first) {
                return Err(first);
            }
            let Err(second) = self.1.test(cx).await else { return Ok(()) };
            // A login may help; what else was said does not.
            let wants_login = is_no(&second) && first.code == Code::LoginRequired;
            Err(if wants_login { first } else { second })
        })
    }

    fn name(&self) -> String {
        format!("{} or {}", part(&self.0), part(&self.1))
    }
}

/// A permission that must not allow it.
#[derive(Clone, Copy, Debug)]
pub struct Not<P>(P);

impl<P: Permission> Permission for Not<P> {
    fn test<'a>(&'a self, cx: &'a Context<'_>) -> BoxFuture<'a, Allowed> {
        Box::pin(async move {
            match self.0.test(cx).await {
                Ok(()) => Err(Failure::denied()),
                Err(failure) if is_no(&failure) => Ok(()),
                Err(failure) => Err(failure),
            }
        })
    }

    fn name(&self) -> String {
        format!("not {}", part(&self.0))
    }
}

/// The name of a permission within that of another.
fn part(permission: &impl Permission) -> String {
    let name = permission.name();
    if name.contains(' ') { format!("({name})") } else { name }
}

/// Whether a failure says no, and not that something went wrong on the way to the answer.
fn is_no(failure: &Failure) -> bool {
    matches!(failure.code, Code::Denied | Code::LoginRequired | Code::NotFound)
}

/// Which permissions hold for which verbs of a router. They are tested in the order in which they
/// are said, before the verb runs; the first that does not allow the call is told.
///
/// `unsubscribe` needs none: whoever may see nothing any more may still say that they leave.
#[derive(Clone, Default)]
pub struct Permissions(Vec<Rule>);

#[derive(Clone)]
struct Rule {
    /// `None`: all of them.
    verbs: Option<Vec<String>>,
    permission: Arc<dyn Permission>,
    /// Where it is not its own.
    name: Option<&'static str>,
}

impl Permissions {
    /// None: everybody may call every verb.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// This one for all verbs.
    #[must_use]
    pub fn all(mut self, permission: impl Permission) -> Self {
        self.0.push(Rule { verbs: None, permission: Arc::new(permission), name: None });
        self
    }

    /// This one for these verbs.
    #[must_use]
    pub fn verbs<V: Into<String>>(
        mut self,
        verbs: impl IntoIterator<Item = V>,
        permission: impl Permission,
    ) -> Self {
        let verbs = Some(verbs.into_iter().map(Into::into).collect());
        self.0.push(Rule { verbs, permission: Arc::new(permission), name: None });
        self
    }

    /// Calls the last one so where the app describes itself, instead of by its own
    /// [name](Permission::name). `#[router(permissions(…))]` calls each as it is written there.
    #[must_use]
    pub fn called(mut self, name: &'static str) -> Self {
        if let Some(last) = self.0.last_mut() {
            last.name = Some(name);
        }
        self
    }

    /// The names of those that are tested before a verb; of those for all verbs without one.
    pub(crate) fn names(&self, verb: Option<&str>) -> Vec<String> {
        let holds = |rule: &&Rule| match (&rule.verbs, verb) {
            (None, _) => verb != Some("unsubscribe"),
            (Some(verbs), Some(verb)) => verb != "unsubscribe" && verbs.iter().any(|v| v == verb),
            (Some(_), None) => false,
        };
        let name = |rule: &Rule| match rule.name {
            Some(name) => name.to_owned(),
            None => rule.permission.name(),
        };
        self.0.iter().filter(holds).map(name).collect()
    }

    /// Refuses names that are no verbs of the router: what was meant would stay open.
    pub(crate) fn check(&self, route: &str, known: &[&str]) -> Result<(), Error> {
        let mut named = self.0.iter().filter_map(|rule| rule.verbs.as_ref()).flatten().peekable();
        if known.is_empty() && named.peek().is_some() {
            return Err(Error::setup(format!(
                "route `{route}`: its permissions name verbs, so it must say which it has: write \
                 `fn verbs(&self) -> Vec<&'static str>`"
            )));
        }
        match named.find(|verb| !known.contains(&verb.as_str())) {
            Some(verb) => Err(Error::setup(format!(
                "route `{route}`: its permissions name the verb `{verb}`, which it does not have; \
                 it has {}",
                known.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// Whether a call may run.
    pub(super) async fn test(&self, verb: &str, cx: &Context<'_>) -> Allowed {
        if verb == "unsubscribe" {
            return Ok(());
        }
        for Rule { verbs, permission, .. } in &self.0 {
            if verbs.as_ref().is_none_or(|verbs| verbs.iter().any(|one| one == verb)) {
                permission.test(cx).await?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|rule| &rule.verbs)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_verb_is_said_at_the_start() {
        let permissions = Permissions::none().all(LoginRequired).verbs(["delet"], LoginRequired);
        let sentence = |known: &[&str]| permissions.check("item", known).unwrap_err().to_string();
        assert!(sentence(&["get_list", "delete"]).contains("`delet`, which it does not have"));
        assert!(sentence(&[]).contains("fn verbs(&self)"));
        assert!(permissions.check("item", &["delet"]).is_ok());
        assert!(Permissions::none().all(LoginRequired).check("item", &[]).is_ok());
    }

    fn is_admin(_: &Context<'_>) -> Allowed {
        Ok(())
    }

    #[test]
    fn permissions_have_names() {
        let permissions = Permissions::none()
            .all(LoginRequired)
            .verbs(["delete"], is_admin)
            .verbs(["delete", "create"], LoginRequired.not().or(is_admin).and(is_admin))
            .verbs(["create"], |_: &Context<'_>| Ok(()))
            .verbs(["update"], is_admin)
            .called("HasRole(\"editor\")");
        assert_eq!(
            permissions.names(Some("delete")),
            ["LoginRequired", "is_admin", "((not LoginRequired) or is_admin) and is_admin"]
        );
        assert_eq!(permissions.names(Some("create"))[2], "a closure");
        assert_eq!(permissions.names(Some("update")), ["LoginRequired", "HasRole(\"editor\")"]);
        assert_eq!(permissions.names(None), ["LoginRequired"]);
        assert!(permissions.names(Some("unsubscribe")).is_empty());
    }
}
