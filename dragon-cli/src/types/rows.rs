//! What serializers tell.
//!
//! An interface is a serializer's object where it stands by itself. Within another object some of
//! it may differ: a serializer that is on the way down already tells null, and in a view some
//! fields are not told. What differs is said at the place.

use std::collections::BTreeSet;

use super::App;
use super::text::{Member, interface, list, literal, object, or_null, union};
use super::values::{answered, note, told};
use crate::description::{Related, Router, Serializer};

/// Where an object stands.
#[derive(Clone, Default)]
struct Place<'a> {
    /// The serializers on the way down to it.
    above: Vec<&'a str>,
    /// The views that it may be told in, beside that of all fields.
    views: &'a [String],
}

/// An interface for each serializer, and a type for each route that tells its rows in views.
pub(super) fn declarations(app: &App<'_>) -> Vec<String> {
    let rows = app.description.serializers.iter().map(|serializer| {
        let head = format!("export interface {}", app.names.row(&serializer.name));
        let doc = format!(
            "A row of {}, as `{}` tells it.",
            quoted(&serializer.model),
            serializer.short_name
        );
        interface(&head, &doc, &members(app, serializer, &Place::default(), nested))
    });
    let viewed = app.description.routers.iter().filter_map(|router| {
        let (name, of) = (row(app, router)?, expression(app, router)?);
        (name != of).then(|| {
            let views = router.views.iter().map(|view| quoted(view)).collect::<Vec<_>>().join(", ");
            format!(
                "/** A row of {}: what is not told in each of its views ({views}) may be absent. */\n\
                 export type {name} = {of};\n",
                quoted(&router.route)
            )
        })
    });
    rows.chain(viewed).collect()
}

/// The type of a route's rows.
pub(super) fn row(app: &App<'_>, router: &Router) -> Option<String> {
    let serializer = app.serializer_of(router)?;
    let plain = app.names.row(&serializer.name);
    let is_plain = expression(app, router)? == plain;
    Some(if is_plain { plain.to_owned() } else { app.of_route(router, "Row") })
}

fn expression(app: &App<'_>, router: &Router) -> Option<String> {
    let serializer = app.serializer_of(router)?;
    Some(reference(app, serializer, &Place { views: &router.views, ..Place::default() }))
}

/// The serializers of the rows that a subscription covers beside its own.
pub(super) fn covered(app: &App<'_>, router: &Router) -> Vec<String> {
    let mut found = BTreeSet::new();
    if let Some(serializer) = app.serializer_of(router) {
        let is_wanted = |one: &&Related| router.include_related.contains(&one.name);
        for related in serializer.related.iter().filter(is_wanted) {
            gather(app, related, &mut vec![serializer.name.as_str()], &mut found);
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

fn gather<'a>(
    app: &'a App<'_>,
    related: &'a Related,
    above: &mut Vec<&'a str>,
    found: &mut BTreeSet<&'a str>,
) {
    let name = related.serializer.as_str();
    let Some(serializer) =
        app.serializer(name).filter(|_| !related.custom && !above.contains(&name))
    else {
        return;
    };
    found.insert(app.names.row(name));
    above.push(name);
    for one in &serializer.related {
        gather(app, one, above, found);
    }
    above.pop();
}

/// The type of an object at a place: its interface, with what differs there.
fn reference(app: &App<'_>, serializer: &Serializer, place: &Place<'_>) -> String {
    let name = app.names.row(&serializer.name);
    let spelled = members(app, serializer, place, nested);
    let differs: Vec<Member> = members(app, serializer, place, shape)
        .iter()
        .zip(members(app, serializer, &Place::default(), shape))
        .zip(spelled)
        .filter(|((here, usual), _)| *here != usual)
        .map(|(_, member)| member.note(None::<String>))
        .collect();
    if differs.is_empty() {
        return name.to_owned();
    }
    let without = union(differs.iter().map(|member| member.name.as_str()));
    format!("Omit<{name}, {without}> & {}", object(&differs))
}

/// All that a relation tells, down to its ends: what it is compared by. By the names of interfaces
/// it could not be, since those of two that lead to each other are said by one another.
fn shape(app: &App<'_>, related: &Related, place: &Place<'_>) -> String {
    below(app, related, place, |target, place| object(&members(app, target, place, shape)))
}

/// What says the type of a relation at the place of what holds it.
type Say = fn(&App<'_>, &Related, &Place<'_>) -> String;

/// What an object has at a place.
fn members(app: &App<'_>, serializer: &Serializer, place: &Place<'_>, say: Say) -> Vec<Member> {
    let absent = |name: &String| {
        let views = place.views.iter().filter_map(|view| serializer.views.get(view));
        views.into_iter().any(|fields| !fields.contains(name))
    };
    let mut members = vec![
        Member::new("id", told(&serializer.key.kind)).note(note(&serializer.key.kind)),
        Member::new("_type", literal(&serializer.model)),
    ];
    for field in serializer.fields.iter().filter(|field| field.published && field.name != "id") {
        let member = if field.custom {
            Member::new(&field.name, answered(field.tells.as_ref()))
                .note(Some(format!("What `serialize_{}` answers.", field.name)))
        } else {
            let of = told(&field.kind);
            let of = if field.nullable { or_null(&of) } else { of };
            Member::new(&field.name, of).note(note(&field.kind))
        };
        members.push(Member { optional: absent(&field.name), ..member });
    }
    let mut above = place.above.clone();
    above.push(&serializer.name);
    let inside = Place { above, views: place.views };
    for related in &serializer.related {
        let member = Member::new(&related.name, say(app, related, &inside));
        members.push(Member { optional: absent(&related.name), ..member });
    }
    members
}

/// The type of what a relation tells.
fn nested(app: &App<'_>, related: &Related, place: &Place<'_>) -> String {
    below(app, related, place, |target, place| reference(app, target, place))
}

fn below(
    app: &App<'_>,
    related: &Related,
    place: &Place<'_>,
    say: impl Fn(&Serializer, &Place<'_>) -> String,
) -> String {
    if related.custom {
        return answered(related.tells.as_ref());
    }
    if place.above.contains(&related.serializer.as_str()) {
        return "null".to_owned();
    }
    let Some(target) = app.serializer(&related.serializer) else { return "unknown".to_owned() };
    let of = say(target, place);
    let of = if related.many { list(&of) } else { of };
    if related.nullable { or_null(&of) } else { of }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}
