//! An emulator in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use quaymaster::api::{Http, Method, Payload, Settings};
use serde_json::{Map, Value, json};

use crate::Result;

/// A running emulator; it ends when dropped.
pub struct Quay {
    child: Child,
    pub url: String,
    pub token: String,
    control: Http,
}

/// One request that was journalled.
pub struct Write {
    pub method: Method,
    pub path: String,
    pub body: Value,
}

impl Quay {
    /// Starts one that takes so many milliseconds for each request.
    pub fn start(program: &Path, delay: u64) -> Result<Quay> {
        let token_file = tempfile::NamedTempFile::new()?;
        let mut child = Command::new(program)
            .args(["--seed", "admin", "--token-file"])
            .arg(token_file.path())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let token = std::fs::read_to_string(token_file.path())?.trim().to_owned();
        let quay = Quay { child, control: Http::new(connection(&url, &token))?, url, token };
        quay.delay(delay)?;
        Ok(quay)
    }

    fn control(&self, method: Method, route: &str, body: Payload<'_>) -> Result<Value> {
        Ok(self.control.send(method, &format!("/__emulator/{route}"), body)?.into_json()?)
    }

    /// Makes every request take so many milliseconds from now on, and forgets what was asked.
    pub fn delay(&self, milliseconds: u64) -> Result<()> {
        self.control(Method::DELETE, "faults", Payload::Nothing)?;
        self.control(Method::POST, "faults", Payload::Json(&json!({"kind": {"delay_ms": milliseconds}})))?;
        self.control(Method::DELETE, "journal", Payload::Nothing)?;
        Ok(())
    }

    /// The writes since the last call of [`Quay::delay`], in their order.
    pub fn writes(&self) -> Result<Vec<Write>> {
        let journal = self.control(Method::GET, "journal", Payload::Nothing)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let write = |exchange: &Value| {
            let all = [Method::POST, Method::PUT, Method::DELETE];
            let method = all.into_iter().find(|method| exchange["method"] == method.as_str())?;
            Some(Write { method, path: text(&exchange["path"]), body: exchange["request"].clone() })
        };
        Ok(journal.as_array().into_iter().flatten().filter_map(write).collect())
    }
}

/// The options of a connection with a token.
pub fn connection(url: &str, token: &str) -> Settings {
    let options = [("quay_host", json!(url)), ("quay_token", json!(token)), ("timeout", json!(60))];
    Settings::from_options(&options.map(|(key, value)| (key.to_owned(), value)).into_iter().collect::<Map<_, _>>())
}

impl Drop for Quay {
    fn drop(&mut self) {
        // Nothing in it is worth keeping; a process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
