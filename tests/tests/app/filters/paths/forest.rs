//! Tables that refer to each other in every way, full of random rows.

use std::collections::BTreeMap;

use dragon::change::{Change, Row};
use dragon::filter::{Database as Kind, Filter, Value};
use dragon::model::{Junction, Link, ListQuery, Model, ModelInfo, Models, Order, TableName, list};
use dragon_tests::Database;
use fastrand::Rng;
use sea_orm::{ConnectionTrait, DatabaseConnection};

/// A table that refers to itself.
pub mod node {
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
pub mod leaf {
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
pub mod tag {
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

pub fn table(name: &str) -> TableName {
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
pub struct Forest {
    pub db: DatabaseConnection,
    pub kind: Kind,
    pub nodes: ModelInfo,
    pub leaves: ModelInfo,
    pub rows: BTreeMap<&'static str, Vec<Row>>,
    pairs: Vec<(i64, i64)>,
    _models: std::sync::Arc<Models>,
    _database: Database,
}

impl Forest {
    pub async fn grow(database: Database, dice: &mut Rng) -> Forest {
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
    pub async fn change(&mut self, dice: &mut Rng) -> (&'static str, Vec<Change>) {
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
    pub fn matches(&self, filter: &Filter, row: &Row) -> bool {
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

pub fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        _ => None,
    }
}

pub async fn ask<E: Model>(forest: &Forest, info: &ModelInfo, filter: &Filter) -> Vec<Row> {
    let query = ListQuery { filter: filter.clone(), order: Order::default(), limit: 1000 };
    list::<E>(&forest.db, info, forest.kind, &query)
        .await
        .unwrap_or_else(|error| panic!("{filter:?}: {error}"))
}
