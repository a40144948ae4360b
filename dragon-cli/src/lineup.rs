//! The models of a new app: those that were asked for, and those that they need, in an order in
//! which their tables can be made.

use crate::failure::Failure;
use crate::names::Name;
use crate::spec::ModelSpec;

/// What an app has that nobody asked to have another.
const DEFAULT: &str = "todo_item text:string! done:bool";

/// How a model is written, for whoever wrote it otherwise.
pub(crate) const GRAMMAR: &str =
    "write --model \"NAME FIELD:TYPE…\"; `!` behind a type: must be given";

/// The models of an app.
#[derive(Debug)]
pub(crate) struct Lineup {
    /// Each after those that it refers to.
    pub(crate) models: Vec<ModelSpec>,
    /// Those that were not asked for, but are referred to.
    pub(crate) added: Vec<Name>,
}

impl Lineup {
    /// Reads what was asked for.
    ///
    /// # Errors
    /// When one cannot be read, or they cannot stand together.
    pub(crate) fn read(texts: &[String]) -> Result<Self, Failure> {
        let mut asked: Vec<ModelSpec> = Vec::new();
        for text in texts {
            let spec = ModelSpec::parse(text).map_err(|why| {
                Failure::usage(format!("--model \"{text}\": {why}")).help(GRAMMAR).help(
                    "for example --model \"todo_item text:string! done:bool list:ref(todo_list)\"",
                )
            })?;
            if asked.iter().any(|one| one.name == spec.name) {
                let what = format!("--model \"{text}\": there are two models `{}`", spec.name);
                return Err(Failure::usage(what).help("give one of them another name"));
            }
            if let Some(one) = asked.iter().find(|one| one.name.pascal() == spec.name.pascal()) {
                let pascal = spec.name.pascal();
                let what = format!(
                    "--model \"{text}\": in Rust both `{}` and `{}` are `{pascal}`",
                    one.name, spec.name
                );
                return Err(Failure::usage(what).help("give one of them another name"));
            }
            asked.push(spec);
        }
        if asked.is_empty() {
            asked.push(known(DEFAULT)?);
        }
        let mut added: Vec<Name> = Vec::new();
        for name in asked.iter().flat_map(ModelSpec::refs) {
            if !added.contains(name) && !asked.iter().any(|one| one.name == *name) {
                let mut names = asked.iter().map(|one| &one.name).chain(&added);
                if let Some(one) = names.find(|one| one.pascal() == name.pascal()) {
                    let what = format!(
                        "`ref({name})`: there is no model `{name}`, and in Rust its name would be \
                         that of `{one}`, `{}`",
                        one.pascal()
                    );
                    return Err(Failure::usage(what).help(format!("write ref({one})")));
                }
                added.push(name.clone());
            }
        }
        for name in &added {
            asked.push(known(&format!("{name} name:string!"))?);
        }
        Ok(Self { models: ordered(asked)?, added })
    }
}

/// A model that we wrote ourselves.
fn known(text: &str) -> Result<ModelSpec, Failure> {
    ModelSpec::parse(text).map_err(Failure::new)
}

/// Each after those that it refers to, otherwise as they were.
fn ordered(mut left: Vec<ModelSpec>) -> Result<Vec<ModelSpec>, Failure> {
    let mut models: Vec<ModelSpec> = Vec::new();
    while !left.is_empty() {
        let is_next = |one: &ModelSpec| {
            let mut refs = one.refs().into_iter();
            refs.all(|to| *to == one.name || models.iter().any(|model| model.name == *to))
        };
        let Some(next) = left.iter().position(is_next) else {
            let names: Vec<String> = left.iter().map(|one| format!("`{}`", one.name)).collect();
            return Err(Failure::usage(format!(
                "the models {} refer to one another in a circle, so none of their tables can be made first",
                names.join(", ")
            ))
            .help("leave one of the references out, and add it by a migration"));
        };
        models.push(left.remove(next));
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<(Vec<String>, Vec<String>), String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let lineup = Lineup::read(&texts).map_err(|failure| failure.what)?;
        let models = lineup.models.iter().map(|model| model.name.to_string()).collect();
        Ok((models, lineup.added.iter().map(Name::to_string).collect()))
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_asks_for_none_gets_one() {
        assert_eq!(read(&[]).unwrap(), (names(&["todo_item"]), vec![]));
    }

    #[test]
    fn a_model_comes_after_those_that_it_refers_to() {
        let asked = ["a b:ref(b)! again:ref(b)", "b c:ref(c) itself:ref(b)", "d a:int"];
        assert_eq!(read(&asked).unwrap(), (names(&["d", "c", "b", "a"]), names(&["c"])));
    }

    #[test]
    fn what_cannot_stand_together_is_said() {
        let why = read(&["a x:int", "a y:int"]).unwrap_err();
        assert!(why.contains("two models `a`"), "{why}");
        let why = read(&["a_1 x:int", "a1 y:int"]).unwrap_err();
        assert!(why.contains("`a_1` and `a1` are `A1`"), "{why}");
        let why = read(&["a_1 x:int", "b a:ref(a1)"]).unwrap_err();
        assert!(why.contains("no model `a1`") && why.contains("`a_1`"), "{why}");
        let why = read(&["a b:ref(b)", "b a:ref(a)"]).unwrap_err();
        assert!(why.contains("`a`, `b`") && why.contains("circle"), "{why}");
        let why = read(&["a x:strin"]).unwrap_err();
        assert!(why.contains("`x:strin`") && why.contains("`string`"), "{why}");
    }
}
