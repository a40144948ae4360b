//! The guide for whoever comes from SwampDragon says of each feature which test proves it. Here the
//! rows are held: every test that is named exists, under that name and in that file.
//!
//! Its Rust code is compiled by the documentation tests of `dragon-core`, its JavaScript run by
//! `js/test/guide.test.js`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// What stands in a row that waits for its feature.
const PENDING: &str = "<!-- pending -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The cells of each row of each table, without the heads.
fn rows(guide: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = guide.lines().collect();
    let is_rule = |line: &str| line.starts_with("|-");
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_head = lines.get(at + 1).is_some_and(|next| is_rule(next));
        if line.starts_with('|') && !is_rule(line) && !is_head {
            let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            rows.push(cells.collect());
        }
    }
    rows
}

/// The links of a text: what is shown, and where they lead.
fn links(text: &str) -> Vec<(String, String)> {
    let mut links = Vec::new();
    for part in text.split("](").collect::<Vec<_>>().windows(2) {
        let shown = part[0].rsplit_once('[').unwrap().1;
        let target = part[1].split_once(')').unwrap().0;
        links.push((shown.to_owned(), target.to_owned()));
    }
    links
}

/// Whether a file has a test of that name.
fn has_test(path: &Path, source: &str, name: &str) -> bool {
    if path.extension().is_some_and(|extension| extension == "js") {
        return ['\'', '"', '`']
            .iter()
            .any(|quote| source.contains(&format!("test({quote}{name}{quote},")));
    }
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else { return false };
    // Either it bears the attribute, or a macro of the file makes tests of the functions it lists.
    let attributes = before.rsplit_once('\n').map_or("", |(before, _)| before);
    let attribute = attributes.lines().next_back().unwrap_or_default().trim();
    let listed = source.lines().any(|line| {
        let line = line.trim();
        !line.contains("fn ")
            && !line.starts_with("//")
            && line.split([',', '(', ')', ';']).any(|word| word.trim() == name)
    });
    attribute.starts_with("#[test") || attribute.starts_with("#[tokio::test") || listed
}

#[test]
fn every_row_names_a_test_that_exists() {
    let guide = fs::read_to_string(root().join("docs/from-swampdragon.md")).unwrap();
    let rows = rows(&guide);
    assert!(rows.len() > 100, "the tables are not read: {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [feature, dragon, tests] = &row[..] else {
            wrong.push(format!("not three cells: {row:?}"));
            continue;
        };
        if links(tests).is_empty() && !dragon.starts_with(PENDING) {
            wrong.push(format!("no test: {feature}"));
        }
    }
    for (name, target) in links(&guide) {
        let Some(target) = target.strip_prefix("../") else { continue };
        let path = root().join(target);
        match fs::read_to_string(&path) {
            Ok(source) if has_test(&path, &source, &name) => {}
            Ok(_) => wrong.push(format!("no test `{name}` in {target}")),
            Err(error) => wrong.push(format!("{target}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_tests_count() {
    let source = "\
        both!(one, two);\n\
        #[tokio::test]\n\
        async fn three() {}\n\
        async fn one() {}\n\
        fn four() { one(); }\n\
        // four, five\n";
    let path = Path::new("a.rs");
    let found = ["one", "two", "three", "four", "five", "thre"];
    assert_eq!(
        found.map(|name| has_test(path, source, name)),
        [true, false, true, false, false, false]
    );
    let path = Path::new("a.test.js");
    assert!(has_test(path, "test('a, b', () => {", "a, b"));
    assert!(!has_test(path, "test.skip('a, b', () => {", "a, b"));
}
