//! The arguments of `#[router(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Ident, LitInt, LitStr, Path, token};

use super::check::METHODS;
use super::permissions::{self, Rule};
use crate::arguments;
use crate::errors::{Errors, listed};
use crate::fields::{self, FieldName};

const ROUTE: &str = "route";
const SERIALIZER: &str = "serializer";
const FILTER_FIELDS: &str = "filter_fields";
const ORDER_FIELDS: &str = "order_fields";
const PERMISSIONS: &str = "permissions";
const EXCLUDE_VERBS: &str = "exclude_verbs";
const OWN_VERBS: &str = "verbs";
const PAGINATE_BY: &str = "paginate_by";
const INCLUDE_RELATED: &str = "include_related";

/// The verbs that every model's router has.
const VERBS: &[&str] =
    &["get_list", "get_single", "create", "update", "delete", "subscribe", "unsubscribe"];

/// What clients append to a field's name when they filter.
const LOOKUPS: &[&str] = &["contains", "eq", "gt", "gte", "in", "lt", "lte"];

/// What the arguments say.
#[derive(Default)]
pub(super) struct Arguments {
    /// The route's name.
    pub(super) route: Option<LitStr>,
    /// The serializer's type.
    pub(super) serializer: Option<Path>,
    /// The fields by which clients may filter.
    pub(super) filter_fields: Vec<FieldName>,
    /// The fields by which clients may sort.
    pub(super) order_fields: Vec<FieldName>,
    /// Who may call which verb.
    pub(super) permissions: Vec<Rule>,
    /// The verbs that clients may not call.
    pub(super) exclude_verbs: Vec<FieldName>,
    /// The router's own verbs.
    pub(super) own_verbs: Vec<FieldName>,
    /// How many rows a page has.
    pub(super) paginate_by: Option<LitInt>,
    /// The relations that subscriptions cover; all when it is left out.
    pub(super) include_related: Option<Vec<FieldName>>,
}

impl Arguments {
    pub(super) fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut read = Self::default();
        let mut missing = vec![
            (ROUTE, "which name do clients call it by? Write `route = \"…\"`"),
            (SERIALIZER, "what does it tell of a row? Write `serializer = …`, naming the type"),
        ];
        let known = [
            ROUTE,
            SERIALIZER,
            FILTER_FIELDS,
            ORDER_FIELDS,
            PERMISSIONS,
            EXCLUDE_VERBS,
            OWN_VERBS,
            PAGINATE_BY,
            INCLUDE_RELATED,
        ];
        arguments::read(arguments, &known, errors, |name, key, input, errors| {
            missing.retain(|(required, _)| *required != name);
            match name {
                ROUTE => {
                    arguments::equals(input, key, "route = \"…\"")?;
                    read.route = Some(route(input.parse()?, errors));
                }
                SERIALIZER => {
                    arguments::equals(input, key, "serializer = …")?;
                    read.serializer = Some(input.parse()?);
                }
                FILTER_FIELDS => {
                    read.filter_fields = filter_fields(fields::list(key, input, errors)?, errors);
                }
                PERMISSIONS => read.permissions = permissions::read(key, input)?,
                EXCLUDE_VERBS => read.exclude_verbs = exclude_verbs(key, input, errors)?,
                OWN_VERBS => read.own_verbs = own_verbs(key, input, errors)?,
                PAGINATE_BY => {
                    arguments::equals(input, key, "paginate_by = 20")?;
                    read.paginate_by = Some(length(input)?);
                }
                INCLUDE_RELATED => {
                    read.include_related = Some(fields::list(key, input, errors)?);
                }
                _ => read.order_fields = fields::list(key, input, errors)?,
            }
            Ok(())
        });
        let own: Vec<String> = read.own_verbs.iter().map(|verb| verb.name.clone()).collect();
        permissions::check(&read.permissions, &own, errors);
        for (_, advice) in missing {
            errors.at(Span::call_site(), advice);
        }
        read
    }
}

fn exclude_verbs(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<FieldName>> {
    let mut verbs = verbs(key, input, errors)?;
    verbs.retain(|verb| {
        let is_known = VERBS.contains(&verb.name.as_str());
        if !is_known {
            let all = listed(VERBS.iter().copied());
            errors.at(verb.span, format!("there is no verb `{}`; write some of {all}", verb.name));
        }
        is_known
    });
    Ok(verbs)
}

fn own_verbs(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<FieldName>> {
    let mut verbs = verbs(key, input, errors)?;
    verbs.retain(|verb| {
        let is_taken = METHODS.contains(&verb.name.as_str());
        if is_taken {
            let advice = format!(
                "`{}` is a method of every router; give your own verb another name",
                verb.name
            );
            errors.at(verb.span, advice);
        }
        !is_taken
    });
    Ok(verbs)
}

fn verbs(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<FieldName>> {
    if !input.peek(token::Paren) {
        let advice = format!("write the verbs in parentheses: `{key}(one, another)`");
        return Err(syn::Error::new_spanned(key, advice));
    }
    fields::list(key, input, errors)
}

/// The length of a page.
fn length(input: ParseStream<'_>) -> syn::Result<LitInt> {
    let advice = "a page has a whole number of rows, from 1: write `paginate_by = 20`";
    let Ok(length) = input.fork().parse::<LitInt>() else { return Err(input.error(advice)) };
    input.parse::<LitInt>()?;
    match length.base10_parse::<u64>() {
        Ok(1..) => Ok(length),
        _ => Err(syn::Error::new_spanned(length, advice)),
    }
}

fn route(route: LitStr, errors: &mut Errors) -> LitStr {
    let text = route.value();
    let fit = |one: char| one.is_ascii_alphanumeric() || one == '-' || one == '_';
    if text.is_empty() || !text.chars().all(fit) {
        errors.on(&route, "a route is made of the letters a to z and A to Z, digits, `-` and `_`");
    }
    route
}

/// The allow-list names fields; which lookups a field admits is decided by its type.
fn filter_fields(mut fields: Vec<FieldName>, errors: &mut Errors) -> Vec<FieldName> {
    fields.retain(|field| {
        let Some((name, lookup)) = field.name.rsplit_once("__") else { return true };
        if !LOOKUPS.contains(&lookup) {
            return true;
        }
        let advice = format!(
            "write the field alone, `{name}`: clients may then use every lookup that its type has, \
             `{}` too where it can",
            field.name
        );
        errors.at(field.span, advice);
        false
    });
    fields
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::errors::messages;

    fn read(arguments: TokenStream) -> (Arguments, Vec<String>) {
        let mut errors = Errors::default();
        let read = Arguments::read(arguments, &mut errors);
        (read, messages(errors))
    }

    #[test]
    fn everything_may_be_given() {
        let (read, errors) = read(quote!(
            route = "todo-item",
            serializer = serializers::TodoItem,
            filter_fields(done, todo_list__id),
            order_fields(text),
            permissions(LoginRequired, delete = IsAdmin),
            exclude_verbs(delete, create),
            verbs(tick_all),
            paginate_by = 20,
        ));
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(read.route.map(|route| route.value()), Some("todo-item".to_owned()));
        assert!(read.serializer.is_some());
        assert_eq!(read.permissions.len(), 2);
        assert_eq!((read.filter_fields.len(), read.order_fields.len()), (2, 1));
        assert!(read.paginate_by.is_some());
        assert_eq!((read.exclude_verbs.len(), read.own_verbs.len()), (2, 1));
    }

    #[test]
    fn each_slip_is_one_mistake() {
        for (arguments, start) in [
            (quote!(route = "a"), "what does it tell of a row?"),
            (quote!(serializer = S), "which name do clients call it by?"),
            (quote!(route = "", serializer = S), "a route is made of"),
            (quote!(route = "a/b", serializer = S), "a route is made of"),
            (quote!(route("a"), serializer = S), "write `route = \"…\"`"),
            (quote!(route = "a", serializer = S, permission = P), "there is no key `permission`"),
            (quote!(route = "a", serializer = S, permissions = P), "write the permissions in"),
            (quote!(route = "a", serializer = S, permissions(go = P)), "there is no verb `go`"),
            (
                quote!(route = "a", serializer = S, exclude_verbs(remove)),
                "there is no verb `remove`",
            ),
            (quote!(route = "a", serializer = S, exclude_verbs = delete), "write the verbs in"),
            (quote!(route = "a", serializer = S, paginate_by = 0), "a page has a whole number"),
            (quote!(route = "a", serializer = S, paginate_by = "20"), "a page has a whole number"),
            (quote!(route = "a", serializer = S, paginate_by(20)), "write `paginate_by = 20`"),
            (quote!(route = "a", serializer = S, verbs(create)), "`create` is a method of every"),
            (
                quote!(route = "a", serializer = S, filter_fields(a__in)),
                "write the field alone, `a`",
            ),
        ] {
            let (_, errors) = read(arguments);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].starts_with(start), "{errors:?}");
        }
    }
}
