//! Results in the form of JUnit, which GitLab, Jenkins, Azure and others show beside a pipeline.

use std::io::{self, Write};

use askama::Template;

use crate::error::plain_lines;

/// Cases that belong together, such as those of one server.
pub struct Suite {
    name: String,
    cases: Vec<Case>,
}

/// One thing that was looked at.
pub struct Case {
    class: String,
    name: String,
    trouble: Option<Trouble>,
}

struct Trouble {
    element: &'static str,
    message: String,
    detail: String,
}

impl Suite {
    /// A suite with these cases.
    pub fn new(name: &str, cases: Vec<Case>) -> Suite {
        Suite { name: attribute(name), cases }
    }

    fn count(&self, element: &str) -> usize {
        self.cases.iter().filter(|case| case.trouble.as_ref().is_some_and(|trouble| trouble.element == element)).count()
    }
}

impl Case {
    /// A case that passed; `class` is what viewers group by, such as an organization.
    pub fn passed(class: &str, name: &str) -> Case {
        Case { class: attribute(class), name: attribute(name), trouble: None }
    }

    /// The same as one that is not as it shall be; `detail` can have several lines.
    #[must_use]
    pub fn failed(self, message: &str, detail: &str) -> Case {
        self.with("failure", message, detail)
    }

    /// The same as one that could not be looked at, or done.
    #[must_use]
    pub fn broken(self, message: &str) -> Case {
        self.with("error", message, "")
    }

    /// The same as one that was left out.
    #[must_use]
    pub fn skipped(self, message: &str) -> Case {
        self.with("skipped", message, "")
    }

    fn with(self, element: &'static str, message: &str, detail: &str) -> Case {
        Case { trouble: Some(Trouble { element, message: attribute(message), detail: clean(detail) }), ..self }
    }
}

#[derive(Template)]
#[template(path = "junit.xml")]
struct Document<'a> {
    suites: &'a [Suite],
}

impl Document<'_> {
    fn cases(&self) -> usize {
        self.suites.iter().map(|suite| suite.cases.len()).sum()
    }

    fn count(&self, element: &str) -> usize {
        self.suites.iter().map(|suite| suite.count(element)).sum()
    }
}

/// Writes the suites as one document.
///
/// # Errors
/// When `out` takes no more.
pub fn write(suites: &[Suite], out: &mut dyn Write) -> io::Result<()> {
    Document { suites }.write_into(out).map_err(io::Error::other)?;
    writeln!(out)
}

/// A text as XML can hold it: the template escapes what has a meaning there, but two characters no document may have.
fn clean(text: &str) -> String {
    plain_lines(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

/// The same in an attribute, where readers take the end of a line for a space.
fn attribute(text: &str) -> String {
    clean(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let hostile = "<&\"'\u{0}\u{ffff}]]>";
        let suite = Suite::new(
            hostile,
            vec![
                Case::passed(hostile, hostile).failed(&format!("{hostile}\n\tmore"), "one\ntwo"),
                Case::passed("acme", "b").broken("no"),
                Case::passed("acme", "c").skipped("why"),
                Case::passed("acme", "d"),
            ],
        );
        let mut out = Vec::new();
        write(&[suite], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"4\" failures=\"1\" errors=\"1\">"
        ));
        assert!(text.contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\">"), "{text}");
        assert!(text.contains("one\ntwo</failure>") && text.contains("name=\"d\"></testcase>"), "{text}");
        let line = text.lines().find(|line| line.contains("<failure")).unwrap();
        assert!(line.contains(" more\""), "an attribute stays on one line: {line}");
        assert!(!text.contains("<&") && !text.contains("\"'") && !text.contains('\u{ffff}') && !text.contains("]]>"));
    }
}
