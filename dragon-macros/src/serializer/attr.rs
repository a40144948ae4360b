//! The arguments of `#[serializer(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, Path, Token, token};

use crate::arguments;
use crate::errors::Errors;
use crate::fields::{self, FieldName};

const MODEL: &str = "model";
const PUBLISH_FIELDS: &str = "publish_fields";
const UPDATE_FIELDS: &str = "update_fields";
const ADDS: &str = "adds";
const RELATED: &str = "related";
const VIEWS: &str = "views";

/// What the arguments say.
#[derive(Default)]
pub(super) struct Arguments {
    /// The entity's type.
    pub(super) model: Option<Path>,
    /// The fields that are told; all of them when it is left out.
    pub(super) publish_fields: Option<Vec<FieldName>>,
    /// The fields that clients may write.
    pub(super) update_fields: Vec<FieldName>,
    /// Those of them whose lists are added to what is there.
    pub(super) adds: Vec<FieldName>,
    /// The relations that are told, each with its serializer.
    pub(super) related: Vec<Related>,
    /// The named sets of fields.
    pub(super) views: Vec<(FieldName, Vec<FieldName>)>,
    /// Whether a list of fields is there that could not be read.
    pub(super) unread: bool,
}

/// `name = Serializer`, or `name = Serializer via Relation::Name`.
pub(super) struct Related {
    /// Under which name it is told.
    pub(super) name: FieldName,
    /// The related serializer.
    pub(super) serializer: Path,
    /// Which of several relations.
    pub(super) via: Option<Path>,
}

impl Arguments {
    pub(super) fn read(arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut read = Self::default();
        let mut has_model = false;
        let known = [MODEL, PUBLISH_FIELDS, UPDATE_FIELDS, ADDS, RELATED, VIEWS];
        arguments::read(arguments, &known, errors, |name, key, input, errors| {
            if name == MODEL {
                has_model = true;
                arguments::equals(input, key, "model = path::to::Entity")?;
                read.model = Some(entity(input.parse()?, errors));
                return Ok(());
            }
            if name == RELATED {
                read.related = related(key, input, errors)?;
                return Ok(());
            }
            if name == VIEWS {
                read.views = views(key, input, errors)?;
                return Ok(());
            }
            let list = fields::list(key, input, errors).inspect_err(|_| read.unread = true)?;
            match name {
                PUBLISH_FIELDS => read.publish_fields = Some(list),
                ADDS => read.adds = list,
                _ => read.update_fields = list,
            }
            Ok(())
        });
        if !has_model {
            let advice = "which rows does it serialize? Write `model = path::to::Entity`";
            errors.at(Span::call_site(), advice);
        }
        read.check_adds(errors);
        read
    }

    /// What is added to must be a relation that is written.
    fn check_adds(&self, errors: &mut Errors) {
        if self.unread {
            return;
        }
        for field in &self.adds {
            let name = &field.name;
            let is = |other: &FieldName| other.name == *name;
            if !self.related.iter().any(|related| is(&related.name)) {
                let advice = format!("`{name}` is no relation; write it into `related(…)` as well");
                errors.at(field.span, advice);
            } else if !self.update_fields.iter().any(is) {
                let advice = format!(
                    "no client can write `{name}`; write it into `update_fields(…)` as well"
                );
                errors.at(field.span, advice);
            }
        }
    }

    /// Every field that is named, as often as it is.
    pub(super) fn named(&self) -> impl Iterator<Item = &FieldName> {
        let views = self.views.iter().flat_map(|(_, fields)| fields);
        self.publish_fields.iter().flatten().chain(&self.update_fields).chain(views)
    }
}

/// Reads `(name = Serializer, name = Serializer via Relation::Name)`.
fn related(key: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Related>> {
    let form = "write the relations in parentheses, each with its serializer: \
                `related(items = ItemSerializer)`";
    if !input.peek(token::Paren) {
        return Err(syn::Error::new_spanned(key, form));
    }
    let content;
    syn::parenthesized!(content in input);
    let mut list: Vec<Related> = Vec::new();
    while !content.is_empty() {
        let ident = content.call(Ident::parse_any)?;
        if !content.peek(Token![=]) {
            return Err(syn::Error::new_spanned(ident, form));
        }
        content.parse::<Token![=]>()?;
        let serializer: Path = content.parse()?;
        let via = if content.peek(Ident) {
            let word: Ident = content.parse()?;
            if word != "via" {
                let advice = "write `via` and the relation: `via comment::Relation::Author`";
                return Err(syn::Error::new_spanned(word, advice));
            }
            Some(content.parse()?)
        } else {
            None
        };
        let name = FieldName { name: ident.unraw().to_string(), span: ident.span() };
        if list.iter().any(|other| other.name.name == name.name) {
            errors.on(&ident, format!("`{ident}` is listed twice in `related`"));
        } else if ["id", "_type"].contains(&name.name.as_str()) {
            let advice = "every object has one of its own; give the relation another name";
            errors.on(&ident, format!("`{ident}` cannot be a relation: {advice}"));
        } else {
            list.push(Related { name, serializer, via });
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(list)
}

/// Reads `(public(name), staff(name, salary))`.
fn views(
    key: &Ident,
    input: ParseStream<'_>,
    errors: &mut Errors,
) -> syn::Result<Vec<(FieldName, Vec<FieldName>)>> {
    if !input.peek(token::Paren) {
        let advice = "write each view with its fields: `views(public(name), staff(name, salary))`";
        return Err(syn::Error::new_spanned(key, advice));
    }
    let content;
    syn::parenthesized!(content in input);
    let mut list: Vec<(FieldName, Vec<FieldName>)> = Vec::new();
    while !content.is_empty() {
        let ident = content.call(Ident::parse_any)?;
        let fields = fields::list(&ident, &content, errors)?;
        let name = FieldName { name: ident.unraw().to_string(), span: ident.span() };
        if list.iter().any(|(other, _)| other.name == name.name) {
            errors.on(&ident, format!("the view `{ident}` is there twice; keep one of the two"));
        } else {
            list.push((name, fields));
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(list)
}

/// The types in an entity's module have fixed names, and the likeliest slip is the row's type in
/// place of the table's.
fn entity(mut path: Path, errors: &mut Errors) -> Path {
    let written = path.clone();
    if let Some(last) = path.segments.last_mut().filter(|last| last.ident == "Model") {
        errors.on(written, "write the entity, not its model: the path that ends in `::Entity`");
        last.ident = Ident::new("Entity", last.ident.span());
    }
    path
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::errors::messages;

    fn read(arguments: TokenStream) -> (Arguments, Vec<String>) {
        let mut errors = Errors::default();
        let read = Arguments::read(arguments, &mut errors);
        (read, messages(errors))
    }

    #[test]
    fn lists_may_be_left_out_and_may_be_empty() {
        let (read, errors) = read(quote!(model = todo_item::Entity));
        assert!(
            errors.is_empty() && read.publish_fields.is_none() && read.update_fields.is_empty()
        );
        let (read, errors) = self::read(quote!(publish_fields(), model = crate::todo_item::Entity));
        assert!(errors.is_empty() && read.publish_fields.is_some_and(|list| list.is_empty()));
    }

    #[test]
    fn both_lists_are_named() {
        let (read, _) = read(quote!(model = E, publish_fields(text, done), update_fields(done)));
        let named: Vec<_> = read.named().map(|field| field.name.as_str()).collect();
        assert_eq!(named, ["text", "done", "done"]);
        assert!(!read.unread);
    }

    #[test]
    fn each_slip_is_one_mistake() {
        for (arguments, start) in [
            (quote!(), "which rows does it serialize?"),
            (quote!(model(E)), "write `model = path::to::Entity`"),
            (quote!(model = todo_item::Model), "write the entity, not its model"),
            (quote!(model = E, fields(text)), "there is no key `fields`"),
            (quote!(model = E, update_fields("text")), "write the field's name without quotes"),
            (quote!(model = E, update_fields = text), "write the names of the fields in paren"),
            (quote!(model = E, update_fields(tags), adds(tags)), "`tags` is no relation"),
            (quote!(model = E, related(tags = T), adds(tags)), "no client can write `tags`"),
        ] {
            let (_, errors) = read(arguments);
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].starts_with(start), "{errors:?}");
        }
    }
}
