//! Which changes a router tells, and in which view.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::change::Change;
use crate::serializer::Renderer;

/// What becomes of a change: what a router's `publish` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Publish {
    /// It is told.
    #[default]
    Yes,
    /// It is told in this view of the serializer: of what a subscriber is told, the fields that
    /// the view has.
    View(&'static str),
    /// It is not told.
    Skip,
}

/// A router's condition, with what it can choose from.
#[derive(Clone, Debug)]
pub struct Telling {
    /// The condition.
    pub condition: fn(&Change) -> Publish,
    /// The renderers of the serializer's views.
    pub views: Vec<(&'static str, Arc<Renderer>)>,
}

/// What the condition says of a change.
#[derive(Debug)]
pub(super) enum Answer<'a> {
    Whole,
    View(&'static str, &'a Renderer),
    Nothing,
    /// It does not say.
    Failed,
}

impl Telling {
    /// Every change is told.
    #[must_use]
    pub fn all() -> Self {
        Self { condition: |_| Publish::Yes, views: Vec::new() }
    }

    pub(super) fn of(&self, change: &Change) -> Answer<'_> {
        // It is asked by what serves everybody.
        match catch_unwind(AssertUnwindSafe(|| (self.condition)(change))) {
            Ok(Publish::Yes | Publish::View("")) => Answer::Whole,
            Ok(Publish::Skip) => Answer::Nothing,
            Ok(Publish::View(name)) => match self.view(name) {
                Some(renderer) => Answer::View(name, renderer),
                None => {
                    tracing::error!(
                        view = name,
                        "`publish` names a view that the serializer lacks"
                    );
                    Answer::Nothing
                }
            },
            Err(_) => {
                tracing::error!("`publish` panicked; whoever listens loads anew");
                Answer::Failed
            }
        }
    }

    pub(super) fn view(&self, name: &str) -> Option<&Renderer> {
        let found = self.views.iter().find(|(known, _)| *known == name);
        found.map(|(_, renderer)| renderer.as_ref())
    }
}
