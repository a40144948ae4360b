//! What the app itself finds, and the files that are made of its description.

use super::Finding;
use crate::errand::{AppArgs, Check};
use crate::project::Project;
use crate::say::{self, ASIDE};
use crate::types;

/// Builds and asks the app; `false` when it could not answer.
pub(super) fn look(
    which: &AppArgs,
    project: Option<&Project>,
    tell: &mut dyn FnMut(Finding),
) -> bool {
    if say::is_watched() {
        say::note(&format!("{ASIDE}the app is built and asked; --quick leaves that out{ASIDE:#}"));
    }
    let checks = match which.check() {
        Ok(checks) => checks,
        Err(failure) => {
            tell(Finding::of("app", failure));
            return false;
        }
    };
    tell(Finding::ok("app", "it is built, and declared as it can be served"));
    for check in checks {
        // Who answers there is looked at from outside, where a running app is no fault.
        if check.what != "address" {
            tell(finding(check));
        }
    }
    if let Some(project) = project {
        types(which, project, tell);
    }
    true
}

fn finding(Check { what, ok, says, mend }: Check) -> Finding {
    let finding = if ok { Finding::ok(&what, says) } else { Finding::wrong(&what, says) };
    mend.into_iter().fold(finding, Finding::mend)
}

/// Whether the page's types are those of the app.
fn types(which: &AppArgs, project: &Project, tell: &mut dyn FnMut(Finding)) {
    let Some(file) = types::existing(&project.root) else { return };
    let plan = which.describe().and_then(|description| types::plan(&file, &description, None));
    let file = file.display();
    tell(match plan {
        Ok(plan) if plan.is_done() => Finding::ok("types", format!("{file} is up to date")),
        Ok(_) => Finding::wrong("types", format!("{file} is out of date")).mend("dragon-cli types"),
        Err(failure) => Finding::of("types", failure),
    });
}
