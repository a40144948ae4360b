//! Lines that are added at an anchor.

use std::cmp::Ordering;

/// What is added above its anchor, a comment such as `// dragon-cli: models`.
#[derive(Clone, Debug)]
pub(crate) struct Insertion<'a> {
    /// The anchor, as a line without its indentation: a comment, or, below `after`, any line.
    pub(crate) anchor: &'a str,
    /// Of which line, by its beginning, the anchor is the next one; else it is the first.
    pub(crate) after: Option<&'a str>,
    /// The line, or lines, without the indentation of the anchor.
    pub(crate) line: String,
    /// The words that show that it was added already, however it is written by now.
    pub(crate) mark: String,
    /// Whether it is to stand in order among the lines above the anchor that begin as it does.
    pub(crate) sorted: bool,
}

impl Insertion<'_> {
    /// The text with the line, or the text as it is where the line has been added before; nothing
    /// where there is no anchor.
    pub(super) fn apply_to(&self, text: &str) -> Option<String> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let from = match self.after {
            Some(after) => lines.iter().position(|line| line.trim().starts_with(after))?,
            None => 0,
        };
        let anchor = lines[from..].iter().position(|line| line.trim() == self.anchor);
        // Without an anchor it may be there nevertheless.
        let within = match (self.after, anchor) {
            (Some(_), anchor) => &lines[from..from + anchor?],
            (None, _) => &lines[..],
        };
        if within.iter().any(|line| counts(line) && has_word(line, &self.mark)) {
            return Some(text.to_owned());
        }
        let anchor = from + anchor?;
        let indentation: String =
            lines[anchor].chars().take_while(|c| c.is_whitespace() && *c != '\n').collect();
        let end = if lines[anchor].ends_with("\r\n") { "\r\n" } else { "\n" };
        let added = self.line.lines().map(|line| match line {
            "" => end.to_owned(),
            line => format!("{indentation}{line}{end}"),
        });
        let mut at = anchor;
        if self.sorted {
            let head = self.line.rsplit_once(' ').map_or("", |(head, _)| head);
            while at > 0
                && lines[at - 1].trim_start().starts_with(head)
                && in_order(self.line.trim(), lines[at - 1].trim()) == Ordering::Less
            {
                at -= 1;
            }
        }
        let mut after = lines[..at].concat();
        after.extend(added);
        after += &lines[at..].concat();
        Some(after)
    }

    /// Where it belongs, as the end of a sentence about a file that has no such place.
    pub(super) fn place(&self) -> String {
        match self.after {
            Some(after) => format!("no lines from `{after}` to `{}`", self.anchor),
            None => format!("no line `{}`, above which lines are added", self.anchor),
        }
    }

    /// What a person does instead.
    pub(super) fn by_hand(&self) -> String {
        match self.line.trim_end().contains('\n') {
            true => format!("add this yourself:\n{}", self.line.trim_end()),
            false => format!("add `{}` yourself", self.line.trim()),
        }
    }
}

/// Comments and imports do not: they only speak of it.
fn counts(line: &str) -> bool {
    !["//", "#", "<!--", "use "].iter().any(|sign| line.trim_start().starts_with(sign))
}

/// Whether the line has these words, and not only as part of others: `TodoItemRouter` has no
/// `ItemRouter`.
fn has_word(line: &str, word: &str) -> bool {
    let of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, found)| {
        !line[..at].ends_with(of_a_word) && !line[at + found.len()..].starts_with(of_a_word)
    })
}

/// As rustfmt orders modules: numbers within names by what they are worth.
fn in_order(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    one.cmp(&other)
}

/// A name's runs of digits and of other characters.
fn parts(name: &str) -> Vec<(u64, String)> {
    let mut parts: Vec<(u64, String)> = Vec::new();
    let mut digits = String::new();
    for c in name.trim_end_matches(';').chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            parts.push((digits.parse().unwrap_or(u64::MAX), String::new()));
            digits.clear();
        }
        // A character comes after each number, as in ASCII.
        parts.push((u64::MAX, c.to_string()));
    }
    if !digits.is_empty() {
        parts.push((digits.parse().unwrap_or(u64::MAX), String::new()));
    }
    parts
}
