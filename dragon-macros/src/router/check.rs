//! The rules of a router's impl block: which methods may stand in it, and which must.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{ImplItem, Item, ItemImpl, ItemStruct, parse_quote};

use crate::errors::{Errors, listed};
use crate::fields::FieldName;

/// Which rows a caller may see and touch: the one method without a default.
const SCOPE: &str = "scope";

/// The methods of `ModelRouter`.
pub(super) const METHODS: &[&str] = &[
    SCOPE,
    "tie_scope",
    "permissions",
    "initial",
    "view",
    "update_initial",
    "client_context",
    "subscription_context",
    "takes_token",
    "publish",
    "get_list",
    "get_single",
    "create",
    "update",
    "delete",
    "subscribe",
    "unsubscribe",
    "call_other",
];

/// An impl block that may become a router.
pub(super) struct Router {
    /// The block without what does not belong there.
    pub(super) block: ItemImpl,
    /// The methods that answer the router's own verbs.
    pub(super) own: Vec<ImplItem>,
    /// Whether the rows are scoped.
    pub(super) has_scope: bool,
    /// The struct, where the attribute stands above that by mistake.
    pub(super) item: Option<ItemStruct>,
}

/// Checks the item; `None` when it cannot be a router at all.
pub(super) fn check(item: Item, own_verbs: &[FieldName], errors: &mut Errors) -> Option<Router> {
    let mut block = match item {
        Item::Impl(block) if block.trait_.is_none() => block,
        Item::Struct(item) => {
            let advice = "`#[router]` goes above the `impl` block in which `scope` is written; the \
                          struct stays plain";
            errors.on(&item.ident, advice);
            let (ident, (generics, parameters, conditions)) =
                (&item.ident, item.generics.split_for_impl());
            let block = parse_quote!(impl #generics #ident #parameters #conditions {});
            return Some(Router { block, own: Vec::new(), has_scope: false, item: Some(item) });
        }
        other => {
            errors.on(other, "`#[router]` goes above an `impl` block of a struct");
            return None;
        }
    };
    let mut has_scope = false;
    let own: Vec<ImplItem> = block
        .items
        .extract_if(.., |item| {
            name(item).is_some_and(|name| own_verbs.iter().any(|verb| verb.name == name))
        })
        .collect();
    for verb in own_verbs {
        if !own.iter().any(|item| name(item).is_some_and(|name| name == verb.name)) {
            let advice = format!(
                "write what it does into the block: `async fn {}(&self, cx: &mut Context<'_>) -> \
                 Outcome {{ … }}`",
                verb.name
            );
            errors.at(verb.span, advice);
        }
    }
    block.items.retain(|item| {
        let tokens = match item {
            ImplItem::Fn(method) => {
                let name = method.sig.ident.unraw().to_string();
                has_scope |= name == SCOPE;
                if METHODS.contains(&name.as_str()) {
                    return true;
                }
                method.sig.ident.to_token_stream()
            }
            other => head(other),
        };
        let methods = listed(METHODS.iter().copied());
        let advice = format!(
            "a router has these methods: {methods}; put what is your own into a second `impl` block, \
             and what clients may call into `verbs(…)`"
        );
        errors.on(tokens, advice);
        false
    });
    if !has_scope {
        let advice = "which rows may a caller see and touch? Nothing is exposed by accident, so a \
                      router needs a scope; for all rows write \
                      `fn scope(&self, caller: &Caller) -> Filter { Filter::All }`";
        errors.on(&block.self_ty, advice);
    }
    Some(Router { block, own, has_scope, item: None })
}

/// The name of a method.
fn name(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(method) => Some(method.sig.ident.unraw().to_string()),
        _ => None,
    }
}

/// The name of an item, where it has one.
fn head(item: &ImplItem) -> TokenStream {
    match item {
        ImplItem::Const(item) => item.ident.to_token_stream(),
        ImplItem::Type(item) => item.ident.to_token_stream(),
        other => other.to_token_stream(),
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;
    use crate::errors::messages;

    fn checked(item: Item) -> (Option<Router>, Vec<String>) {
        let mut errors = Errors::default();
        let router = check(item, &[], &mut errors);
        (router, messages(errors))
    }

    #[test]
    fn all_methods_of_the_trait_are_kept() {
        let (router, errors) = checked(parse_quote! {
            impl<T> TodoRouter<T> {
                fn scope(&self, caller: &Caller) -> Filter { Filter::All }
                async fn create(&self) {}
                async fn r#delete(&self) {}
            }
        });
        let router = router.expect("an impl block");
        assert_eq!((router.block.items.len(), router.has_scope, errors), (3, true, vec![]));
    }

    #[test]
    fn what_does_not_belong_there_is_taken_out_and_told() {
        let (router, errors) = checked(parse_quote! {
            impl TodoRouter {
                const LIMIT: u8 = 1;
                fn scope(&self, caller: &Caller) -> Filter { Filter::All }
                fn helper(&self) {}
            }
        });
        assert_eq!(router.map(|router| router.block.items.len()), Some(1));
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|error| error.starts_with("a router has these methods")));
    }

    #[test]
    fn a_router_without_scope_is_told_what_to_write() {
        let (router, errors) = checked(parse_quote!(impl TodoRouter {}));
        assert_eq!(router.map(|router| router.has_scope), Some(false));
        assert_eq!(errors.len(), 1);
        assert!(errors[0].ends_with("-> Filter { Filter::All }`"));
    }

    #[test]
    fn above_the_struct_it_is_a_mistake_but_a_router() {
        let (router, errors) = checked(parse_quote!(
            struct TodoRouter<T>(T);
        ));
        let router = router.expect("a stub");
        assert!(router.item.is_some() && !router.has_scope && errors.len() == 1);
        assert_eq!(router.block.generics.params.len(), 1);
    }

    #[test]
    fn only_an_impl_block_will_do() {
        for item in [
            parse_quote!(
                enum TodoRouter {}
            ),
            parse_quote!(impl Clone for TodoRouter {}),
            parse_quote!(
                fn scope() {}
            ),
        ] {
            let (router, errors) = checked(item);
            assert!(router.is_none() && errors.len() == 1);
        }
    }
}
