//! `#[serializer(…)]`: what of a model is told, what may be written, and how it is checked.

mod ast;
mod attr;
mod check;
mod told;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Item};

use ast::Serializer;
use attr::Arguments;

use crate::errors::Errors;
use crate::fields::FieldName;

/// The item as it is, the impl of `Serializer`, and the errors.
pub(crate) fn attribute(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = Arguments::read(arguments, &mut errors);
    let Some(mut item) = errors.ok(syn::parse2::<Item>(tokens.clone())) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    let serializer = Serializer::read(&mut item, &mut errors).map(|mut serializer| {
        check::check(&mut serializer, &arguments, &mut errors);
        serializer
    });
    let proofs = serializer
        .as_ref()
        // After an error they would make two of one.
        .filter(|_| errors.is_empty())
        .map(|serializer| proofs(serializer, &arguments));
    let errors = errors.into_tokens();
    // Also after an error: what uses the serializer is then not wrong as well.
    let expansion = serializer.map(|serializer| expand(&serializer, &arguments));
    quote!(#item #errors #expansion #proofs)
}

fn expand(serializer: &Serializer, arguments: &Arguments) -> TokenStream {
    let Serializer { ty, ident, validators, whole, .. } = serializer;
    let model = match &arguments.model {
        Some(model) => quote!(#model),
        None => quote!(::dragon::__private::unknown::Entity),
    };
    let name = ident.unraw().to_string();
    let publish_fields = match &arguments.publish_fields {
        Some(fields) => {
            let fields = fields.iter().map(|field| &field.name);
            quote!(&[#(#fields),*])
        }
        None => quote!(::dragon::__private::all_fields::<Self>()),
    };
    let update_fields = arguments.update_fields.iter().map(|field| &field.name);
    let adds = (!arguments.adds.is_empty()).then(|| {
        let adds = arguments.adds.iter().map(|field| &field.name);
        quote!(const ADDS: &'static [&'static str] = &[#(#adds),*];)
    });
    // Not to be mixed up with a name of the user's, should a macro have written the method.
    let value = Ident::new("value", Span::call_site());
    let calls = validators.iter().map(|validator| {
        let (method, conditions) = (&validator.signature.ident, &validator.conditions);
        let field = &validator.field.name;
        // A wrong signature shows at the method.
        quote_spanned! {method.span()=>
            #(#conditions)*
            #field => ::dragon::__private::check(#value, Self::#method),
        }
    });
    let validate = (!validators.is_empty()).then(|| {
        quote! {
            fn validate(
                field: &str,
                #value: ::dragon::__private::Value,
            ) -> ::core::result::Result<
                ::dragon::__private::Value,
                ::std::vec::Vec<::std::string::String>,
            > {
                match field {
                    #(#calls)*
                    _ => ::core::result::Result::Ok(#value),
                }
            }
        }
    });
    let related = related(serializer, arguments);
    let custom = custom(serializer, arguments, &model);
    let views = (!arguments.views.is_empty()).then(|| {
        let views = arguments.views.iter().map(|(name, fields)| {
            let (name, fields) = (&name.name, fields.iter().map(|field| &field.name));
            quote!((#name, &[#(#fields),*]))
        });
        quote!(const VIEWS: &'static [(&'static str, &'static [&'static str])] = &[#(#views),*];)
    });
    let whole = whole.as_ref().map(|method| {
        let (name, conditions) = (&method.signature.ident, &method.conditions);
        quote_spanned! {name.span()=>
            #(#conditions)*
            fn validate_row(
                row: &<#model as ::dragon::sea_orm::EntityTrait>::ActiveModel,
            ) -> ::core::result::Result<(), ::dragon::protocol::FieldErrors> {
                Self::#name(row)
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl ::dragon::Serializer for #ty {
            type Entity = #model;
            const NAME: &'static str =
                ::core::concat!(::core::module_path!(), "::", #name);
            const PUBLISH_FIELDS: &'static [&'static str] = #publish_fields;
            const UPDATE_FIELDS: &'static [&'static str] = &[#(#update_fields),*];
            #adds
            #views
            #related
            #custom
            #validate
            #whole
        }
    }
}

/// The relations, by the entity's own `Related` or by the one that is named.
fn related(serializer: &Serializer, arguments: &Arguments) -> Option<TokenStream> {
    let ty = &serializer.ty;
    let list = arguments.related.iter().map(|related| {
        let (name, span) = (&related.name.name, related.name.span);
        let target = &related.serializer;
        match &related.via {
            None => quote_spanned!(span=> ::dragon::__private::Related::of::<#ty, #target>(#name)),
            Some(relation) => quote_spanned! {span=>
                ::dragon::__private::Related::by::<#target>(
                    #name,
                    ::dragon::sea_orm::RelationTrait::def(&#relation),
                )
            },
        }
    });
    (!arguments.related.is_empty()).then(|| {
        quote! {
            fn related() -> ::std::vec::Vec<::dragon::__private::Related> {
                ::std::vec![#(#list),*]
            }
        }
    })
}

/// The fields that methods tell.
fn custom(
    serializer: &Serializer,
    arguments: &Arguments,
    model: &TokenStream,
) -> Option<TokenStream> {
    let customs = &serializer.customs;
    let (row, rendered) =
        (Ident::new("row", Span::call_site()), Ident::new("related", Span::call_site()));
    let names = customs.iter().map(|custom| {
        let (name, conditions) = (&custom.field.name, &custom.conditions);
        quote!(#(#conditions)* #name)
    });
    let types = customs.iter().map(|custom| {
        let (name, conditions) = (&custom.field.name, &custom.conditions);
        let told = told::told(&custom.signature.output);
        quote!(#(#conditions)* (#name, #told))
    });
    let calls = customs.iter().map(|custom| {
        let (method, conditions) = (&custom.signature.ident, &custom.conditions);
        let field = &custom.field.name;
        let is_related = arguments.related.iter().any(|related| related.name.name == *field);
        let second = is_related
            .then(|| quote_spanned!(method.span()=> , ::dragon::__private::given(#rendered)?));
        quote_spanned! {method.span()=>
            #(#conditions)*
            #field => ::core::option::Option::Some(::dragon::__private::told(&Self::#method(
                &::dragon::__private::model_of::<#model>(#row)? #second
            ))),
        }
    });
    (!customs.is_empty()).then(|| {
        quote! {
            const CUSTOM_FIELDS: &'static [&'static str] = &[#(#names),*];
            const CUSTOM_TYPES: &'static [(&'static str, &'static str)] = &[#(#types),*];
            fn serialize(
                field: &str,
                #row: &::dragon::__private::Row,
                #rendered: ::core::option::Option<::dragon::__private::Json>,
            ) -> ::core::option::Option<::dragon::__private::Json> {
                let _ = &#rendered;
                match field {
                    #(#calls)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// The proofs that the entity has the fields.
fn proofs(serializer: &Serializer, arguments: &Arguments) -> TokenStream {
    let ty = &serializer.ty;
    let is_own = |field: &&FieldName| {
        let is = |name: &FieldName| name.name == field.name;
        !serializer.customs.iter().any(|custom| is(&custom.field))
            && !arguments.related.iter().any(|related| is(&related.name))
    };
    let named = arguments.named().filter(is_own);
    named.map(|field| field.proof("own_field", &quote!(#ty))).collect()
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
        let expansion = attribute(quote!(model = E, publish_fields(text)), &item).to_string();
        assert!(expansion.starts_with(&item.to_string()) && expansion.contains("own_field"));
        let expansion = attribute(quote!(model = E, publish(text)), &item).to_string();
        assert!(expansion.starts_with(&item.to_string()) && expansion.contains("compile_error"));
        assert!(expansion.contains("impl :: dragon :: Serializer for S"));
        assert!(!expansion.contains("own_field"));
    }

    #[test]
    fn without_validators_the_traits_own_method_stands() {
        let expansion = attribute(quote!(model = E), &quote!(impl S {})).to_string();
        assert!(!expansion.contains("fn validate"));
    }
}
