//! Secrets that a file names instead of holding them: `{env: NAME}` and `{file: PATH}`; and where secrets may come from and go.
//!
//! Whoever may propose a change to the files is not always one who may have what the environment holds: a pipeline that plans
//! proposals would give its token to whatever host they name. What is not in the files themselves therefore goes to hosts alone
//! that are named outside of them, and comes from variables and folders that are meant for it. Data that came without a file (the
//! option of a module) is the word of the user, as the environment is.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::yaml::{Content, Node, Place, Problem};
use crate::api::{self, bounded};
use crate::call::Environment;
use crate::error::io_text;
use crate::modules::connection;
use crate::quay::glob::Glob;

/// Options with an address that can hold a password, in their modules: they may be references like secrets, without being
/// hidden as a whole.
pub const ADDRESSES: &[&str] = &["http_proxy", "https_proxy", "config.url"];

/// The variable with the hosts, besides the one of `QUAY_HOST`, to which secrets from outside the files may go.
pub const HOSTS: &str = "QUAYMASTER_HOSTS";
/// The variable with the names, or patterns of names, of the variables that files may use.
pub const VARIABLES: &str = "QUAYMASTER_SECRET_VARIABLES";
/// The variable with the folders, besides a file's own, from which files may read secrets.
const FOLDERS: &str = "QUAYMASTER_SECRET_FOLDERS";

/// The variables that files may use unless [`VARIABLES`] says otherwise.
const USUAL_VARIABLES: &str = "QUAY_*";
/// The folders in which container platforms put secrets.
const USUAL_FOLDERS: &[&str] = &["/run/secrets", "/var/run/secrets"];

/// Fetches what is outside the files, from the environment and from other files, by the rules for them.
pub struct Resolver<'a> {
    environment: Environment<'a>,
    first: OnceCell<Place>,
}

impl<'a> Resolver<'a> {
    /// The world as an environment shows it.
    pub fn new(environment: Environment<'a>) -> Resolver<'a> {
        Resolver { environment, first: OnceCell::new() }
    }

    /// The environment.
    pub fn environment(&self) -> Environment<'a> {
        self.environment
    }

    /// Where the entries first used a secret that no file holds.
    pub fn first_use(&self) -> Option<&Place> {
        self.first.get()
    }

    /// Whether secrets that are not in the files may go to a host. One that cannot be understood is refused for that.
    pub fn reaches(&self, host: &Node) -> bool {
        let (Some(_), Some(text)) = (host.place.file(), host.as_str()) else { return true };
        let Ok(url) = api::base_url(text) else { return true };
        let hosts = [self.list("QUAY_HOST", &[]), self.list(HOSTS, &[])].concat();
        hosts.iter().any(|known| api::base_url(known).is_ok_and(|known| known == url))
    }

    /// The first option that the environment would sign in with.
    pub fn login(&self) -> Option<&'static str> {
        let set = |name: &&str| (self.environment)(name).is_some_and(|text| !text.is_empty());
        let mut login = connection::RULES.environment.iter().filter(|(option, _)| connection::is_login(option));
        login.find(|(_, variables)| variables.iter().any(set)).map(|(option, _)| *option)
    }

    /// The value of a variable of the connection; none that would sign in at a stranger.
    pub fn of_connection(&self, variable: &str, stranger: bool) -> Option<String> {
        let mut known = connection::RULES.environment.iter();
        let option = known.find(|(_, variables)| variables.contains(&variable)).map(|(option, _)| *option);
        (self.environment)(variable).filter(|_| !(stranger && option.is_some_and(connection::is_login)))
    }

    /// Puts the secret in the place of the reference that names it; a text stays as it is, and one that came without a file is
    /// noted as not in the files.
    ///
    /// `node` is the value of an option that holds a secret. Relative paths start in the folder of its file, else in the
    /// working directory.
    ///
    /// # Errors
    /// A reference that is none, that leads to nothing, or to what files may not use. The complaint never repeats a value.
    pub fn resolve(&self, node: &mut Node) -> Result<(), Problem> {
        let text = match &node.content {
            Content::Scalar(_) => {
                if node.place.file().is_none() && !node.is_null() {
                    self.first.get_or_init(|| node.place.clone());
                }
                return Ok(());
            }
            Content::Map(map) => match map.as_slice() {
                [(key, name)] if key.name == "env" => self.variable(name)?,
                [(key, path)] if key.name == "file" => self.file(path)?,
                _ => return Err(node.problem(FORMS)),
            },
            Content::List(_) => return Err(node.problem(FORMS)),
        };
        self.first.get_or_init(|| node.place.clone());
        node.content = Content::Scalar(text.into());
        Ok(())
    }

    fn variable(&self, name: &Node) -> Result<String, Problem> {
        let Some(text) = name.as_str().filter(|name| !name.is_empty()) else {
            return Err(name.problem("env takes the name of an environment variable"));
        };
        let allowed = self.list(VARIABLES, &[USUAL_VARIABLES]);
        if name.place.folder().is_some() && !allowed.iter().any(|pattern| Glob::new(pattern).fits(text)) {
            return Err(name.problem(format!(
                "files may use the environment variables {}, which {text} is not: name it in {VARIABLES}",
                allowed.join(", ")
            )));
        }
        match (self.environment)(text) {
            // Its name may be shown: it is what the user has to set.
            None => Err(name.problem(format!("the environment variable {text} is not set"))),
            Some(value) if value.is_empty() => Err(name.problem(format!("the environment variable {text} is empty"))),
            Some(value) => Ok(value),
        }
    }

    fn file(&self, path: &Node) -> Result<String, Problem> {
        let Some(text) = path.as_str().filter(|path| !path.is_empty()) else {
            return Err(path.problem("file takes the path of a file"));
        };
        let folder = path.place.folder();
        let full = match text.strip_prefix("~/") {
            Some(rest) => match (self.environment)("HOME").filter(|home| !home.is_empty()) {
                Some(home) => PathBuf::from(home).join(rest),
                None => return Err(path.problem("~ has no meaning here: the environment variable HOME is not set")),
            },
            None => folder.as_ref().map_or_else(|| PathBuf::from(text), |folder| folder.join(text)),
        };
        let shown = full.display();
        let unread = |error| path.problem(format!("{shown} cannot be read: {}", io_text(&error)));
        // The file that is looked at is the one that is read, wherever links in its path lead.
        let real = full.canonicalize().map_err(unread)?;
        if folder.is_some_and(|folder| !self.holds(&folder, &real)) {
            return Err(path.problem(format!(
                "files may read secrets from their own folder, which {shown} is not in: name its folder in {FOLDERS}"
            )));
        }
        let bytes = bounded::small_file(&real).map_err(unread)?;
        let secret = String::from_utf8(bytes).map_err(|_| path.problem(format!("{shown} is not UTF-8 text")))?;
        let secret = secret.strip_suffix('\n').unwrap_or(&secret);
        let secret = secret.strip_suffix('\r').unwrap_or(secret);
        if secret.is_empty() {
            return Err(path.problem(format!("{shown} is empty")));
        }
        if secret.starts_with("$ANSIBLE_VAULT;") {
            let what = format!("{shown} is encrypted by ansible-vault: decrypt it, or let Ansible read it");
            return Err(path.problem(what));
        }
        Ok(secret.to_owned())
    }

    /// Whether a file is in one of the folders from which a registry file in `own` may read.
    fn holds(&self, own: &Path, file: &Path) -> bool {
        let own = if own.as_os_str().is_empty() { Path::new(".") } else { own };
        let named = (self.environment)(FOLDERS).unwrap_or_default();
        let folders = named.split(':').filter(|folder| !folder.is_empty()).chain(USUAL_FOLDERS.iter().copied());
        let mut folders = folders.map(Path::new).chain([own]);
        folders.any(|folder| folder.canonicalize().is_ok_and(|folder| file.starts_with(folder)))
    }

    /// The words in a variable, separated by commas or blanks.
    fn list(&self, variable: &str, usual: &[&str]) -> Vec<String> {
        let text = (self.environment)(variable).unwrap_or_default();
        let separates = |c: char| c == ',' || c.is_whitespace();
        let words: Vec<String> = text.split(separates).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        if words.is_empty() { usual.iter().map(|word| (*word).to_owned()).collect() } else { words }
    }
}

/// The sentence about a secret that would go to a host that only the files name.
pub fn strange(secret: &str, host: &str) -> String {
    format!(
        "{secret} would go to {host}, which only the files name: name the host in QUAY_HOST or {HOSTS} too, or keep credentials \
         for it with quaymaster login"
    )
}

/// Whether a value has the form of a reference.
pub fn is_reference(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.values().all(Value::is_string) && map.keys().all(|key| key == "env" || key == "file")
}

const FORMS: &str = "a secret is a text, {env: NAME} or {file: PATH}";

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::apply::input::yaml::parse;

    fn environment(name: &str) -> Option<String> {
        match name {
            "TOKEN" => Some("s3cret".to_owned()),
            "QUAY_EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn resolved(value: Value, folder: Option<&Path>) -> Result<Value, String> {
        resolved_in(&environment, value, folder)
    }

    /// `folder` is where the file with the value stands; without one it is data.
    fn resolved_in(environment: Environment, value: Value, folder: Option<&Path>) -> Result<Value, String> {
        let mut node = match folder {
            None => Node::of_value(&value, "it"),
            Some(folder) => {
                let file = folder.join("f.yml").display().to_string();
                let read = parse::parse(&file, &format!("it: {value}")).unwrap().remove(0);
                read.get("it").unwrap().clone()
            }
        };
        Resolver::new(environment).resolve(&mut node).map_err(|problem| problem.to_string())?;
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
        assert_eq!(resolved_in(&home, json!({"file": "~/one"}), None), Ok(json!("x")));
        assert!(resolved(json!({"file": "~/one"}), None).unwrap_err().contains("HOME"));
    }

    #[test]
    fn a_file_may_use_what_is_meant_for_files_and_nothing_else() {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(home.path().join("key"), "private").unwrap();
        std::os::unix::fs::symlink(home.path().join("key"), folder.path().join("link")).unwrap();
        let key = home.path().join("key").display().to_string();
        let told = |value: &Value, variables: Option<&str>, folders: Option<&Path>| {
            let environment = |name: &str| match name {
                VARIABLES => variables.map(str::to_owned),
                FOLDERS => folders.map(|folder| format!("/nowhere:{}", folder.display())),
                "HOME" => Some(home.path().display().to_string()),
                _ => Some("s3cret".to_owned()),
            };
            let result = resolved_in(&environment, value.clone(), Some(folder.path()));
            result.map_err(|problem| problem.replace(&*folder.path().to_string_lossy(), "DIR"))
        };
        let aws = json!({"env": "AWS_SECRET_ACCESS_KEY"});
        let refused = "DIR/f.yml:1:12: files may use the environment variables QUAY_*, which AWS_SECRET_ACCESS_KEY is not: name it in \
                       QUAYMASTER_SECRET_VARIABLES";
        assert_eq!(told(&aws, None, None), Err(refused.to_owned()));
        assert_eq!(told(&aws, Some("QUAY_*, AWS_*"), None), Ok(json!("s3cret")));
        assert!(told(&json!({"env": "QUAY_TOKEN"}), Some("AWS_*"), None).is_err(), "the list stands for all");
        for path in [key.as_str(), "~/key", "link", "../../../../../../../../etc/hostname"] {
            let refused = told(&json!({"file": path}), None, None).unwrap_err();
            assert!(refused.contains("QUAYMASTER_SECRET_FOLDERS"), "{path}: {refused}");
        }
        for path in [key.as_str(), "~/key", "link"] {
            assert_eq!(told(&json!({"file": path}), None, Some(home.path())), Ok(json!("private")));
        }
    }

    #[test]
    fn what_leads_to_nothing_is_told_at_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("empty"), "\n").unwrap();
        fs::write(folder.path().join("vault"), "$ANSIBLE_VAULT;1.1;AES256\n61\n").unwrap();
        fs::write(folder.path().join("bytes"), b"\xff\xfe").unwrap();
        for (value, expected) in [
            (json!({"env": "QUAY_MISSING"}), "the environment variable QUAY_MISSING is not set"),
            (json!({"env": "QUAY_EMPTY"}), "the environment variable QUAY_EMPTY is empty"),
            (json!({"env": ["TOKEN"]}), "env takes the name of an environment variable"),
            (json!({"file": ""}), "file takes the path of a file"),
            (json!({"file": "gone"}), "DIR/gone cannot be read: No such file or directory"),
            (json!({"file": "empty"}), "DIR/empty is empty"),
            (json!({"file": "bytes"}), "DIR/bytes is not UTF-8 text"),
            (json!({"file": "vault"}), "DIR/vault is encrypted by ansible-vault: decrypt it, or let Ansible read it"),
            (json!({"env": "TOKEN", "file": "x"}), "a secret is a text, {env: NAME} or {file: PATH}"),
            (json!({"vault": "hunter2"}), "a secret is a text, {env: NAME} or {file: PATH}"),
            (json!(["hunter2"]), "a secret is a text, {env: NAME} or {file: PATH}"),
        ] {
            let problem = resolved(value, Some(folder.path())).unwrap_err();
            let problem = problem.replace(&folder.path().display().to_string(), "DIR");
            let (place, what) = problem.split_once(": ").unwrap();
            assert!(place.starts_with("DIR/f.yml:1:"), "{place}");
            assert_eq!(what, expected);
        }
    }
}
