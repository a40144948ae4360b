//! The struct as the derive sees it, whichever of SeaORM's formats it is written in.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Type};

use super::attr::{FieldAttributes, StructAttributes};
use crate::errors::Errors;

/// The `Model` of an entity.
pub(super) struct Entity {
    /// The name of the struct.
    pub(super) ident: Ident,
    /// What its attributes say.
    pub(super) attributes: StructAttributes,
    /// The fields that are columns, in order.
    pub(super) columns: Vec<Column>,
    /// Whether all attributes of the fields could be read.
    pub(super) readable: bool,
}

/// A field that is a column.
pub(super) struct Column {
    /// The field's name as it is written.
    pub(super) ident: Ident,
    /// The name without the `r#` of a raw identifier.
    pub(super) name: String,
    /// Its type.
    pub(super) ty: Type,
    /// Whether it is the primary key, or a part of it.
    pub(super) key: bool,
}

/// Whether the struct is the second of the two that `#[sea_orm::model]` makes of one: `ModelEx`,
/// the rows with their relations, which inherits the derives and publishes nothing. Both names
/// are fixed; SeaORM's own derives refuse any other.
pub(super) fn is_model_ex(input: &DeriveInput) -> bool {
    input.ident == "ModelEx"
}

impl Entity {
    /// Reads the struct; `None` when it cannot be an entity's model at all.
    pub(super) fn read(input: DeriveInput, errors: &mut Errors) -> Option<Self> {
        let attributes = StructAttributes::read(&input.attrs, errors);
        let Data::Struct(data) = input.data else {
            errors.on(&input.ident, "`SelfPublish` is for the `Model` struct of a SeaORM entity");
            return None;
        };
        let Fields::Named(fields) = data.fields else {
            let advice = "`SelfPublish` needs a struct with named fields, which are the columns";
            errors.on(&input.ident, advice);
            return None;
        };
        let mut readable = true;
        let columns = fields.named.into_iter().filter_map(|field| {
            let attributes = FieldAttributes::read(&field.attrs, errors);
            readable &= attributes.readable;
            let ident = field.ident.filter(|_| !attributes.ignored && !is_relation(&field.ty))?;
            let name = ident.unraw().to_string();
            Some(Column { ident, name, ty: field.ty, key: attributes.key })
        });
        let columns = columns.collect();
        Some(Self { ident: input.ident, attributes, columns, readable })
    }
}

/// Whether a field of this type is a relation and no column. SeaORM goes by the last part of the
/// type's name, and so must we: the fields have to be its columns.
fn is_relation(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| {
        ["BelongsTo", "HasMany", "HasOne"].iter().any(|relation| last.ident == relation)
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;
    use crate::errors::messages;

    fn columns(input: DeriveInput) -> Vec<String> {
        let mut errors = Errors::default();
        let entity = Entity::read(input, &mut errors);
        assert!(errors.is_empty());
        entity.into_iter().flat_map(|entity| entity.columns).map(|column| column.name).collect()
    }

    #[test]
    fn relations_and_ignored_fields_are_no_columns() {
        let input = parse_quote! {
            struct Model {
                #[sea_orm(primary_key)]
                id: i32,
                r#type: String,
                list_id: i32,
                #[sea_orm(belongs_to, from = "list_id", to = "id")]
                list: BelongsTo<super::list::Entity>,
                #[sea_orm(has_many)]
                tags: sea_orm::entity::prelude::HasMany<super::tag::Entity>,
                note: HasOne<super::note::Entity>,
                #[sea_orm(ignore)]
                cached: u8,
                done: Option<bool>,
            }
        };
        assert_eq!(columns(input), ["id", "type", "list_id", "done"]);
    }

    #[test]
    fn what_is_no_struct_with_names_is_refused() {
        for input in [
            parse_quote!(
                enum Model {
                    A,
                }
            ),
            parse_quote!(
                struct Model(i32);
            ),
            parse_quote!(
                struct Model;
            ),
        ] {
            let mut errors = Errors::default();
            assert!(Entity::read(input, &mut errors).is_none());
            assert_eq!(messages(errors).len(), 1);
        }
    }

    #[test]
    fn the_struct_with_relations_is_known_by_its_name() {
        assert!(is_model_ex(&parse_quote!(
            struct ModelEx {
                id: i32,
            }
        )));
        assert!(!is_model_ex(&parse_quote!(
            struct Model {
                id: i32,
            }
        )));
    }
}
