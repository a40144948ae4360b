//! `#[derive(SelfPublish)]`: the facts about an entity that its struct shows.

mod ast;
mod attr;
mod check;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use ast::Entity;
use check::Facts;

use crate::errors::Errors;

/// The impl of `Model` for the entity of the struct, and the errors.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let expansion = errors
        .ok(syn::parse2::<DeriveInput>(input))
        .filter(|input| !ast::is_model_ex(input))
        .and_then(|input| Entity::read(input, &mut errors))
        .map(|entity| {
            let facts = check::check(&entity, &mut errors);
            // Also after an error: what uses the entity is then not wrong as well. But without a
            // table, or under another name, there is no entity to implement anything for.
            if facts.name.is_empty() { TokenStream::new() } else { expand(&entity, &facts) }
        });
    let errors = errors.into_tokens();
    quote!(#errors #expansion)
}

/// No `ActiveModelBehavior`: the user's hooks stay the user's.
fn expand(entity: &Entity, Facts { name, key }: &Facts) -> TokenStream {
    let fields = entity.columns.iter().map(|column| &column.name);
    let types = entity.columns.iter().map(|column| {
        let ty = &column.ty;
        quote_spanned!(ty.span()=> ::dragon::__private::array_type_of::<#ty>())
    });
    quote! {
        #[automatically_derived]
        impl ::dragon::Model for Entity {
            const NAME: &'static str = #name;
            const FIELDS: &'static [&'static str] = &[#(#fields),*];
            const KEY: &'static str = #key;
            fn types() -> ::std::vec::Vec<::dragon::__private::ArrayType> {
                ::std::vec![#(#types),*]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_struct_with_relations_gets_nothing() {
        assert!(
            derive(quote!(
                struct ModelEx {
                    id: i32,
                }
            ))
            .is_empty()
        );
    }

    #[test]
    fn a_mistake_still_leaves_an_impl() {
        let expansion = derive(quote!(
            #[self_publish(name = "A B")]
            struct Model {
                id: i32,
            }
        ))
        .to_string();
        assert_eq!(expansion.matches("compile_error").count(), 2);
        assert!(expansion.contains("impl :: dragon :: Model for Entity"));
        let expansion = derive(quote!(
            enum Model {}
        ))
        .to_string();
        assert!(expansion.contains("compile_error") && !expansion.contains("impl"));
    }
}
