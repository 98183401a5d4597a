//! An emulator in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::Result;

/// A running emulator; it ends when dropped.
pub struct Quay {
    child: Child,
    pub url: String,
    pub token: String,
    control: Client,
}

/// One request that was journalled.
pub struct Write {
    pub method: &'static str,
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
        let quay = Quay { child, url, token, control: Client::new() };
        quay.delay(delay)?;
        Ok(quay)
    }

    fn route(&self, name: &str) -> String {
        format!("{}/__emulator/{name}", self.url)
    }

    /// Makes every request take so many milliseconds from now on, and forgets what was asked.
    pub fn delay(&self, milliseconds: u64) -> Result<()> {
        self.control.delete(self.route("faults")).send()?.error_for_status()?;
        let fault = json!({"kind": {"delay_ms": milliseconds}}).to_string();
        self.control.post(self.route("faults")).body(fault).send()?.error_for_status()?;
        self.control.delete(self.route("journal")).send()?.error_for_status()?;
        Ok(())
    }

    /// The writes since the last call of [`Quay::delay`], in their order.
    pub fn writes(&self) -> Result<Vec<Write>> {
        let text = self.control.get(self.route("journal")).send()?.error_for_status()?.text()?;
        let journal: Vec<Value> = serde_json::from_str(&text)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let write = |exchange: &Value| {
            let method = ["POST", "PUT", "DELETE"].into_iter().find(|method| exchange["method"] == *method)?;
            Some(Write { method, path: text(&exchange["path"]), body: exchange["request"].clone() })
        };
        Ok(journal.iter().filter_map(write).collect())
    }
}

impl Drop for Quay {
    fn drop(&mut self) {
        // Nothing in it is worth keeping; a process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
