//! What filters, `create` and `update` take.

use std::collections::BTreeSet;

use super::App;
use super::text::{Member, comment, interface, list, object, or_null};
use super::values::{note, sent, told};
use crate::description::{Field, FilterField, Router, Serializer};

/// The types of what clients send, route by route; then those of rows that are written within
/// others.
pub(super) fn declarations(app: &App<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    for router in &app.description.routers {
        let route = format!("`{}`", router.route);
        let name = |part| format!("export interface {}", app.of_route(router, part));
        if let Some(serializer) = app.serializer_of(router) {
            let doc = format!("What lists and subscriptions of {route} can be filtered by.");
            parts.push(interface(&name("Filter"), &doc, &filter(router)));
            if has(router, "create") {
                let doc = format!("What `create` of {route} takes.");
                parts.push(interface(&name("Create"), &doc, &create(app, router, serializer)));
            }
            if has(router, "update") {
                let doc = format!("What `update` of {route} takes: the fields to change.");
                let key = Member::new("id", told(&serializer.key.kind));
                let fields = fields(app, serializer, true).into_iter().filter(|it| it.name != "id");
                let members: Vec<Member> = [key].into_iter().chain(fields).collect();
                parts.push(interface(&name("Update"), &doc, &members));
            }
        }
        if has_calls(router) {
            let example =
                router.verbs.iter().find(|verb| verb.own).map_or("shout", |verb| &verb.name);
            let doc = format!(
                "What the own verbs of {route} take and answer. The server does not say it; say it in a file of your \
                 own, as in `{example}: {{ args: {{ text: string }}; data: string }}`."
            );
            parts.push(interface(&name("Calls"), &doc, &[]));
        }
    }
    parts.extend(written(app).into_iter().map(|serializer| within(app, serializer)));
    parts
}

/// Whether a route has a verb.
pub(super) fn has(router: &Router, verb: &str) -> bool {
    router.verbs.iter().any(|one| one.name == verb)
}

/// Whether a route has verbs of which only the app's code knows what they take.
pub(super) fn has_calls(router: &Router) -> bool {
    let known = ["subscribe", "unsubscribe"];
    !router.verbs_known
        || router.verbs.iter().any(|verb| verb.own && !known.contains(&verb.name.as_str()))
}

/// The serializers of rows that clients may write within others.
fn written<'a>(app: &'a App<'_>) -> Vec<&'a Serializer> {
    let all = app.description.serializers.iter();
    let names: BTreeSet<&str> = all
        .flat_map(|serializer| &serializer.related)
        .filter(|related| related.updatable)
        .map(|related| related.serializer.as_str())
        .collect();
    names.into_iter().filter_map(|name| app.serializer(name)).collect()
}

/// A row within another one: its id, what to change of it, or a new one.
fn within(app: &App<'_>, serializer: &Serializer) -> String {
    let key = told(&serializer.key.kind);
    let with = |id: Member, optional: bool| {
        let fields = fields(app, serializer, optional).into_iter().filter(|it| it.name != "id");
        object(&[id].into_iter().chain(fields).collect::<Vec<_>>())
    };
    let doc = format!(
        "A `{}` that is written within another row: its id, what to change of it, or a new one.",
        serializer.model
    );
    format!(
        "{}export type {} =\n  | {key}\n  | {}\n  | {};\n",
        comment(&doc),
        app.names.write(&serializer.name),
        with(Member::new("id", &key), true),
        with(
            Member::optional(
                "id",
                if chooses_keys(serializer) { or_null(&key) } else { "null".to_owned() }
            ),
            false
        ),
    )
}

/// Whether clients choose the keys of new rows.
fn chooses_keys(serializer: &Serializer) -> bool {
    serializer.fields.iter().any(|field| field.name == "id" && field.updatable)
}

/// What clients may write; `optional` says whether all of it may be left out.
fn fields(app: &App<'_>, serializer: &Serializer, optional: bool) -> Vec<Member> {
    let own = serializer.fields.iter().filter(|field| field.updatable).map(|field| Member {
        optional: optional || !field.required_on_create,
        ..Member::new(&field.name, value(field)).note(says(field))
    });
    let related = serializer.related.iter().filter(|related| related.updatable).map(|related| {
        let of = app.names.write(&related.serializer);
        let of = if related.many { format!("readonly {}", list(&of)) } else { of };
        Member::optional(&related.name, if related.nullable { or_null(&of) } else { of })
    });
    own.chain(related).collect()
}

fn value(field: &Field) -> String {
    let of = sent(&field.kind);
    if field.nullable { or_null(&of) } else { of }
}

fn says(field: &Field) -> Option<String> {
    let most = field.max_length.map(|most| format!("At most {most} characters."));
    most.or_else(|| note(&field.kind).map(str::to_owned))
}

/// What may be written, and the foreign keys that the page knows as filters: a router's `initial`
/// often takes the parent's id from the arguments.
fn create(app: &App<'_>, router: &Router, serializer: &Serializer) -> Vec<Member> {
    let mut members = fields(app, serializer, false);
    let model = app.description.models.iter().find(|one| Some(&one.name) == router.model.as_ref());
    let columns = model.map(|model| model.columns.as_slice()).unwrap_or_default();
    for filter in &router.filter_fields {
        let is_key = |name: &String| columns.iter().any(|one| one.name == *name && one.foreign_key);
        let Some(name) = filter.field.as_ref().filter(|name| is_key(name)) else { continue };
        if members.iter().all(|member| member.name != *name) {
            let note = "No update field: for the router's `initial`.";
            members.push(Member::optional(name, value_of(filter)).note(Some(note)));
        }
    }
    members
}

fn value_of(filter: &FilterField) -> String {
    let of = sent(&filter.kind);
    if filter.nullable { or_null(&of) } else { of }
}

/// Each field by each of its names and lookups.
fn filter(router: &Router) -> Vec<Member> {
    let mut members = Vec::new();
    for field in &router.filter_fields {
        let other = field.field.as_ref().filter(|name| **name != field.name);
        for name in [Some(&field.name), other].into_iter().flatten() {
            for (at, lookup) in field.lookups.iter().enumerate() {
                let of = match lookup.as_str() {
                    "eq" => value_of(field),
                    "in" => format!("readonly {}", list(&value_of(field))),
                    "contains" => "string".to_owned(),
                    _ => sent(&field.kind),
                };
                let key = match lookup.as_str() {
                    "eq" => name.clone(),
                    lookup => format!("{name}__{lookup}"),
                };
                // Said once is enough.
                let note = note(&field.kind).filter(|_| at == 0);
                members.push(Member::optional(key, of).note(note));
            }
        }
    }
    members
}
