//! What the attributes say: our own `self_publish`, and of SeaORM's `sea_orm` what we need.

use proc_macro2::TokenStream;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Token, parenthesized, token};

use crate::arguments;
use crate::errors::Errors;

const OURS: &str = "self_publish";
const SEA_ORM: &str = "sea_orm";
const KEYS: &[&str] = &["name"];

/// What the attributes of the struct say.
#[derive(Default)]
pub(super) struct StructAttributes {
    /// The wire name that was chosen.
    pub(super) name: Option<LitStr>,
    /// The table's name.
    pub(super) table: Option<LitStr>,
    /// Whether SeaORM's attributes could be read to the end. If not, SeaORM says so itself, and
    /// what seems to be missing may only be unread.
    pub(super) readable: bool,
}

impl StructAttributes {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self { readable: true, ..Self::default() };
        for attribute in attributes.iter().filter(|one| one.path().is_ident(OURS)) {
            let Some(list) = errors.ok(attribute.meta.require_list()) else { continue };
            arguments::read(list.tokens.clone(), KEYS, errors, |_, key, input, errors| {
                arguments::equals(input, key, "name = \"…\"")?;
                let name = input.parse()?;
                if read.name.is_some() {
                    errors.on(key, "`name` is written twice; keep one of the two");
                }
                read.name = Some(name);
                Ok(())
            });
        }
        read.readable = each_sea_orm(attributes, |meta| {
            if meta.path.is_ident("table_name") {
                read.table = Some(meta.value()?.parse()?);
                return Ok(());
            }
            skip(meta)
        });
        read
    }
}

/// What the attributes of a field say.
#[derive(Default)]
pub(super) struct FieldAttributes {
    /// It is the primary key, or a part of it.
    pub(super) key: bool,
    /// It is no column.
    pub(super) ignored: bool,
    /// As for the struct.
    pub(super) readable: bool,
}

impl FieldAttributes {
    pub(super) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        for attribute in attributes.iter().filter(|one| one.path().is_ident(OURS)) {
            errors.on(attribute, "`self_publish` goes above the struct, not above a field");
        }
        let mut read = Self::default();
        read.readable = each_sea_orm(attributes, |meta| {
            read.key |= meta.path.is_ident("primary_key");
            read.ignored |= meta.path.is_ident("ignore");
            skip(meta)
        });
        read
    }
}

/// Visits each item of the `sea_orm` attributes; whether all could be read.
fn each_sea_orm(
    attributes: &[Attribute],
    mut visit: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(SEA_ORM))
        .all(|attribute| attribute.parse_nested_meta(|meta| visit(&meta)).is_ok())
}

/// Reads over a value that does not concern us.
fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(token::Paren) {
        let content;
        parenthesized!(content in meta.input);
        content.parse::<TokenStream>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;
    use crate::errors::messages;

    fn read(attributes: &[Attribute]) -> (StructAttributes, Vec<String>) {
        let mut errors = Errors::default();
        let read = StructAttributes::read(attributes, &mut errors);
        (read, messages(errors))
    }

    #[test]
    fn the_table_is_found_among_everything_that_sea_orm_knows() {
        let (read, errors) = read(&[
            parse_quote!(#[doc = "An item."]),
            parse_quote!(#[sea_orm(schema_name = "s", model_attrs(derive(A), serde(x = "y")))]),
            parse_quote!(#[sea_orm(model_ex, table_name = "todo_item", rename_all = "camelCase")]),
            parse_quote!(#[self_publish(name = "item")]),
        ]);
        assert_eq!(read.table.map(|name| name.value()), Some("todo_item".to_owned()));
        assert_eq!(read.name.map(|name| name.value()), Some("item".to_owned()));
        assert!(read.readable && errors.is_empty());
    }

    #[test]
    fn what_sea_orm_cannot_read_is_left_to_it() {
        let (read, errors) = read(&[parse_quote!(#[sea_orm(table_name = )])]);
        assert!(!read.readable && errors.is_empty());
    }

    #[test]
    fn a_name_in_two_attributes_is_written_twice() {
        let (_, errors) = read(&[
            parse_quote!(#[self_publish(name = "a")]),
            parse_quote!(#[self_publish(name = "b")]),
        ]);
        assert_eq!(errors, ["`name` is written twice; keep one of the two"]);
    }

    #[test]
    fn keys_and_ignored_fields_are_seen_beside_other_settings() {
        let mut errors = Errors::default();
        let key = FieldAttributes::read(
            &[parse_quote!(#[sea_orm(column_type = "Text", primary_key, auto_increment = false)])],
            &mut errors,
        );
        assert!(key.key && !key.ignored && key.readable);
        let ignored = FieldAttributes::read(&[parse_quote!(#[sea_orm(ignore)])], &mut errors);
        assert!(ignored.ignored && !ignored.key && errors.is_empty());
        FieldAttributes::read(&[parse_quote!(#[self_publish(name = "a")])], &mut errors);
        assert_eq!(messages(errors), ["`self_publish` goes above the struct, not above a field"]);
    }
}
