//! The arguments of the attribute macros: `key = value` and `key(field, field)`, by commas.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Token};

use crate::errors::{Errors, listed};

/// Reads the arguments and hands the value of each known key to `value`, once.
///
/// A mistake in one argument does not keep the others from being read.
pub(crate) fn read(
    arguments: TokenStream,
    known: &[&str],
    errors: &mut Errors,
    mut value: impl FnMut(&str, &Ident, ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let parser = |input: ParseStream<'_>| {
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let Ok(key) = input.call(Ident::parse_any) else {
                return Err(input.error(format!("write one of {}", listed(known.iter().copied()))));
            };
            let name = key.unraw().to_string();
            if !known.contains(&name.as_str()) {
                let known = listed(known.iter().copied());
                errors.on(&key, format!("there is no key `{name}`; write one of {known}"));
                skip(input);
            } else if seen.contains(&name) {
                errors.on(&key, format!("`{name}` is written twice; keep one of the two"));
                skip(input);
            } else if let Err(error) = value(&name, &key, input, errors) {
                errors.add(error);
                skip(input);
            }
            seen.push(name);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    let read = parser.parse2(arguments);
    errors.ok(read);
}

/// Reads the `=` before a value; `example` says how the whole is written.
pub(crate) fn equals(input: ParseStream<'_>, key: &Ident, example: &str) -> syn::Result<()> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>().map(drop)
    } else {
        Err(syn::Error::new_spanned(key, format!("write `{example}`")))
    }
}

/// Goes on to the next comma.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::LitStr;

    use super::*;
    use crate::errors::messages;

    fn read_names(arguments: TokenStream) -> (Vec<String>, Vec<String>) {
        let mut errors = Errors::default();
        let mut names = Vec::new();
        read(arguments, &["name", "type"], &mut errors, |key, ident, input, _| {
            equals(input, ident, "name = \"…\"")?;
            names.push(format!("{key}={}", input.parse::<LitStr>()?.value()));
            Ok(())
        });
        (names, messages(errors))
    }

    #[test]
    fn a_key_may_be_a_keyword_and_a_comma_may_end_the_list() {
        let (names, errors) = read_names(quote!(name = "a", type = "b",));
        assert_eq!((names, errors), (vec!["name=a".to_owned(), "type=b".to_owned()], vec![]));
    }

    #[test]
    fn a_mistake_does_not_hide_the_next() {
        let (names, errors) = read_names(quote!(nam = 1 + 1, name(x), name = "a", type = "b"));
        assert_eq!(names, ["type=b"]);
        assert_eq!(
            errors,
            [
                "there is no key `nam`; write one of `name`, `type`",
                "write `name = \"…\"`",
                "`name` is written twice; keep one of the two",
            ]
        );
    }

    #[test]
    fn what_is_no_key_at_all_ends_the_reading() {
        let (names, errors) = read_names(quote!(name = "a", "b", type = "c"));
        assert_eq!((names, errors.len()), (vec!["name=a".to_owned()], 1));
    }
}
