//! The rules, and what is known about each: one line of a table, and one function.

mod access;
mod credentials;
mod settings;

use super::entry::Entry;
use super::finding::Severity;
use crate::apply::kinds::Kind;

/// A rule about what is there.
pub struct Rule {
    /// What a file of rules, an exception and a report call it.
    pub id: &'static str,
    /// How much a finding matters, unless a file says otherwise.
    pub severity: Severity,
    /// What it wants, a sentence.
    pub wants: &'static str,
    /// A number that a file can set, its name and what it usually is.
    pub number: Option<(&'static str, u64)>,
    /// What a server must be able to have for the rule to make sense.
    pub about: Option<Kind>,
    /// Whether nothing is amiss where the server gives each organization one of those.
    pub is_given: bool,
    /// Looks.
    pub judge: Judge,
}

/// How a rule looks at what is there. What it returns goes on after the title of the object, and says what to do.
pub enum Judge {
    /// At each entry.
    Each(fn(&Entry, u64) -> Option<String>),
    /// At each organization, with all that is in it.
    Organization(fn(&Entry, &[&Entry], u64) -> Option<String>),
    /// At each entry, with all that is in its organization.
    Within(fn(&Entry, &[&Entry], u64) -> Option<String>),
    /// Not at entries: what else makes the findings is said in [`policy`](super::policy).
    Elsewhere,
}

impl Rule {
    const fn of(id: &'static str, severity: Severity, wants: &'static str, judge: Judge) -> Rule {
        Rule { id, severity, wants, number: None, about: None, is_given: false, judge }
    }

    const fn with(self, name: &'static str, usual: u64) -> Rule {
        Rule { number: Some((name, usual)), ..self }
    }

    const fn about(self, kind: Kind) -> Rule {
        Rule { about: Some(kind), ..self }
    }

    /// About what a server may give to all.
    const fn unless_given(self, kind: Kind) -> Rule {
        Rule { is_given: true, ..self.about(kind) }
    }

    /// The rule with this name.
    pub fn find(id: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.id == id)
    }
}

/// The rule about names, which finds nothing until a file says how names look.
pub const NAME_PATTERN: &str = "name-pattern";
/// The rule about exceptions.
pub const ENDED_EXCEPTION: &str = "ended-exception";

use Judge::{Each, Elsewhere, Organization, Within};
use Severity::{High, Low, Medium};

/// All rules, in the order of the documentation.
pub static RULES: &[Rule] = &[
    Rule::of("public-repository", High, "No repository is open to everybody.", Each(access::public)),
    Rule::of("robot-admin", High, "No robot account has the role admin.", Within(access::robot_admin)),
    Rule::of("few-owners", Medium, "An organization has at least two owners.", Organization(access::few_owners))
        .with("least", 2),
    Rule::of("no-quota", Low, "An organization has a quota.", Organization(settings::no_quota))
        .unless_given(Kind::Quotas),
    Rule::of("no-pruning", Low, "Old tags of all repositories are pruned.", Organization(settings::no_pruning))
        .unless_given(Kind::PrunePolicies),
    Rule::of("stuck-pruning", Medium, "No policy stops the pruning of others.", Organization(settings::stuck_pruning))
        .about(Kind::PrunePolicies),
    Rule::of("default-login", High, "Nobody has a password that everybody knows.", Each(credentials::well_known)),
    Rule::of("endless-token", Medium, "A token ends within a year.", Each(credentials::endless))
        .with("days", 366)
        .about(Kind::Tokens),
    Rule::of("unused-token", Low, "Tokens and robot accounts are in use.", Each(credentials::unused))
        .with("days", 90)
        .about(Kind::Tokens),
    Rule::of("unverified-tls", High, "Whoever is connected to proves who it is.", Each(settings::unverified_tls)),
    Rule::of("deprecated-method", Medium, "Nothing depends on what goes away.", Each(settings::deprecated)),
    Rule::of(NAME_PATTERN, Low, "Names look as agreed.", Elsewhere),
    Rule::of(ENDED_EXCEPTION, Medium, "An exception that has ended is removed.", Elsewhere),
];
