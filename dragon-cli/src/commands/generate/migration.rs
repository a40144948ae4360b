//! `generate migration`: changes a table that is there.

use clap::Args;
use std::time::SystemTime;

use super::How;
use super::model::{grammar, model_name, refers_to_what_is_there};
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::scaffold::{self, Part, read_model};
use crate::spec::{Field, ModelSpec, parse_fields};

/// A migration: columns that a table gains, or what you write yourself
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{}

Examples:
  dragon-cli generate migration add_priority_to_todo_item priority:int
  dragon-cli generate migration add_due_and_note_to_todo_item due:date note:text
  dragon-cli generate migration rename_lists

With fields, NAME is add_…_to_MODEL: the model, its serializer, its router, its test and its part
of the page gain them too. Without, it is yours to write. A start runs the new migrations of
src/migrations/ first, and then makes the tables that are missing.

A field with `!` fills the rows that are there: text with \"\", numbers with 0, bool with false.",
    grammar()
))]
pub(crate) struct Migration {
    /// What it is called, as in `add_priority_to_todo_item`
    name: String,
    /// The fields that the table gains, as in `priority:int`
    fields: Vec<String>,
    #[command(flatten)]
    how: How,
}

impl Migration {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let name = Name::parse_long(&self.name)
            .map_err(|why| Failure::usage(format!("the migration's name `{}` {why}", self.name)))?;
        let add = match &self.fields[..] {
            [] => None,
            fields => Some(self.gains(plan, &name, fields)?),
        };
        scaffold::migration(plan, &scaffold::Migration { name, add }, SystemTime::now().into())?;
        Ok(self.how)
    }

    /// The model of the name with the fields that it gains.
    fn gains(&self, plan: &Plan, name: &Name, fields: &[String]) -> Result<ModelSpec, Failure> {
        let fields = parse_fields(fields).map_err(Failure::usage)?;
        // A model may be called `reply_to_mail`.
        let rest = name.snake().strip_prefix("add_").unwrap_or_default();
        let models = rest.match_indices("_to_").map(|(at, to)| &rest[at + to.len()..]);
        let mut wanted = None;
        for model in models {
            let model = model_name(model)?;
            if let Some(there) = read_model(plan, &model)? {
                for field in &fields {
                    // Those that were added before are asked for again, in a second run.
                    let is_other = |one: &&Field| one.column != field.column;
                    let others: Vec<Field> =
                        there.fields.iter().filter(is_other).cloned().collect();
                    if let Some(twin) = field.twin(&others) {
                        return Err(Failure::usage(format!("`{}`: {twin}", field.name)));
                    }
                }
                let spec = ModelSpec { name: model, fields };
                refers_to_what_is_there(plan, &spec)?;
                return Ok(spec);
            }
            wanted.get_or_insert(model);
        }
        let Some(model) = wanted else {
            let columns: Vec<&str> = fields.iter().map(|field| field.name.snake()).collect();
            return Err(Failure::usage(format!(
                "`{name}` does not say which table gains the fields"
            ))
            .help(format!("call it add_{}_to_MODEL", columns.join("_and_"))));
        };
        let file = Part::Model.file(&model);
        Err(Failure::new(format!("there is no model `{model}` ({file})"))
            .help("name one that is there"))
    }
}
