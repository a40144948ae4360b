//! A client's array, kept as the protocol says and no better.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use crate::client::Reply;

/// The rows that one subscription shows.
///
/// Where the protocol promises no gap and no overlap, it panics at the first sign of either: an
/// `updated` or `deleted` for a row that is not there, a row twice at one position, a position
/// that does not grow.
#[derive(Debug)]
pub struct Mirror {
    /// What is asked for.
    pub filter: Map<String, Value>,
    /// By their ids.
    pub rows: BTreeMap<i64, Value>,
    /// The last position that was heard.
    pub position: Option<String>,
    /// The server said `resync`: what is shown may be wrong until it is loaded anew.
    pub must_reload: bool,
    /// The name of its channel; empty before the first reply.
    pub channel: String,
    /// (id, position) of what was applied since the last reply.
    applied: HashSet<(i64, String)>,
    /// A resume may repeat, in order, what the rows already hold.
    may_repeat: bool,
    /// Where the last push since the last reply stood.
    reached: Option<(String, u64)>,
}

impl Mirror {
    /// A mirror of no rows yet, of this filter.
    ///
    /// # Panics
    /// When it is not an object.
    #[must_use]
    pub fn new(filter: Value) -> Mirror {
        let Value::Object(filter) = filter else { panic!("not a filter: {filter}") };
        Mirror {
            filter,
            rows: BTreeMap::new(),
            position: None,
            must_reload: false,
            channel: String::new(),
            applied: HashSet::new(),
            may_repeat: false,
            reached: None,
        }
    }

    /// The arguments of a subscribe that asks for the rows and, where `since` says so, for what
    /// was missed rather.
    #[must_use]
    pub fn args(&self, since: bool) -> Value {
        let mut args = self.filter.clone();
        args.insert("_snapshot".to_owned(), true.into());
        if let (true, Some(position)) = (since, &self.position) {
            args.insert("_since".to_owned(), position.as_str().into());
        }
        Value::Object(args)
    }

    /// Takes the reply of a subscribe.
    ///
    /// # Panics
    /// When it is a failure, or has neither rows nor what was missed.
    pub fn begin(&mut self, reply: &Reply) {
        assert!(reply.is_success(), "{reply}");
        let recovered = reply.context().get("recovered").is_some_and(|v| v == true);
        if recovered {
            assert!(reply.message.get("snapshot").is_none_or(Value::is_null), "{reply}");
        } else {
            self.rows = reply.snapshot().into_iter().map(|row| (id_of(&row), row)).collect();
        }
        self.may_repeat = recovered;
        self.position = Some(reply.position());
        self.channel = reply.channel();
        self.must_reload = false;
        self.applied.clear();
        // What is replayed comes after what was held.
        self.reached = Some(place(&reply.position()));
    }

    /// Applies a push of this channel.
    ///
    /// # Panics
    /// When it cannot be what comes next.
    pub fn apply(&mut self, push: &Value) {
        assert_eq!(push["channel"], self.channel.as_str(), "{push}");
        if push["action"] == "resync" {
            self.must_reload = true;
            return;
        }
        let position = push["position"].as_str().unwrap_or_else(|| panic!("no position in {push}"));
        let (epoch, offset) = place(position);
        if let Some((before, reached)) = &self.reached {
            assert!(
                *before != epoch || *reached < offset,
                "{position} after {reached}: {push}\n{self:#?}"
            );
        }
        self.reached = Some((epoch, offset));
        self.position = Some(position.to_owned());
        let data = &push["data"];
        let id = id_of(data);
        let fresh = self.applied.insert((id, position.to_owned()));
        assert!(fresh, "told twice: {push}\n{self:#?}");
        let strict = !self.may_repeat && !self.must_reload;
        match push["action"].as_str() {
            Some("created") => {
                let known = self.rows.insert(id, data.clone());
                assert!(!strict || known.is_none(), "created and known: {push}\n{self:#?}");
            }
            Some("updated") => match self.rows.get_mut(&id) {
                Some(row) => merge(row, data),
                None => assert!(!strict, "updated and not known: {push}\n{self:#?}"),
            },
            Some("deleted") => {
                assert_eq!(
                    data.as_object().map(Map::len),
                    Some(2),
                    "more than id and _type: {push}"
                );
                let known = self.rows.remove(&id);
                assert!(!strict || known.is_some(), "deleted and not known: {push}\n{self:#?}");
            }
            _ => panic!("what is this? {push}"),
        }
    }
}

/// Epoch and offset of a position. (Opaque to clients; a test may look.)
///
/// # Panics
/// When it is none.
#[must_use]
pub fn place(position: &str) -> (String, u64) {
    let mut parts = position.split(':');
    let (Some(epoch), Some(offset)) = (parts.next(), parts.next()) else {
        panic!("not a position: {position}");
    };
    (epoch.to_owned(), offset.parse().expect("an offset is a number"))
}

fn id_of(row: &Value) -> i64 {
    row["id"].as_i64().unwrap_or_else(|| panic!("no id in {row}"))
}

fn merge(row: &mut Value, changed: &Value) {
    for (name, value) in changed.as_object().expect("a row is an object") {
        row[name] = value.clone();
    }
}
