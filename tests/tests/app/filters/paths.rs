//! Filters over relations: what the database answers is what following the relations row by row
//! finds.

use std::collections::BTreeMap;

use dragon::change::{Change, Row};
use dragon::filter::{Database as Kind, Filter, Lookup, Term, Value};
use dragon::model::{
    Affected, Among, Junction, Link, ListQuery, Model, ModelInfo, Models, Order, TableName, admit,
    affected, list, watches,
};
use dragon_tests::{Database, rounds};
use fastrand::Rng;
use sea_orm::{ConnectionTrait, DatabaseConnection};

crate::both!(
    a_filter_over_relations_answers_as_following_them_does,
    a_change_concerns_at_least_the_rows_whose_answer_it_changes,
);

/// A table that refers to itself.
mod node {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "node")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub name: Option<String>,
        #[sea_orm(column_name = "how_many")]
        pub size: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        #[sea_orm(has_many = "super::leaf::Entity")]
        Leaves,
    }

    impl Related<super::leaf::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Leaves.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Tied to nodes by their names.
mod leaf {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "leaf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub node_id: Option<i32>,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::node::Entity",
            from = "Column::NodeId",
            to = "super::node::Column::Id"
        )]
        Node,
    }

    impl Related<super::node::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Node.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Tied to nodes by a junction.
mod tag {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub label: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn table(name: &str) -> TableName {
    TableName { schema: None, table: name.to_owned() }
}

fn link(name: &str, from: &str, target: &str, to: &str) -> Link {
    let (name, from, to) = (name.to_owned(), from.to_owned(), to.to_owned());
    Link { name, from, target: table(target), to, many: true, through: None }
}

fn by_node_tag(name: &str, target: &str, from: &str, to: &str) -> Link {
    let through = Junction { table: table("node_tag"), from: from.to_owned(), to: to.to_owned() };
    Link { through: Some(through), ..link(name, "id", target, "id") }
}

/// All rows of all tables, and who is tied to whom.
struct Forest {
    db: DatabaseConnection,
    kind: Kind,
    nodes: ModelInfo,
    leaves: ModelInfo,
    rows: BTreeMap<&'static str, Vec<Row>>,
    pairs: Vec<(i64, i64)>,
    _models: std::sync::Arc<Models>,
    _database: Database,
}

impl Forest {
    async fn grow(database: Database, dice: &mut Rng) -> Forest {
        let db = dragon::connect(&database.url).await.unwrap();
        // Nothing holds the references together: some lead nowhere.
        let tables = "CREATE TABLE node (id int PRIMARY KEY, parent_id int, name varchar(255), \
             how_many int NOT NULL); \
             CREATE TABLE leaf (id int PRIMARY KEY, node_id int, text varchar(255) NOT NULL); \
             CREATE TABLE tag (id int PRIMARY KEY, label varchar(255) NOT NULL); \
             CREATE TABLE node_tag (node int, tag int)";
        db.execute_unprepared(tables).await.unwrap();
        let mut nodes = ModelInfo::of::<node::Entity>().unwrap();
        nodes.links.push(link("children", "id", "node", "parent_id"));
        nodes.links.push(by_node_tag("tags", "tag", "node", "tag"));
        let mut tags = ModelInfo::of::<tag::Entity>().unwrap();
        tags.links.push(by_node_tag("nodes", "node", "tag", "node"));
        let models = Models::tie(
            [nodes, ModelInfo::of::<leaf::Entity>().unwrap(), tags],
            [table("node_tag")],
        );
        let info = |name: &str| models.named(name).unwrap().as_ref().clone();
        let kind = if database.file().is_some() { Kind::Sqlite } else { Kind::Postgres };
        let mut forest = Forest {
            db,
            kind,
            nodes: info("node"),
            leaves: info("leaf"),
            rows: BTreeMap::new(),
            pairs: Vec::new(),
            _models: models,
            _database: database,
        };
        forest.plant(dice).await;
        forest
    }

    async fn read(&mut self) {
        let all = Filter::All;
        self.rows.insert("node", ask::<node::Entity>(self, &self.nodes, &all).await);
        self.rows.insert("leaf", ask::<leaf::Entity>(self, &self.leaves, &all).await);
        let tags = ModelInfo::of::<tag::Entity>().unwrap();
        self.rows.insert("tag", ask::<tag::Entity>(self, &tags, &all).await);
    }

    async fn plant(&mut self, dice: &mut Rng) {
        let text = |dice: &mut Rng| ["a", "A", "ab", "b", ""][dice.usize(..5)];
        let mut sql = String::new();
        for id in 1..=30 {
            // Parents come first; some are their own, which is a circle.
            let parent = match dice.u8(..5) {
                0 => "NULL".to_owned(),
                _ => dice.i32(1..=id).to_string(),
            };
            let name = match dice.u8(..5) {
                0 => "NULL".to_owned(),
                _ => format!("'{}'", text(dice)),
            };
            let size = dice.i32(0..4);
            sql += &format!("INSERT INTO node VALUES ({id}, {parent}, {name}, {size});");
        }
        for id in 1..=60 {
            let node = match dice.u8(..5) {
                0 => "NULL".to_owned(),
                _ => dice.i32(1..=30).to_string(),
            };
            sql += &format!("INSERT INTO leaf VALUES ({id}, {node}, '{}');", text(dice));
        }
        for id in 1..=5 {
            sql += &format!("INSERT INTO tag VALUES ({id}, '{}');", text(dice));
        }
        for _ in 0..30 {
            // Of some there is no node or no tag, and some are there twice.
            let (node, tag) = (dice.i32(1..=33), dice.i32(1..=6));
            sql += &format!("INSERT INTO node_tag VALUES ({node}, {tag});");
            self.pairs.push((node.into(), tag.into()));
        }
        self.db.execute_unprepared(&sql).await.unwrap();
        self.read().await;
    }

    /// Changes one row of one table; answers the table and what changed.
    async fn change(&mut self, dice: &mut Rng) -> (&'static str, Vec<Change>) {
        let mut run = String::new();
        if dice.u8(..4) == 0 {
            let at = dice.usize(..self.pairs.len());
            let (node, tag) = self.pairs[at];
            let before = (dice.bool(), pair(node, tag));
            let others = self.pairs.iter().filter(|other| **other == (node, tag)).count();
            let mut changes = Vec::new();
            if before.0 {
                self.pairs.retain(|other| *other != (node, tag));
                run = format!("DELETE FROM node_tag WHERE node = {node} AND tag = {tag}");
                let change = Change { key: Value::Null, before: before.1, after: None };
                changes = vec![change; others];
            } else if others == 1 {
                let tag_now = dice.i64(1..=5);
                self.pairs[at].1 = tag_now;
                run = format!(
                    "UPDATE node_tag SET tag = {tag_now} WHERE node = {node} AND tag = {tag}"
                );
                let after = pair(node, tag_now);
                changes.push(Change { key: Value::Null, before: before.1, after });
            }
            if self.pairs.is_empty() {
                self.pairs.push((1, 1));
                run += "; INSERT INTO node_tag VALUES (1, 1)";
                changes.push(Change { key: Value::Null, before: None, after: pair(1, 1) });
            }
            if !run.is_empty() {
                self.db.execute_unprepared(&run).await.unwrap();
            }
            return ("node_tag", changes);
        }
        let table = ["node", "leaf", "tag"][dice.usize(..3)];
        let before = self.rows[table].clone();
        let row = &before[dice.usize(..before.len())];
        let id = row.get("id").and_then(int).unwrap();
        let text = ["a", "A", "ab", "b", ""][dice.usize(..5)];
        let other = dice.i32(1..=30);
        let set = match (table, dice.u8(..6)) {
            ("node", 0) => format!("parent_id = {other}"),
            ("node", 1) => "parent_id = NULL".to_owned(),
            ("node", 2) => format!("how_many = {}", dice.u8(..4)),
            ("node", _) => format!("name = '{text}'"),
            ("leaf", 0 | 1) => format!("node_id = {other}"),
            ("leaf", _) => format!("text = '{text}'"),
            (_, _) => format!("label = '{text}'"),
        };
        let sql = match dice.u8(..6) {
            0 if before.len() > 3 => format!("DELETE FROM {table} WHERE id = {id}"),
            // Keys move, where nobody has the new one.
            1 => format!("UPDATE {table} SET id = id + 100 WHERE id = {id} AND id < 100"),
            2 if id < 100 => format!(
                "INSERT INTO {table} SELECT id + 200{} FROM {table} WHERE id = {id} AND NOT EXISTS \
                 (SELECT 1 FROM {table} WHERE id = {id} + 200)",
                match table {
                    "node" => ", parent_id, name, how_many",
                    "leaf" => ", node_id, text",
                    _ => ", label",
                }
            ),
            _ => format!("UPDATE {table} SET {set} WHERE id = {id}"),
        };
        self.db.execute_unprepared(&sql).await.unwrap();
        self.read().await;
        let key = |row: &Row| row.get("id").and_then(int);
        let (gone, come): (Vec<Row>, Vec<Row>) = (
            before.iter().filter(|row| !self.rows[table].contains(row)).cloned().collect(),
            self.rows[table].iter().filter(|row| !before.contains(row)).cloned().collect(),
        );
        let keys = gone.iter().chain(&come).filter_map(key);
        let changes = keys.collect::<std::collections::BTreeSet<_>>().into_iter().map(|id| {
            let of = |rows: &[Row]| rows.iter().find(|row| key(row) == Some(id)).cloned();
            Change { key: id.into(), before: of(&gone), after: of(&come) }
        });
        (table, changes.collect())
    }

    /// The rows that a relation leads to.
    fn beyond<'a>(&'a self, name: &str, row: &Row) -> (&'static str, Vec<&'a Row>) {
        let own = |field: &str| row.get(field).and_then(int);
        let of = |table: &'static str, field: &'static str, wanted: Option<i64>| {
            let rows = self.rows[table].iter();
            let found =
                rows.filter(|row| wanted.is_some() && row.get(field).and_then(int) == wanted);
            (table, found.collect::<Vec<_>>())
        };
        match name {
            "parent" => of("node", "id", own("parent_id")),
            "children" => of("node", "parent_id", own("id")),
            "leaves" => of("leaf", "node_id", own("id")),
            "node" => of("node", "id", own("node_id")),
            "tags" | "nodes" => {
                let tags = name == "tags";
                let tied = self.pairs.iter().filter_map(|(node, tag)| {
                    let (from, to) = if tags { (*node, *tag) } else { (*tag, *node) };
                    (Some(from) == own("id")).then_some(to)
                });
                let table = if tags { "tag" } else { "node" };
                (table, tied.flat_map(|to| of(table, "id", Some(to)).1).collect())
            }
            name => panic!("no relation {name}"),
        }
    }

    /// Whether a row matches, by following the relations.
    fn matches(&self, filter: &Filter, row: &Row) -> bool {
        match filter {
            Filter::And(list) => list.iter().all(|filter| self.matches(filter, row)),
            Filter::Or(list) => list.iter().any(|filter| self.matches(filter, row)),
            Filter::Has { link, filter } => {
                self.beyond(link, row).1.iter().any(|row| self.matches(filter, row))
            }
            own => own.matches(row),
        }
    }
}

fn pair(node: i64, tag: i64) -> Option<Row> {
    Some([("node".to_owned(), node.into()), ("tag".to_owned(), tag.into())].into_iter().collect())
}

fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

async fn ask<E: Model>(forest: &Forest, info: &ModelInfo, filter: &Filter) -> Vec<Row> {
    let query = ListQuery { filter: filter.clone(), order: Order::default(), limit: 1000 };
    list::<E>(&forest.db, info, forest.kind, &query)
        .await
        .unwrap_or_else(|error| panic!("{filter:?}: {error}"))
}

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
