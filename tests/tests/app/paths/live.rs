//! Subscriptions over relations: what enters, stays and leaves, whoever's table changed.

use std::time::Duration;

use dragon::auth::{Identity, SignedTokens, Tokens};
use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database, Mirror, Reply};
use sea_orm::TransactionTrait;
use serde_json::{Value, json};

use super::{board, fill, owner, run, world, world_with};
use crate::world::{World, told};

crate::both!(
    a_rename_in_another_table_brings_rows_in_and_takes_them_out,
    a_row_that_stays_is_told_by_what_changed,
    a_parent_that_goes_or_moves_takes_its_rows_along,
    a_reverse_relation_follows_the_rows_that_refer_here,
    what_a_row_was_outside_of_the_scope_is_never_told,
    a_row_that_left_is_not_told_of,
    who_comes_later_misses_nothing_and_doubles_nothing,
    a_subscription_without_rows_is_told_what_comes,
    coming_back_means_loading_anew,
    more_rows_than_can_be_kept_are_refused_or_told,
    the_same_filter_in_two_spellings_is_refused_and_in_one_is_one_channel,
    who_logs_in_sees_what_they_may_see_now,
    what_a_row_leads_to_is_told_with_it,
);

async fn subscribe(client: &mut Client, route: &str, args: Value) -> Reply {
    let reply = client.call(route, "subscribe", args).await;
    assert!(reply.is_success(), "{reply}");
    reply
}

/// A client that is subscribed with its rows.
async fn watch(world: &World, route: &str, user: &str, filter: Value) -> Client {
    let mut client =
        if user.is_empty() { world.client().await } else { world.client_of(user).await };
    let mut args = filter;
    args["_snapshot"] = true.into();
    subscribe(&mut client, route, args).await;
    client
}

async fn next(client: &mut Client) -> (String, Value) {
    told(&client.next_push(PATIENCE).await)
}

fn gone(id: i32, model: &str) -> (String, Value) {
    ("deleted".to_owned(), json!({ "id": id, "_type": model }))
}

async fn a_rename_in_another_table_brings_rows_in_and_takes_them_out(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let filter = json!({ "board__owner__name__contains": "b", "text": "a" });
    let mut client = watch(&world, "card", "", filter).await;
    run(&world, "UPDATE owner SET name = 'barbara' WHERE id = 1").await;
    let mut came = [next(&mut client).await, next(&mut client).await];
    came.sort_by_key(|(_, row)| row["id"].as_i64());
    for ((action, row), id) in came.iter().zip([11, 21]) {
        let whole =
            json!({ "id": id, "_type": "card", "board_id": id / 10, "text": "a", "done": false });
        assert_eq!((action.as_str(), row), ("created", &whole));
    }
    run(&world, "UPDATE owner SET name = 'carl' WHERE id = 2").await;
    assert_eq!(next(&mut client).await, gone(31, "card"));
    // What changes nothing for anybody is not told: neither is a rename that both match.
    run(&world, "UPDATE owner SET name = 'bert' WHERE id = 1").await;
    run(&world, "UPDATE board SET name = 'elsewhere'").await;
    run(&world, "UPDATE board SET owner_id = 1 WHERE id = 4").await;
    let (action, row) = next(&mut client).await;
    assert_eq!((action.as_str(), &row["id"]), ("created", &json!(41)));
    client.no_push(Duration::from_millis(100)).await;
}

async fn a_row_that_stays_is_told_by_what_changed(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = watch(&world, "card", "1", json!({})).await;
    run(&world, "UPDATE card SET secret = 'x' WHERE id = 11").await;
    run(&world, "UPDATE card SET text = 'z', secret = 'y' WHERE id = 11").await;
    let changed = json!({ "id": 11, "_type": "card", "text": "z" });
    assert_eq!(next(&mut client).await, ("updated".to_owned(), changed));
    // From one board of the scope to another it stays.
    run(&world, "UPDATE card SET board_id = 2 WHERE id = 11").await;
    let moved = json!({ "id": 11, "_type": "card", "board_id": 2 });
    assert_eq!(next(&mut client).await, ("updated".to_owned(), moved));
    run(&world, "UPDATE card SET board_id = 3 WHERE id = 11").await;
    assert_eq!(next(&mut client).await, gone(11, "card"));
    run(&world, "UPDATE card SET text = 'nobody sees it' WHERE id = 11").await;
    client.no_push(Duration::from_millis(100)).await;
}

async fn a_parent_that_goes_or_moves_takes_its_rows_along(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = watch(&world, "card", "", json!({ "board__owner__name": "ann" })).await;
    // The board moves to another key, and its cards follow.
    run(&world, "UPDATE board SET id = 20 WHERE id = 2").await;
    let moved = json!({ "id": 21, "_type": "card", "board_id": 20 });
    assert_eq!(next(&mut client).await, ("updated".to_owned(), moved));
    run(&world, "DELETE FROM board WHERE id = 20").await;
    assert_eq!(next(&mut client).await, gone(21, "card"));
    run(&world, "DELETE FROM owner WHERE id = 1").await;
    let mut left = [next(&mut client).await, next(&mut client).await];
    left.sort_by_key(|(_, row)| row["id"].as_i64());
    assert_eq!(left, [gone(11, "card"), gone(12, "card")]);
}

async fn a_reverse_relation_follows_the_rows_that_refer_here(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = watch(&world, "board", "", json!({ "cards__text": "b" })).await;
    run(&world, "UPDATE card SET text = 'b' WHERE id = 31").await;
    let (action, row) = next(&mut client).await;
    assert_eq!((action.as_str(), &row["id"]), ("created", &json!(3)));
    // A second one that matches changes nothing; nor does it that one of two goes.
    run(&world, "INSERT INTO card (id, board_id, text) VALUES (32, 3, 'b')").await;
    run(&world, "DELETE FROM card WHERE id = 31").await;
    run(&world, "UPDATE card SET board_id = 4 WHERE id = 32").await;
    let mut both = [next(&mut client).await, next(&mut client).await];
    both.sort_by_key(|(_, row)| row["id"].as_i64());
    assert_eq!(both[0], gone(3, "board"));
    assert_eq!((both[1].0.as_str(), &both[1].1["id"]), ("created", &json!(4)));
}

/// Between two looks a row may have been elsewhere; what it was there is nobody's business here.
async fn what_a_row_was_outside_of_the_scope_is_never_told(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = watch(&world, "card", "1", json!({})).await;
    for round in 0..20 {
        let transaction = world.db.begin().await.unwrap();
        for sql in [
            "UPDATE card SET board_id = 3 WHERE id = 11".to_owned(),
            "UPDATE card SET text = 'secret' WHERE id = 11".to_owned(),
            format!("UPDATE card SET text = 'round {round}' WHERE id = 11"),
            "UPDATE card SET board_id = 1 WHERE id = 11".to_owned(),
        ] {
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    let (mut mirror, end) = (json!({ "text": "a" }), std::time::Instant::now() + PATIENCE);
    while mirror["text"] != "round 19" {
        assert!(std::time::Instant::now() < end, "{mirror}");
        mirror = next(&mut client).await.1;
    }
    assert!(!format!("{:?}", client.log()).contains("secret"));
}

async fn a_row_that_left_is_not_told_of(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = watch(&world, "card", "1", json!({})).await;
    for round in 0..30 {
        let transaction = world.db.begin().await.unwrap();
        let (from, to) = if round % 2 == 0 { (2, "hidden") } else { (1, "shown") };
        for sql in [
            format!("UPDATE board SET owner_id = {from} WHERE id = 1"),
            format!("UPDATE card SET text = '{to} {round}' WHERE id = 11"),
        ] {
            transaction.execute_unprepared(&sql).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    run(&world, "UPDATE card SET text = 'last' WHERE id = 21").await;
    while next(&mut client).await.1["text"] != "last" {}
    assert!(!format!("{:?}", client.log()).contains("hidden"));
}

async fn who_comes_later_misses_nothing_and_doubles_nothing(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let filter = json!({ "board__owner__name": "ann" });
    let mut clients = Vec::new();
    for round in 0..12 {
        // Something is always under way when the next one comes.
        let other = if round % 2 == 0 { "bob" } else { "ann" };
        run(&world, &format!("UPDATE owner SET name = '{other}' WHERE id = 2")).await;
        run(&world, &format!("UPDATE card SET text = '{round}' WHERE id = 12")).await;
        let mut client = world.client().await;
        let mut mirror = Mirror::new(filter.clone());
        mirror.begin(&subscribe(&mut client, "card", mirror.args(false)).await);
        clients.push((client, mirror));
    }
    assert_eq!(world.app.stats().channels, 1);
    run(&world, "UPDATE card SET text = 'end' WHERE id = 21").await;
    for (client, mirror) in &mut clients {
        while mirror.rows.get(&21).is_none_or(|row| row["text"] != "end") {
            mirror.apply(&client.next_push(PATIENCE).await);
        }
        let listed = client.ok("card", "get_list", filter.clone()).await;
        let shown: Vec<&Value> = mirror.rows.values().collect();
        assert_eq!(shown, listed.as_array().unwrap().iter().collect::<Vec<_>>());
    }
    assert_eq!(world.app.stats().resyncs, 0);
    drop(clients);
    while world.app.stats().channels > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn a_subscription_without_rows_is_told_what_comes(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = world.client().await;
    let filter = json!({ "board__name": "home" });
    let first = subscribe(&mut client, "card", filter.clone()).await;
    // The same again: acknowledged, and nothing is doubled.
    assert_eq!(subscribe(&mut client, "card", filter).await.position(), first.position());
    run(&world, "UPDATE board SET name = 'home' WHERE id = 4").await;
    assert_eq!(next(&mut client).await.1["id"], 41);
    run(&world, "UPDATE board SET name = 'out' WHERE id = 3").await;
    assert_eq!(next(&mut client).await, gone(31, "card"));
    client.no_push(Duration::from_millis(50)).await;
    let filter = json!({ "board__name": "home" });
    assert!(client.call("card", "unsubscribe", filter).await.is_success());
    run(&world, "UPDATE board SET name = 'out'").await;
    client.no_push(Duration::from_millis(50)).await;
}

async fn coming_back_means_loading_anew(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = world.client().await;
    let filter = json!({ "board__name": "home", "_snapshot": true });
    let first = subscribe(&mut client, "card", filter.clone()).await;
    let plain = subscribe(&mut client, "card", json!({ "board_id": 1, "_snapshot": true })).await;
    run(&world, "UPDATE card SET text = 'b' WHERE id = 31").await;
    let push = client.next_push(PATIENCE).await;
    let positions = [first.position(), push["position"].as_str().unwrap().to_owned()];
    let mut again = world.client().await;
    let binding = |position: &str| position.rsplit_once(':').unwrap().1.to_owned();
    let (place, _) =
        plain.position().rsplit_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    // Not even the position of a topic, bound to the filter, is taken for one.
    let forged = format!("{place}:{}", binding(&positions[0]));
    for position in positions.into_iter().chain([forged]) {
        let mut args = filter.clone();
        args["_since"] = position.into();
        let reply = subscribe(&mut again, "card", args).await;
        assert!(!reply.recovered(), "{reply}");
        assert_eq!(reply.snapshot().len(), 3);
    }
    // Nor is such a position taken for one of a topic.
    let mut args = json!({ "board_id": 1, "_snapshot": true });
    let own = first.position();
    args["_since"] =
        format!("{}:{}", own.rsplit_once(':').unwrap().0, binding(&plain.position())).into();
    assert!(!subscribe(&mut again, "card", args).await.recovered());
}

async fn more_rows_than_can_be_kept_are_refused_or_told(database: Database) {
    let mut config = Config::default();
    config.path_rows = 3;
    let world = world_with(database, |builder| builder.config(config)).await;
    fill(&world).await;
    let ann = json!({ "board__owner__name": "ann", "_snapshot": true });
    let mut client = world.client().await;
    subscribe(&mut client, "card", ann.clone()).await;
    let all = json!({ "board__id__in": [1, 2, 3, 4], "board__name__contains": "" });
    assert_eq!(client.fail("card", "subscribe", all).await.code, "too_many");
    run(&world, "UPDATE board SET owner_id = 1 WHERE id IN (3, 4)").await;
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    assert_eq!(client.fail("card", "subscribe", ann.clone()).await.code, "too_many");
    // Once there are fewer, whoever still listens is told to load them.
    run(&world, "DELETE FROM card WHERE id IN (11, 12)").await;
    while client.next_push(PATIENCE).await["action"] != "resync" {}
    assert_eq!(subscribe(&mut client, "card", ann).await.snapshot().len(), 3);
    run(&world, "UPDATE card SET text = 'z' WHERE id = 41").await;
    assert_eq!(next(&mut client).await.1["text"], "z");
}

async fn the_same_filter_in_two_spellings_is_refused_and_in_one_is_one_channel(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = world.client().await;
    let twice = json!({ "board__owner_id": 1, "board__owner__id": 1 });
    assert_eq!(client.fail("card", "subscribe", twice).await.code, "bad_request");
    let one = subscribe(&mut client, "card", json!({ "board__owner_id": "1" })).await.channel();
    let other = subscribe(&mut client, "card", json!({ "board__owner__id": 1 })).await.channel();
    assert_eq!((one.as_str(), other.as_str()), ("card|board__owner__id:1", one.as_str()));
    assert_eq!(world.app.stats().subscriptions, 1);
}

async fn who_logs_in_sees_what_they_may_see_now(database: Database) {
    let tokens = SignedTokens::new(&[7; 32]).unwrap();
    let token = tokens.issue(&Identity::user("1"), Duration::from_secs(3600));
    let world = world_with(database, |app| app.authenticator(Tokens::new(tokens))).await;
    fill(&world).await;
    let home = json!({ "board__name": "home", "_snapshot": true });
    let mut client = world.client().await;
    assert_eq!(subscribe(&mut client, "card", home.clone()).await.snapshot().len(), 3);
    client.ok("dragon", "login", json!({ "token": token })).await;
    assert_eq!(next(&mut client).await, gone(31, "card"));
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    // What it held before is not taken for what it has now.
    run(&world, "UPDATE card SET text = 'bob' WHERE id = 31").await;
    assert_eq!(subscribe(&mut client, "card", home).await.snapshot().len(), 2);
    run(&world, "UPDATE card SET text = 'ann' WHERE id = 12").await;
    assert_eq!(next(&mut client).await.1["text"], "ann");
    assert!(!format!("{:?}", client.log()).contains("\"bob\""));
}

#[serializer(model = owner::Entity, publish_fields(name))]
struct OwnerSerializer;

#[serializer(model = board::Entity, publish_fields(name), related(owner = OwnerSerializer))]
struct NestedSerializer;

struct NestedRouter;

#[router(
    route = "nested",
    serializer = NestedSerializer,
    filter_fields(owner__name),
    include_related()
)]
impl NestedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn what_a_row_leads_to_is_told_with_it(database: Database) {
    let world = world_with(database, |app| app.router(NestedRouter)).await;
    fill(&world).await;
    let mut client = watch(&world, "nested", "", json!({ "owner__name": "bob" })).await;
    run(&world, "UPDATE board SET owner_id = 2 WHERE id = 1").await;
    let bob = json!({ "id": 2, "_type": "owner", "name": "bob" });
    let whole = json!({ "id": 1, "_type": "board", "name": "home", "owner": bob });
    assert_eq!(next(&mut client).await, ("created".to_owned(), whole));
    run(&world, "INSERT INTO owner (id, name) VALUES (3, 'bob')").await;
    run(&world, "UPDATE board SET owner_id = 3 WHERE id = 1").await;
    let other = json!({ "id": 3, "_type": "owner", "name": "bob" });
    let changed = json!({ "id": 1, "_type": "board", "owner": other });
    assert_eq!(next(&mut client).await, ("updated".to_owned(), changed));
}

/// A table that is emptied without its rows being named.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_of_any_table_on_the_path_is_healed() {
    let world = world(Database::postgres().await).await;
    fill(&world).await;
    let mut client = watch(&world, "board", "", json!({ "cards__text": "b" })).await;
    run(&world, "TRUNCATE card").await;
    assert_eq!(next(&mut client).await, gone(1, "board"));
    run(&world, "INSERT INTO card (id, board_id, text) VALUES (1, 2, 'b')").await;
    assert_eq!(next(&mut client).await.1["id"], 2);
    run(&world, "TRUNCATE board CASCADE").await;
    assert_eq!(next(&mut client).await, gone(2, "board"));
    assert_eq!(world.app.stats().resyncs, 0);
}

/// The database refuses: it is asked until it answers, and meanwhile nobody is left in the dark.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_refuses_to_say_is_asked_again() {
    let world = world(Database::postgres().await).await;
    fill(&world).await;
    let mut client = watch(&world, "card", "", json!({ "board__owner__name": "ann" })).await;
    run(&world, "ALTER TABLE owner RENAME TO hidden").await;
    run(&world, "UPDATE card SET text = 'z' WHERE id = 11").await;
    run(&world, "UPDATE board SET owner_id = 1 WHERE id = 4").await;
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    run(&world, "ALTER TABLE hidden RENAME TO owner").await;
    let mut both = [next(&mut client).await, next(&mut client).await];
    both.sort_by_key(|(_, row)| row["id"].as_i64());
    assert_eq!(both[0].1["text"], "z");
    assert_eq!((both[1].0.as_str(), &both[1].1["id"]), ("created", &json!(41)));
}
