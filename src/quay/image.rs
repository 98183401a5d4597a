//! Images: references such as `namespace/repository:tag`, and what a repository knows about its tags and manifests.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::server::Server;
use super::{lookup, names, text};
use crate::api::{Body, Path, Reader, Reply, take};
use crate::error::{Error, NO_CREDENTIALS, Need, RefusalKind, Result};
use crate::plan::Hint;

/// The right to see a repository; anybody has it for a public one.
pub const READ: Need = Need::right("repo:read", "allowed to read the repository");

/// A repository that is read-only or a mirror refuses every write with 503.
pub const FROZEN: Hint = Hint {
    status: 503,
    contains: "read only or mirror mode",
    advice: "only a repository in the state NORMAL can be written to (see repo_state of quay_repository)",
};

/// An image as a user names it: by a tag, or by a digest.
#[derive(Clone, Debug, Deserialize)]
pub struct Reference {
    /// `namespace/repository`, or `repository` of the caller.
    pub repository: String,
    /// The tag, when there is no digest.
    pub tag: Option<String>,
    /// The digest; it counts more than a tag beside it.
    pub digest: Option<String>,
}

/// `namespace/repository:tag`, `namespace/repository@digest` or `namespace/repository` (tag `latest`), becomes a
/// [`Reference`]; outer slashes are removed.
///
/// # Errors
/// When a part is malformed; an empty tag or digest is.
pub fn reference(value: &Value) -> Result<Value, String> {
    let whole = text(value).trim_matches('/');
    let (rest, digest) = split(whole, whole.find('@'));
    let name = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = split(rest, rest[name..].find(':').map(|colon| name + colon));
    digest.map(check_digest).transpose()?;
    tag.map(check_tag).transpose()?;
    let tag = digest.is_none().then(|| tag.unwrap_or("latest"));
    Ok(json!({"repository": names::repository(&json!(repository))?, "tag": tag, "digest": digest}))
}

/// Cuts a text in two and drops the character between.
fn split(text: &str, at: Option<usize>) -> (&str, Option<&str>) {
    at.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])))
}

/// Like [`names::repository`], for options beside a tag or a digest.
///
/// # Errors
/// When the name is malformed; also when it holds a tag or a digest, which would be ignored.
pub fn repository(value: &Value) -> Result<Value, String> {
    if text(value).contains([':', '@']) {
        return Err(format!("\"{}\" holds a tag or a digest, which has an option of its own", text(value)));
    }
    names::repository(value)
}

/// A tag; an empty one counts as not given and becomes null.
///
/// # Errors
/// When Quay would refuse it.
pub fn tag(value: &Value) -> Result<Value, String> {
    optional(value, check_tag)
}

/// A digest; an empty one counts as not given and becomes null.
///
/// # Errors
/// When it is not `algorithm:hex`; Quay would take the path for that of a repository.
pub fn digest(value: &Value) -> Result<Value, String> {
    optional(value, check_digest)
}

fn optional(value: &Value, check: fn(&str) -> Result<(), String>) -> Result<Value, String> {
    if text(value).is_empty() { Ok(Value::Null) } else { check(text(value)).map(|()| value.clone()) }
}

fn check_tag(tag: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if (1..=128).contains(&tag.len()) && tag.chars().all(allowed) && !tag.starts_with(['.', '-']) {
        return Ok(());
    }
    Err(format!(
        "\"{tag}\" is not a tag: 1 to 128 letters, digits, \"_\", \".\" and \"-\", not beginning with \".\" or \"-\""
    ))
}

fn check_digest(digest: &str) -> Result<(), String> {
    let algorithm = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '.' | '-');
    match digest.split_once(':') {
        Some((name, hex))
            if !name.is_empty()
                && name.chars().all(algorithm)
                && !hex.is_empty()
                && hex.chars().all(|c| c.is_ascii_hexdigit()) =>
        {
            Ok(())
        }
        _ => Err(format!("\"{digest}\" is not a digest: an algorithm and hexadecimal digits, such as sha256:0f3a...")),
    }
}

/// What a look-up found, or what of it is not there.
pub type Found<T> = Result<T, Gone>;

/// What is not there, as a sentence.
#[derive(Debug)]
pub enum Gone {
    /// The namespace or the repository.
    Repository(String),
    /// The tag.
    Tag(String),
    /// The manifest, or no tag keeps it.
    Manifest(String),
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gone::Repository(text) | Gone::Tag(text) | Gone::Manifest(text) => f.write_str(text),
        }
    }
}

impl Gone {
    /// The error for something that cannot be done without it.
    pub fn error(&self, attempt: &str) -> Error {
        Error::Missing(format!("cannot {attempt}: {self}"))
    }
}

/// A tag as Quay lists it, or a period of its past in which it pointed to an image.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Tag {
    /// Its name. The route that restores takes any text for one, so that not every name here is one that could be pushed.
    pub name: String,
    /// Digest that it points to.
    pub manifest_digest: String,
    /// When it was put there, in seconds since 1970.
    pub start_ts: i64,
    /// When it ended or will end, in seconds since 1970; never, when absent.
    pub end_ts: Option<i64>,
    /// Whether it is, or was, locked; absent when the server has no locks.
    pub immutable: Option<bool>,
    /// Whether a restore put it there.
    #[serde(default)]
    pub reversion: bool,
    /// Whether the image has several architectures.
    #[serde(default)]
    pub is_manifest_list: bool,
}

/// One repository, as the caller may see it.
pub struct Repository<'a> {
    quay: &'a Reader,
    /// `namespace/repository`.
    pub name: String,
}

impl<'a> Repository<'a> {
    /// The repository that the option `option` names; the caller's own when there is no namespace.
    ///
    /// # Errors
    /// As [`lookup::repository_name`].
    pub fn of(quay: &'a Reader, name: &str, option: &str) -> Result<Repository<'a>> {
        Ok(Repository { quay, name: lookup::repository_name(quay, option, name)? })
    }

    /// `/api/v1/repository/{namespace}/{name}`.
    pub fn path(&self) -> Path {
        Path::repository(&self.name)
    }

    /// `.../manifest/{digest}`.
    pub fn manifest_path(&self, digest: &str) -> Path {
        self.path().fixed("/manifest").then(digest)
    }

    /// The list of one tag's entries, the newest alone.
    pub fn tag_path(&self, tag: &str, live: bool) -> Path {
        let path = self.path().fixed("/tag/").query("specificTag", tag);
        path.query("onlyActiveTags", if live { "true" } else { "false" }).query("limit", "1")
    }

    /// Where the tag points now.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn tag(&self, tag: &str) -> Result<Found<Tag>> {
        self.newest(tag, true)
    }

    /// Where the tag points, or pointed when it was deleted or expired.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn last_tag(&self, tag: &str) -> Result<Found<Tag>> {
        self.newest(tag, false)
    }

    fn newest(&self, tag: &str, live: bool) -> Result<Found<Tag>> {
        let path = self.tag_path(tag, live);
        let answer = match self.read(&path, &format!("look up {}:{tag}", self.name), &READ)? {
            Ok(answer) => answer,
            Err(Gone::Repository(why)) => return Ok(Err(Gone::Repository(why))),
            Err(_) => return Ok(Err(Gone::Repository(lookup::no_repository(&self.name)))),
        };
        match take::<Vec<Tag>>(&path, answer, "tags")?.into_iter().next() {
            Some(tag) => Ok(Ok(tag)),
            None => Ok(Err(Gone::Tag(format!("the repository {} has no tag {tag}", self.name)))),
        }
    }

    /// The digest of an image: its own, or that of its tag.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn digest(&self, image: &Reference) -> Result<Found<String>> {
        match (&image.digest, &image.tag) {
            (Some(digest), _) => Ok(Ok(digest.clone())),
            (None, tag) => Ok(self.tag(tag.as_deref().unwrap_or("latest"))?.map(|tag| tag.manifest_digest)),
        }
    }

    /// Reads below the repository; a 404 means that the manifest is not there, or no live tag keeps it.
    ///
    /// Quay answers 401 or 403 to somebody who may not see a repository, whether it exists or not; when the namespace is
    /// missing, the repository is too.
    ///
    /// # Errors
    /// When Quay refuses. When the need has a feature that is switched off, the refusal is
    /// [`RefusalKind::NotAvailable`]: Quay takes the path for that of a repository and answers 404, 403 or 401 then.
    pub fn read(&self, path: &Path, attempt: &str, need: &Need) -> Result<Found<Value>> {
        self.judged(self.quay.ask(path)?, attempt, need)
    }

    /// Like [`Repository::read`], for what is asked for once: the answer is not kept.
    ///
    /// # Errors
    /// As [`Repository::read`].
    pub fn read_once(&self, path: &Path, attempt: &str, need: &Need) -> Result<Found<Value>> {
        self.judged(self.quay.ask_once(path)?, attempt, need)
    }

    fn judged(&self, reply: Reply, attempt: &str, need: &Need) -> Result<Found<Value>> {
        let is_hidden = matches!(reply.status, 401 | 403);
        let is_missing = reply.status == 404 && matches!(reply.body, Body::Json(_));
        if (is_hidden || is_missing) && !need.feature.is_empty() && Server::ask(self.quay).is_without(need.feature) {
            return Err(unavailable(reply).attempting(attempt).needing(need));
        }
        if is_missing {
            return Ok(Err(Gone::Manifest(format!("the repository {} has no such image", self.name))));
        }
        let namespace = names::namespace_of(&self.name);
        if is_hidden && lookup::is_missing_namespace(self.quay, namespace) {
            return Ok(Err(Gone::Repository(lookup::no_namespace(namespace))));
        }
        reply.into_json().map(Ok).map_err(|error| match is_hidden {
            true => error.attempting(attempt).needing(need).advising(self.no_access()),
            false => error.attempting(attempt).needing(need),
        })
    }

    fn no_access(&self) -> String {
        let remedy = match self.quay.is_anonymous() {
            true => NO_CREDENTIALS,
            false => "reading needs a valid token with the scope repo:read, and a user who may read the repository",
        };
        format!("no read access to {}, or it does not exist; {remedy}", self.name)
    }

    /// In check mode, refuses what the first write would be refused for: a repository that is read-only or a mirror.
    ///
    /// # Errors
    /// Also when the repository cannot be read.
    pub fn predict_frozen(&self, attempt: &str) -> Result<()> {
        if !self.quay.is_preview() {
            return Ok(());
        }
        let found = self.read(&lookup::repository_path(&self.name), attempt, &READ)?.unwrap_or_default();
        match found["state"].as_str() {
            None | Some("NORMAL") => Ok(()),
            Some(state) => Err(Error::Option(format!(
                "cannot {attempt}: the repository {} is in the state {state}; {}",
                self.name, FROZEN.advice
            ))),
        }
    }
}

fn unavailable(reply: Reply) -> Error {
    let mut error = reply.into_error();
    if let Error::Refused(refusal) = &mut error {
        refusal.kind = RefusalKind::NotAvailable;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(image: &str) -> Result<(String, Option<String>, Option<String>), String> {
        let found: Reference = serde_json::from_value(reference(&json!(image))?).unwrap();
        Ok((found.repository, found.tag, found.digest))
    }

    #[test]
    fn references_name_a_tag_or_a_digest() {
        for (image, repository, tag, digest) in [
            ("acme/app", "acme/app", Some("latest"), None),
            ("/acme/a/b:v1/", "acme/a/b", Some("v1"), None),
            ("app:V_1.2-x", "app", Some("V_1.2-x"), None),
            ("acme/app@sha256:0aF", "acme/app", None, Some("sha256:0aF")),
            ("acme/app:v1@sha256:0a", "acme/app", None, Some("sha256:0a")),
        ] {
            let expected = (repository.to_owned(), tag.map(str::to_owned), digest.map(str::to_owned));
            assert_eq!(parts(image), Ok(expected), "{image}");
        }
    }

    #[test]
    fn malformed_references_are_refused() {
        for image in [
            "",
            ":v1",
            "acme/app:",
            "acme/app:.v1",
            "acme/app@",
            "acme/app@0a",
            "acme/app@sha256:",
            "acme/app@sha256:xyz",
            "acme/app:@sha256:0a",
            "acme/App",
            "host:80/acme/app",
            "acme/app:a b",
        ] {
            assert!(parts(image).is_err(), "{image}");
        }
        assert!(repository(&json!("acme/app:v1")).unwrap_err().contains("holds a tag"));
        assert!(repository(&json!("acme/app@sha256:0a")).is_err());
        assert_eq!(tag(&json!("")), Ok(Value::Null));
        assert!(tag(&json!("x".repeat(129))).is_err());
        assert_eq!(digest(&json!("")), Ok(Value::Null));
    }
}
