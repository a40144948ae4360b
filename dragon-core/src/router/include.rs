//! What a subscription covers beside the rows of its own model: a channel for each relation that
//! is told, of the rows that those rows lead to.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::members::DbMembers;
use super::{Context, Desk, Failure, Services, arguments};
use crate::broker::Topic;
use crate::filter::{Filter, Lookup, Term, fingerprint};
use crate::hub::{ChannelSpec, Looking, Publish, Telling};
use crate::model::{Holders, Link, ModelInfo, Own, admit, watches};
use crate::protocol::channel_name;
use crate::serializer::Include;

/// A channel of rows that other rows lead to.
pub(super) struct Child {
    pub(super) spec: ChannelSpec,
    pub(super) topic: Topic,
    pub(super) info: Arc<ModelInfo>,
    /// Those that hold its rows, where no column of theirs says which.
    pub(super) holders: Option<Arc<Holders>>,
}

impl Child {
    /// Who asks the database for its rows.
    pub(super) fn members(&self, services: &Services) -> DbMembers {
        let (spec, holders) = (&self.spec, self.holders.as_ref());
        DbMembers::new(services, &self.info, &spec.renderer, &spec.filter, holders)
    }
}

/// The object map: how clients place what the channels tell, which are those of `children`.
pub(super) fn object_map(includes: &[Include], children: &[Child]) -> String {
    let entry = |(include, child): (&Include, &Child)| include.entry(&child.spec.name);
    Json::Array(includes.iter().zip(children).map(entry).collect()).to_string()
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
        let (above, led_from, pairs) = match include.parent {
            None => (root, &desk.info, &pairs),
            Some(at) => (&found[at].0.spec, &found[at].0.info, &found[at].1),
        };
        let name = include.model.info().name;
        let info = cx.services.models.named(name).ok_or_else(|| {
            Failure::internal(&format!("the model `{name}` is not among those of the app"))
        })?;
        let filter = admit(info, cx.services.database, beyond(info, &include.back, &above.filter))
            .map_err(|why| Failure::internal(&why))?;
        let via = &include.back.name;
        let pairs: BTreeMap<String, Json> =
            pairs.iter().map(|(key, value)| (format!("{via}__{key}"), value.clone())).collect();
        let renderer = Arc::clone(&include.renderer);
        let holders = include.back.many.then(|| {
            Arc::new(Holders {
                link: include.back.clone(),
                model: above.renderer.shared_model(),
                info: Arc::clone(led_from),
                filter: above.filter.clone(),
                database: cx.services.database,
            })
        });
        let binding =
            fingerprint(&format!("{filter:?} within {} as {}", root.binding, renderer.name));
        let looking = filter.needs_database().then(|| Looking {
            members: Arc::new(DbMembers::new(
                cx.services,
                info,
                &renderer,
                &filter,
                holders.as_ref(),
            )),
            own: Own::of(info, &filter),
            watches: watches(info, &filter),
        });
        let mut name = format!("{}{suffix}", channel_name(info.name, &pairs));
        if name == root.name || found.iter().any(|(child, _)| child.spec.name == name) {
            // Two relations by one column, or to the model itself: each has its channel.
            name.push_str(&format!("~{}", renderer.way()));
        }
        // A router's condition is about its own rows.
        let telling = Telling { condition: |_| Publish::Yes, views: Vec::new() };
        let spec = ChannelSpec { name, filter, renderer, binding, looking, telling };
        let (topic, info) = (Topic::new(info.name), Arc::clone(info));
        let child = Child { spec, topic, info, holders };
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
