//! A route as a person reads it, within 80 columns.

use std::fmt::Write as _;

use crate::description::{Description, FilterField, Router, Serializer, Told, Type};
use crate::say::{ASIDE, GOOD, WORD};

/// How wide a line may be.
const WIDTH: usize = 80;
/// Where what stands beside a label begins.
const MARGIN: usize = 15;

/// All that is known of a route, a label to each part.
pub(crate) fn route(description: &Description, router: &Router) -> String {
    let serializer =
        description.serializers.iter().find(|one| Some(&one.name) == router.serializer.as_ref());
    let mut text = title(router, serializer);
    part(&mut text, "verbs", verbs(router));
    part(&mut text, "permissions", permissions(router));
    if let Some(serializer) = serializer {
        part(&mut text, "fields", columns(&fields(description, serializer)));
    }
    part(&mut text, "filters", columns(&filters(&router.filter_fields)));
    let orders: Vec<&str> = router.order_fields.iter().map(String::as_str).collect();
    part(&mut text, "orders", listed(&orders));
    if let Some(rows) = router.paginate_by {
        part(&mut text, "pages", vec![format!("of {rows} rows")]);
    }
    let list = |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    part(&mut text, "views", list(&router.views));
    part(&mut text, "covers", list(&router.include_related));
    text
}

fn title(router: &Router, serializer: Option<&Serializer>) -> String {
    let of = match (serializer, &router.model) {
        (Some(serializer), Some(model)) => {
            format!("{}, {}, model {model}", router.name, serializer.short_name)
        }
        _ => router.name.clone(),
    };
    format!("{GOOD}{}{GOOD:#}  {ASIDE}{of}{ASIDE:#}\n", router.route)
}

/// A label, and the lines beside it; nothing where there are none.
fn part(text: &mut String, label: &str, lines: Vec<String>) {
    for (at, line) in lines.into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {WORD}{label:<13}{WORD:#}{}", line.trim_end());
    }
}

fn verbs(router: &Router) -> Vec<String> {
    let mut verbs: Vec<&str> = router.verbs.iter().map(|verb| verb.name.as_str()).collect();
    if !router.verbs_known {
        verbs.push("(it does not say which: write `fn verbs`)");
    }
    listed(&verbs)
}

/// Those of all verbs, and then what each verb needs beside.
fn permissions(router: &Router) -> Vec<String> {
    let mut lines = Vec::new();
    if !router.permissions.is_empty() {
        lines.push(format!("all: {}", router.permissions.join(", ")));
    }
    // Verbs that need the same stand in one line.
    let mut beside: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for verb in router.verbs.iter().filter(|verb| verb.name != "unsubscribe") {
        let needs: Vec<&str> = verb
            .permissions
            .iter()
            .filter(|one| !router.permissions.contains(one))
            .map(String::as_str)
            .collect();
        match beside.iter_mut().find(|(_, others)| *others == needs) {
            Some((verbs, _)) => verbs.push(&verb.name),
            None => beside.push((vec![&verb.name], needs)),
        }
    }
    let needing = beside.into_iter().filter(|(_, needs)| !needs.is_empty());
    lines.extend(
        needing.map(|(verbs, needs)| format!("{}: {}", verbs.join(", "), needs.join(", "))),
    );
    if lines.is_empty() {
        lines.push("none: everybody may call it".to_owned());
    }
    lines.iter().flat_map(|line| fitted(line, WIDTH - MARGIN)).collect()
}

/// Name, type, and what else is to be known of each field.
fn fields(description: &Description, serializer: &Serializer) -> Vec<[String; 3]> {
    let mut rows = vec![["id".to_owned(), kind(&serializer.key.kind, false), String::new()]];
    for field in &serializer.fields {
        let own = kind(&field.kind, field.nullable);
        let told = if field.custom { answered(field.tells.as_ref()) } else { own.clone() };
        let mut notes = Vec::new();
        if field.custom {
            notes.push("from a method".to_owned());
        }
        if field.updatable {
            notes.push("written".to_owned());
        }
        if field.updatable && field.custom {
            notes.push(format!("as {own}"));
        }
        if field.required_on_create {
            notes.push("required".to_owned());
        }
        if let Some(most) = field.max_length {
            notes.push(format!("at most {most} characters"));
        }
        if !field.published {
            notes.push("not told".to_owned());
        }
        rows.push([field.name.clone(), told, notes.join(", ")]);
    }
    for related in &serializer.related {
        let others = &description.serializers;
        let other = others.iter().find(|one| one.name == related.serializer);
        let name = other.map_or(related.serializer.as_str(), |one| one.short_name.as_str());
        let told = match (related.custom, related.many, related.nullable) {
            (true, ..) => answered(related.tells.as_ref()),
            (false, true, _) => format!("list of {name}"),
            (false, false, true) => format!("{name} or null"),
            (false, false, false) => name.to_owned(),
        };
        let mut notes = Vec::new();
        if related.custom {
            notes.push("from a method");
        }
        if related.updatable {
            notes.push("written");
        }
        rows.push([related.name.clone(), told, notes.join(", ")]);
    }
    rows
}

/// What a method answers: `string`, `list of any`.
fn answered(answer: Option<&Told>) -> String {
    let Some(answer) = answer else { return "any".to_owned() };
    let list = if answer.many { "list of " } else { "" };
    let null = if answer.nullable { " or null" } else { "" };
    format!("{list}{}{null}", answer.wire)
}

/// What a type is called here: `text`, `int or null`, `small | large`.
fn kind(kind: &Type, nullable: bool) -> String {
    let name = if kind.values.is_empty() { kind.kind.clone() } else { kind.values.join(" | ") };
    if nullable { format!("{name} or null") } else { name }
}

fn filters(fields: &[FilterField]) -> Vec<[String; 3]> {
    let row = |field: &FilterField| [field.name.clone(), field.lookups.join(" "), String::new()];
    fields.iter().map(row).collect()
}

/// Rows in three columns, each of which goes on below where its words do not fit beside.
fn columns(rows: &[[String; 3]]) -> Vec<String> {
    let widest = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let first = widest(0).min(40);
    let left = WIDTH - MARGIN - first - 2;
    let second = if widest(2) == 0 { left } else { widest(1).min(left - 16) };
    let mut lines = Vec::new();
    for [name, told, notes] in rows {
        let (told, notes) = (fitted(told, second), fitted(notes, left.saturating_sub(second + 2)));
        // A name that is too long has a line of its own.
        let mut name = name.as_str();
        if name.chars().count() > first {
            lines.push(std::mem::take(&mut name).to_owned());
        }
        for at in 0..told.len().max(notes.len()).max(1) {
            let of = |column: &[String]| column.get(at).cloned().unwrap_or_default();
            let name = if at == 0 { name } else { "" };
            lines.push(format!("{name:<first$}  {:<second$}  {}", of(&told), of(&notes)));
        }
    }
    lines
}

/// A text as lines of at most this width, cut at blanks.
fn fitted(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Words as lines that fit, with a comma after each but the last.
fn listed(words: &[&str]) -> Vec<String> {
    fitted(&words.join(", "), WIDTH - MARGIN)
}
