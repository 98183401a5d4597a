//! The credentials that `quaymaster login` keeps: a YAML file that only its owner can read.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::declared::{environment, told};
use crate::api;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::sources::SourceAccount;
use crate::apply::input::yaml::{parse, write};
use crate::apply::private;
use crate::error::io_text;
use crate::modules::connection;

/// The credentials of any number of servers, and of accounts on registries that they mirror. It has no `Debug`.
pub struct Credentials {
    entries: Vec<Map<String, Value>>,
    /// Passwords of accounts on mirrored registries.
    mirrors: Vec<(SourceAccount, String)>,
}

const HEADER: &str = "# Kept by `quaymaster login`. Whoever can read this file can sign in as you.\n";

impl Credentials {
    /// Reads the file at `path`, or the usual one; one that is missing holds nothing.
    ///
    /// # Errors
    /// When it cannot be read, or others than its owner can read it.
    pub fn read(path: Option<&Path>) -> Result<Credentials, Vec<String>> {
        let Some(path) = path.map(Path::to_path_buf).or_else(usual) else {
            return Ok(Credentials { entries: Vec::new(), mirrors: Vec::new() });
        };
        let shown = path.display();
        let unreadable =
            |error: io::Error| vec![format!("the credentials in {shown} cannot be read: {}", io_text(&error))];
        // Rights and content of the same file, even if another takes its place in between.
        let file = match fs::File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Credentials { entries: Vec::new(), mirrors: Vec::new() });
            }
            file => file.map_err(unreadable)?,
        };
        if file.metadata().map_err(unreadable)?.mode() & 0o077 != 0 {
            return Err(vec![format!("others can read the credentials in {shown}: chmod 600 {shown}")]);
        }
        let text = io::read_to_string(file).map_err(unreadable)?;
        let documents = parse::parse(&shown.to_string(), &text).map_err(|problems| told(&problems))?;
        let (mut entries, mut mirrors) = (Vec::new(), Vec::new());
        for document in documents.iter().filter(|document| !document.is_null()) {
            let strange = || vec![format!("{}: this is no file of quaymaster login", document.place)];
            let value = document.to_value();
            let list = value.get("endpoints").and_then(Value::as_array).ok_or_else(strange)?;
            for entry in list {
                let entry = entry.as_object().ok_or_else(strange)?;
                let is_kept = |key: &str| key == "quay_host" || connection::is_login(key);
                if !entry.iter().all(|(key, value)| is_kept(key) && value.is_string()) {
                    return Err(strange());
                }
                entries.push(entry.clone());
            }
            for entry in value.get("mirrors").and_then(Value::as_array).into_iter().flatten() {
                let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(strange);
                let account = SourceAccount { registry: text("registry")?, username: text("username")? };
                mirrors.push((account, text("password")?));
            }
        }
        Ok(Credentials { entries, mirrors })
    }

    /// Gives an endpoint that signs in by nothing else the credentials of its host.
    pub fn supply(&self, endpoint: &mut Endpoint) {
        let signs_in =
            endpoint.awaited.is_some() || connection::LOGIN.iter().any(|key| endpoint.options.contains_key(*key));
        let is_its = |entry: &&Map<String, Value>| !signs_in && same(host_of(entry), endpoint.host());
        let Some(entry) = self.entries.iter().find(is_its) else { return };
        for (key, value) in entry.iter().filter(|(key, _)| *key != "quay_host") {
            endpoint.options.insert(key.clone(), value.clone());
            if let (true, Some(secret)) = (connection::RULES.secrets.contains(&key.as_str()), value.as_str()) {
                endpoint.secrets.push(secret.to_owned());
            }
        }
    }

    /// Whether credentials are kept for a host.
    pub fn have(&self, host: &str) -> bool {
        self.entries.iter().any(|entry| same(host_of(entry), host))
    }

    /// The accounts on mirrored registries that a password is kept for.
    pub fn accounts(&self) -> Vec<SourceAccount> {
        self.mirrors.iter().map(|(account, _)| account.clone()).collect()
    }

    /// The password of an account on a mirrored registry.
    pub fn password(&self, account: &SourceAccount) -> Option<&str> {
        self.mirrors.iter().find(|(known, _)| known == account).map(|(_, password)| password.as_str())
    }

    /// Keeps the password of an account on a mirrored registry.
    pub fn keep_password(&mut self, account: SourceAccount, password: String) {
        self.mirrors.retain(|(known, _)| *known != account);
        self.mirrors.push((account, password));
        self.mirrors.sort_unstable();
    }

    /// The host, when there is exactly one; `place` is where else a person could name it.
    ///
    /// # Errors
    /// When there is none, or more.
    pub fn only_host(&self, place: &str) -> Result<String, Vec<String>> {
        match self.entries.as_slice() {
            [entry] => Ok(host_of(entry).to_owned()),
            [] => Err(vec![format!("quay_host is not set: give it {place}, set QUAY_HOST, or use quaymaster login")]),
            entries => {
                let hosts: Vec<&str> = entries.iter().map(host_of).collect();
                let hosts = hosts.join(", ");
                Err(vec![format!("quay_host is not set: give it {place}; credentials are kept for: {hosts}")])
            }
        }
    }

    /// Each host with its user name, empty for a token.
    pub fn list(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|entry| (host_of(entry), text(entry, "quay_username")))
    }

    /// Keeps credentials for a host in place of those that it had.
    pub fn keep(&mut self, entry: Map<String, Value>) {
        self.entries.retain(|known| !same(host_of(known), host_of(&entry)));
        self.entries.push(entry);
        self.entries.sort_unstable_by(|one, other| host_of(one).cmp(host_of(other)));
    }

    /// Drops the credentials of a host; tells whether there were any.
    pub fn forget(&mut self, host: &str) -> bool {
        let before = self.entries.len() + self.mirrors.len();
        self.entries.retain(|entry| !same(host_of(entry), host));
        self.mirrors.retain(|(account, _)| account.registry != host.to_lowercase());
        self.entries.len() + self.mirrors.len() < before
    }

    /// Changes the file as it is now, and gives its path with what the change gives. Others that change it at the same time wait, so
    /// that none is lost; it is readable by its owner alone from its first moment on.
    ///
    /// # Errors
    /// As [`Credentials::read`], and when it cannot be written.
    pub fn change<T>(
        path: Option<&Path>,
        change: impl FnOnce(&mut Credentials) -> T,
    ) -> Result<(T, PathBuf), Vec<String>> {
        let Some(path) = path.map(Path::to_path_buf).or_else(usual) else {
            return Err(vec!["there is no place for credentials: set HOME, or give --credentials FILE".into()]);
        };
        let unkept = |error: io::Error| {
            vec![format!("the credentials cannot be kept in {}: {}", path.display(), io_text(&error))]
        };
        // The file is replaced by another one: what stays is its folder. The lock ends with the variable.
        let _alone = alone(&path).map_err(unkept)?;
        let mut credentials = Credentials::read(Some(&path))?;
        let given = change(&mut credentials);
        let mut content = json!({"endpoints": credentials.entries});
        if !credentials.mirrors.is_empty() {
            content["mirrors"] = credentials.mirrors.iter().map(written).collect();
        }
        let text = format!("{HEADER}{}", write::write(&content));
        private::replace(&path, &text).map_err(unkept)?;
        Ok((given, path))
    }
}

/// The folder of a file, made where it is missing, for one process at a time.
fn alone(path: &Path) -> io::Result<fs::File> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let folder = fs::File::open(folder)?;
    folder.lock()?;
    Ok(folder)
}

fn usual() -> Option<PathBuf> {
    let set = |name: &str| environment(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let config = || set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    set("QUAYMASTER_CREDENTIALS").or_else(|| Some(config()?.join("quaymaster/credentials.yml")))
}

fn written((SourceAccount { registry, username }, password): &(SourceAccount, String)) -> Value {
    json!({"registry": registry, "username": username, "password": password})
}

fn text<'a>(entry: &'a Map<String, Value>, key: &str) -> &'a str {
    entry.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn host_of(entry: &Map<String, Value>) -> &str {
    text(entry, "quay_host")
}

/// Whether two hosts are the same server, the scheme included: what is meant for https must not go out unencrypted.
fn same(one: &str, other: &str) -> bool {
    api::base_url(one).is_ok_and(|one| api::base_url(other).is_ok_and(|other| one == other))
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    fn entry(host: &str, token: &str) -> Map<String, Value> {
        json!({"quay_host": host, "quay_token": token}).as_object().cloned().unwrap_or_default()
    }

    fn endpoint(options: Value) -> Endpoint {
        let options = options.as_object().cloned().unwrap_or_default();
        Endpoint { name: "one".into(), options, secrets: Vec::new(), withheld: None, is_stranger: false, awaited: None }
    }

    #[test]
    fn what_is_kept_is_read_again_and_supplied_to_its_host_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/credentials.yml");
        let kept = Credentials::change(Some(&path), |credentials| {
            credentials.keep(entry("quay.example.com", "first"));
            credentials.keep(entry("https://quay.example.com/", "tok: en"));
            credentials.keep(entry("http://other.example.com", "b"));
        });
        assert_eq!(kept, Ok(((), path.clone())));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");

        let read = Credentials::read(Some(&path)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let supplied = |options: Value| {
            let mut endpoint = endpoint(options);
            read.supply(&mut endpoint);
            (text(&endpoint.options, "quay_token").to_owned(), endpoint.secrets)
        };
        assert_eq!(supplied(json!({"quay_host": "quay.example.com"})), ("tok: en".into(), vec!["tok: en".into()]));
        assert_eq!(supplied(json!({"quay_host": "http://quay.example.com"})), (String::new(), vec![]));
        assert_eq!(supplied(json!({"quay_host": "quay.example.com", "quay_token": "own"})).0, "own");
        assert_eq!(supplied(json!({"quay_host": "quay.example.com", "quay_username": "me"})).0, "");
    }

    #[test]
    fn of_many_at_a_time_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.yml");
        std::thread::scope(|scope| {
            for number in 0..20 {
                let path = &path;
                scope.spawn(move || {
                    let host = format!("quay{number}.example.com");
                    Credentials::change(Some(path), |credentials| credentials.keep(entry(&host, "token"))).unwrap();
                });
            }
        });
        let read = Credentials::read(Some(&path)).unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!(read.list().count(), 20);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.yml");
        fs::write(&path, "endpoints: []\n").unwrap();
        for (mode, fine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o610, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(Credentials::read(Some(&path)).is_ok(), fine, "{mode:o}");
        }
    }

    #[test]
    fn a_strange_file_is_refused_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials.yml");
        for strange in ["s3cret", "endpoints: s3cret", "endpoints: [s3cret]", "endpoints: [{s3cret: s3cret}]"] {
            let _ = fs::remove_file(&path);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
            file.write_all(strange.as_bytes()).unwrap();
            let Err(errors) = Credentials::read(Some(&path)) else { panic!("{strange}") };
            assert!(errors.len() == 1 && !errors[0].contains("s3cret"), "{errors:?}");
        }
    }
}
