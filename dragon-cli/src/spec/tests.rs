use super::*;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

#[test]
fn a_model_is_read_as_it_is_written() {
    let item =
        ModelSpec::parse("todo_item text:string! done:bool, list:ref( todo_list )! due:date")
            .unwrap();
    assert_eq!(item.name, name("todo_item"));
    let fields: Vec<_> = item
        .fields
        .iter()
        .map(|one| (one.column.as_str(), one.kind.clone(), one.required))
        .collect();
    assert_eq!(
        fields,
        [
            ("text", Kind::String, true),
            ("done", Kind::Bool, false),
            ("list_id", Kind::Ref(name("todo_list")), true),
            ("due", Kind::Date, false),
        ]
    );
    assert_eq!(item.refs(), [&name("todo_list")]);
}

#[test]
fn every_type_that_is_told_is_one() {
    for (kind, _) in TYPES {
        let kind = kind.replace("MODEL", "todo_list");
        let spec = ModelSpec::parse(&format!("thing x:{kind}! y:{kind}")).unwrap();
        assert_eq!(spec.fields.len(), 2);
    }
}

#[test]
fn templates_see_a_field_with_its_type() {
    let item = ModelSpec::parse("todo_item text:string! list:ref(todo_list)").unwrap();
    let json = serde_json::to_value(&item).unwrap();
    assert_eq!(json["name"]["pascal"], "TodoItem");
    assert_eq!(json["fields"][0]["type"], "string");
    assert_eq!(json["fields"][0]["required"], true);
    assert_eq!(json["fields"][1]["type"], "ref");
    assert_eq!(json["fields"][1]["to"]["snake"], "todo_list");
    assert_eq!(json["fields"][1]["column"], "list_id");
}

#[test]
fn what_is_wrong_is_said_at_the_part_that_is_meant() {
    for (text, words) in [
        ("", &["a name and fields"][..]),
        ("text:string", &["`text:string` is a field", "todo_item text:string"]),
        ("todo_item", &["has no fields", "text:string!"]),
        ("todo_item text", &["`text` has no type", "text:string", "Types: string"]),
        ("todo_item text:strin", &["`text:strin`", "`string` is meant?"]),
        ("todo_item n:integer", &["`int` is meant?"]),
        ("todo_item n:wobble", &["no type `wobble`", "Types: "]),
        ("todo_item list:ref", &["list:ref(todo_list)"]),
        ("todo_item list:ref()", &["list:ref(todo_list)"]),
        ("todo_item list:ref(todo_list", &["no closing `)`"]),
        ("todo_item list:ref(todo list))", &["`)` too many"]),
        ("todo_item list:ref(fn)", &["`fn` is a word of Rust's own"]),
        ("todo_item list_id:ref(todo_list)", &["name the relation", "list:ref(…)"]),
        ("todo_item id:int", &["its own `id`"]),
        ("todo_item a:int a:bool", &["there is a field `a` already"]),
        ("todo_item a1:int a_1:bool", &["`a_1:bool`", "the field `a1`", "`A1`"]),
        ("todo_item a_1:ref(x) a1:ref(y)", &["`a1:ref(y)`", "the field `a_1_id`", "`A1Id`"]),
        ("todo_item channel:string", &["`channel:string`", "channel_name"]),
        ("main a:int", &["`main`", "cargo's own", "my_main"]),
        ("lpt1 a:int", &["`lpt1`", "a device on Windows"]),
        ("todo_item list:ref(x) list_id:int", &["there is a field `list_id` already"]),
        ("todo_item type:string", &["`type` is a word of Rust's own"]),
        ("1 a:int", &["begin with a letter"]),
        ("model a:int", &["one of SeaORM's own"]),
    ] {
        let why = ModelSpec::parse(text).unwrap_err();
        for word in words {
            assert!(why.contains(word), "{text}: {why}");
        }
    }
}
