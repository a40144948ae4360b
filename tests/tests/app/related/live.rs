//! The JavaScript client against the real server: rows within rows stay those of a fresh list,
//! whatever is written.

mod changes;
pub mod script;

use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, eventually, random, rounds};
use sea_orm::{
    DatabaseConnection, EntityTrait, QueryOrder, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use serde_json::{Value, json};

use super::models::company;
use super::world;
use changes::change;
use script::Script;

crate::both!(
    rows_within_rows_stay_true_in_the_client,
    callers_see_their_own_and_rows_may_stand_in_two_relations,
);

/// How many changes there are between two comparisons.
const CHANGES: usize = 50;

/// All companies, and those of one name.
async fn rows_within_rows_stay_true_in_the_client(database: Database) {
    let filters = json!([{}, { "name": "red" }]);
    stay_true(database, &[("", "whole", filters)]).await;
}

/// What is listed for a caller is what their scope says. Staff write documents and edit others'.
async fn callers_see_their_own_and_rows_may_stand_in_two_relations(database: Database) {
    let all = json!([{}]);
    let callers = [
        ("red", "whole", all.clone()),
        ("green", "press", json!([{}, { "name": "green" }, { "name": "red" }])),
        ("", "press", json!([{}, { "name": "blue" }])),
    ];
    stay_true(database, &callers).await;
}

/// Clients of these callers, with lists of these routes and filters, have at all times what a
/// fresh list has, and the callers' scopes say what that is.
async fn stay_true(database: Database, callers: &[(&str, &str, Value)]) {
    let seed = std::env::var("DRAGON_SEED").map_or_else(|_| random(), |seed| seed.parse().unwrap());
    println!("DRAGON_SEED={seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    let world = world(database).await;
    for _ in 0..10 {
        change(&world.db, &mut dice).await;
    }
    let mut scripts = Vec::new();
    for (caller, route, filters) in callers {
        let url = format!("{}?{caller}", world.url);
        scripts.push((*caller, Script::start(&url, route, filters)));
    }
    agree(&world.db, &mut scripts).await;
    for _ in 0..rounds(3, 30) {
        let mut left = CHANGES;
        while left > 0 {
            // Some go in one transaction.
            let together = dice.usize(1..=4).min(left);
            let transaction = world.db.begin_with_options(at_once()).await.unwrap();
            for _ in 0..together {
                change(&transaction, &mut dice).await;
            }
            transaction.commit().await.unwrap();
            left -= together;
            for (_, script) in &mut scripts {
                if dice.usize(..16) == 0 {
                    script.ask("drop").await;
                }
            }
        }
        agree(&world.db, &mut scripts).await;
    }
    for (_, script) in scripts {
        script.end().await;
    }
    world.stop().await;
}

/// SQLite is told at once that something will be written; it refuses who has read before.
fn at_once() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    }
}

/// Asks until what the clients hold is what the server lists, which is what is in the database.
async fn agree(db: &DatabaseConnection, scripts: &mut [(&str, Script)]) {
    for (caller, script) in scripts {
        agrees(db, caller, script).await;
    }
}

async fn agrees(db: &DatabaseConnection, caller: &str, script: &mut Script) {
    let companies = company::Entity::find().order_by_asc(company::Column::Id);
    let visible = companies.all(db).await.unwrap();
    let visible = visible.iter().filter(|row| caller.is_empty() || row.name == caller);
    let visible: Vec<i64> = visible.map(|row| row.id.into()).collect();
    let script = tokio::sync::Mutex::new(script);
    eventually(PATIENCE, || async {
        let told = script.lock().await.ask("rows").await;
        let ids = told[0]["fresh"].as_array().unwrap().iter().map(|row| row["id"].as_i64());
        let ids: Option<Vec<i64>> = ids.collect();
        assert_eq!(ids.as_ref(), Some(&visible), "what `{caller}` is listed");
        for one in told.as_array().unwrap() {
            if one["status"] != "live" {
                return Err(format!("it is {}: {}", one["status"], one["error"]));
            }
            let fresh = told_once(one["fresh"].clone());
            let list = told_once(one["list"].clone());
            if list != fresh {
                return Err(format!("the live list has\n{list}\nand get_list\n{fresh}"));
            }
            let mapped = in_order(told_once(one["mapped"].clone()));
            if mapped != fresh {
                return Err(format!("the mapper has\n{mapped}\nand get_list\n{fresh}"));
            }
        }
        Ok(())
    })
    .await;
}

/// Without the keys by which rows that are told on their own name what holds them: lists, where
/// they stand within it, have none.
fn told_once(mut value: Value) -> Value {
    if let Some(row) = value.as_object_mut() {
        for key in ["company", "staff", "editor"] {
            row.remove(key);
        }
    }
    let held: Vec<&mut Value> = match &mut value {
        Value::Array(rows) => rows.iter_mut().collect(),
        Value::Object(row) => row.values_mut().collect(),
        _ => Vec::new(),
    };
    for one in held {
        *one = told_once(one.take());
    }
    value
}

/// A mapper adds at the end.
fn in_order(mut value: Value) -> Value {
    match &mut value {
        Value::Array(rows) => {
            rows.iter_mut().for_each(|row| *row = in_order(row.take()));
            rows.sort_by_key(|row| (row["id"].as_i64(), row["id"].as_str().map(str::to_owned)));
        }
        Value::Object(row) => row.values_mut().for_each(|one| *one = in_order(one.take())),
        _ => {}
    }
    value
}
