//! What a subscription to rows covers of the rows within them: SwampDragon's `include_related`,
//! and the object map by which clients place what they are told.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::renderer::{Field, Held, Relation, Renderer, Source};
use super::wire::{json as text_of, quoted};
use crate::change::Row;
use crate::filter::{Kind, Value};
use crate::model::{DynModel, Junction, Link, ModelInfo};

/// A relation whose rows a subscription covers as well.
#[derive(Clone, Debug)]
pub struct Include {
    /// Whose rows lead there: another one's of the list, or, at the top, the router's own.
    pub(crate) parent: Option<usize>,
    /// The wire name of the rows that hold them.
    parent_type: &'static str,
    /// Under which property.
    pub(crate) prop_name: &'static str,
    is_collection: bool,
    /// The way back, from a row to those that hold it; its name is `via` on the wire.
    pub(crate) back: Link,
    /// The model of the rows.
    pub(crate) model: Arc<dyn DynModel>,
    /// In which form they are told: with the key of what holds them, where that is a column.
    pub(crate) renderer: Arc<Renderer>,
}

impl Include {
    /// Its entry in the object map; `channel` is where it is told, which SwampDragon did not say.
    #[must_use]
    pub fn entry(&self, channel: &str) -> Json {
        json!({
            "parent_type": self.parent_type,
            "child_type": self.model.info().name,
            "via": self.back.name,
            "prop_name": self.prop_name,
            "is_collection": self.is_collection,
            "channel": channel,
        })
    }
}

impl Renderer {
    /// The relations that a subscription covers, each after the one that leads to it: those of
    /// these names, or all, and whatever they lead to in turn.
    #[must_use]
    pub fn includes(&self, wanted: Option<&[&str]>) -> Vec<Include> {
        let mut found = Vec::new();
        let is_wanted =
            |relation: &&Relation| wanted.is_none_or(|names| names.contains(&relation.name));
        self.gather(None, &mut found, &is_wanted);
        found
    }

    /// By which relations, one after the other, its rows are led to; nothing for a router's own.
    #[must_use]
    pub fn way(&self) -> &str {
        self.held.as_ref().map_or("", |held| &held.way)
    }

    /// How it names what holds its rows; `None` for a router's own.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// The column of its rows that names what holds them, where one does.
    #[must_use]
    pub fn held_by_column(&self) -> Option<&'static str> {
        self.fields.iter().find_map(|field| match field.source {
            Source::Key(column, _) => Some(column),
            _ => None,
        })
    }

    /// What is told of a row that leaves: `id` and `_type`, and what held it, where a column of
    /// its own says so.
    #[must_use]
    pub fn left(&self, row: &Row) -> String {
        let by_column = |field: &Field| match &field.source {
            Source::Key(column, _) => row.get(column).and_then(|_| self.own(field, row)),
            _ => None,
        };
        self.compose(row, by_column).unwrap_or_else(|| self.reference(self.key(row)))
    }

    /// An object with the keys of the rows that hold it, as a list.
    #[must_use]
    pub fn held_by_all(&self, mut object: String, keys: &[&Value]) -> String {
        if let Some(held) = self.held.as_ref().filter(|_| object.pop() == Some('}')) {
            let keys: Vec<String> = keys.iter().map(|key| text_of(&Kind::Other, key)).collect();
            object.push_str(&format!(",{}:[{}]}}", quoted(&held.via), keys.join(",")));
        }
        object
    }

    fn gather(
        &self,
        parent: Option<usize>,
        found: &mut Vec<Include>,
        is_wanted: &dyn Fn(&&Relation) -> bool,
    ) {
        for relation in self.relations.iter().filter(|one| is_wanted(one)) {
            // What a method of its own tells are no rows that a client could place.
            let (Some(renderer), None) = (&relation.renderer, &relation.custom) else { continue };
            let back = back(self.info(), relation);
            let renderer = Arc::new(renderer.held_by(self, relation, &back));
            let place = found.len();
            found.push(Include {
                parent,
                parent_type: self.info().name,
                prop_name: relation.name,
                is_collection: relation.link.many,
                back,
                model: Arc::clone(&relation.target),
                renderer: Arc::clone(&renderer),
            });
            renderer.gather(Some(place), found, &|_| true);
        }
    }

    /// This serializer for the rows that a relation leads to, told on their own: with the key of
    /// the row that holds them, where they have it.
    fn held_by(&self, parent: &Self, relation: &Relation, back: &Link) -> Self {
        let mut held = self.clone();
        held.name = format!("{}>{}", parent.name, relation.name);
        let (alone, forward) = (!relation.link.many, relation.forward);
        let way = match &parent.held {
            Some(above) => format!("{}.{}", above.way, relation.name),
            None => relation.name.to_owned(),
        };
        held.held = Some(Held { via: back.name.clone(), alone, forward, way });
        let column = self.info().columns.iter().find(|column| column.name == back.from);
        let (Some(column), None, false) = (column, &back.through, back.many) else { return held };
        let name = short(column.field);
        let source = Source::Key(column.field, column.kind.clone());
        match held.fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.source = source,
            None => held.fields.push(Field { name, source }),
        }
        held
    }
}

/// `company` of `company_id`.
fn short(field: &'static str) -> &'static str {
    field.strip_suffix("_id").unwrap_or(field)
}

/// The link that leads from the rows of a relation back to those that hold them.
fn back(parent: &ModelInfo, relation: &Relation) -> Link {
    let (link, child) = (&relation.link, relation.target.info());
    let through = link.through.as_ref().map(|junction| Junction {
        table: junction.table.clone(),
        from: junction.to.clone(),
        to: junction.from.clone(),
    });
    let own = child.columns.iter().find(|column| column.name == link.to);
    let is_key = parent.key_column().name == link.from;
    // A column of theirs names the one row that holds them.
    let by_column =
        own.filter(|_| through.is_none() && is_key && link.to != child.key_column().name);
    let known = child.links.iter().find(|known| {
        let same =
            (&known.from, &known.to, &known.target) == (&link.to, &link.from, &parent.table_name());
        same && known.through == through
    });
    // The list of what holds a row stands beside its fields, in the place of none.
    let told = relation.renderer.iter().flat_map(|renderer| &renderer.fields);
    let told: Vec<&str> = told.map(|field| field.name).collect();
    let is_free = |name: &str| !told.contains(&name);
    let name = match (by_column, known.filter(|known| is_free(&known.name))) {
        (Some(column), _) => short(column.field).to_owned(),
        (None, Some(known)) => known.name.clone(),
        (None, None) => {
            let mut name = format!("{}_{}", parent.name, relation.name);
            while !is_free(&name) {
                name.push('_');
            }
            name
        }
    };
    Link {
        name,
        from: link.to.clone(),
        target: parent.table_name(),
        to: link.from.clone(),
        many: by_column.is_none(),
        through,
    }
}
