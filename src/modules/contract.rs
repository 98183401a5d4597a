//! What a module accepts: the argument table from its documentation, and the rules beside its code.
//!
//! [`Document`] is made by `build.rs` from `plugins/modules/<name>.py` and never written by hand.
//! [`Rules`] holds what Ansible's documentation schema has no place for. `ansible/spec.rs` applies both to
//! every call, so a module sees only complete, typed and checked options.

use serde_json::Value;

include!(concat!(env!("OUT_DIR"), "/documents.rs"));

/// One module's documentation, as far as a call needs it.
#[derive(Debug)]
pub struct Document {
    /// Short module name, for example `quay_team`.
    pub name: &'static str,
    /// The one line that `ansible-doc -l` shows.
    pub summary: &'static str,
    /// Version of the collection that brought the module.
    pub version_added: &'static str,
    /// Options in the order of the documentation, shared (fragment) options last.
    pub options: &'static [Argument],
    /// Names of the returned values that RETURN documents.
    pub returns: &'static [&'static str],
}

/// One option, or one suboption, of a module.
#[derive(Debug)]
pub struct Argument {
    /// Name as the user writes it.
    pub name: &'static str,
    /// Type that the value is converted to.
    pub kind: Kind,
    /// Type of the elements of a list; [`Kind::Raw`] when the documentation names none.
    pub elements: Kind,
    /// Whether a call without the option is an error.
    pub required: bool,
    /// Default as JSON text, `None` without one.
    pub default: Option<&'static str>,
    /// Permitted values as JSON texts of scalars; empty means any.
    pub choices: &'static [&'static str],
    /// Other names of the option.
    pub aliases: &'static [&'static str],
    /// Options of a dict, or of the dicts in a list.
    pub suboptions: &'static [Argument],
}

/// Ansible's option types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Str,
    /// A truth value, in any of the words that Ansible knows for it.
    Bool,
    /// An integer.
    Int,
    /// A number.
    Float,
    /// A list, whose elements have a type of their own.
    List,
    /// A dictionary.
    Dict,
    /// A file name; `~` and `$NAME` are expanded.
    Path,
    /// Anything, unchanged.
    Raw,
}

/// Checks one given value and returns the form in which the module wants it (a period becomes seconds, say).
///
/// The error is a sentence about the value alone; the caller puts the option's name in front.
pub type Format = fn(&Value) -> Result<Value, String>;

/// What a module demands beyond its documentation.
#[derive(Debug)]
pub struct Rules {
    /// Which of the connection options count for this module.
    pub login: Login,
    /// Options whose values are never shown, suboptions as `parent.child`.
    pub secrets: &'static [&'static str],
    /// Options with a URL of which only scheme and host are shown: who knows the rest may use it, as with the hooks of Slack.
    pub hooks: &'static [&'static str],
    /// Returned keys that hold a secret on purpose: left readable in the result, masked everywhere else.
    pub returned_secrets: &'static [&'static str],
    /// Options whose values Quay takes and never shows: whether they differ cannot be told.
    pub write_only: &'static [&'static str],
    /// Whether a change replaces the object as a whole, so that it loses the values that Quay never shows unless they are sent
    /// with it.
    pub replaces: bool,
    /// Value formats, suboptions and list elements as `parent.child`; a list of scalars is checked element by element.
    pub formats: &'static [(&'static str, Format)],
    /// Environment fall-backs besides those of the connection: option, variables in order.
    pub environment: &'static [(&'static str, &'static [&'static str])],
    /// At most one of each set.
    pub mutually_exclusive: &'static [&'static [&'static str]],
    /// All or none of each set.
    pub required_together: &'static [&'static [&'static str]],
    /// At least one of each set.
    pub required_one_of: &'static [&'static [&'static str]],
    /// Options needed when another has a value.
    pub required_if: &'static [RequiredIf],
    /// Options needed when another is given.
    pub required_by: &'static [(&'static str, &'static [&'static str])],
    /// Options that still work and bring a deprecation notice.
    pub deprecated: &'static [Deprecated],
    /// The cross-option rules (only those) that hold inside an option with suboptions.
    pub within: &'static [(&'static str, Rules)],
}

impl Rules {
    /// No rule: the start of every module's own.
    pub const NONE: Rules = Rules {
        login: Login::TokenOrPassword,
        secrets: &[],
        hooks: &[],
        returned_secrets: &[],
        write_only: &[],
        replaces: false,
        formats: &[],
        environment: &[],
        mutually_exclusive: &[],
        required_together: &[],
        required_one_of: &[],
        required_if: &[],
        required_by: &[],
        deprecated: &[],
        within: &[],
    };
}

/// The problems of a call: of these rules those that are broken.
pub fn broken(rules: &[(bool, &str)]) -> Vec<String> {
    rules.iter().filter(|(is_broken, _)| *is_broken).map(|(_, problem)| (*problem).to_owned()).collect()
}

/// How a module signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// `quay_token`, or `quay_username` with `quay_password`, or anonymous.
    TokenOrPassword,
    /// Only `quay_username` with `quay_password`, both needed.
    PasswordOnly,
    /// Never: login options are accepted, because `module_defaults` may bring them, and ignored.
    Never,
}

/// `option == value` makes `then` necessary.
#[derive(Debug)]
pub struct RequiredIf {
    /// The option that is looked at.
    pub option: &'static str,
    /// Value in the text form of the choice.
    pub value: &'static str,
    /// The options that are needed then.
    pub then: &'static [&'static str],
    /// Whether one of `then` suffices.
    pub any: bool,
}

/// An option that will go away.
#[derive(Debug)]
pub struct Deprecated {
    /// Name of the option.
    pub option: &'static str,
    /// What to use instead, as a sentence.
    pub message: &'static str,
    /// Announced day of removal, `YYYY-MM-DD`.
    pub date: &'static str,
}

/// The document of a module.
///
/// # Panics
/// At compile time, when the module has no documentation file.
pub const fn document(name: &str) -> &'static Document {
    let mut i = 0;
    while i < DOCUMENTS.len() {
        if same(DOCUMENTS[i].name, name) {
            return &DOCUMENTS[i];
        }
        i += 1;
    }
    // No program comes to be with it: a constant is evaluated by the compiler.
    panic!("a module without plugins/modules/<name>.py")
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
