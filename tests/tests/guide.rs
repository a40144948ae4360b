//! The guide for whoever comes from SwampDragon says of each feature which test proves it. Here the
//! rows are held: every feature has one, by the words of the list of them (`guide/swampdragon.md`), and
//! every test that is named exists, under that name and in that file.
//!
//! Its Rust code is compiled by the documentation tests of `dragon-core`, its JavaScript run by
//! `js/test/guide.test.js`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

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
    // Either it bears the attribute, or a macro makes tests of the functions it lists.
    let attributes = before.rsplit_once('\n').map_or("", |(before, _)| before);
    let attribute = attributes.lines().next_back().unwrap_or_default().trim();
    attribute.starts_with("#[test]")
        || attribute.starts_with("#[tokio::test")
        || listed(source).any(|listed| listed == name)
}

/// What the macros that make tests are given in a file.
fn listed(source: &str) -> impl Iterator<Item = &str> {
    let lists = ["both!(", "contract! {"].into_iter().flat_map(move |head| {
        source.match_indices(head).filter_map(move |(at, _)| {
            let line = &source[source[..at].rfind('\n').map_or(0, |end| end + 1)..at];
            let is_call = matches!(line.trim(), "" | "crate::");
            let rest = &source[at + head.len()..];
            is_call.then(|| rest.split([')', '}']).next().unwrap_or_default())
        })
    });
    lists.flat_map(|list| {
        list.lines()
            .map(|line| line.split("//").next().unwrap_or_default())
            .flat_map(|line| line.split([',', ';']))
            .map(str::trim)
    })
}

#[test]
fn every_row_names_a_test_that_exists() {
    let guide = fs::read_to_string(root().join("docs/from-swampdragon.md")).unwrap();
    let rows = rows(&guide);
    assert!(rows.len() > 100, "the tables are not read: {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let [feature, _, tests] = &row[..] else {
            wrong.push(format!("not three cells: {row:?}"));
            continue;
        };
        if links(tests).is_empty() {
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

/// What SwampDragon had, in the words in which it was found in its source, docs and tests.
const LIST: &str = include_str!("guide/swampdragon.md");

/// Each feature of that list, by its words, with the rows of the guide that tell of it; lines with
/// `+` are rows of which the list says nothing.
const FEATURES: &str = include_str!("guide/features.txt");

/// A paragraph of the list: its words, and the rows of a section of the guide.
struct Paragraph<'a> {
    title: &'a str,
    section: &'a str,
    features: Vec<(&'a str, Vec<&'a str>)>,
    further: Vec<&'a str>,
}

fn paragraphs() -> Vec<Paragraph<'static>> {
    let mut paragraphs: Vec<Paragraph<'_>> = Vec::new();
    for line in FEATURES.lines().filter(|line| !line.is_empty()) {
        if let Some(title) = line.strip_prefix("# ") {
            let (title, section) = title.split_once(" => ").unwrap();
            paragraphs.push(Paragraph { title, section, features: vec![], further: vec![] });
            continue;
        }
        let paragraph = paragraphs.last_mut().unwrap();
        match line.strip_prefix("+ ") {
            Some(row) => paragraph.further.push(row),
            None => {
                let (words, rows) = line.split_once(" => ").unwrap();
                paragraph.features.push((words, rows.split(" | ").collect()));
            }
        }
    }
    paragraphs
}

/// What stands between two features of a paragraph, where nothing has been passed over.
fn only_separates(between: &str) -> bool {
    between
        .split(|letter: char| letter.is_whitespace() || ",;.:/()".contains(letter))
        .all(|word| matches!(word, "" | "and" | "with" | "or"))
}

/// Whether words name one feature: what a comma or a semicolon parts, outside of brackets and of
/// code, are several.
fn is_one(words: &str) -> bool {
    let mut depth = 0;
    let mut code = false;
    words.chars().all(|letter| {
        match letter {
            '`' => code = !code,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        !matches!(letter, ',' | ';') || depth > 0 || code || words.ends_with('…')
    })
}

#[test]
fn every_feature_of_the_list_is_taken_by_its_own_words() {
    let known = paragraphs();
    let mut told = 0;
    for line in LIST.lines().filter_map(|line| line.strip_prefix("**")) {
        let (title, text) = line.split_once("**").unwrap();
        let title = title.trim_end_matches('.');
        let paragraph = known.iter().find(|one| one.title == title);
        let paragraph = paragraph.unwrap_or_else(|| panic!("nothing is said of {title}"));
        let mut rest = text;
        for (words, _) in &paragraph.features {
            let at = rest.find(words).unwrap_or_else(|| panic!("{title}: `{words}` in `{rest}`"));
            let passed = &rest[..at];
            assert!(only_separates(passed), "{title}: `{passed}` has no row in the guide");
            // One fault is a sentence with commas.
            let is_sentence = words.starts_with("an unknown filter field");
            assert!(is_one(words) || is_sentence, "{title}: `{words}` are several features");
            rest = &rest[at + words.len()..];
        }
        assert!(only_separates(rest), "{title}: `{rest}` has no row in the guide");
        told += 1;
    }
    assert_eq!(told, known.len(), "the list has lost a paragraph");
}

#[test]
fn every_feature_has_its_row() {
    let guide = fs::read_to_string(root().join("docs/from-swampdragon.md")).unwrap();
    let mut found: Vec<(&str, String)> = Vec::new();
    for section in guide.split("\n## ").skip(1) {
        let heading = section.lines().next().unwrap();
        found.extend(rows(section).into_iter().map(|row| (heading, row[0].clone())));
    }
    let known = paragraphs();
    let mut wanted: Vec<(&str, String)> = Vec::new();
    for Paragraph { section, features, further, .. } in &known {
        let rows = features.iter().flat_map(|(_, rows)| rows).chain(further);
        wanted.extend(rows.map(|row| (*section, (*row).to_owned())));
    }
    let missing: Vec<_> = wanted.iter().filter(|row| !found.contains(row)).collect();
    assert!(missing.is_empty(), "the guide lacks the rows of {missing:#?}");
    let new: Vec<_> = found.iter().filter(|row| !wanted.contains(row)).collect();
    assert!(new.is_empty(), "write these rows into tests/guide/features.txt: {new:#?}");
}

#[test]
fn a_feature_is_not_passed_over() {
    assert!(only_separates(", and (with "));
    assert!(!only_separates(", base_channel, "));
    assert!(is_one("`publish(channels, data)`"));
    assert!(is_one("publish_fields (all when omitted; a single name is allowed)"));
    assert!(!is_one("id_field, base_channel"));
}

#[test]
fn only_tests_count() {
    let source = "\
        both!(one, two);\n\
        crate::both!(\n\
            six, // seven\n\
        );\n\
        contract! { name, make;\n\
            eight,\n\
        }\n\
        #[tokio::test]\n\
        async fn three() {}\n\
        async fn one() {}\n\
        fn four() { one(); }\n\
        // four, five, both!(four)\n\
        async fn six() { call(nine, seven); }\n\
        async fn seven() {}\n\
        async fn eight() {}\n\
        async fn nine() {}\n";
    let path = Path::new("a.rs");
    let all = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "thre"];
    let found: Vec<_> = all.into_iter().filter(|name| has_test(path, source, name)).collect();
    assert_eq!(found, ["one", "three", "six", "eight"]);
    let path = Path::new("a.test.js");
    assert!(has_test(path, "test('a, b', () => {", "a, b"));
    assert!(!has_test(path, "test.skip('a, b', () => {", "a, b"));
}
