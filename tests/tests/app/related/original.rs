//! SwampDragon's own scripts, over SockJS, on rows within rows: its mapper keeps them by our object map.

use dragon_tests::util::{PATIENCE, eventually};
use dragon_tests::{Client, Office};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::live::script::Script;

/// Names what holds them only where they are told on their own, and in what order they stand is
/// the mapper's own affair.
fn simple(mut row: Value) -> Value {
    let staff = row[0]["staff_set"].as_array_mut().unwrap();
    for one in staff.iter_mut() {
        one.as_object_mut().unwrap().remove("company");
    }
    staff.sort_by_key(|one| one["id"].as_i64());
    row
}

#[tokio::test]
async fn swampdragons_own_mapper_keeps_rows_within_rows() {
    let office = Office::start().await;
    let url = format!("http://{}", office.host());
    let script = Mutex::new(Script::run("original-page.js", &[&url, "company", "1"]));
    let agree = async |what: &str| {
        eventually(PATIENCE, || async {
            let told = script.lock().await.ask("rows").await;
            let (held, fresh) = (simple(told["held"].clone()), simple(told["fresh"].clone()));
            if held == fresh { Ok(()) } else { Err(format!("{what}: {held}\nand not {fresh}")) }
        })
        .await;
    };
    let map = script.lock().await.ask("rows").await["map"].clone();
    assert_eq!(map.as_array().unwrap().len(), 1, "{map}");
    let mut writer = Client::connect(&format!("ws://{}/ws", office.host())).await;
    for (what, route, verb, args) in [
        ("a child is created", "staff", "create", json!({ "name": "Dora", "company_id": 1 })),
        ("one is renamed that was there", "staff", "update", json!({ "id": 2, "name": "Bert" })),
        ("one is renamed that came", "staff", "update", json!({ "id": 4, "name": "Dorothy" })),
        ("one comes from elsewhere", "staff", "update", json!({ "id": 3, "company_id": 1 })),
        ("one goes elsewhere", "staff", "update", json!({ "id": 1, "company_id": 2 })),
        ("the row itself is renamed", "company", "update", json!({ "id": 1, "name": "Acme Ltd" })),
        ("a child is deleted", "staff", "delete", json!({ "id": 2 })),
        ("one comes back", "staff", "update", json!({ "id": 1, "company_id": 1 })),
        ("and is renamed", "staff", "update", json!({ "id": 1, "name": "Anna" })),
    ] {
        writer.ok(route, verb, args).await;
        agree(what).await;
    }
    script.into_inner().end().await;
}
