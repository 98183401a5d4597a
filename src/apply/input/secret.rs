//! Secrets that a file names instead of holding them: `{env: NAME}` and `{file: PATH}`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::yaml::{Content, Node, Problem};
use crate::call::Environment;
use crate::error::io_text;

/// Options with an address that can hold a password, in their modules: they may be references like secrets, without being
/// hidden as a whole.
pub const ADDRESSES: &[&str] = &["http_proxy", "https_proxy", "config.url"];

/// Puts the secret in the place of the reference that names it; a text stays as it is.
///
/// `node` is the value of an option that holds a secret, `folder` where relative paths start (`None`: the working
/// directory).
///
/// # Errors
/// A reference that is none, or that leads to nothing. The complaint never repeats a value.
pub fn resolve(node: &mut Node, folder: Option<&Path>, environment: Environment) -> Result<(), Problem> {
    let text = match &node.content {
        Content::Scalar(_) => return Ok(()),
        Content::Map(map) => match map.as_slice() {
            [(key, name)] if key.name == "env" => variable(name, environment)?,
            [(key, path)] if key.name == "file" => file(path, folder, environment)?,
            _ => return Err(node.problem(FORMS)),
        },
        Content::List(_) => return Err(node.problem(FORMS)),
    };
    node.content = Content::Scalar(Value::String(text));
    Ok(())
}

/// Whether a value has the form of a reference.
pub fn is_reference(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.values().all(Value::is_string) && map.keys().all(|key| key == "env" || key == "file")
}

const FORMS: &str = "a secret is a text, {env: NAME} or {file: PATH}";

fn variable(name: &Node, environment: Environment) -> Result<String, Problem> {
    let Some(text) = name.as_str().filter(|name| !name.is_empty()) else {
        return Err(name.problem("env takes the name of an environment variable"));
    };
    match environment(text) {
        // Its name may be shown: it is what the user has to set.
        None => Err(name.problem(format!("the environment variable {text} is not set"))),
        Some(value) if value.is_empty() => Err(name.problem(format!("the environment variable {text} is empty"))),
        Some(value) => Ok(value),
    }
}

fn file(path: &Node, folder: Option<&Path>, environment: Environment) -> Result<String, Problem> {
    let Some(text) = path.as_str().filter(|path| !path.is_empty()) else {
        return Err(path.problem("file takes the path of a file"));
    };
    let full = match text.strip_prefix("~/") {
        Some(rest) => match environment("HOME").filter(|home| !home.is_empty()) {
            Some(home) => PathBuf::from(home).join(rest),
            None => return Err(path.problem("~ has no meaning here: the environment variable HOME is not set")),
        },
        None => folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text)),
    };
    let shown = full.display();
    let bytes =
        fs::read(&full).map_err(|error| path.problem(format!("{shown} cannot be read: {}", io_text(&error))))?;
    let secret = String::from_utf8(bytes).map_err(|_| path.problem(format!("{shown} is not UTF-8 text")))?;
    let secret = secret.strip_suffix('\n').unwrap_or(&secret);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(path.problem(format!("{shown} is empty")));
    }
    if secret.starts_with("$ANSIBLE_VAULT;") {
        return Err(path.problem(format!("{shown} is encrypted by ansible-vault: decrypt it, or let Ansible read it")));
    }
    Ok(secret.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("s3cret".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn resolved(value: Value, folder: Option<&Path>) -> Result<Value, String> {
        let mut node = Node::of_value(&value, "it");
        resolve(&mut node, folder, &environment).map_err(|problem| problem.to_string())?;
        Ok(node.to_value())
    }

    #[test]
    fn a_reference_becomes_what_it_names_and_a_text_stays() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one"), "from a file\r\n").unwrap();
        fs::write(folder.path().join("two"), " kept \n\n").unwrap();
        let inside = Some(folder.path());
        assert_eq!(resolved(json!({"env": "TOKEN"}), None), Ok(json!("s3cret")));
        assert_eq!(resolved(json!({"file": "one"}), inside), Ok(json!("from a file")));
        assert_eq!(resolved(json!({"file": "two"}), inside), Ok(json!(" kept \n")));
        assert_eq!(resolved(json!({"file": folder.path().join("one")}), None), Ok(json!("from a file")));
        for same in [json!("{env: TOKEN}"), json!(null), json!(12)] {
            assert_eq!(resolved(same.clone(), None), Ok(same));
        }
    }

    #[test]
    fn a_tilde_is_the_home_of_the_user() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one"), "x").unwrap();
        let home = |name: &str| (name == "HOME").then(|| folder.path().display().to_string());
        let mut node = Node::of_value(&json!({"file": "~/one"}), "it");
        assert!(resolve(&mut node, Some(Path::new("/nowhere")), &home).is_ok());
        assert_eq!(node.to_value(), json!("x"));
        assert!(resolved(json!({"file": "~/one"}), None).unwrap_err().contains("HOME"));
    }

    #[test]
    fn what_leads_to_nothing_is_told_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("empty"), "\n").unwrap();
        fs::write(folder.path().join("vault"), "$ANSIBLE_VAULT;1.1;AES256\n61\n").unwrap();
        fs::write(folder.path().join("bytes"), b"\xff\xfe").unwrap();
        for (value, expected) in [
            (json!({"env": "MISSING"}), "it.env: the environment variable MISSING is not set"),
            (json!({"env": "EMPTY"}), "it.env: the environment variable EMPTY is empty"),
            (json!({"env": ["TOKEN"]}), "it.env: env takes the name of an environment variable"),
            (json!({"file": ""}), "it.file: file takes the path of a file"),
            (json!({"file": "gone"}), "it.file: DIR/gone cannot be read: No such file or directory"),
            (json!({"file": "empty"}), "it.file: DIR/empty is empty"),
            (json!({"file": "bytes"}), "it.file: DIR/bytes is not UTF-8 text"),
            (
                json!({"file": "vault"}),
                "it.file: DIR/vault is encrypted by ansible-vault: decrypt it, or let Ansible read it",
            ),
            (json!({"env": "TOKEN", "file": "x"}), "it: a secret is a text, {env: NAME} or {file: PATH}"),
            (json!({"vault": "hunter2"}), "it: a secret is a text, {env: NAME} or {file: PATH}"),
            (json!(["hunter2"]), "it: a secret is a text, {env: NAME} or {file: PATH}"),
        ] {
            let problem = resolved(value, Some(folder.path())).unwrap_err();
            assert_eq!(problem.replace(&folder.path().display().to_string(), "DIR"), expected);
        }
    }
}
