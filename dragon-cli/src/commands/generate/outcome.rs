//! A plan, shown or written, and what is said of it.

use anstyle::Style;

use super::super::new::settle_lock;
use super::How;
use crate::failure::Failure;
use crate::plan::{Fate, Plan};
use crate::{say, types};

/// Shows the plan or writes it, and says what has become of each file.
///
/// # Errors
/// When files are in the way, one cannot be written, or lines are left to a person.
pub(super) fn finish(plan: &Plan, how: How) -> Result<(), Failure> {
    if how.dry_run {
        print(&say::coloured(&plan.diff()));
    } else {
        if !how.force {
            plan.check()?;
        }
        plan.write()?;
        if has_changed(plan, "Cargo.toml") {
            settle_lock(plan.root());
        }
        let fates = plan.fates().map(|(fate, path)| {
            let style = style(fate);
            format!("{style}{fate:>9}{style:#} {path}")
        });
        print(&fates.collect::<Vec<_>>());
    }
    for what in plan.by_hand() {
        say::note(&format!("{0}by hand{0:#}: {what}", say::BAD));
    }
    for what in plan.suggested() {
        say::note(&format!("{0}note{0:#}: {what}", say::CHANGED));
    }
    let told = ["src/serializers/", "src/routers/"].iter().any(|part| has_changed(plan, part));
    if let Some(types) = types::existing(plan.root()).filter(|_| told) {
        let types = types.strip_prefix(plan.root()).unwrap_or(&types).display();
        say::note(&format!("next: {0}dragon-cli types{0:#} brings {types} up to date", say::WORD));
    }
    match plan.by_hand().len() {
        // A dry run has done all that it was asked for.
        0 => Ok(()),
        _ if how.dry_run => Ok(()),
        1 => Err(unfinished("1 thing is")),
        many => Err(unfinished(&format!("{many} things are"))),
    }
}

/// That something is left to a person.
fn unfinished(are: &str) -> Failure {
    Failure::new(format!("not finished: {are} left to be written by hand"))
        .help("do what is said above; all the rest is written")
}

/// Whether a file changes whose path begins so.
fn has_changed(plan: &Plan, path: &str) -> bool {
    plan.fates().any(|(fate, one)| fate != Fate::Unchanged && one.starts_with(path))
}

/// Nobody is left to tell where standard output is closed.
fn print(lines: &[String]) {
    for line in lines {
        let _ = say::out(line);
    }
}

fn style(fate: Fate) -> Style {
    match fate {
        Fate::Create | Fate::Change => say::GOOD,
        Fate::Overwrite => say::BAD,
        Fate::Unchanged => say::ASIDE,
    }
}
