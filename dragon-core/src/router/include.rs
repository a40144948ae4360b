//! What a subscription covers beside the rows of its own model: a channel for each relation that
//! is told, of the rows that those rows lead to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::members::DbMembers;
use super::{Context, Desk, Failure, arguments};
use crate::broker::Topic;
use crate::filter::{Filter, Lookup, Term, fingerprint};
use crate::hub::{ChannelSpec, Gate, Looking, Publish, Telling};
use crate::model::{Link, ModelInfo, Own, admit, watches};
use crate::protocol::channel_name;
use crate::serializer::Include;

/// A channel of rows that other rows lead to.
pub(super) struct Child {
    pub(super) spec: ChannelSpec,
    pub(super) topic: Topic,
    pub(super) info: Arc<ModelInfo>,
}

/// The object map: how clients place what the channels tell.
pub(super) fn object_map(includes: &[Include]) -> String {
    Json::Array(includes.iter().map(Include::entry).collect()).to_string()
}

/// The channels of all that the view includes: of rows that lead back, step by step, to rows of
/// the root's filter.
pub(super) fn children(
    cx: &Context<'_>,
    desk: &Desk,
    view: &str,
    root: &ChannelSpec,
) -> Result<Vec<Child>, Failure> {
    let pairs = arguments::canonical(desk, &arguments::wire_filter(&cx.args)?)?;
    // What the name of the root says of its scope.
    let suffix = root.name.rsplit_once('~').map(|(_, suffix)| format!("~{suffix}"));
    let suffix = suffix.unwrap_or_default();
    let mut found: Vec<(Child, BTreeMap<String, Json>)> = Vec::new();
    for include in desk.includes(view) {
        let (filter, pairs) = match include.parent {
            None => (&root.filter, &pairs),
            Some(at) => (&found[at].0.spec.filter, &found[at].1),
        };
        let name = include.model.info().name;
        let info = cx.services.models.named(name).ok_or_else(|| {
            Failure::internal(&format!("the model `{name}` is not among those of the app"))
        })?;
        let filter = admit(info, cx.services.database, beyond(info, &include.back, filter))
            .map_err(|why| Failure::internal(&why))?;
        let via = &include.back.name;
        let pairs: BTreeMap<String, Json> =
            pairs.iter().map(|(key, value)| (format!("{via}__{key}"), value.clone())).collect();
        let renderer = Arc::clone(&include.renderer);
        let binding =
            fingerprint(&format!("{filter:?} within {} as {}", root.binding, renderer.name));
        let looking = filter.needs_database().then(|| Looking {
            members: Arc::new(DbMembers::new(cx.services, info, &renderer, &filter)),
            own: Own::of(info, &filter),
            watches: watches(info, &filter),
        });
        let mut name = format!("{}{suffix}", channel_name(info.name, &pairs));
        if found.iter().any(|(child, _)| child.spec.name == name) {
            // Two relations by one column: each has its channel.
            name.push_str(&format!("~{}", include.prop_name));
        }
        // A router's condition is about its own rows.
        let telling = Telling { condition: |_| Publish::Yes, views: Vec::new() };
        let spec = ChannelSpec { name, filter, renderer, binding, looking, telling };
        let child = Child { spec, topic: Topic::new(info.name), info: Arc::clone(info) };
        found.push((child, pairs));
    }
    Ok(found.into_iter().map(|(child, _)| child).collect())
}

/// The filter of rows that lead back to rows of a filter. Where their own column says it, nothing
/// else is asked: what a change means is then seen on its row.
fn beyond(info: &ModelInfo, back: &Link, filter: &Filter) -> Filter {
    let own = info.columns.iter().find(|column| column.name == back.from);
    if let (Some(own), None, false) = (own, &back.through, back.many) {
        if *filter == Filter::All && !own.nullable {
            return Filter::All;
        }
        if let Some(narrowed) = on_key(&back.to, own.field, filter) {
            return narrowed;
        }
    }
    Filter::has(back.name.clone(), filter.clone())
}

/// The same filter on another field, if it asks for the values of this one only.
fn on_key(key: &str, field: &str, filter: &Filter) -> Option<Filter> {
    match filter {
        Filter::Term(term)
            if term.field == key
                && matches!(term.lookup, Lookup::Eq | Lookup::In)
                && !term.values.iter().any(crate::filter::Value::is_null) =>
        {
            Some(Filter::Term(Term { field: field.to_owned(), ..term.clone() }))
        }
        Filter::And(list) => {
            let list: Option<Vec<Filter>> =
                list.iter().map(|filter| on_key(key, field, filter)).collect();
            list.filter(|list| !list.is_empty()).map(Filter::And)
        }
        _ => None,
    }
}

/// The snapshot without those rows within its rows that their own channels have not told.
///
/// A channel that looks into other tables tells the difference between what it told and what is
/// there. A row that came and went between two looks is told neither as come nor as gone; read
/// just then with its parent, the client would have it for ever. One that came and stays is told
/// after the reply.
pub(super) async fn as_told(snapshot: String, includes: &[Include], gates: &[Gate]) -> String {
    if gates.iter().all(|gate| gate.subscription().spec().looking.is_none()) {
        return snapshot;
    }
    let Ok(mut rows) = serde_json::from_str::<Json>(&snapshot) else { return snapshot };
    let mut differs = false;
    for (at, gate) in gates.iter().enumerate() {
        let Some(entry) = gate.turn().await else { continue };
        differs |= keep(&mut rows, &path(includes, at), &|reference| entry.has(reference));
    }
    if differs { rows.to_string() } else { snapshot }
}

/// The properties that lead from the top to the rows of an include.
fn path(includes: &[Include], at: usize) -> Vec<&'static str> {
    let mut path = Vec::new();
    let mut next = Some(at);
    while let Some(include) = next.and_then(|at| includes.get(at)) {
        path.insert(0, include.prop_name);
        next = include.parent;
    }
    path
}

/// Takes away the rows at the end of a path that are not among those to keep. Whether there were
/// any.
fn keep(rows: &mut Json, path: &[&str], is_kept: &dyn Fn(&str) -> bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let mut differs = false;
    let rows: Vec<&mut Json> = match rows {
        Json::Array(rows) => rows.iter_mut().collect(),
        row => vec![row],
    };
    for row in rows {
        let Some(held) = row.get_mut(*first) else { continue };
        if !rest.is_empty() {
            differs |= keep(held, rest, is_kept);
            continue;
        }
        let goes = |row: &Json| {
            let reference = format!("{{\"id\":{},\"_type\":{}}}", row["id"], row["_type"]);
            row.is_object() && !is_kept(&reference)
        };
        if let Json::Array(list) = held {
            let before = list.len();
            list.retain(|row| !goes(row));
            differs |= list.len() < before;
        } else if goes(held) {
            *held = Json::Null;
            differs = true;
        }
    }
    differs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_not_told_is_taken_out_of_a_snapshot() {
        let note = |id: i32| json!({ "id": id, "_type": "note" });
        let staff = |id: i32, notes: &[Json]| json!({ "id": id, "_type": "staff", "notes": notes });
        let company = |staff: &[Json], home: Json| json!({ "id": 1, "_type": "company", "staff_set": staff, "home": home });
        let home = json!({ "id": "a\"b", "_type": "home" });
        let whole = json!([company(&[staff(1, &[note(1), note(2)]), staff(2, &[])], home.clone())]);
        let without = |path: &[&str], reference: &str| {
            let mut rows = whole.clone();
            let differs = keep(&mut rows, path, &|told| told != reference);
            assert_eq!(differs, rows != whole);
            rows
        };
        assert_eq!(
            without(&["staff_set"], r#"{"id":1,"_type":"staff"}"#),
            json!([company(&[staff(2, &[])], home.clone())])
        );
        assert_eq!(
            without(&["staff_set", "notes"], r#"{"id":1,"_type":"note"}"#),
            json!([company(&[staff(1, &[note(2)]), staff(2, &[])], home)])
        );
        let none = without(&["home"], r#"{"id":"a\"b","_type":"home"}"#);
        assert_eq!(none[0]["home"], Json::Null);
        assert_eq!(without(&["staff_set"], r#"{"id":1,"_type":"note"}"#), whole);
    }
}
