//! The rules of `#[derive(SelfPublish)]`: a name that fits the wire, and one primary key.

use syn::LitStr;

use super::ast::Entity;
use crate::errors::Errors;

/// The longest wire name: it is the first part of every channel's name.
const LONGEST: usize = 32;

/// What the expansion needs, right or made up.
pub(super) struct Facts {
    /// The wire name.
    pub(super) name: String,
    /// The field that is the primary key.
    pub(super) key: String,
}

/// Checks the whole; what is wrong is noted and something made up in its place, for the stub.
pub(super) fn check(entity: &Entity, errors: &mut Errors) -> Facts {
    if entity.ident != "Model" {
        let advice = "the model of a SeaORM entity has the name `Model`; `SelfPublish` goes there, \
                      beside `DeriveEntityModel`";
        errors.on(&entity.ident, advice);
        return Facts { name: String::new(), key: String::new() };
    }
    Facts { name: name(entity, errors), key: key(entity, errors) }
}

fn name(entity: &Entity, errors: &mut Errors) -> String {
    let attributes = &entity.attributes;
    if let Some(name) = &attributes.name {
        let text = name.value();
        if let Some(wrong) = unfit(&text) {
            errors.on(name, format!("a wire name has {wrong}"));
        }
        return text;
    }
    if let Some(table) = &attributes.table {
        return from_table(table, errors);
    }
    if attributes.readable {
        let advice = "which table is it? Write `#[sea_orm(table_name = \"…\")]` above the struct; \
                      its wire name comes from there";
        errors.on(&entity.ident, advice);
    }
    String::new()
}

/// As SwampDragon's: the class name in lower case, which is the table's name without its `_`.
fn from_table(table: &LitStr, errors: &mut Errors) -> String {
    let name = table.value().replace('_', "").to_ascii_lowercase();
    if let Some(wrong) = unfit(&name) {
        let advice = format!(
            "this makes `{name}` the wire name, which has {wrong}; choose another with \
             `#[self_publish(name = \"…\")]`"
        );
        errors.on(table, advice);
    }
    name
}

/// What a wire name must have, where this one has it not.
fn unfit(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("at least one letter".to_owned());
    }
    if name.chars().count() > LONGEST {
        return Some(format!("at most {LONGEST} characters"));
    }
    let fit = |one: char| matches!(one, 'a'..='z' | '0'..='9' | '_' | '-');
    (!name.chars().all(fit)).then(|| "only the letters a to z, digits, `_` and `-`".to_owned())
}

fn key(entity: &Entity, errors: &mut Errors) -> String {
    let mut keys = entity.columns.iter().filter(|column| column.key);
    let first = keys.next();
    if let Some(second) = keys.next() {
        let advice = "a row is known by one primary key; give the table a single key column, and \
                      make these columns unique together";
        errors.on(&second.ident, advice);
    }
    if first.is_none() && entity.readable {
        let advice = "which field is the primary key? Write `#[sea_orm(primary_key)]` above it";
        errors.on(&entity.ident, advice);
    }
    first.map(|column| column.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    use super::*;
    use crate::errors::messages;

    fn checked(input: DeriveInput) -> (Option<Facts>, Vec<String>) {
        let mut errors = Errors::default();
        let entity = Entity::read(input, &mut errors);
        let facts = entity.map(|entity| check(&entity, &mut errors));
        (facts, messages(errors))
    }

    #[test]
    fn the_name_is_the_tables_unless_it_is_chosen() {
        let (facts, errors) = checked(parse_quote! {
            #[sea_orm(table_name = "Todo_Item")]
            struct Model { #[sea_orm(primary_key)] r#in: i32 }
        });
        let facts = facts.expect("a struct with fields");
        assert_eq!((facts.name.as_str(), facts.key.as_str(), errors), ("todoitem", "in", vec![]));
        let (facts, errors) = checked(parse_quote! {
            #[self_publish(name = "todo-item_2")]
            struct Model { #[sea_orm(primary_key)] id: i32 }
        });
        assert_eq!(
            (facts.map(|facts| facts.name), errors),
            (Some("todo-item_2".to_owned()), vec![])
        );
    }

    #[test]
    fn names_that_do_not_fit_the_wire_are_refused() {
        assert_eq!(unfit("todo-item_2"), None);
        assert_eq!(unfit(&"a".repeat(32)), None);
        for name in ["", "Todo", "todo item", "todo|item", "tödo", &"a".repeat(33)] {
            assert!(unfit(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_rule_that_is_broken_is_told() {
        let (_, errors) = checked(parse_quote!(
            struct Model {
                id: i32,
            }
        ));
        let starts = ["which table is it?", "which field is the primary key?"];
        assert_eq!(errors.len(), starts.len());
        assert!(errors.iter().zip(starts).all(|(error, start)| error.starts_with(start)));
    }

    #[test]
    fn of_another_struct_nothing_else_is_said() {
        let (_, errors) = checked(parse_quote!(
            struct Item {
                id: i32,
            }
        ));
        assert_eq!(errors.len(), 1);
        assert!(errors[0].starts_with("the model of a SeaORM entity"));
    }

    #[test]
    fn what_is_only_unread_is_not_called_missing() {
        let (_, errors) = checked(parse_quote! {
            #[sea_orm(table_name = )]
            struct Model { #[sea_orm(primary_key = )] id: i32 }
        });
        assert!(errors.is_empty(), "{errors:?}");
    }
}
