//! `#[serializer(…)]`: what of a model is told, what may be written, and how it is checked.

mod ast;
mod attr;
mod check;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Item;
use syn::ext::IdentExt;

use ast::Serializer;
use attr::Arguments;

use crate::errors::Errors;

/// The item as it is, the impl of `Serializer`, and the errors.
pub(crate) fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = Arguments::read(arguments, &mut errors);
    let serializer = errors
        .ok(syn::parse2::<Item>(item.clone()))
        .and_then(|item| Serializer::read(&item, &mut errors))
        .map(|mut serializer| {
            check::check(&mut serializer, &arguments, &mut errors);
            serializer
        });
    let whole = errors.is_empty();
    let errors = errors.into_tokens();
    // Also after an error, as far as things are known: what uses the serializer is then not
    // wrong as well.
    let expansion = serializer.and_then(|serializer| expand(&serializer, &arguments));
    let proofs = self::proofs(expansion.as_ref().filter(|_| whole), &arguments);
    let expansion = expansion.map(|expansion| expansion.tokens);
    quote!(#item #errors #expansion #proofs)
}

/// The impl, and for whom it is.
struct Expansion {
    ty: TokenStream,
    tokens: TokenStream,
}

fn expand(serializer: &Serializer, arguments: &Arguments) -> Option<Expansion> {
    let Serializer { ty, ident, validators } = serializer;
    let model = arguments.model.as_ref()?;
    let name = ident.unraw().to_string();
    let publish_fields = match &arguments.publish_fields {
        Some(fields) => {
            let fields = fields.iter().map(|field| &field.name);
            quote!(&[#(#fields),*])
        }
        None => quote!(<#model as ::dragon::Model>::FIELDS),
    };
    let update_fields = arguments.update_fields.iter().map(|field| &field.name);
    let calls = validators.iter().map(|validator| {
        let (method, conditions) = (&validator.signature.ident, &validator.conditions);
        let field = validator.field.literal();
        // A wrong signature shows at the method; `value` stays ours if a macro wrote that.
        let span = Span::call_site().located_at(method.span());
        quote_spanned! {span=>
            #(#conditions)*
            #field => ::dragon::__private::check(value, Self::#method),
        }
    });
    let validate = (!validators.is_empty()).then(|| {
        quote! {
            fn validate(
                field: &str,
                value: ::dragon::__private::Value,
            ) -> ::core::result::Result<
                ::dragon::__private::Value,
                ::std::vec::Vec<::std::string::String>,
            > {
                match field {
                    #(#calls)*
                    _ => ::core::result::Result::Ok(value),
                }
            }
        }
    });
    let tokens = quote! {
        #[automatically_derived]
        impl ::dragon::Serializer for #ty {
            type Entity = #model;
            const NAME: &'static str =
                ::core::concat!(::core::module_path!(), "::", #name);
            const PUBLISH_FIELDS: &'static [&'static str] = #publish_fields;
            const UPDATE_FIELDS: &'static [&'static str] = &[#(#update_fields),*];
            #validate
        }
    };
    Some(Expansion { ty: quote!(#ty), tokens })
}

/// The proofs that the entity has the fields; none after an error, which would make two of one.
fn proofs(expansion: Option<&Expansion>, arguments: &Arguments) -> TokenStream {
    let Some(Expansion { ty, .. }) = expansion else { return TokenStream::new() };
    arguments.named().map(|field| field.proof("own_field", ty)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_item_stays_as_it_is_also_when_something_is_wrong() {
        let item = quote!(
            /// Doc.
            #[derive(Debug)]
            pub struct S;
        );
        let expansion =
            attribute(quote!(model = E, publish_fields(text)), item.clone()).to_string();
        assert!(expansion.starts_with(&item.to_string()) && expansion.contains("own_field"));
        let expansion = attribute(quote!(model = E, publish(text)), item.clone()).to_string();
        assert!(expansion.starts_with(&item.to_string()) && expansion.contains("compile_error"));
        assert!(expansion.contains("impl :: dragon :: Serializer for S"));
        assert!(!expansion.contains("own_field"));
    }

    #[test]
    fn without_validators_the_traits_own_method_stands() {
        let expansion = attribute(quote!(model = E), quote!(impl S {})).to_string();
        assert!(!expansion.contains("fn validate"));
    }
}
