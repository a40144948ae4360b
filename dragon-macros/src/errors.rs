//! What is wrong with the input, gathered so that its writer hears of all of it at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far; each knows its tokens.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Notes a mistake that the given tokens make.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Notes a mistake at a place that has no tokens of its own.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Notes what a parser said.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or its error noted.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// One `compile_error!` for each mistake, at its tokens.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(syn::Error::into_compile_error).unwrap_or_default()
    }
}

/// Names as a sentence has them: `` `a`, `b` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// For tests: what the mistakes say, each on its own.
#[cfg(test)]
pub(crate) fn messages(errors: Errors) -> Vec<String> {
    errors.0.into_iter().flatten().map(|error| error.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn all_mistakes_are_kept_in_order() {
        let mut errors = Errors::default();
        assert!(errors.is_empty());
        errors.on(quote!(a), "first");
        assert_eq!(errors.ok(Err::<(), _>(syn::Error::new(Span::call_site(), "second"))), None);
        errors.at(Span::call_site(), "third");
        assert!(!errors.is_empty());
        assert_eq!(messages(errors), ["first", "second", "third"]);
    }

    #[test]
    fn each_mistake_becomes_one_compile_error() {
        let mut errors = Errors::default();
        errors.on(quote!(a), "first");
        errors.on(quote!(b), "second");
        assert_eq!(errors.into_tokens().to_string().matches("compile_error").count(), 2);
        assert!(Errors::default().into_tokens().is_empty());
    }
}
