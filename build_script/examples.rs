//! EXAMPLES: tasks that a reader will copy, so every option in them must exist.

use super::document::Document;
use super::option::Argument;
use super::yaml::{Data, Node};
use super::{Problem, Problems};

const COLLECTION: &str = "quaymaster.quay.";
/// Keys below which more tasks stand.
const TASK_LISTS: &[&str] = &["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"];
/// `module_defaults` of the whole action group.
const GROUP: &str = "group/quaymaster.quay.quay";

/// Checks the examples of a module. They may use any module of the collection, whose documentation `files` are.
pub fn check(document: &Document, documents: &[Document], files: &[String], problems: &mut Vec<Problem>) {
    // Unreadable or missing examples are noted already.
    let Some(node) = &document.examples else { return };
    let mut problems = Problems::of(&document.file, problems);
    let mut checker = Checker { documents, files, problems: &mut problems, own: &document.name, shown: false };
    checker.tasks("EXAMPLES", node);
    let shown = checker.shown;
    if !shown {
        problems.add(node.line, format!("EXAMPLES has no task of {COLLECTION}{}", document.name));
    }
}

struct Checker<'a, 'b> {
    documents: &'a [Document],
    files: &'a [String],
    problems: &'a mut Problems<'b>,
    own: &'a str,
    /// Whether a task of the documented module was seen.
    shown: bool,
}

impl Checker<'_, '_> {
    fn tasks(&mut self, whose: &str, node: &Node) {
        let Some(tasks) = node.list() else {
            self.problems.add(node.line, format!("{whose} must be a list of tasks or plays, not {}", node.kind()));
            return;
        };
        for task in tasks {
            let Some(entries) = task.map() else {
                self.problems.add(task.line, format!("{whose} must hold tasks or plays, not {}", task.kind()));
                continue;
            };
            for (key, value) in entries {
                if TASK_LISTS.contains(&key.name.as_str()) {
                    self.tasks(&key.name, value);
                } else if key.name == "module_defaults" {
                    for (key, value) in value.map().unwrap_or_default() {
                        self.module(&key.name, key.line, value, true);
                    }
                } else {
                    self.module(&key.name, key.line, value, false);
                }
            }
        }
    }

    fn module(&mut self, key: &str, line: usize, value: &Node, defaults: bool) {
        let documents = self.documents;
        if key == GROUP {
            // What stands there goes to every module, so every module must know it.
            for document in documents {
                self.options(&document.name, &document.options, value, true);
            }
            return;
        }
        let Some(name) = key.strip_prefix(COLLECTION) else {
            return;
        };
        let Some(document) = documents.iter().find(|document| document.name == name) else {
            // A file that could not be read has its own problem.
            if !self.files.iter().any(|file| file.ends_with(&format!("/{name}.py"))) {
                self.problems.add(line, format!("there is no module {key}"));
            }
            return;
        };
        self.shown |= name == self.own && !defaults;
        self.options(name, &document.options, value, defaults);
    }

    fn options(&mut self, whose: &str, known: &[Argument], value: &Node, defaults: bool) {
        let Some(given) = value.map() else {
            // Text is a template that Ansible fills in; nothing means a call without options.
            if !matches!(value.data, Data::Text(_) | Data::Null) {
                self.problems.add(value.line, format!("{whose} takes a mapping of options, not {}", value.kind()));
            }
            return;
        };
        for (key, value) in given {
            let Some(argument) = known.iter().find(|argument| argument.answers_to(&key.name)) else {
                self.problems.add(key.line, format!("{whose} has no option {}", key.name));
                continue;
            };
            if argument.suboptions.is_empty() {
                continue;
            }
            let whose = format!("{whose}.{}", argument.name);
            let single = std::slice::from_ref(value);
            for value in value.list().unwrap_or(single) {
                self.options(&whose, &argument.suboptions, value, defaults);
            }
        }
        if !defaults {
            for argument in known.iter().filter(|argument| argument.required) {
                if !given.iter().any(|(key, _)| argument.answers_to(&key.name)) {
                    self.problems
                        .add(value.line, format!("{whose} is used without its required option {}", argument.name));
                }
            }
        }
    }
}
