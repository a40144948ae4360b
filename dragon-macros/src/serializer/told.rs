//! What JSON carries what a `serialize_<field>` method answers, by the type that it is written to
//! answer: for descriptions, and so for the types of clients.

use syn::{GenericArgument, PathArguments, ReturnType, Type, TypePath};

/// `boolean`, `number`, `string` or `any`, with `[]` for a list of them and `?` where null may
/// come. What is not known by its name is `any`.
pub(super) fn told(answer: &ReturnType) -> String {
    match answer {
        ReturnType::Default => "any".to_owned(),
        ReturnType::Type(_, ty) => told_by(ty),
    }
}

fn told_by(ty: &Type) -> String {
    match ty {
        Type::Reference(reference) => told_by(&reference.elem),
        Type::Paren(inner) => told_by(&inner.elem),
        Type::Group(inner) => told_by(&inner.elem),
        Type::Slice(slice) => list(&slice.elem),
        Type::Array(array) => list(&array.elem),
        Type::Path(path) => path_told(path),
        _ => "any".to_owned(),
    }
}

fn path_told(path: &TypePath) -> String {
    let Some(last) = path.path.segments.last() else { return "any".to_owned() };
    let name = last.ident.to_string();
    match (name.as_str(), parameter(&last.arguments)) {
        ("bool", None) => "boolean",
        (
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
            | "usize" | "f32" | "f64",
            None,
        ) => "number",
        (
            "String"
            | "str"
            | "char"
            | "Uuid"
            | "Decimal"
            | "Date"
            | "Time"
            | "DateTime"
            | "DateTimeUtc"
            | "DateTimeLocal"
            | "DateTimeWithTimeZone"
            | "NaiveDate"
            | "NaiveTime"
            | "NaiveDateTime",
            None,
        )
        | ("DateTime", Some(_)) => "string",
        ("Option", Some(inner)) => {
            let inner = told_by(inner);
            let end = if inner == "any" || inner.ends_with('?') { "" } else { "?" };
            return inner + end;
        }
        ("Box" | "Rc" | "Arc" | "Cow", Some(inner)) => return told_by(inner),
        ("Vec" | "VecDeque" | "HashSet" | "BTreeSet", Some(inner)) => return list(inner),
        _ => "any",
    }
    .to_owned()
}

fn list(of: &Type) -> String {
    let inner = told_by(of);
    // Of what a list holds no more is said than one word.
    let inner = if inner.ends_with([']', '?']) { "any" } else { &inner };
    format!("{inner}[]")
}

/// The last type among the arguments.
fn parameter(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_written_type_says_what_json_carries() {
        let cases: [(ReturnType, &str); 16] = [
            (parse_quote!(-> String), "string"),
            (parse_quote!(-> &'static str), "string"),
            (parse_quote!(-> std::borrow::Cow<'_, str>), "string"),
            (parse_quote!(-> bool), "boolean"),
            (parse_quote!(-> u32), "number"),
            (parse_quote!(-> Option<f64>), "number?"),
            (parse_quote!(-> Option<Option<f64>>), "number?"),
            (parse_quote!(-> Vec<String>), "string[]"),
            (parse_quote!(-> [i64; 2]), "number[]"),
            (parse_quote!(-> Option<Vec<bool>>), "boolean[]?"),
            (parse_quote!(-> Vec<Option<bool>>), "any[]"),
            (parse_quote!(-> Vec<Vec<bool>>), "any[]"),
            (parse_quote!(-> chrono::DateTime<Utc>), "string"),
            (parse_quote!(-> Json), "any"),
            (parse_quote!(-> Option<Address>), "any"),
            (parse_quote!(), "any"),
        ];
        for (answer, code) in cases {
            assert_eq!(told(&answer), code);
        }
    }
}
