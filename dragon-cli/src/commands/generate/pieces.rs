//! `generate serializer` and `generate router`: for a model that is there.

use clap::Args;

use super::How;
use super::model::{FIELDS, file, refers_to_what_is_there};
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::scaffold::{self, Part, read_model};
use crate::spec::{ModelSpec, parse_fields};

/// A serializer for a model that is there: what of it is told, and what may be written
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{FIELDS}

Examples:
  dragon-cli generate serializer todo_item
  dragon-cli generate serializer todo_item text:string!

Without fields it has all those of src/models/NAME.rs."
))]
pub(crate) struct Serializer {
    #[command(flatten)]
    piece: Piece,
}

/// A router for a model that is there, with its test: what clients can call, and who sees what
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{FIELDS}

Examples:
  dragon-cli generate router todo_item
  dragon-cli generate router todo_item text:string!

Clients can filter and sort by the fields; without any, by all of src/models/NAME.rs that can be
compared. It needs src/serializers/NAME.rs."
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
        let serializer = format!("{}/{name}.rs", Part::Serializer.folder());
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
        let name = Name::parse(&self.name)
            .map_err(|why| Failure::usage(format!("the model's name `{}` {why}", self.name)))?;
        let path = file(&name);
        let Some(text) = plan.text(&path)? else {
            return Err(Failure::new(format!("there is no model `{name}` ({path})")).help(
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
        match read_model(&name, &text) {
            Some((spec, _)) if !spec.fields.is_empty() => Ok(spec),
            _ => Err(Failure::new(format!("no fields can be read from {path}"))
                .help(format!("say which: dragon-cli generate … {name} text:string! done:bool"))),
        }
    }
}
