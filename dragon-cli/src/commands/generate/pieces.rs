//! `generate serializer` and `generate router`: for a model that is there.

use clap::Args;

use super::How;
use super::model::{grammar, model_name, refers_to_what_is_there, with_fields};
use crate::failure::Failure;
use crate::plan::Plan;
use crate::scaffold::{self, Part, read_model};
use crate::spec::{ModelSpec, parse_fields};

/// A serializer for a model that is there: what of it is told, and what may be written
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{}

Examples:
  dragon-cli generate serializer todo_item
  dragon-cli generate serializer todo_item text:string!

Without fields it has all those of src/models/NAME.rs.",
    grammar()
))]
pub(crate) struct Serializer {
    #[command(flatten)]
    piece: Piece,
}

/// A router for a model that is there, with its test: what clients can call, and who sees what
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{}

Examples:
  dragon-cli generate router todo_item
  dragon-cli generate router todo_item text:string!

Clients can filter and sort by the fields; without any, by all of src/models/NAME.rs that can be
compared. It needs src/serializers/NAME.rs.",
    grammar()
))]
pub(crate) struct Router {
    #[command(flatten)]
    piece: Piece,
}

#[derive(Debug, Args)]
struct Piece {
    /// The model, as in `todo_item`
    name: String,
    /// Some of its fields, as in `text:string! done:bool`; without them, all
    fields: Vec<String>,
    #[command(flatten)]
    how: How,
}

impl Serializer {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let spec = self.piece.spec(plan)?;
        Part::Serializer.plan(plan, &spec)?;
        Ok(self.piece.how)
    }
}

impl Router {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let spec = self.piece.spec(plan)?;
        let name = &spec.name;
        let serializer = Part::Serializer.file(name);
        if plan.text(&serializer)?.is_none() {
            return Err(Failure::new(format!("`{name}` has no serializer ({serializer})"))
                .help(format!("generate it first: dragon-cli generate serializer {name}")));
        }
        Part::Router.plan(plan, &spec)?;
        Part::Test.plan(plan, &spec)?;
        scaffold::entry(plan, &spec)?;
        Ok(self.piece.how)
    }
}

impl Piece {
    /// The model as its file says, or with the fields that were asked for.
    fn spec(&self, plan: &Plan) -> Result<ModelSpec, Failure> {
        let name = model_name(&self.name)?;
        let Some(there) = read_model(plan, &name)? else {
            let file = Part::Model.file(&name);
            return Err(Failure::new(format!("there is no model `{name}` ({file})")).help(
                format!(
                    "generate it: dragon-cli generate model {name} {}",
                    if self.fields.is_empty() {
                        "name:string!".to_owned()
                    } else {
                        self.fields.join(" ")
                    }
                ),
            ));
        };
        if !self.fields.is_empty() {
            let fields = parse_fields(&self.fields).map_err(Failure::usage)?;
            let spec = ModelSpec { name, fields };
            refers_to_what_is_there(plan, &spec)?;
            return Ok(spec);
        }
        with_fields(there).map_err(|failure| {
            failure.help(format!("say which: dragon-cli generate … {name} text:string! done:bool"))
        })
    }
}
