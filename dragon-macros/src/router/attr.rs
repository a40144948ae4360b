//! The arguments of `#[router(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::{LitStr, Path};

use super::permissions::{self, Rule};
use crate::arguments;
use crate::errors::Errors;
use crate::fields::{self, FieldName};

const ROUTE: &str = "route";
const SERIALIZER: &str = "serializer";
const FILTER_FIELDS: &str = "filter_fields";
const ORDER_FIELDS: &str = "order_fields";
const PERMISSIONS: &str = "permissions";

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
}

impl Arguments {
    pub(super) fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut read = Self::default();
        let mut missing = vec![
            (ROUTE, "which name do clients call it by? Write `route = \"…\"`"),
            (SERIALIZER, "what does it tell of a row? Write `serializer = …`, naming the type"),
        ];
        let known = [ROUTE, SERIALIZER, FILTER_FIELDS, ORDER_FIELDS, PERMISSIONS];
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
                _ => read.order_fields = fields::list(key, input, errors)?,
            }
            Ok(())
        });
        permissions::check(&read.permissions, &[], errors);
        for (_, advice) in missing {
            errors.at(Span::call_site(), advice);
        }
        read
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
        ));
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(read.route.map(|route| route.value()), Some("todo-item".to_owned()));
        assert!(read.serializer.is_some());
        assert_eq!(read.permissions.len(), 2);
        assert_eq!((read.filter_fields.len(), read.order_fields.len()), (2, 1));
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
