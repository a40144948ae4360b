//! `#[router(…)]`: an impl block becomes the impl of `ModelRouter`.

mod attr;
mod check;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use attr::Arguments;
use check::Router;

use crate::errors::Errors;
use crate::fields::FieldName;

/// The impl of `ModelRouter` with the block's methods, and the errors.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = Arguments::read(arguments, &mut errors);
    let parsed = errors.ok(syn::parse2::<Item>(item.clone()));
    let Some(router) = parsed.and_then(|item| check::check(item, &mut errors)) else {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    };
    let expansion = expand(&router, &arguments);
    let proofs = errors.is_empty().then(|| proofs(&router, &arguments));
    let errors = errors.into_tokens();
    quote!(#errors #expansion #proofs)
}

fn expand(Router { block, has_scope }: &Router, arguments: &Arguments) -> Option<TokenStream> {
    let serializer = arguments.serializer.as_ref()?;
    let route = arguments.route.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let (attributes, ty, items) = (&block.attrs, &block.self_ty, &block.items);
    let (generics, _, conditions) = block.generics.split_for_impl();
    let literals = |fields: &[FieldName]| {
        let names = fields.iter().map(|field| &field.name);
        quote!(&[#(#names),*])
    };
    let filter_fields = literals(&arguments.filter_fields);
    let order_fields = literals(&arguments.order_fields);
    // That it is missing has been said; the compiler need not say it again.
    let stub = (!has_scope).then(|| {
        quote! {
            fn scope(&self, _: &::dragon::__private::Caller) -> ::dragon::__private::Filter {
                ::dragon::__private::Filter::Nothing
            }
        }
    });
    Some(quote! {
        #(#attributes)*
        impl #generics ::dragon::ModelRouter for #ty #conditions {
            const ROUTE: &'static str = #route;
            type Serializer = #serializer;
            const FILTER_FIELDS: &'static [&'static str] = #filter_fields;
            const ORDER_FIELDS: &'static [&'static str] = #order_fields;
            #stub
            #(#items)*
        }
    })
}

/// The proofs that the entity has the fields.
///
/// They go by the impl where they can: a serializer that is none is then one mistake of the impl
/// and not one more of each proof.
fn proofs(Router { block, .. }: &Router, arguments: &Arguments) -> TokenStream {
    let (ty, serializer) = (&block.self_ty, &arguments.serializer);
    let serializer = if block.generics.params.is_empty() {
        quote!(<#ty as ::dragon::ModelRouter>::Serializer)
    } else {
        quote!(#serializer)
    };
    let filters = arguments.filter_fields.iter().map(|one| one.proof("filter_field", &serializer));
    let orders = arguments.order_fields.iter().map(|one| one.proof("own_field", &serializer));
    filters.chain(orders).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_move_into_the_impl_of_the_trait() {
        let expansion = attribute(
            quote!(route = "todo", serializer = S, filter_fields(a), order_fields(b)),
            quote!(
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
        assert!(block.trait_.is_some() && block.attrs.len() == 1 && block.items.len() == 6);
    }

    #[test]
    fn a_missing_scope_shows_nothing() {
        let expansion = attribute(quote!(route = "todo", serializer = S), quote!(impl R {}));
        let expansion = expansion.to_string();
        assert_eq!(expansion.matches("compile_error").count(), 1);
        assert!(expansion.contains("Filter :: Nothing"));
    }

    #[test]
    fn what_is_no_impl_block_stays_as_it_is() {
        let expansion = attribute(
            quote!(route = "todo", serializer = S),
            quote!(
                struct R;
            ),
        );
        assert!(expansion.to_string().starts_with("struct R ;"));
    }
}
