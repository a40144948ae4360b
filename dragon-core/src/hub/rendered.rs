//! What a channel is told of an event: one frame for all its seats.

use super::ChannelSpec;
use super::telling::Answer;
use super::verdict::verdict;
use crate::broker::Event;
use crate::change::Body;
use crate::link::Frame;
use crate::protocol::{Action, encode_push};

/// What a channel is told of an event.
#[derive(Clone, Debug)]
pub enum Rendered {
    /// One frame for all its seats.
    Told(Frame),
    /// Nothing: it does not concern this channel, or changes nothing that is told.
    Nothing,
    /// That cannot be said here: another version of the app has published it, without this
    /// channel's view, which holds something of other rows; or the router's condition failed.
    Unknown,
}

/// What a channel is told of an event.
#[must_use]
pub fn render(spec: &ChannelSpec, event: &Event) -> Rendered {
    let Body::Change { change, views } = &event.publication.body else { return Rendered::Nothing };
    let Some(action) = verdict(&spec.filter, change) else { return Rendered::Nothing };
    let narrowed = match spec.telling.of(change) {
        Answer::Whole => None,
        Answer::View(_, renderer) => Some(renderer),
        Answer::Nothing => return Rendered::Nothing,
        Answer::Failed => return Rendered::Unknown,
    };
    // A node of another version may have published without this view.
    let own;
    let view = match views.get(&spec.renderer.name) {
        Some(view) => view,
        None => match spec.renderer.own_view(change) {
            Some(view) => {
                own = view;
                &own
            }
            None => return Rendered::Unknown,
        },
    };
    let left;
    let object = match action {
        Action::Created => view.object.as_ref(),
        Action::Updated => view.changed.as_ref(),
        Action::Deleted => {
            let before = change.before.as_ref().filter(|_| spec.renderer.held().is_some());
            left = before.map(|row| spec.renderer.left(row));
            left.as_ref().or(Some(&view.reference))
        }
    };
    let Some(object) = object else { return Rendered::Nothing };
    let narrow;
    let object = match narrowed.filter(|_| action != Action::Deleted) {
        None => object,
        Some(renderer) => {
            narrow = renderer.narrow(object);
            if action == Action::Updated && narrow == view.reference {
                return Rendered::Nothing;
            }
            &narrow
        }
    };
    let position = format!("{}:{}", event.position, spec.binding);
    Rendered::Told(encode_push(&spec.name, action, object, &position))
}
