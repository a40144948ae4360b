//! Lists of fields, `publish_fields(text, done)`, and the proof that the entity has them.
//!
//! A macro cannot see the entity, so the proof is a constant that the compiler evaluates: its
//! tokens bear the place of the field's name, and there its error appears.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, token};

use crate::errors::Errors;

/// A field's name where the user wrote it.
#[derive(Clone)]
pub(crate) struct FieldName {
    /// The name, without the `r#` of a raw identifier.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) span: Span,
}

impl FieldName {
    /// A constant that does not compile unless `check`, a function of `__private`, finds the
    /// field in the entity of the serializer or router.
    pub(crate) fn proof(&self, check: &str, of: &TokenStream) -> TokenStream {
        let (name, check) = (LitStr::new(&self.name, self.span), Ident::new(check, self.span));
        quote_spanned!(self.span=> const _: () = ::dragon::__private::#check::<#of>(#name);)
    }
}

/// Reads the parentheses after `key` and the names in them.
///
/// # Errors
/// When there are no parentheses; what is wrong within goes to `errors`.
pub(crate) fn list(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<FieldName>> {
    if !input.peek(token::Paren) {
        let advice = format!("write the names of the fields in parentheses: `{key}(one, another)`");
        return Err(syn::Error::new_spanned(key, advice));
    }
    let content;
    syn::parenthesized!(content in input);
    let fields = names(key, &content, errors);
    // What a mistake left unread would count as another one.
    while content.parse::<TokenTree>().is_ok() {}
    fields
}

fn names(
    key: &Ident,
    content: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<FieldName>> {
    let mut fields: Vec<FieldName> = Vec::new();
    while !content.is_empty() {
        let field = one(content)?;
        if fields.iter().any(|other| other.name == field.name) {
            errors.at(field.span, format!("`{}` is listed twice in `{key}`", field.name));
        } else {
            fields.push(field);
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(fields)
}

fn one(content: ParseStream<'_>) -> syn::Result<FieldName> {
    if content.peek(Ident::peek_any) {
        let ident = content.call(Ident::parse_any)?;
        return Ok(FieldName { name: ident.unraw().to_string(), span: ident.span() });
    }
    if content.peek(LitStr) {
        let text: LitStr = content.parse()?;
        let advice = format!("write the field's name without quotes: {}", text.value());
        return Err(syn::Error::new_spanned(text, advice));
    }
    Err(content.error("write the name of a field"))
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse::Parser;

    use super::*;
    use crate::errors::messages;

    fn read(tokens: TokenStream) -> (Vec<String>, Vec<String>) {
        let mut errors = Errors::default();
        let key = Ident::new("publish_fields", Span::call_site());
        let read = (|input: ParseStream<'_>| list(&key, input, &mut errors)).parse2(tokens);
        let fields = errors.ok(read).unwrap_or_default();
        (fields.into_iter().map(|field| field.name).collect(), messages(errors))
    }

    #[test]
    fn keywords_are_names_with_and_without_their_mark() {
        let (names, errors) = read(quote!((text, type, r#async,)));
        assert_eq!((names.join(" "), errors), ("text type async".to_owned(), vec![]));
        assert_eq!(read(quote!(())), (vec![], vec![]));
    }

    #[test]
    fn a_name_twice_is_told_and_kept_once() {
        let (names, errors) = read(quote!((text, r#text)));
        assert_eq!(names, ["text"]);
        assert_eq!(errors, ["`text` is listed twice in `publish_fields`"]);
    }

    #[test]
    fn what_is_no_name_is_told_with_the_way_to_write_it() {
        let quotes = "write the field's name without quotes: text";
        assert_eq!(read(quote!(("text", done))).1, [quotes]);
        assert_eq!(read(quote!((1))).1, ["write the name of a field"]);
        assert_eq!(
            read(quote!(= [text])).1,
            ["write the names of the fields in parentheses: `publish_fields(one, another)`"]
        );
    }

    #[test]
    fn the_proof_names_the_field_and_the_serializer() {
        let field = FieldName { name: "text".to_owned(), span: Span::call_site() };
        let expected = quote!(
            const _: () = ::dragon::__private::own_field::<ItemSerializer>("text");
        );
        let proof = field.proof("own_field", &quote!(ItemSerializer));
        assert_eq!(proof.to_string(), expected.to_string());
    }
}
