//! `generate model`: a model with all that makes it live.

use clap::Args;

use super::How;
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::scaffold::{self, Part, models_there};
use crate::spec::{ModelSpec, TYPES};

/// The grammar of fields, for help.
pub(super) fn grammar() -> String {
    let types = TYPES.map(|(name, _)| name).join(" ");
    format!("Fields: NAME:TYPE, and NAME:TYPE! where it must be given\n  {types}")
}

/// A model with its serializer, its router, its test, and its part of the page
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{}

Examples:
  dragon-cli generate model todo_list name:string!
  dragon-cli generate model todo_item text:string! done:bool 'list:ref(todo_list)'
  dragon-cli generate model audit line:text! --only

It adds the files src/models/NAME.rs, src/serializers/NAME.rs, src/routers/NAME.rs and
tests/live/NAME.rs, and the lines by which the app knows them. The next start makes its table.",
    grammar()
))]
pub(crate) struct Model {
    /// What it is called, as in `todo_item`
    name: String,
    /// Its fields, as in `text:string! done:bool`
    fields: Vec<String>,
    /// The model alone: clients cannot ask for it, but filters and scopes may look into it
    #[arg(long)]
    only: bool,
    #[command(flatten)]
    how: How,
}

impl Model {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let spec = ModelSpec::of(&self.name, &self.fields).map_err(Failure::usage)?;
        has_a_name_of_its_own(plan, &spec.name)?;
        refers_to_what_is_there(plan, &spec)?;
        if self.only {
            Part::Model.plan(plan, &spec)?;
            scaffold::register(plan, &spec)?;
        } else {
            for part in Part::ALL {
                part.plan(plan, &spec)?;
            }
            scaffold::entry(plan, &spec)?;
        }
        Ok(self.how)
    }
}

/// Checks that no model that is there has the same name in Rust: `Address2` is both `address2` and
/// `address_2`.
fn has_a_name_of_its_own(plan: &Plan, name: &Name) -> Result<(), Failure> {
    for one in models_there(plan).iter().filter(|one| *one != name) {
        if one.pascal() == name.pascal() {
            return Err(Failure::usage(format!(
                "in Rust the model's name `{name}` is that of `{one}`, which is there: `{}`",
                one.pascal()
            ))
            .help("choose another name"));
        }
    }
    Ok(())
}

/// Reads the name of a model.
///
/// # Errors
/// When it is none.
pub(super) fn model_name(text: &str) -> Result<Name, Failure> {
    Name::parse(text).map_err(|why| Failure::usage(format!("the model's name `{text}` {why}")))
}

/// Checks that at least one field of a model that is there can be read.
///
/// # Errors
/// When none can.
pub(super) fn with_fields(spec: ModelSpec) -> Result<ModelSpec, Failure> {
    let file = Part::Model.file(&spec.name);
    let spec = Some(spec).filter(|spec| !spec.fields.is_empty());
    spec.ok_or_else(|| Failure::new(format!("no fields can be read from {file}")))
}

/// Checks that the models that it refers to are there.
///
/// # Errors
/// When one is not; the help is how to generate it.
pub(super) fn refers_to_what_is_there(plan: &Plan, spec: &ModelSpec) -> Result<(), Failure> {
    for to in spec.refs().into_iter().filter(|to| **to != spec.name) {
        let file = Part::Model.file(to);
        if plan.text(&file)?.is_none() {
            return Err(Failure::new(format!(
                "there is no model `{to}` ({file}), to which `{}` is to refer",
                spec.name
            ))
            .help(format!("generate it first: dragon-cli generate model {to} name:string!")));
        }
    }
    Ok(())
}
