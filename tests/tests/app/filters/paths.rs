//! Filters over relations: what the database answers is what following the relations row by row
//! finds.

mod forest;

use dragon::filter::{Filter, Lookup, Term, Value};
use dragon::model::{Affected, Among, admit, affected, watches};
use dragon_tests::{Database, rounds};
use fastrand::Rng;

use forest::{Forest, ask, int, leaf, node, table};

crate::both!(
    a_filter_over_relations_answers_as_following_them_does,
    a_change_concerns_at_least_the_rows_whose_answer_it_changes,
);

/// A filter on a table's rows that goes over up to `depth` relations in a row; some of them as
/// paths in the names of fields.
fn random(dice: &mut Rng, table: &str, depth: usize) -> Filter {
    let links: &[(&str, &str)] = match table {
        "node" => &[("parent", "node"), ("children", "node"), ("leaves", "leaf"), ("tags", "tag")],
        "leaf" => &[("node", "node")],
        _ => &[("nodes", "node")],
    };
    let some = |dice: &mut Rng| {
        (0..dice.usize(..3)).map(|_| random(dice, table, depth - 1)).collect::<Vec<_>>()
    };
    match dice.u8(..8) {
        0 if depth > 0 => Filter::And(some(dice)),
        1 if depth > 0 => Filter::Or(some(dice)),
        2..=6 if depth > 0 => {
            let (link, target) = links[dice.usize(..links.len())];
            match random(dice, target, depth - 1) {
                Filter::Term(term) if dice.bool() => {
                    Filter::Term(Term { field: format!("{link}__{}", term.field), ..term })
                }
                filter => Filter::has(link, filter),
            }
        }
        7 => [Filter::All, Filter::Nothing][dice.usize(..2)].clone(),
        _ => Filter::Term(random_term(dice, table)),
    }
}

fn random_term(dice: &mut Rng, table: &str) -> Term {
    let fields: &[&str] = match table {
        "node" => &["id", "parent_id", "name", "size"],
        "leaf" => &["id", "node_id", "text"],
        _ => &["id", "label"],
    };
    let field = fields[dice.usize(..fields.len())];
    let text = ["name", "text", "label"].contains(&field);
    let lookup = Lookup::ALL[dice.usize(..if text { 7 } else { 6 })];
    let count = if lookup == Lookup::In { dice.usize(..3) } else { 1 };
    let value = |dice: &mut Rng| match (text, dice.u8(..8)) {
        (_, 0) if lookup != Lookup::Contains => Value::Null,
        (true, _) => ["a", "A", "b", ""][dice.usize(..4)].into(),
        (false, _) => dice.i64(0..8).into(),
    };
    let values = (0..count).map(|_| value(dice)).collect();
    Term { field: field.to_owned(), lookup, values }
}

/// The rows of which a subscriber is told something must be among those that are looked at.
async fn a_change_concerns_at_least_the_rows_whose_answer_it_changes(database: Database) {
    let seed = std::env::var("DRAGON_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let mut dice = Rng::with_seed(seed);
    let mut forest = Forest::grow(database, &mut dice).await;
    let (mut turned, mut looked_at) = (0, 0);
    for _ in 0..rounds(150, 1_000) {
        let filters: Vec<Filter> = std::iter::repeat_with(|| random(&mut dice, "node", 4))
            .map(|filter| admit(&forest.nodes, forest.kind, filter).unwrap())
            .filter(Filter::needs_database)
            .take(12)
            .collect();
        let matching = |forest: &Forest, filter: &Filter| -> Vec<i64> {
            let rows = forest.rows["node"].iter().filter(|row| forest.matches(filter, row));
            rows.map(|row| row.get("id").and_then(int).unwrap()).collect()
        };
        let before: Vec<Vec<i64>> =
            filters.iter().map(|filter| matching(&forest, filter)).collect();
        let (name, changes) = forest.change(&mut dice).await;
        for (filter, before) in filters.iter().zip(before) {
            let mut among = Among::default();
            for change in &changes {
                if name == "node" {
                    among.keys.push(change.key.clone());
                }
                let watches = watches(&forest.nodes, filter);
                let watches = watches.iter().filter(|watch| watch.table == table(name));
                among.reaches.extend(watches.filter_map(|watch| watch.reach(change)));
            }
            let after = matching(&forest, filter);
            let told = affected::<node::Entity>(
                &forest.db,
                &forest.nodes,
                forest.kind,
                filter,
                &among,
                1000,
            );
            let told = told.await.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let mut now = before.clone();
            now.retain(|id| !among.keys.contains(&Value::from(*id)));
            for Affected { row, matches } in &told {
                let id = row.get("id").and_then(int).unwrap();
                now.retain(|other| *other != id);
                if *matches {
                    now.push(id);
                }
            }
            now.sort_unstable();
            looked_at += told.len();
            turned += usize::from(before != after);
            assert_eq!(now, after, "seed {seed}: {name} {changes:?} and {filter:?}");
        }
    }
    println!("{turned} answers turned, {looked_at} rows were looked at");
    assert!(turned > rounds(20, 100), "only {turned} answers turned");
}

async fn a_filter_over_relations_answers_as_following_them_does(database: Database) {
    let seed = std::env::var("DRAGON_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let mut dice = Rng::with_seed(seed);
    let forest = Forest::grow(database, &mut dice).await;
    let mut found = 0;
    for round in 0..rounds(600, 6_000) {
        let nodes = round % 2 == 0;
        let (name, info) = if nodes { ("node", &forest.nodes) } else { ("leaf", &forest.leaves) };
        let filter = admit(info, forest.kind, random(&mut dice, name, 4)).unwrap();
        let rows = match nodes {
            true => ask::<node::Entity>(&forest, info, &filter).await,
            false => ask::<leaf::Entity>(&forest, info, &filter).await,
        };
        let own = forest.rows[name].iter().filter(|row| forest.matches(&filter, row));
        assert_eq!(rows, own.cloned().collect::<Vec<_>>(), "seed {seed}: {filter:?}");
        found += usize::from(filter.needs_database() && !rows.is_empty());
        // What the row alone decides is what the database finds.
        for row in &forest.rows[name] {
            let judged = filter.judge(row);
            assert!(judged.is_none_or(|judged| judged == rows.contains(row)), "{filter:?}");
        }
    }
    assert!(found > rounds(50, 500), "only {found} found anything over a relation");
}
