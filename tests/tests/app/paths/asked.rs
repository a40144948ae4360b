//! Lists and writes over relations.

use dragon_tests::Database;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{card, fill, run, world};

crate::both!(
    a_path_lists_the_rows_that_it_leads_from,
    a_path_to_many_asks_each_pair_for_itself,
    what_cannot_be_asked_is_said,
    a_scope_over_relations_bounds_every_verb,
    a_row_may_not_be_written_out_of_a_scope_over_relations,
);

fn ids(rows: &Value) -> Vec<i64> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn a_path_lists_the_rows_that_it_leads_from(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut client = world.client().await;
    for (filter, wanted) in [
        (json!({ "board__name": "home" }), vec![11, 12, 31]),
        (json!({ "board__owner__name": "ann" }), vec![11, 12, 21]),
        (json!({ "board__owner__name__contains": "b" }), vec![31]),
        (json!({ "board__owner__name__in": ["ann", "bob"], "text": "a" }), vec![11, 21, 31]),
        (json!({ "board__owner__name": "ann", "board__name": "home", "text": "b" }), vec![12]),
        // Both are names of foreign keys, the own one and that of the board.
        (json!({ "board__id": 4 }), vec![41]),
        (json!({ "board__owner__id": 2 }), vec![31]),
        (json!({ "board__owner_id": 2 }), vec![31]),
        (json!({ "board__owner_id": null }), vec![41]),
        // There is no owner whose name could be null.
        (json!({ "board__owner__name": null }), vec![]),
    ] {
        let rows = client.ok("card", "get_list", filter.clone()).await;
        assert_eq!(ids(&rows), wanted, "{filter}");
    }
}

async fn a_path_to_many_asks_each_pair_for_itself(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    run(&world, "UPDATE card SET done = true WHERE id IN (12, 31)").await;
    let mut client = world.client().await;
    for (filter, wanted) in [
        (json!({ "cards__text": "b" }), vec![1]),
        (json!({ "cards__done": true }), vec![1, 3]),
        // Board 1 has a done card, and a card `a`: they need not be the same.
        (json!({ "cards__done": true, "cards__text": "a" }), vec![1, 3]),
        (json!({ "cards__done": true, "owner__name": "bob" }), vec![3]),
    ] {
        // Each row once, however many cards match.
        let rows = client.ok("board", "get_list", filter.clone()).await;
        assert_eq!(ids(&rows), wanted, "{filter}");
    }
}

async fn what_cannot_be_asked_is_said(database: Database) {
    let world = world(database).await;
    let mut client = world.client().await;
    for (filter, part) in [
        (json!({ "board__owner__age": 1 }), "board__owner__name"),
        (json!({ "cards__text": "a" }), "board__owner__name"),
        (json!({ "board__owner__name__like": "a" }), "no lookup `like`"),
        (json!({ "board__owner__name": 1 }), "board__owner__name"),
        (json!({ "board__owner_id__contains": 1 }), "`board__owner_id` cannot be filtered"),
    ] {
        let failure = client.fail("card", "get_list", filter.clone()).await;
        assert_eq!(failure.code, "bad_request", "{filter}");
        let sentence = failure.data["error"][0].as_str().unwrap().to_owned();
        assert!(sentence.contains(part), "{filter}: {sentence}");
    }
}

async fn a_scope_over_relations_bounds_every_verb(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut ann = world.client_of("1").await;
    assert_eq!(ids(&ann.ok("card", "get_list", json!({})).await), [11, 12, 21]);
    assert_eq!(ann.ok("card", "get_list", json!({ "board__owner_id": 2 })).await, json!([]));
    assert_eq!(ann.ok("card", "get_single", json!({ "id": 21 })).await["text"], "a");
    for verb in ["get_single", "update", "delete"] {
        let failure = ann.fail("card", verb, json!({ "id": 31, "text": "mine" })).await;
        assert_eq!(failure.code, "not_found", "{verb}");
    }
    assert_eq!(ann.ok("card", "update", json!({ "id": 21, "text": "z" })).await["text"], "z");
    ann.ok("card", "delete", json!({ "id": 21 })).await;
    assert_eq!(card::Entity::find().count(&world.db).await.unwrap(), 4);
}

async fn a_row_may_not_be_written_out_of_a_scope_over_relations(database: Database) {
    let world = world(database).await;
    fill(&world).await;
    let mut ann = world.client_of("1").await;
    let made = ann.ok("card", "create", json!({ "board_id": 2, "text": "new", "done": false }));
    let id = made.await["id"].clone();
    let elsewhere = json!({ "board_id": 3, "text": "new", "done": false });
    assert_eq!(ann.fail("card", "create", elsewhere).await.code, "denied");
    assert_eq!(ann.fail("card", "update", json!({ "id": id, "board_id": 4 })).await.code, "denied");
    assert_eq!(ann.ok("card", "update", json!({ "id": id, "board_id": 1 })).await["board_id"], 1);
    let left = card::Entity::find().count(&world.db).await.unwrap();
    assert_eq!(left, 6, "what was denied is not stored");
}
