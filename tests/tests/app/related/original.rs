//! SwampDragon's own scripts, over SockJS, on rows within rows: its mapper keeps them by our object
//! map and by what rows name. Where it cannot, the test says why, and ours does, which a page loads
//! in its place.
//!
//! Its `deleted` looks for no type where the row stands nowhere any more: it then takes a row of
//! the page's array that has the same key. So rows that leave after what held them (documents of
//! staff) or after the word of what led to them (companies of staff) have other keys here.

use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, eventually};
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::holders::{rename, rename_tag, untie};
use super::live::script::Script;
use super::models::{address, document, staff, tag};
use super::{QUIET, company, new_tag, person, tie, world};
use crate::world::World;

crate::both!(
    swampdragons_own_mapper_keeps_rows_within_rows,
    one_to_one,
    two_levels,
    a_foreign_key,
    many_to_many,
);

/// SwampDragon's mapper on an array, and on an object; ours likewise.
const ALL: [&str; 4] = ["array", "object", "compat array", "compat object"];
const ARRAYS: [&str; 2] = ["array", "compat array"];
const COMPAT: [&str; 2] = ["compat array", "compat object"];

struct Page {
    script: Mutex<Script>,
}

impl Page {
    async fn open(world: &World, route: &str, filter: Value) -> Page {
        let host = world.url.replace("ws://", "http://").replace("/ws", "");
        let script = Script::run("original-page.js", &[&host, route, &filter.to_string()]);
        let page = Page { script: Mutex::new(script) };
        page.agrees("what it loads", &ALL).await;
        page
    }

    /// Waits until these hold what the server lists.
    async fn agrees(&self, what: &str, names: &[&str]) {
        eventually(PATIENCE, || async {
            let told = self.script.lock().await.ask("rows").await;
            let fresh = told["fresh"].clone();
            for name in names {
                let is_array = name.ends_with("array");
                let wanted = if is_array { fresh.clone() } else { fresh[0].clone() };
                let (held, wanted) = (simple(told[name].clone()), simple(wanted));
                if held != wanted {
                    return Err(format!("{what}: the {name} is\n{held}\nand not\n{wanted}"));
                }
            }
            Ok(())
        })
        .await;
    }

    async fn load(&self) {
        assert_eq!(self.script.lock().await.ask("load").await, "loaded");
    }

    /// Nothing that comes late changes anything.
    async fn end(self, names: &[&str]) {
        sleep(QUIET).await;
        self.agrees("at the end", names).await;
        self.script.into_inner().end().await;
    }
}

/// Rows name what holds them only where they are told on their own, and in what order they stand
/// is the mapper's own affair.
fn simple(mut value: Value) -> Value {
    match &mut value {
        Value::Array(rows) => {
            rows.iter_mut().for_each(|row| *row = simple(row.take()));
            rows.sort_by_key(|row| (row["id"].as_i64(), row["id"].as_str().map(str::to_owned)));
        }
        Value::Object(row) => {
            // Keys, or a list of keys; rows stay.
            let is_key = |value: &Value| !value.is_object() && !value.is_null();
            let names = |value: &Value| {
                value.as_array().map_or(is_key(value), |all| all.iter().all(is_key))
            };
            for via in ["company", "staff", "company_tags"] {
                if row.get(via).is_some_and(names) {
                    row.remove(via);
                }
            }
            row.values_mut().for_each(|one| *one = simple(one.take()));
        }
        _ => {}
    }
    value
}

async fn two_companies(database: Database) -> (World, i32, i32) {
    let world = world(database).await;
    let (acme, best) = (company(&world.db, "Acme").await, company(&world.db, "Best").await);
    (world, acme, best)
}

async fn of_staff(
    db: &DatabaseConnection,
    id: i32,
    column: staff::Column,
    value: impl Into<sea_orm::Value>,
) {
    let row = staff::Entity::update_many().col_expr(column, Expr::value(value));
    row.filter(staff::Column::Id.eq(id)).exec(db).await.unwrap();
}

async fn swampdragons_own_mapper_keeps_rows_within_rows(database: Database) {
    use staff::Column::{CompanyId, Name};
    let (world, acme, best) = two_companies(database).await;
    let db = &world.db;
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    let carl = person(db, "Carl", best, None).await;
    let one = Page::open(&world, "whole", json!({ "id": acme })).await;
    let all = Page::open(&world, "whole", json!({})).await;
    let agree = async |what: &str| {
        one.agrees(what, &ALL).await;
        all.agrees(what, &ARRAYS).await;
    };
    let dora = person(db, "Dora", acme, None).await;
    agree("a child is created").await;
    of_staff(db, bob, Name, "Bert").await;
    agree("one is renamed that was there").await;
    of_staff(db, dora, Name, "Dorothy").await;
    agree("one is renamed that came").await;
    of_staff(db, carl, CompanyId, acme).await;
    agree("one comes from elsewhere").await;
    of_staff(db, ann, CompanyId, best).await;
    agree("one goes elsewhere").await;
    rename(db, acme, "Acme Ltd").await;
    agree("the row itself is renamed").await;
    staff::Entity::delete_by_id(bob).exec(db).await.unwrap();
    agree("a child is deleted").await;
    of_staff(db, ann, CompanyId, acme).await;
    agree("one comes back").await;
    of_staff(db, ann, Name, "Anna").await;
    agree("and is renamed").await;
    of_staff(db, ann, CompanyId, None::<i32>).await;
    agree("one goes nowhere").await;
    one.end(&ALL).await;
    all.end(&ARRAYS).await;
    world.stop().await;
}

async fn one_to_one(database: Database) {
    let (world, acme, best) = two_companies(database).await;
    let db = &world.db;
    let one = Page::open(&world, "whole", json!({ "id": acme })).await;
    let all = Page::open(&world, "whole", json!({})).await;
    // Judged by the row alone; the others are asked of the database.
    let home = Page::open(&world, "home", json!({})).await;
    let agree = async |what: &str| {
        one.agrees(what, &ALL).await;
        all.agrees(what, &ARRAYS).await;
        home.agrees(what, &ARRAYS).await;
    };
    let row = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    let mut row: address::ActiveModel = row.insert(db).await.unwrap().into();
    agree("it is created").await;
    row.street = Set("Side".to_owned());
    let mut row: address::ActiveModel = row.update(db).await.unwrap().into();
    agree("it changes").await;
    row.company_id = Set(best);
    let mut row: address::ActiveModel = row.update(db).await.unwrap().into();
    agree("it moves").await;
    row.street = Set("Back".to_owned());
    row.company_id = Set(acme);
    let row: address::ActiveModel = row.update(db).await.unwrap().into();
    agree("it moves back, and changes").await;
    row.delete(db).await.unwrap();
    agree("it is deleted").await;
    one.end(&ALL).await;
    all.end(&ARRAYS).await;
    home.end(&ARRAYS).await;
    world.stop().await;
}

async fn two_levels(database: Database) {
    let (world, acme, best) = two_companies(database).await;
    let db = &world.db;
    let (ann, bob) = (person(db, "Ann", acme, None).await, person(db, "Bob", acme, None).await);
    let write = async |id: i32, of: i32| {
        let title = Set(format!("d{id}"));
        let row =
            document::ActiveModel { id: Set(id), title, staff_id: Set(of), ..Default::default() };
        row.insert(db).await.unwrap()
    };
    write(101, ann).await;
    let one = Page::open(&world, "whole", json!({ "id": acme })).await;
    let all = Page::open(&world, "whole", json!({})).await;
    let agree = async |what: &str, names: &[&str]| {
        one.agrees(what, names).await;
        all.agrees(what, &ARRAYS).await;
    };
    let row = write(102, ann).await;
    agree("one is created", &ALL).await;
    let mut row = document::ActiveModel::from(row);
    row.title = Set("Plan".to_owned());
    let mut row: document::ActiveModel = row.update(db).await.unwrap().into();
    agree("one is renamed", &ALL).await;
    // From here SwampDragon's own mapper cannot follow on an object: there it looks for what holds
    // a row in the object itself only (`_findCurrentParents` goes on into arrays alone), so what
    // leaves below stays.
    let names = ["array", "compat array", "compat object"];
    row.staff_id = Set(bob);
    let row: document::ActiveModel = row.update(db).await.unwrap().into();
    agree("one moves", &names).await;
    row.delete(db).await.unwrap();
    agree("one is deleted", &names).await;
    of_staff(db, ann, staff::Column::CompanyId, best).await;
    agree("what holds one moves", &names).await;
    of_staff(db, ann, staff::Column::CompanyId, acme).await;
    agree("and comes back with it", &names).await;
    one.end(&names).await;
    all.end(&ARRAYS).await;
    world.stop().await;
}

async fn a_foreign_key(database: Database) {
    let (world, acme, best) = two_companies(database).await;
    let db = &world.db;
    let hire = async |id: i32, name: &str, of: i32| {
        let (name, company_id) = (Set(name.to_owned()), Set(Some(of)));
        let row = staff::ActiveModel { id: Set(id), name, company_id, ..Default::default() };
        row.insert(db).await.unwrap();
    };
    hire(101, "Ann", acme).await;
    hire(102, "Bob", acme).await;
    let one = Page::open(&world, "colleague", json!({ "id": 101 })).await;
    let all = Page::open(&world, "colleague", json!({})).await;
    let agree = async |what: &str| {
        one.agrees(what, &ALL).await;
        all.agrees(what, &ARRAYS).await;
    };
    rename(db, acme, "Acme Ltd").await;
    agree("what it leads to is renamed").await;
    hire(103, "Carl", acme).await;
    agree("another one comes to it").await;
    rename(db, acme, "Acme Inc").await;
    agree("it is renamed once more").await;
    of_staff(db, 101, staff::Column::CompanyId, best).await;
    agree("one leads elsewhere").await;
    rename(db, best, "Better").await;
    rename(db, acme, "Acme").await;
    agree("both are renamed").await;
    of_staff(db, 101, staff::Column::CompanyId, None::<i32>).await;
    agree("one leads nowhere").await;
    of_staff(db, 101, staff::Column::CompanyId, acme).await;
    agree("and back").await;
    one.end(&ALL).await;
    all.end(&ARRAYS).await;
    world.stop().await;
}

async fn many_to_many(database: Database) {
    let (world, acme, best) = two_companies(database).await;
    let db = &world.db;
    let [one, two] = [new_tag(db, 1, "one").await, new_tag(db, 2, "two").await];
    for (company, tag) in [(acme, one), (best, one), (acme, two)] {
        tie(db, company, tag).await;
    }
    let single = Page::open(&world, "whole", json!({ "id": acme })).await;
    let all = Page::open(&world, "whole", json!({})).await;
    let agree = async |what: &str, names: &[&str]| {
        single.agrees(what, names).await;
        let arrays: Vec<&str> =
            names.iter().copied().filter(|one| one.ends_with("array")).collect();
        all.agrees(what, &arrays).await;
    };
    rename_tag(db, one, "uno").await;
    agree("a tag that both have is renamed", &ALL).await;
    rename_tag(db, two, "due").await;
    agree("a tag is renamed", &ALL).await;
    rename(db, acme, "Acme Ltd").await;
    agree("the row itself is renamed", &ALL).await;
    // What ties rows is told as the keys that a row has then. SwampDragon's own mapper puts those
    // in the place of the rows, so it is right again only when the page loads anew.
    let three = new_tag(db, 3, "three").await;
    for (what, change) in [
        ("a tag is tied", Change::Tie(acme, three)),
        ("it is tied to another one", Change::Tie(best, three)),
        ("and untied", Change::Untie(acme, three)),
        ("a tag is tied elsewhere that is here", Change::Tie(best, two)),
        ("a tag leaves the one that had it", Change::Untie(best, three)),
        ("a tag is deleted", Change::Delete(one)),
    ] {
        match change {
            Change::Tie(company, tag) => tie(db, company, tag).await,
            Change::Untie(company, tag) => untie(db, company, tag).await,
            Change::Delete(tag) => drop(tag::Entity::delete_by_id(tag).exec(db).await.unwrap()),
        }
        agree(what, &COMPAT).await;
    }
    for page in [&single, &all] {
        page.load().await;
    }
    rename_tag(db, two, "zwei").await;
    agree("a tag is renamed after the page has loaded anew", &ALL).await;
    single.end(&ALL).await;
    all.end(&ARRAYS).await;
    world.stop().await;
}

enum Change {
    Tie(i32, Uuid),
    Untie(i32, Uuid),
    Delete(Uuid),
}
