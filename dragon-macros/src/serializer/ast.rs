//! What stands below `#[serializer(…)]`: a struct, or an impl block with methods to find.

use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Generics, Ident, ImplItem, ImplItemFn, Item, Signature, Type, parse_quote};

use crate::errors::Errors;
use crate::fields::FieldName;

const VALIDATE: &str = "validate_";
const SERIALIZE: &str = "serialize_";
const PLACE: &str = "`#[serializer]` goes above a struct, or above the `impl` block of one";

/// The type that becomes a serializer.
pub(super) struct Serializer {
    /// The type as the impl names it.
    pub(super) ty: Type,
    /// Its own name.
    pub(super) ident: Ident,
    /// The `validate_<field>` methods of the block.
    pub(super) validators: Vec<Method>,
    /// Its `serialize_<field>` methods.
    pub(super) customs: Vec<Method>,
    /// Its `validate` method.
    pub(super) whole: Option<Method>,
}

/// A method that checks or tells one field.
pub(super) struct Method {
    /// The field, where the method's name stands.
    pub(super) field: FieldName,
    /// The method's `#[cfg(…)]`, which its call needs as well.
    pub(super) conditions: Vec<Attribute>,
    /// The method.
    pub(super) signature: Signature,
}

impl Serializer {
    /// Reads the item; `None` when it cannot be a serializer at all.
    ///
    /// Its methods get leave to take a value that they only look at: we ask for that form.
    pub(super) fn read(item: &mut Item, errors: &mut Errors) -> Option<Self> {
        match item {
            Item::Struct(item) => Self::plain(&item.ident, &item.generics, errors),
            Item::Enum(item) => {
                errors.on(&item.ident, PLACE);
                Self::plain(&item.ident, &item.generics, errors)
            }
            Item::Impl(item) if item.trait_.is_none() => {
                refuse_generics(&item.generics, errors)?;
                let ty = (*item.self_ty).clone();
                let Some(ident) = plain_name(&ty) else {
                    errors.on(&ty, "a serializer is a struct of its own, without parameters");
                    return None;
                };
                let methods = |item: &mut syn::ItemImpl, prefix| {
                    item.items.iter_mut().filter_map(|item| method(item, prefix)).collect()
                };
                let (validators, customs) = (methods(item, VALIDATE), methods(item, SERIALIZE));
                let whole = item.items.iter_mut().find_map(whole);
                Some(Self { ty, ident, validators, customs, whole })
            }
            _ => {
                errors.on(item, PLACE);
                None
            }
        }
    }

    fn plain(ident: &Ident, generics: &Generics, errors: &mut Errors) -> Option<Self> {
        refuse_generics(generics, errors)?;
        let ty = parse_quote!(#ident);
        let (validators, customs) = (Vec::new(), Vec::new());
        Some(Self { ty, ident: ident.clone(), validators, customs, whole: None })
    }
}

/// The name of the view would be the same for all parameters.
fn refuse_generics(generics: &Generics, errors: &mut Errors) -> Option<()> {
    if generics.params.is_empty() {
        return Some(());
    }
    errors.on(generics, "a serializer has no parameters: its name says which view is meant");
    None
}

fn plain_name(ty: &Type) -> Option<Ident> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|_| path.qself.is_none())?;
    last.arguments.is_none().then(|| last.ident.clone())
}

/// The method that checks a whole row.
fn whole(item: &mut ImplItem) -> Option<Method> {
    let ImplItem::Fn(method) = item else { return None };
    (method.sig.ident == "validate").then(|| of_field(method, "validate"))
}

fn method(item: &mut ImplItem, prefix: &str) -> Option<Method> {
    let ImplItem::Fn(method) = item else { return None };
    let name = method.sig.ident.unraw().to_string();
    let field = name.strip_prefix(prefix).filter(|field| !field.is_empty())?;
    Some(of_field(method, field))
}

fn of_field(method: &mut ImplItemFn, field: &str) -> Method {
    method.attrs.push(parse_quote!(#[allow(clippy::needless_pass_by_value)]));
    let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
    Method {
        field: FieldName { name: field.to_owned(), span: method.sig.ident.span() },
        conditions: method.attrs.iter().filter(is_condition).cloned().collect(),
        signature: method.sig.clone(),
    }
}

impl Method {
    /// Where its parameters should be.
    pub(super) fn parameters(&self) -> proc_macro2::Span {
        if self.signature.inputs.is_empty() {
            self.signature.paren_token.span.join()
        } else {
            self.signature.inputs.span()
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;
    use crate::errors::messages;

    fn read(mut item: Item) -> (Option<Serializer>, Vec<String>) {
        let mut errors = Errors::default();
        let serializer = Serializer::read(&mut item, &mut errors);
        (serializer, messages(errors))
    }

    #[test]
    fn only_methods_that_name_a_field_are_taken() {
        let (serializer, errors) = read(parse_quote! {
            impl super::ItemSerializer {
                const LONGEST: usize = 100;
                fn validate_() {}
                #[cfg(feature = "strict")]
                #[inline]
                pub fn validate_text(text: String) -> Result<String, String> { Ok(text) }
                fn validate(row: &ActiveModel) -> Result<(), FieldErrors> { Ok(()) }
                fn serialize_length(row: &Model) -> usize { row.text.len() }
                fn serialize(&self) {}
                fn helper(&self) {}
            }
        });
        let serializer = serializer.expect("an impl block");
        assert!(errors.is_empty() && serializer.ident == "ItemSerializer");
        let ty = &serializer.ty;
        assert_eq!(quote!(#ty).to_string(), quote!(super::ItemSerializer).to_string());
        let [validator] = serializer.validators.as_slice() else { panic!("one validator") };
        assert_eq!((validator.field.name.as_str(), validator.conditions.len()), ("text", 1));
        let [custom] = serializer.customs.as_slice() else { panic!("one custom field") };
        assert_eq!(custom.field.name, "length");
        assert!(serializer.whole.is_some());
    }

    #[test]
    fn an_enum_is_a_mistake_but_a_serializer() {
        let (serializer, errors) = read(parse_quote!(
            enum S {}
        ));
        assert!(serializer.is_some() && errors.len() == 1);
    }

    #[test]
    fn a_struct_of_any_shape_will_do() {
        for item in [
            parse_quote!(
                pub struct S;
            ),
            parse_quote!(
                struct S {
                    a: u8,
                }
            ),
        ] {
            let (serializer, errors) = read(item);
            assert!(errors.is_empty() && serializer.is_some_and(|one| one.ident == "S"));
        }
    }

    #[test]
    fn what_cannot_be_a_serializer_is_refused() {
        for item in [
            parse_quote!(
                fn s() {}
            ),
            parse_quote!(impl Clone for S {}),
            parse_quote!(impl [u8] {}),
            parse_quote!(impl S<u8> {}),
            parse_quote!(
                impl<T> S<T> {}
            ),
            parse_quote!(
                struct S<T>(T);
            ),
        ] {
            let (serializer, errors) = read(item);
            assert!(serializer.is_none() && errors.len() == 1, "{errors:?}");
        }
    }
}
