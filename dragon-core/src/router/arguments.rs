//! What of a call's arguments is a filter, an order, a key.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::Desk;
use crate::config::Config;
use crate::filter::{Database, Filter, Kind, Lookup, Term, Value};
use crate::model::{FieldPath, Order, admit};
use crate::protocol::{Code, Failure};
use crate::serializer;

/// The arguments that are no filter.
const RESERVED: [&str; 6] = ["_order", "_limit", "_snapshot", "_since", "_page", "channel"];

/// Why clients could not filter by a field of this name; nothing where they can.
pub(super) fn no_filter(name: &str) -> Option<&'static str> {
    if RESERVED.contains(&name) {
        return Some("an argument of lists and subscriptions has this name; rename the field");
    }
    name.starts_with('_').then_some(
        "arguments that begin with `_` are those of lists and subscriptions; rename the field",
    )
}

/// The client's filter: every argument that is not reserved.
pub(super) fn wire_filter(args: &Map<String, Json>) -> Result<BTreeMap<String, Json>, Failure> {
    let mut filter = BTreeMap::new();
    for (name, value) in args {
        if RESERVED.contains(&name.as_str()) {
            continue;
        }
        if name.starts_with('_') {
            return Err(Failure::bad_request(format!(
                "There is no argument `{name}`; those that begin with `_` are {}.",
                RESERVED[..5].join(", ")
            )));
        }
        filter.insert(name.clone(), value.clone());
    }
    Ok(filter)
}

/// What of the arguments that a client sent is there no more, or is another one, after its router
/// has looked at them: as JSON text, empty where that is nothing.
pub(super) fn taken(asked: &Map<String, Json>, left: &Map<String, Json>) -> String {
    let taken: BTreeMap<&String, &Json> = asked
        .iter()
        .filter(|(name, value)| {
            !RESERVED.contains(&name.as_str()) && left.get(*name) != Some(value)
        })
        .collect();
    if taken.is_empty() { String::new() } else { json!(taken).to_string() }
}

/// The arguments that are not reserved, as one text: what tells a call of `subscribe` from another.
pub(super) fn own(args: &Map<String, Json>) -> String {
    let own = args.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str()));
    json!(own.collect::<BTreeMap<_, _>>()).to_string()
}

/// The arguments that are not reserved, those that are filters in one spelling.
pub(super) fn spelled(desk: &Desk, args: &Map<String, Json>) -> BTreeMap<String, Json> {
    args.iter()
        .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
        .flat_map(|(name, value)| {
            let pair = BTreeMap::from([(name.clone(), value.clone())]);
            canonical(desk, &pair).unwrap_or(pair)
        })
        .collect()
}

/// The client's pairs in one spelling, for the channel's name: `todo_list_id: "1"` and
/// `todo_list__id: 1` are the same channel.
pub(super) fn canonical(
    desk: &Desk,
    pairs: &BTreeMap<String, Json>,
) -> Result<BTreeMap<String, Json>, Failure> {
    let mut canonical = BTreeMap::new();
    for (name, json) in pairs {
        let (path, lookup) = filter_key(desk, name)?;
        let column = &path.column;
        let mut key = path.filter_name();
        if lookup != Lookup::Eq {
            key = format!("{key}__{lookup}");
        }
        let one = |json: &Json| match (&column.kind, json.as_str()) {
            (Kind::Int, Some(text)) => text.trim().parse::<i64>().map_or(json.clone(), Json::from),
            _ => json.clone(),
        };
        let value = match json {
            Json::Array(list) => Json::Array(list.iter().map(one).collect()),
            json => one(json),
        };
        if canonical.insert(key.clone(), value).is_some() {
            return Err(Failure::bad_request(format!("The filter `{key}` is there twice.")));
        }
    }
    Ok(canonical)
}

/// The filter that the client's pairs mean, from the allow-list.
pub(super) fn client_filter(
    desk: &Desk,
    database: Database,
    config: &Config,
    pairs: &BTreeMap<String, Json>,
) -> Result<Filter, Failure> {
    if pairs.len() > config.filter_terms {
        return Err(Failure::new(
            Code::TooMany,
            format!("A filter has at most {} terms.", config.filter_terms),
        ));
    }
    pairs.iter().try_fold(Filter::All, |filter, (name, json)| {
        let term = term(desk, config, name, json)?;
        let term = admit(&desk.info, database, Filter::Term(term))
            .map_err(|why| Failure::bad_request(format!("{why}.")))?;
        Ok(filter.and(term))
    })
}

fn term(desk: &Desk, config: &Config, name: &str, json: &Json) -> Result<Term, Failure> {
    let (path, lookup) = filter_key(desk, name)?;
    let column = &path.column;
    let read = |json: &Json| {
        if json.is_null() {
            return Ok(Value::Null);
        }
        serializer::read(&column.kind, json)
            .map_err(|malformed| Failure::bad_request(format!("The filter `{name}`: {malformed}")))
    };
    let values = match (lookup, json) {
        (Lookup::In, Json::Array(list)) if list.len() > config.filter_values => {
            return Err(Failure::new(
                Code::TooMany,
                format!("The filter `{name}` takes at most {} values.", config.filter_values),
            ));
        }
        (Lookup::In, Json::Array(list)) => list.iter().map(read).collect::<Result<_, _>>()?,
        (Lookup::In, _) => {
            return Err(Failure::bad_request(format!("The filter `{name}` takes a list.")));
        }
        _ => vec![read(json)?],
    };
    Ok(Term { field: path.name(), lookup, values })
}

/// `text__contains` is the field `text` and the lookup `contains`; `todo_list__id` is the foreign
/// key `todo_list_id`; `todo_list__name` is the field `name` of the row that it refers to.
fn filter_key(desk: &Desk, name: &str) -> Result<(FieldPath, Lookup), Failure> {
    let allowed = |wire_name: &str| {
        desk.info.find(wire_name).ok().filter(|path| desk.filters.contains(&path.name()))
    };
    if let Some(path) = allowed(name) {
        return Ok((path, Lookup::Eq));
    }
    if let Some((field, last)) = name.rsplit_once("__")
        && let Some(path) = allowed(field)
    {
        let lookup = last.parse().map_err(|_| {
            let known = Lookup::ALL.map(Lookup::name).join(", ");
            Failure::bad_request(format!("There is no lookup `{last}`; there are {known}."))
        })?;
        return Ok((path, lookup));
    }
    Err(Failure::bad_request(format!(
        "There is no filter `{name}`; the fields are {}.",
        desk.filters.join(", ")
    )))
}

/// The order that the client asks for, from the allow-list.
pub(super) fn order(desk: &Desk, args: &Map<String, Json>) -> Result<Order, Failure> {
    let text = match args.get("_order") {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(Json::Array(keys)) if keys.iter().all(Json::is_string) => {
            keys.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(",")
        }
        Some(_) => {
            return Err(Failure::bad_request("`_order` is a text such as `-count,name`."));
        }
    };
    let mut order: Order = text.parse().unwrap_or_default();
    for key in &mut order.keys {
        let column = desk
            .info
            .resolve(&key.field)
            .filter(|column| desk.orders.contains(&column.field))
            .ok_or_else(|| {
                Failure::bad_request(format!(
                    "There is no order by `{}`; the fields are {}.",
                    key.field,
                    desk.orders.join(", ")
                ))
            })?;
        column.field.clone_into(&mut key.field);
    }
    Ok(order)
}

/// How many rows the client asks for.
pub(super) fn limit(args: &Map<String, Json>) -> Result<Option<u64>, Failure> {
    match args.get("_limit") {
        None | Some(Json::Null) => Ok(None),
        Some(json) => match json.as_u64() {
            Some(limit) if limit > 0 => Ok(Some(limit)),
            _ => Err(Failure::bad_request("`_limit` is a whole number from 1.")),
        },
    }
}

/// The filter for the one row that the client names.
pub(super) fn key(desk: &Desk, args: &Map<String, Json>) -> Result<Filter, Failure> {
    let column = desk.info.key_column();
    let json = args
        .get("id")
        .filter(|json| !json.is_null())
        .ok_or_else(|| Failure::bad_request("The argument `id` is missing."))?;
    let value = serializer::read(&column.kind, json)
        .map_err(|malformed| Failure::bad_request(format!("The argument `id`: {malformed}")))?;
    Ok(Filter::eq(column.field, value))
}

/// A yes or no among the arguments.
pub(super) fn flag(args: &Map<String, Json>, name: &str) -> Result<bool, Failure> {
    match args.get(name) {
        None | Some(Json::Null | Json::Bool(false)) => Ok(false),
        Some(Json::Bool(true)) => Ok(true),
        Some(_) => Err(Failure::bad_request(format!("`{name}` is true or false."))),
    }
}
