//! What an app says of itself, and to whom.

use std::fs;
use std::path::Path;

use dragon::AppBuilder;
use dragon::description::{Description, RouterKind};
use dragon::prelude::*;
use dragon::sea_orm::ActiveEnum;
use dragon_tests::{Database, http};
use serde_json::{Value, json};

use crate::models::ItemSerializer;
use crate::world::World;

mod crm;
mod rich;

use rich::{Clock, builder, parcel};

/// Nothing listens there, and nothing asks.
const NOWHERE: &str = "postgres://nobody:secret@127.0.0.1:1/none";

fn described(url: &str) -> Description {
    builder(url).describe().unwrap()
}

fn json(description: &Description) -> Value {
    serde_json::to_value(description).unwrap()
}

#[test]
fn an_app_says_what_it_is() {
    let description = json(&described(NOWHERE));
    for (name, value) in [
        ("name", "rich-app"),
        ("namespace", "rich_app"),
        ("database", "postgres"),
        ("addr", "127.0.0.1:9999"),
        ("websocket_path", "/ws"),
        ("sockjs_prefix", "/data"),
    ] {
        assert_eq!(description[name], value, "{name}");
    }
    assert!(!description.to_string().contains("secret@"), "{description}");
}

#[test]
fn a_model_s_router_is_described_whole() {
    let description = json(&described(NOWHERE));
    let verb = |name: &str, own: bool, permissions: &[&str]| json!({ "name": name, "own": own, "permissions": permissions });
    let text = json!({ "kind": "text", "wire": "string" });
    assert_eq!(
        description["routers"][0],
        json!({
            "route": "parcel",
            "name": "ParcelRouter",
            "kind": "model",
            "serializer": format!("{}::rich::ParcelSerializer", module_path!()),
            "model": "parcel",
            "verbs": [
                verb("get_list", false, &["LoginRequired"]),
                verb("get_single", false, &["LoginRequired"]),
                verb("update", false, &["LoginRequired"]),
                verb("delete", false, &["LoginRequired", "LoginRequired and is_admin"]),
                verb("subscribe", false, &["LoginRequired"]),
                verb("unsubscribe", false, &[]),
                verb("weigh", true, &["LoginRequired", "Role(\"clerk\")"]),
            ],
            "verbs_known": true,
            "permissions": ["LoginRequired"],
            "filter_fields": [
                { "name": "id", "field": "code", "type": text, "nullable": false,
                  "lookups": ["eq", "in", "lt", "lte", "gt", "gte", "contains"] },
                { "name": "size", "field": "size", "nullable": false, "lookups": ["eq", "in"],
                  "type": { "kind": "enum", "wire": "string", "values": ["small", "large"] } },
                { "name": "label", "field": "label", "type": text, "nullable": false,
                  "lookups": ["eq", "in", "lt", "lte", "gt", "gte", "contains"] },
                { "name": "price", "field": "price", "nullable": true,
                  "type": { "kind": "decimal", "wire": "string" },
                  "lookups": ["eq", "in", "lt", "lte", "gt", "gte"] },
                { "name": "sent_at", "field": "sent_at", "nullable": true,
                  "type": { "kind": "instant_utc", "wire": "string" },
                  "lookups": ["eq", "in", "lt", "lte", "gt", "gte"] },
            ],
            "order_fields": ["id", "label"],
            "paginate_by": 20,
            "views": ["short"],
            "include_related": [],
            "subscribes": true,
        })
    );
    // SQLite keeps decimals as floats: another database, other lookups.
    let sqlite = json(&described("sqlite://none.db"));
    assert_eq!(sqlite["database"], "sqlite");
    assert_eq!(sqlite["routers"][0]["filter_fields"][3]["lookups"], json!(["eq", "in"]));
}

#[test]
fn filters_over_relations_and_what_is_covered_are_described() {
    let description = described(NOWHERE);
    let whole = &description.routers[2];
    let names: Vec<_> =
        whole.filter_fields.iter().map(|one| (one.name.as_str(), one.field.as_deref())).collect();
    assert_eq!(
        names,
        [
            ("id", Some("id")),
            ("name", Some("name")),
            ("tags__label", None),
            ("staff_set__documents__title", None)
        ]
    );
    assert_eq!(whole.include_related, ["staff_set", "address", "tags"]);
    // It says `include_related()`.
    assert!(description.routers[1].include_related.is_empty());
    let staff = &description.routers[3].filter_fields[1];
    assert_eq!((staff.name.as_str(), staff.nullable), ("company__id", true));
    assert_eq!(staff.field.as_deref(), Some("company_id"));
}

#[test]
fn of_a_plain_router_is_said_what_it_says_itself() {
    let description = described(NOWHERE);
    let [clock, quiet] = &description.routers[4..] else { panic!("two plain routers") };
    let verbs: Vec<&str> = clock.verbs.iter().map(|verb| verb.name.as_str()).collect();
    assert_eq!((clock.kind, verbs), (RouterKind::Plain, vec!["now", "subscribe"]));
    assert!(clock.verbs_known && clock.subscribes && clock.verbs[0].own);
    assert!(!quiet.verbs_known && quiet.verbs.is_empty() && !quiet.subscribes);
    assert_eq!(quiet.permissions, ["is_admin"]);
    assert_eq!((&quiet.serializer, &quiet.model), (&None, &None));
}

#[test]
fn a_serializer_is_described_with_what_it_leads_to() {
    let description = json(&described(NOWHERE));
    let serializer = |name: &str| -> &Value {
        let all = description["serializers"].as_array().unwrap();
        let found = all.iter().find(|one| one["short_name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {all:?}"))
    };
    let field = |name: &str, kind: Value, facts: [bool; 5], max: Option<u32>| {
        let [nullable, published, updatable, required, custom] = facts;
        json!({ "name": name, "type": kind, "nullable": nullable, "published": published,
                "updatable": updatable, "required_on_create": required, "max_length": max,
                "custom": custom })
    };
    let tells = |mut field: Value, wire: &str| {
        field["tells"] = json!({ "wire": wire, "many": false, "nullable": false });
        field
    };
    let kind = |kind: &str, wire: &str| json!({ "kind": kind, "wire": wire });
    let parcel = serializer("ParcelSerializer");
    let size = json!({ "kind": "enum", "wire": "string", "values": ["small", "large"] });
    assert_eq!(
        parcel["fields"],
        json!([
            field("size", size, [false, true, false, false, false], None),
            tells(
                field("label", kind("text", "string"), [false, true, true, true, true], Some(40)),
                "string"
            ),
            field("price", kind("decimal", "string"), [true, true, true, false, false], None),
            field(
                "sent_at",
                kind("instant_utc", "string"),
                [true, true, false, false, false],
                None
            ),
            field("notes", kind("json", "any"), [false, true, false, false, false], None),
            tells(
                field("volume", kind("json", "any"), [true, true, false, false, true], None),
                "number"
            ),
            field("secret", kind("text", "string"), [false, false, true, true, false], None),
        ])
    );
    assert_eq!(parcel["model"], "parcel");
    assert_eq!(parcel["key"], json!({ "name": "code", "type": kind("text", "string") }));
    assert_eq!(parcel["views"], json!({ "short": ["label"] }));

    let related = |of: &str| -> Vec<(String, String, [bool; 4])> {
        let list = serializer(of)["related"].as_array().unwrap();
        let facts = |one: &Value| {
            ["many", "nullable", "updatable", "custom"].map(|fact| one[fact].as_bool().unwrap())
        };
        let name = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let short = |name: String| name.rsplit("::").next().unwrap().to_owned();
        list.iter()
            .map(|one| (name(one, "name"), short(name(one, "serializer")), facts(one)))
            .collect()
    };
    let one = |name: &str, serializer: &str, facts| (name.to_owned(), serializer.to_owned(), facts);
    assert_eq!(
        related("CompanySerializer"),
        [
            one("staff_set", "StaffSerializer", [true, false, false, false]),
            one("address", "AddressSerializer", [false, true, false, false]),
            one("tags", "TagSerializer", [true, false, false, false]),
        ]
    );
    // A foreign key that may be null.
    assert_eq!(
        related("StaffSerializer")[0],
        one("company", "CompanySerializer", [false, true, false, false])
    );
    assert_eq!(related("StaffSerializer")[2], {
        one("documents", "DocumentSerializer", [true, false, false, true])
    });
    // Its method answers a list of it does not say what.
    let list = json!({ "wire": "any", "many": true, "nullable": false });
    assert_eq!(serializer("StaffSerializer")["related"][2]["tells"], list);
    // Each once, also those that are only within others.
    let names: Vec<&str> = description["serializers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["short_name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"WriterSerializer") && names.contains(&"PersonSerializer"));
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "{names:?}");
}

#[test]
fn models_are_described_by_their_tables_and_columns() {
    let description = described(NOWHERE);
    let parcel = &description.models[0];
    assert_eq!((parcel.name.as_str(), parcel.table.as_str()), ("parcel", "parcels"));
    assert_eq!((parcel.schema.as_deref(), parcel.key.name.as_str()), (Some("post"), "code"));
    let size = &parcel.columns[1];
    assert_eq!((size.name.as_str(), size.column.as_str()), ("size", "how_large"));
    assert_eq!(
        size.kind.values,
        [parcel::Size::Small, parcel::Size::Large].map(|one| one.to_value())
    );
    let named = |name: &str| description.models.iter().find(|model| model.name == name).unwrap();
    let company = &named("company").columns;
    assert!(company[0].generated && !company[0].has_default && company[2].has_default);
    assert!(named("staff").columns.iter().any(|one| one.foreign_key && one.nullable));
    assert!(named("document").columns.len() == 4 && named("address").columns.len() == 3);
}

/// What `dragon-cli types` is tested with, and js/test/types.test.js compiles, is what a real app says.
#[test]
fn the_description_that_types_are_tested_with_is_that_of_an_app() {
    let said = serde_json::to_string_pretty(&crm::builder().describe().unwrap()).unwrap();
    let said = format!(
        "{{\n  \"dragon\": \"{}\",\n  \"describe\": {}\n}}\n",
        env!("CARGO_PKG_VERSION"),
        said.replace('\n', "\n  ")
    );
    // Where it is declared is no matter there.
    let said = said.replace(&format!("{}::crm::", module_path!()), "crm::");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dragon-cli/tests/cli/types");
    let file = folder.join("crm.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &said).unwrap();
    }
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let kept = parsed(&fs::read_to_string(file).unwrap());
    assert_eq!(parsed(&said), kept, "UPDATE=1 writes it anew; then those of the `cli` tests");
}

/// A router of a field that there is not, as only a start finds out.
struct Wrong;

impl ModelRouter for Wrong {
    const ROUTE: &'static str = "wrong";
    type Serializer = ItemSerializer;
    const FILTER_FIELDS: &'static [&'static str] = &["list__nobody"];

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// A router of a field whose name the call has for itself.
struct Reserved;

impl ModelRouter for Reserved {
    const ROUTE: &'static str = "reserved";
    type Serializer = ItemSerializer;
    const FILTER_FIELDS: &'static [&'static str] = &["channel"];

    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[tokio::test]
async fn a_filter_that_no_call_could_name_is_refused_at_the_start() {
    let database = Database::sqlite();
    let sentence = builder(&database.url).router(Reserved).describe().unwrap_err().to_string();
    assert!(sentence.contains("`channel` cannot be among filter_fields"), "{sentence}");
    assert!(sentence.contains("rename the field"), "{sentence}");
    let start = builder(&database.url).router(Reserved).start().await;
    assert_eq!(start.unwrap_err().to_string(), sentence);
}

#[tokio::test]
async fn a_wrong_declaration_is_the_same_sentence_as_at_the_start() {
    let said = |builder: AppBuilder| builder.describe().unwrap_err().to_string();
    let database = Database::sqlite();
    let wrong = || builder(&database.url).router(Wrong);
    let sentence = said(wrong());
    assert!(sentence.contains("`list__nobody` cannot be among filter_fields"), "{sentence}");
    assert_eq!(wrong().start().await.unwrap_err().to_string(), sentence);
    let sentence = said(builder(&database.url).router(Clock));
    assert!(sentence.contains("two routers have the route `clock`"), "{sentence}");
    for (url, what) in [("mysql://h/d", "begins with neither"), ("sqlite::memory:", "in-memory")] {
        let sentence = said(builder(url));
        assert!(sentence.contains(what), "{sentence}");
        assert_eq!(builder(url).start().await.unwrap_err().to_string(), sentence);
    }
}

#[tokio::test]
async fn a_database_that_was_given_says_its_kind() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let described = builder(NOWHERE).database(db).describe().unwrap();
    assert_eq!(json(&described)["database"], "sqlite");
}

#[tokio::test]
async fn a_running_app_tells_nothing_of_it() {
    let world = World::start(Database::sqlite()).await;
    let base = world.url.replacen("ws://", "http://", 1).trim_end_matches("/ws").to_owned();
    for path in [
        "/",
        "/describe",
        "/description",
        "/describe.json",
        "/dragon",
        "/dragon/describe",
        "/settings.js",
        "/data/info",
        "/data/describe",
        "/ws/describe",
        "/?DRAGON_DESCRIBE=1",
    ] {
        let answer = http::get(&format!("{base}{path}"), &[("DRAGON_DESCRIBE", "1")]).await;
        for word in ["ItemRouter", "ItemSerializer", "list_id", "get_list"] {
            assert!(!answer.body.contains(word), "{path} tells {word}: {}", answer.body);
        }
    }
    let mut client = world.client().await;
    for verb in ["describe", "description"] {
        for route in ["dragon", "item"] {
            let reply = client.call(route, verb, json!({})).await;
            let text = format!("{reply:?}");
            assert!(!text.contains("Serializer") && !text.contains("list_id"), "{text}");
        }
    }
    world.stop().await;
}
