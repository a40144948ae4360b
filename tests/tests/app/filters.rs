//! One filter, two faces: for every filter of the table and every row, what the database answers
//! is what `matches` says in memory. Orders alike.

mod allowed;
mod paths;
mod random;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use dragon::change::Row;
use dragon::filter::{Database as Kind, Filter, Value};
use dragon::model::{ListQuery, ModelInfo, Order, OrderKey, admit, list};
use dragon_tests::{Database, rounds};
use sea_orm::sea_query::SqliteQueryBuilder;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Schema, TransactionTrait};

use crate::everything::{maybe, prepared};
use random::{Random, raw_rows};

crate::both!(
    a_filter_answers_alike_in_memory_and_in_the_database,
    a_filter_answers_alike_for_rows_of_other_programs,
    an_order_is_the_same_in_memory_and_in_the_database,
);

/// A table full of random rows.
struct Table {
    db: DatabaseConnection,
    kind: Kind,
    info: ModelInfo,
    rows: Vec<Row>,
    _database: Database,
}

impl Table {
    /// An empty table, whose `note` has a collation that takes different texts for equal.
    async fn empty(database: Database) -> Table {
        let db = prepared(&database).await;
        let info = ModelInfo::of::<maybe::Entity>().unwrap();
        let kind = if database.file().is_some() { Kind::Sqlite } else { Kind::Postgres };
        let schema = Schema::new(db.get_database_backend());
        let table = schema.create_table_from_entity(maybe::Entity);
        match kind {
            Kind::Sqlite => {
                let sql = table.to_string(SqliteQueryBuilder);
                let folded = sql.replace("\"note\" text", "\"note\" text COLLATE NOCASE");
                assert_ne!(sql, folded);
                db.execute_unprepared(&folded).await.unwrap();
            }
            Kind::Postgres => {
                db.execute(&table).await.unwrap();
                let folded = "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level1', \
                     deterministic = false); \
                     ALTER TABLE maybe ALTER COLUMN note TYPE text COLLATE folded";
                db.execute_unprepared(folded).await.unwrap();
            }
        }
        Table { db, kind, info, rows: Vec::new(), _database: database }
    }

    async fn of_random_rows(database: Database, random: &mut Random) -> Table {
        let mut table = Table::empty(database).await;
        let transaction = table.db.begin().await.unwrap();
        for id in 1..=150 {
            let row = random.row(&table.info, table.kind, id);
            maybe::Entity::insert(row).exec(&transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        table.read().await;
        table
    }

    async fn read(&mut self) {
        self.rows = self.ask(&Filter::All, &Order::default()).await;
    }

    async fn ask(&self, filter: &Filter, order: &Order) -> Vec<Row> {
        let query = ListQuery { filter: filter.clone(), order: order.clone(), limit: 100_000 };
        list::<maybe::Entity>(&self.db, &self.info, self.kind, &query)
            .await
            .unwrap_or_else(|error| panic!("{filter:?}: {error}"))
    }

    /// Asks both faces, and shows the rows about which they disagree.
    async fn compare(&self, seed: u64, filter: &Filter) {
        let found: BTreeSet<i64> =
            self.ask(filter, &Order::default()).await.iter().map(id).collect();
        for row in &self.rows {
            if filter.matches(row) != found.contains(&id(row)) {
                let fields = filter.terms().map(|term| term.field.as_str());
                let values: Vec<_> = fields.map(|field| (field, row.get(field))).collect();
                panic!(
                    "seed {seed}: the database says {}, memory says {}: {filter:?} of {values:?}",
                    found.contains(&id(row)),
                    filter.matches(row),
                );
            }
        }
    }

    /// Compares many filters; each term of the table alone as well, so that what fails is small.
    async fn compare_many(&self, random: &mut Random, count: usize) {
        let mut asked = 0;
        while asked < count {
            let depth = usize::from(asked % 3 == 2) * 2;
            let wanted = random.filter(&self.rows, depth);
            // What cannot be compared is refused; `allowed` says what that is.
            let Ok(filter) = admit(&self.info, self.kind, wanted) else { continue };
            self.compare(random.seed, &filter).await;
            asked += 1;
        }
    }
}

fn id(row: &Row) -> i64 {
    match row.get("id") {
        Some(Value::Int(id)) => *id,
        other => panic!("{other:?} is no id"),
    }
}

async fn a_filter_answers_alike_in_memory_and_in_the_database(database: Database) {
    let mut random = Random::new();
    let table = Table::of_random_rows(database, &mut random).await;
    table.compare_many(&mut random, rounds(1_000, 10_000)).await;
}

async fn a_filter_answers_alike_for_rows_of_other_programs(database: Database) {
    let mut random = Random::new();
    let mut table = Table::of_random_rows(database, &mut random).await;
    for (at, set) in raw_rows(table.kind).iter().enumerate() {
        let sql = format!("UPDATE maybe SET {set} WHERE id % 20 = {at}");
        table.db.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    table.read().await;
    table.compare_many(&mut random, rounds(1_000, 10_000)).await;
}

async fn an_order_is_the_same_in_memory_and_in_the_database(database: Database) {
    let mut random = Random::new();
    random.far = false;
    let mut table = Table::of_random_rows(database, &mut random).await;
    for round in 0..2 {
        for _ in 0..rounds(60, 2_000) {
            // A number with more digits than 32 bits have is sorted by what is kept.
            let order = random.order(&table.info, if round == 0 { "" } else { "single" });
            let found: Vec<i64> = table.ask(&Filter::All, &order).await.iter().map(id).collect();
            let mut rows: Vec<&Row> = table.rows.iter().collect();
            rows.sort_by(|a, b| compare(a, b, &order));
            let sorted: Vec<i64> = rows.into_iter().map(id).collect();
            let at = found.iter().zip(&sorted).position(|(a, b)| a != b).unwrap_or(0);
            let near = |id: i64| {
                let row = &table.rows[usize::try_from(id).unwrap() - 1];
                order.keys.iter().map(|key| row.get(&key.field).cloned()).collect::<Vec<_>>()
            };
            assert!(
                found == sorted,
                "seed {}: {order:?} at {at}: the database has {:?}, memory has {:?}",
                random.seed,
                near(found[at]),
                near(sorted[at]),
            );
        }
        if round == 0 {
            for (at, set) in raw_rows(table.kind).iter().enumerate() {
                let sql = format!("UPDATE maybe SET {set} WHERE id % 20 = {at}");
                table.db.execute_unprepared(&sql).await.unwrap();
            }
            table.read().await;
        }
    }
}

/// The rule by which clients sort: NULLs first and in a descending order last, text by code
/// point, the primary key at last.
fn compare(a: &Row, b: &Row, order: &Order) -> Ordering {
    let last = OrderKey { field: "id".to_owned(), descending: false };
    let mut keys = order.keys.iter().chain([&last]);
    let unequal = keys.find_map(|key| {
        let told = |row: &Row| row.get(&key.field).cloned().filter(is_told);
        let order = match (told(a), told(b)) {
            (None, None) => Ordering::Equal,
            (None, _) => Ordering::Less,
            (_, None) => Ordering::Greater,
            (Some(a), Some(b)) => a.compare(&b).unwrap(),
        };
        let order = if key.descending { order.reverse() } else { order };
        (order != Ordering::Equal).then_some(order)
    });
    unequal.unwrap_or(Ordering::Equal)
}

/// JSON has neither NaN nor infinities, so clients see a null.
fn is_told(value: &Value) -> bool {
    match value {
        Value::Float(float) => float.is_finite(),
        value => !value.is_null(),
    }
}
