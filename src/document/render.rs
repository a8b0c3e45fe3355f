//! Diagnostics for people: message, `file:line:column`, the source line with the spot underlined, a hint. What is foreign
//! in them is escaped before it is put between styles.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::base::plain;
use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::file::File;
use crate::document::files::Files;

/// All diagnostics in the order given, one after the other, in the look of rustc.
#[must_use]
pub fn console(files: &Files, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let _infallible = writeln!(out, "{}\n", one(&renderer, files, diagnostic));
    }
    out
}

fn one(renderer: &Renderer, files: &Files, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = plain::line(&diagnostic.message);
    let title = level.primary_title(message.as_ref()).id(diagnostic.rule);
    let Some(file) = files.file(diagnostic.location.file) else {
        return renderer.render(&[Group::with_title(title)]);
    };
    let related: Vec<(Range<usize>, String)> = diagnostic
        .related
        .iter()
        .filter(|(at, _)| at.file == diagnostic.location.file)
        .map(|(at, label)| (file.spot(&at.pointer).key, label.clone()))
        .chain(diagnostic.related_spans.iter().cloned())
        .collect();
    let main = Excerpt::new(&file, files.span(&file, diagnostic));
    let others: Vec<(Excerpt, String)> = related
        .into_iter()
        .map(|(span, label)| (Excerpt::new(&file, span), plain::line(&label).into_owned()))
        .collect();
    let mut group = Group::with_title(title);
    if file.text.is_empty() {
        let place = files.diagnostic_place(diagnostic);
        group = group.element(Origin::path(plain::line(&place.file).into_owned()));
    } else {
        group = main.add_to(group, AnnotationKind::Primary, None);
    }
    for (excerpt, label) in &others {
        group = excerpt.add_to(group, AnnotationKind::Context, Some(label));
    }
    for (at, label) in diagnostic.related.iter().filter(|(at, _)| at.file != diagnostic.location.file) {
        let note = format!("{label}: {}", files.place(at));
        group = group.element(Level::NOTE.message(plain::line(&note).into_owned()));
    }
    let hint = diagnostic.hint.as_deref().map(plain::line);
    if let Some(hint) = &hint {
        group = group.element(Level::HELP.message(hint.as_ref()));
    }
    renderer.render(&[group])
}

/// One line of a file, cut to a readable length around the spot, so that rendering never touches a whole large text.
struct Excerpt {
    text: String,
    line: usize,
    /// The spot's column in the whole line, where the excerpt is only a part of it.
    column: Option<usize>,
    span: Range<usize>,
    /// The file's name.
    name: String,
}

impl Excerpt {
    fn new(file: &File, span: Range<usize>) -> Self {
        let start = floor(&file.text, span.start);
        let line = file.line_range(start);
        let end = floor(&file.text, span.end).clamp(start, line.end.max(start));
        let (number, column) = file.line_column(start);
        // Minified documents are one line.
        let shown = file.excerpt_range(start);
        let (from, to) = (start.min(shown.end), end.min(shown.end));
        let [before, spot, after] = [shown.start..from, from..to, to..shown.end]
            .map(|bytes| plain::source(file.text.get(bytes).unwrap_or_default()));
        let text = format!("{before}{spot}{after}");
        Self {
            span: before.len()..before.len() + spot.len(),
            column: (file.text.get(line) != Some(&text)).then_some(column as usize),
            text,
            line: number as usize,
            name: plain::line(&file.name).into_owned(),
        }
    }

    fn add_to<'a>(&'a self, group: Group<'a>, kind: AnnotationKind, label: Option<&'a str>) -> Group<'a> {
        let mut annotation = kind.span(self.span.clone());
        if let Some(label) = label {
            annotation = annotation.label(label);
        }
        let snippet = Snippet::source(self.text.as_str()).line_start(self.line).annotation(annotation);
        match self.column {
            None => group.element(snippet.path(self.name.as_str())),
            Some(column) => {
                let origin = Origin::path(self.name.as_str()).line(self.line).char_column(column);
                group.element(origin).element(snippet)
            }
        }
    }
}

/// The nearest character border at or before `byte`.
fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use crate::base::Pointer;
    use crate::document::file::Address;
    use crate::document::{Diagnostic, FileId, Files, LoadOptions, Location};

    fn rendered(text: &str, pointer: &str) -> String {
        let files = Files::new(LoadOptions::default(), None);
        files.add_bytes("x.json".to_owned(), Address::Text, text.as_bytes().to_vec()).unwrap();
        let at = Location::new(FileId(0), Pointer::parse(pointer).unwrap());
        let first = Location::new(FileId(0), Pointer::parse("/a").unwrap());
        let diagnostic =
            Diagnostic::error("rule", at, "message").with_hint("do this").with_related(first, "first here");
        super::console(&files, &[diagnostic], false)
    }

    #[test]
    fn the_spot_is_underlined_in_its_line() {
        let wanted = "error[rule]: message\n --> x.json:2:7\n  |\n2 |  \"b\": true}\n  |       ^^^^\n  |\n ::: x.json:1:2\n  |\n1 | {\"a\": 1,\n  |  --- first here\n  |\n  = help: do this\n\n";
        assert_eq!(rendered("{\"a\": 1,\n \"b\": true}", "/b"), wanted);
    }

    #[test]
    fn long_lines_are_cut_around_the_spot() {
        let text = format!("{{\"a\": 1, \"x\": \"{}\", \"b\": true}}", "ü".repeat(5000));
        let shown = rendered(&text, "/b");
        assert!(shown.contains(" --> x.json:1:5024\n"), "{shown}");
        assert!(shown.contains("^^^^") && shown.len() < 2000, "{shown}");
    }
}
