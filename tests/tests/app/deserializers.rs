//! Values that an app reads in forms of its own.

use dragon::filter::Kind;
use dragon::{App, AppBuilder};
use dragon_tests::Database;
use serde_json::{Value, json};

use crate::everything::{MaybeRouter, prepared};
use crate::world::World;

crate::both!(values_of_a_kind_are_read_in_the_apps_own_form, each_app_has_its_own);

fn german(sent: &Value) -> Result<Value, String> {
    let parts: Vec<&str> = sent.as_str().unwrap_or_default().split('.').collect();
    match parts[..] {
        [day, month, year] => Ok(json!(format!("{year}-{month:0>2}-{day:0>2}"))),
        _ => Err("Write a date as DD.MM.YYYY.".to_owned()),
    }
}

fn colour(sent: &Value) -> Result<Value, String> {
    match sent.as_str() {
        Some("rot") => Ok(json!("red")),
        Some(other) => Ok(json!(other)),
        None => Err("Write a colour.".to_owned()),
    }
}

async fn world(database: Database, configure: impl FnOnce(AppBuilder) -> AppBuilder) -> World {
    let db = prepared(&database).await;
    let app = App::builder("own").database(db.clone()).create_tables().router(MaybeRouter);
    World::serve(configure(app).start().await.unwrap(), db, database).await
}

async fn values_of_a_kind_are_read_in_the_apps_own_form(database: Database) {
    let world = world(database, |app| {
        app.deserializer(Kind::Date, german)
            .deserializer(Kind::Enum(Vec::new()), colour)
            // What a form sends for a number that nobody wrote.
            .deserializer(Kind::Int, |sent| {
                Ok(if *sent == json!("") { Value::Null } else { sent.clone() })
            })
    })
    .await;
    let mut client = world.client().await;
    let sent = json!({
        "day": "1.2.2015", "t_day": "31.12.1999", "colour": "rot", "small": "", "medium": "7",
        "name": "", "note": null,
    });
    let row = client.ok("maybe", "create", sent).await;
    let told = |field: &str| row[field].clone();
    assert_eq!((told("day"), told("t_day")), (json!("2015-02-01"), json!("1999-12-31")));
    assert_eq!(
        (told("colour"), told("small"), told("medium")),
        (json!("red"), json!(null), json!(7))
    );
    assert_eq!((told("name"), told("note")), (json!(""), json!(null)));
    // What is wrong is told beside the field, by the app and then by Dragon; null comes to neither.
    let id = &row["id"];
    let sent = json!({ "id": id, "day": "2015-02-01", "t_day": "1.2.x", "colour": "blau" });
    let failure = client.fail("maybe", "update", sent).await;
    let expected = json!({
        "day": ["Write a date as DD.MM.YYYY."],
        "t_day": ["Write a date as YYYY-MM-DD."],
        "colour": ["This is not one of the choices."],
    });
    assert_eq!((failure.code.as_str(), failure.data), ("validation", expected));
    let row = client.ok("maybe", "update", json!({ "id": id, "day": null })).await;
    assert_eq!(row["day"], json!(null));
    world.stop().await;
}

async fn each_app_has_its_own(database: Database) {
    let world = world(database, |app| app.deserializer(Kind::Date, german)).await;
    let other = App::builder("other").database(world.db.clone()).router(MaybeRouter);
    let other = other.start().await.unwrap();
    let db = dragon::connect(&world.database.url).await.unwrap();
    let mut client = world.client().await;
    let row = client.ok("maybe", "create", json!({ "day": "1.2.2015" })).await;
    // The other one reads as ever.
    let other = World::serve(other, db, Database::sqlite()).await;
    let mut client = other.client().await;
    let failure =
        client.fail("maybe", "update", json!({ "id": row["id"], "day": "1.2.2015" })).await;
    assert_eq!(failure.data, json!({ "day": ["Write a date as YYYY-MM-DD."] }));
    other.stop().await;
    world.stop().await;
}
