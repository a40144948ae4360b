//! `#[router(…)]`: an impl block becomes the impl of `ModelRouter`.

mod attr;
mod check;
mod permissions;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{ImplItem, Item, ItemImpl, LitStr, Token, parse_quote};

use attr::Arguments;
use check::Router;

use crate::errors::Errors;
use crate::fields::FieldName;

/// The impl of `ModelRouter` with the block's methods, and the errors.
pub(crate) fn attribute(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = Arguments::read(arguments, &mut errors);
    let parsed = errors.ok(syn::parse2::<Item>(item.clone()));
    let Some(mut router) =
        parsed.and_then(|item| check::check(item, &arguments.own_verbs, &mut errors))
    else {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    };
    permissions::once(&mut router.block, &arguments.permissions, &mut errors);
    let proofs = errors.is_empty().then(|| proofs(&router, &arguments));
    let errors = errors.into_tokens();
    let expansion = expand(router, &arguments);
    quote!(#errors #expansion #proofs)
}

/// The block itself, made the impl of the trait.
fn expand(router: Router, arguments: &Arguments) -> TokenStream {
    let Router { mut block, own, has_scope, item } = router;
    let own_block = own_block(&block, &own);
    let route = arguments.route.as_ref().map(LitStr::value).unwrap_or_default();
    let serializer = match &arguments.serializer {
        Some(serializer) => quote!(#serializer),
        None => quote!(::dragon::__private::unknown::Serializer),
    };
    let names = |fields: &[FieldName]| {
        let names = fields.iter().map(|field| &field.name);
        quote!(&[#(#names),*])
    };
    let filter_fields = names(&arguments.filter_fields);
    let order_fields = names(&arguments.order_fields);
    let exclude_verbs = names(&arguments.exclude_verbs);
    let own_verbs = names(&arguments.own_verbs);
    let mut facts: Vec<ImplItem> = vec![
        parse_quote!(const ROUTE: &'static str = #route;),
        parse_quote!(type Serializer = #serializer;),
        parse_quote!(const FILTER_FIELDS: &'static [&'static str] = #filter_fields;),
        parse_quote!(const ORDER_FIELDS: &'static [&'static str] = #order_fields;),
        parse_quote!(const EXCLUDE_VERBS: &'static [&'static str] = #exclude_verbs;),
    ];
    if !has_scope {
        // That it is missing has been said; the compiler need not say it again.
        facts.push(parse_quote! {
            fn scope(&self, _: &::dragon::__private::Caller) -> ::dragon::__private::Filter {
                ::dragon::__private::Filter::Nothing
            }
        });
    }
    if let Some(method) = permissions::method(&arguments.permissions) {
        facts.push(parse_quote!(#method));
    }

    if let Some(names) = &arguments.include_related {
        let names = names.iter().map(|name| &name.name);
        facts.push(parse_quote! {
            const INCLUDE_RELATED: ::core::option::Option<&'static [&'static str]> =
                ::core::option::Option::Some(&[#(#names),*]);
        });
    }
    if let Some(length) = &arguments.paginate_by {
        facts.push(parse_quote! {
            const PAGINATE_BY: ::core::option::Option<u64> = ::core::option::Option::Some(#length);
        });
    }
    if !own.is_empty() {
        facts.push(parse_quote!(const OWN_VERBS: &'static [&'static str] = #own_verbs;));
        facts.push(call_other(&own));
    }
    block.items.splice(0..0, facts);
    block.trait_ = Some((parse_quote!(::dragon::ModelRouter), <Token![for]>::default()));
    quote!(#item #own_block #block)
}

/// The own verbs stand beside the trait.
fn own_block(block: &ItemImpl, own: &[ImplItem]) -> Option<TokenStream> {
    let (this, (generics, _, conditions)) = (&block.self_ty, block.generics.split_for_impl());
    let is_there = !own.is_empty();
    is_there.then(|| quote!(impl #generics #this #conditions { #(#own)* }))
}

/// From the name of an own verb to its method.
fn call_other(own: &[ImplItem]) -> ImplItem {
    let arms = own.iter().filter_map(|item| {
        let ImplItem::Fn(method) = item else { return None };
        let ident = &method.sig.ident;
        let verb = ident.unraw().to_string();
        // At the method's name, so that a wrong signature is told there.
        Some(quote_spanned!(ident.span()=> #verb => Self::#ident(self, cx).await,))
    });
    parse_quote! {
        async fn call_other(
            &self,
            verb: &str,
            cx: &mut ::dragon::__private::Context<'_>,
        ) -> ::dragon::__private::Outcome {
            match verb {
                #(#arms)*
                _ => ::core::result::Result::Err(::dragon::__private::unknown_verb::<Self>(cx)),
            }
        }
    }
}

/// The proofs that the entity has the fields.
///
/// They go by the router where it can be named: a serializer that is none is then one mistake,
/// that of the impl, and not one more for each proof.
fn proofs(Router { block, .. }: &Router, arguments: &Arguments) -> TokenStream {
    let Arguments { serializer, filter_fields, order_fields, .. } = arguments;
    let (of, filter, order) = if block.generics.params.is_empty() {
        (block.self_ty.to_token_stream(), "router_filter_field", "router_order_field")
    } else {
        (quote!(#serializer), "filter_field", "own_field")
    };
    let filters = filter_fields.iter().map(|field| field.proof(filter, &of));
    let orders = order_fields.iter().map(|field| field.proof(order, &of));
    filters.chain(orders).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_move_into_the_impl_of_the_trait() {
        let expansion = attribute(
            quote!(route = "todo", serializer = S, filter_fields(a), order_fields(b)),
            &quote!(
                #[allow(unused)]
                impl R {
                    fn scope(&self, _: &Caller) -> Filter {
                        Filter::All
                    }
                    async fn create(&self) {}
                }
            ),
        );
        let file: syn::File = syn::parse2(expansion).expect("items");
        let [syn::Item::Impl(block), syn::Item::Const(_), syn::Item::Const(_)] =
            file.items.as_slice()
        else {
            panic!("an impl and two proofs")
        };
        assert!(block.trait_.is_some() && block.attrs.len() == 1 && block.items.len() == 7);
    }

    #[test]
    fn a_missing_scope_shows_nothing() {
        let expansion = attribute(quote!(route = "todo", serializer = S), &quote!(impl R {}));
        let expansion = expansion.to_string();
        assert_eq!(expansion.matches("compile_error").count(), 1);
        assert!(expansion.contains("Filter :: Nothing"));
    }

    #[test]
    fn what_is_no_impl_block_stays_as_it_is() {
        for item in ["struct R ;", "enum R { }", "impl Clone for R { }", "impl R { fn }"] {
            let tokens = item.parse().expect("tokens");
            let expansion = attribute(quote!(route = "todo", serializer = S), &tokens).to_string();
            assert!(expansion.contains(item) && expansion.contains("compile_error"));
        }
    }
}
