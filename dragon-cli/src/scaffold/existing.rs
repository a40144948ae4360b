//! The models that are there already, and what their files say of them.

use super::Part;
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::spec::{Field, Kind, ModelSpec};

/// The names of the models that are there.
pub(crate) fn models_there(plan: &Plan) -> Vec<Name> {
    let files = plan.files_in(Part::Model.folder());
    files.iter().filter_map(|file| Name::parse(file.strip_suffix(".rs")?).ok()).collect()
}

/// The model of this name with the fields that can be read from its file; nothing where there is
/// no such file.
///
/// # Errors
/// When the file cannot be read at all.
pub(crate) fn read_model(plan: &Plan, name: &Name) -> Result<Option<ModelSpec>, Failure> {
    let text = plan.text(&Part::Model.file(name))?;
    Ok(text.map(|text| ModelSpec { name: name.clone(), fields: read(name, &text) }))
}

/// The fields of a model's file as `generate` writes it and people go on with it: the public ones
/// of its `struct Model`. Those whose types are not ours are left out.
fn read(name: &Name, text: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let (mut attributes, mut open) = (String::new(), false);
    let lines =
        text.lines().map(str::trim).skip_while(|line| !line.starts_with("pub struct Model"));
    for line in lines.skip(1).take_while(|line| *line != "}") {
        if open || line.starts_with("#[") {
            open = !line.ends_with(']');
            attributes += line;
            continue;
        }
        let Some((field, rust)) = declaration(line) else { continue };
        let attributes = std::mem::take(&mut attributes);
        if attributes.contains("primary_key") || attributes.contains("ignore") {
            continue;
        }
        if ["belongs_to", "self_ref"].iter().any(|word| attributes.contains(word)) {
            refer(&mut fields, field, rust, &attributes, name);
        } else if !["HasOne<", "HasMany<"].iter().any(|many| rust.starts_with(many)) {
            fields.extend(read_field(field, rust, &attributes));
        }
    }
    fields
}

/// `pub text: String,`
fn declaration(line: &str) -> Option<(&str, &str)> {
    let (field, rust) = line.strip_prefix("pub ")?.split_once(':')?;
    Some((field.trim(), rust.trim().trim_end_matches(',')))
}

fn read_field(column: &str, rust: &str, attributes: &str) -> Option<Field> {
    let optional = rust.strip_prefix("Option<").and_then(|rust| rust.strip_suffix('>'));
    let kind = match optional.unwrap_or(rust) {
        "String" if attributes.contains("\"Text\"") => Kind::Text,
        "String" => Kind::String,
        "i16" | "i32" => Kind::Int,
        "i64" => Kind::Bigint,
        "f32" | "f64" => Kind::Float,
        "Decimal" => Kind::Decimal,
        "bool" => Kind::Bool,
        "Date" => Kind::Date,
        "Time" => Kind::Time,
        "DateTimeUtc" => Kind::Datetime,
        "Uuid" => Kind::Uuid,
        "Json" => Kind::Json,
        _ => return None,
    };
    let required = optional.is_none() && !attributes.contains("default_value");
    let name = Name::parse(column).ok()?;
    Some(Field { column: column.to_owned(), name, kind, required })
}

/// The field of the relation's column is one that refers.
fn refer(fields: &mut [Field], relation: &str, rust: &str, attributes: &str, own: &Name) {
    let from = attributes.split_once("from = \"").and_then(|(_, rest)| rest.split_once('"'));
    let Some((column, _)) = from else { return };
    let to = rust.split_once("super::").and_then(|(_, rest)| rest.split_once("::Entity"));
    let to = match to {
        Some((module, _)) => Name::parse(module).ok(),
        None => Some(own.clone()),
    };
    let field = fields.iter_mut().find(|field| field.column == column);
    if let (Some(field), Some(to), Ok(relation)) = (field, to, Name::parse(relation)) {
        field.name = relation;
        field.kind = Kind::Ref(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::ModelView;
    use crate::templates::render;

    #[test]
    fn what_is_generated_is_read_back() {
        let spec = ModelSpec::parse(
            "maybe a:string b:text! c:int d:bigint e:float! f:decimal g:bool h:date i:time \
             j:datetime k:uuid l:json m:ref(todo_list) n:ref(todo_list)! parent:ref(maybe) o:bool!",
        )
        .unwrap();
        let text = render("model/model.rs", &ModelView::of(&spec)).unwrap();
        assert_eq!(read(&spec.name, &text), spec.fields);
    }

    #[test]
    fn what_a_person_added_is_seen_or_left_out() {
        let text = "pub struct Model {\n    #[sea_orm(primary_key)]\n    pub key: Uuid,\n    \
                    /// Said.\n    pub text: String,\n    pub bytes: Vec<u8>,\n    \
                    #[sea_orm(has_many)]\n    pub items: HasMany<super::item::Entity>,\n}\n";
        let spec = ModelSpec::parse("note text:string!").unwrap();
        assert_eq!(read(&spec.name, text), spec.fields);
        assert_eq!(read(&spec.name, "pub struct Other {}\n"), []);
    }
}
