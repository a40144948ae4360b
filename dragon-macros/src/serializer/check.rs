//! The rules of a serializer's methods: the form of each, and that it can ever be called.

use syn::{FnArg, ReturnType};

use super::ast::{Method, Serializer};
use super::attr::Arguments;
use crate::errors::{Errors, listed};

/// Checks each method; those that will do are kept.
pub(super) fn check(serializer: &mut Serializer, arguments: &Arguments, errors: &mut Errors) {
    serializer.validators.retain(|validator| {
        match form(validator).or_else(|| use_of(validator, arguments)) {
            Some(error) => errors.add(error),
            None => return true,
        }
        false
    });
    serializer.customs.retain(|custom| match custom_form(custom, arguments) {
        Some(error) => {
            errors.add(error);
            false
        }
        None => true,
    });
    if let Some(error) = serializer.whole.as_ref().and_then(whole_form) {
        errors.add(error);
        serializer.whole = None;
    }
}

/// How many parameters a method has; none when one of them is `self`.
fn typed(method: &Method) -> Option<usize> {
    let inputs = &method.signature.inputs;
    inputs.iter().all(|input| matches!(input, FnArg::Typed(_))).then_some(inputs.len())
}

fn custom_form(method: &Method, arguments: &Arguments) -> Option<syn::Error> {
    let (name, field) = (&method.signature.ident, &method.field.name);
    let related = arguments.related.iter().any(|one| one.name.name == *field);
    let (parameters, form) = if related {
        (
            2,
            format!(
                "`fn {name}(row: &Model, {field}: Json) -> T`: the row, and what the related serializer told"
            ),
        )
    } else {
        (
            1,
            format!(
                "`fn {name}(row: &Model) -> T`: it tells `{field}` of the row and nothing else"
            ),
        )
    };
    if ["id", "_type"].contains(&field.as_str()) {
        let advice =
            format!("every object has an `{field}` of its own; give this field another name");
        return Some(syn::Error::new(method.field.span, advice));
    }
    if let Some(asyncness) = &method.signature.asyncness {
        let advice = format!("a field is told without waiting; write {form}");
        return Some(syn::Error::new_spanned(asyncness, advice));
    }
    if typed(method) != Some(parameters) {
        return Some(syn::Error::new(method.parameters(), format!("write {form}")));
    }
    if matches!(method.signature.output, ReturnType::Default) {
        return Some(syn::Error::new_spanned(
            name,
            format!("it answers what is told; write {form}"),
        ));
    }
    None
}

fn whole_form(method: &Method) -> Option<syn::Error> {
    let form = "`fn validate(row: &ActiveModel) -> Result<(), FieldErrors>`";
    if let Some(asyncness) = &method.signature.asyncness {
        let advice = format!("a row is checked without waiting; write {form}");
        return Some(syn::Error::new_spanned(asyncness, advice));
    }
    if typed(method) != Some(1) {
        let advice = format!("it gets the row that is to be written; write {form}");
        return Some(syn::Error::new(method.parameters(), advice));
    }
    None
}

/// What is wrong with the signature.
fn form(validator: &Method) -> Option<syn::Error> {
    let signature = &validator.signature;
    let name = &signature.ident;
    let form = format!("`fn {name}(value: T) -> Result<T, String>`");
    if let Some(receiver) = signature.receiver() {
        let advice =
            format!("there is no serializer at hand when a value is checked; write {form}");
        return Some(syn::Error::new_spanned(receiver, advice));
    }
    if let Some(asyncness) = &signature.asyncness {
        let advice = format!("a value is checked without waiting; write {form}");
        return Some(syn::Error::new_spanned(asyncness, advice));
    }
    let one = matches!(signature.inputs.iter().collect::<Vec<_>>()[..], [FnArg::Typed(_)]);
    if !one {
        let advice = format!("it gets the value and nothing else; write {form}");
        return Some(syn::Error::new(validator.parameters(), advice));
    }
    if matches!(signature.output, ReturnType::Default) {
        let advice =
            format!("it answers the value to keep, or what is wrong with it; write {form}");
        return Some(syn::Error::new_spanned(name, advice));
    }
    None
}

/// Only what clients may write is ever checked.
fn use_of(validator: &Method, arguments: &Arguments) -> Option<syn::Error> {
    let field = &validator.field.name;
    let update = &arguments.update_fields;
    if arguments.related.iter().any(|one| one.name.name == *field) {
        let advice = format!(
            "`{field}` is a relation: what is written to its rows is checked by its own \
             serializer; write the check there, or into `validate`, which gets the whole row"
        );
        return Some(syn::Error::new(validator.field.span, advice));
    }
    if arguments.unread || update.iter().any(|other| other.name == *field) {
        return None;
    }
    let known = if update.is_empty() {
        "there are none".to_owned()
    } else {
        listed(update.iter().map(|field| field.name.as_str()))
    };
    let advice = format!(
        "no client can write `{field}`, so this would never be called: it is not among the \
         update_fields ({known}); add it there, or give the method another name"
    );
    Some(syn::Error::new(validator.field.span, advice))
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::{ImplItemFn, Item, parse_quote};

    use super::*;
    use crate::errors::messages;

    fn checked(method: &ImplItemFn) -> (usize, Vec<String>) {
        let mut errors = Errors::default();
        let arguments = Arguments::read(quote!(model = E, update_fields(text)), &mut errors);
        let mut item: Item = parse_quote!(impl S { #method });
        let mut serializer = Serializer::read(&mut item, &mut errors).expect("an impl block");
        check(&mut serializer, &arguments, &mut errors);
        (serializer.validators.len(), messages(errors))
    }

    #[test]
    fn a_method_of_the_right_form_is_kept() {
        let (kept, errors) = checked(&parse_quote!(
            fn validate_text(text: String) -> Result<String, &'static str> {}
        ));
        assert_eq!((kept, errors), (1, vec![]));
    }

    #[test]
    fn each_slip_is_told_with_the_form_to_write() {
        for (method, start) in [
            (
                parse_quote!(
                    fn validate_text(&self, t: String) -> R {}
                ),
                "there is no serializer",
            ),
            (
                parse_quote!(
                    async fn validate_text(t: String) -> R {}
                ),
                "a value is checked without",
            ),
            (
                parse_quote!(
                    fn validate_text() -> R {}
                ),
                "it gets the value and nothing else",
            ),
            (
                parse_quote!(
                    fn validate_text(a: A, b: B) -> R {}
                ),
                "it gets the value and nothing",
            ),
            (
                parse_quote!(
                    fn validate_text(t: String) {}
                ),
                "it answers the value to keep",
            ),
            (
                parse_quote!(
                    fn validate_done(t: bool) -> R {}
                ),
                "no client can write `done`",
            ),
        ] {
            let (kept, errors) = checked(&method);
            assert_eq!((kept, errors.len()), (0, 1));
            assert!(errors[0].starts_with(start), "{errors:?}");
        }
    }

    #[test]
    fn what_is_written_to_a_relation_is_checked_by_its_serializer() {
        let mut errors = Errors::default();
        let arguments = quote!(model = E, update_fields(tags), related(tags = TagSerializer));
        let arguments = Arguments::read(arguments, &mut errors);
        let mut item: Item = parse_quote!(impl S { fn validate_tags(tags: Json) -> R {} });
        let mut serializer = Serializer::read(&mut item, &mut errors).expect("an impl block");
        check(&mut serializer, &arguments, &mut errors);
        let errors = messages(errors);
        assert_eq!((serializer.validators.len(), errors.len()), (0, 1));
        assert!(errors[0].starts_with("`tags` is a relation"), "{errors:?}");
    }

    #[test]
    fn nothing_is_said_of_a_list_that_could_not_be_read() {
        let mut errors = Errors::default();
        let arguments = Arguments::read(quote!(model = E, update_fields("text")), &mut errors);
        let mut item: Item = parse_quote!(impl S { fn validate_text(t: String) -> R {} });
        let mut serializer = Serializer::read(&mut item, &mut errors).expect("an impl block");
        check(&mut serializer, &arguments, &mut errors);
        assert_eq!(messages(errors).len(), 1);
    }
}
