//! What an audit found.

use serde_json::{Value, json};

use crate::apply::input::yaml::Place;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look.
    Low,
    /// Should be repaired.
    Medium,
    /// Should be repaired now.
    High,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 3] = [Severity::High, Severity::Medium, Severity::Low];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }

    /// The severity with this word.
    pub fn of(word: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// Something that a rule does not permit.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// The word for the kind of the object.
    pub kind: &'static str,
    /// The object, as exceptions name it: `acme`, `acme/docs`, `acme+ci`, `acme/portal/deploy`.
    pub object: String,
    /// The organization that the object belongs to.
    pub organization: Option<String>,
    /// Where the object is declared; `None` for one that was found on a server.
    pub place: Option<Place>,
    /// The object, what is wrong with it, and what to do.
    pub message: String,
    /// Why it is put up with.
    pub excuse: Option<Excuse>,
}

/// How many findings there are of each severity.
pub fn counts(findings: &[Finding]) -> Value {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    Severity::ALL.into_iter().map(|severity| (severity.word().to_owned(), json!(count(severity)))).collect()
}

/// Why a finding is put up with.
#[derive(Clone, Debug)]
pub struct Excuse {
    /// The reason.
    pub reason: String,
    /// The last day on which it counts.
    pub until: String,
}

impl Excuse {
    /// It for a person.
    pub fn told(&self) -> String {
        format!("until {}: {}", self.until, self.reason)
    }
}

impl Finding {
    /// The finding with every text of it rewritten, as one that hides secrets has to.
    #[must_use]
    pub fn rewritten(self, change: impl Fn(&str) -> String) -> Finding {
        Finding {
            object: change(&self.object),
            organization: self.organization.as_deref().map(&change),
            message: change(&self.message),
            ..self
        }
    }

    /// The finding as it is returned. One that is not excused has neither `reason` nor `until`.
    pub fn to_json(&self) -> Value {
        let mut value = json!({
            "rule": self.rule,
            "severity": self.severity.word(),
            "kind": self.kind,
            "organization": self.organization,
            "object": self.object,
            "place": self.place.as_ref().map(Place::to_string),
            "message": self.message,
        });
        if let Some(Excuse { reason, until }) = &self.excuse {
            value["reason"] = json!(reason);
            value["until"] = json!(until);
        }
        value
    }
}
