//! The emulator as a program, for shell scripts, playbooks and a first look without a registry.
//!
//! Once it is ready it prints one line, `listening on URL`. Control routes lie below `/__emulator/`.

use std::{
    collections::BTreeMap,
    error::Error,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, ValueEnum};
use quay_emulator::{Config, Emulator, LoginGeneration, Version};
use serde_json::{Map, Value};
use tokio::signal::unix::{SignalKind, signal};

/// A stateful server that answers like the Quay API, in memory.
#[derive(Parser)]
#[command(name = "quay-emulator", version)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Which Quay to be, as `3.12`: 3.9 to 3.18; the newest when absent
    #[arg(long, value_name = "VERSION")]
    quay: Option<Version>,
    /// Start from this file if it exists, and write everything back to it at the end
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Features that differ from the defaults: `A=on,B=off` or `A,-B`, names without FEATURE_
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    features: Option<String>,
    /// Settings that differ from the defaults, as a JSON object
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
    /// Create the superuser `admin` with the password `password`
    #[arg(long, value_name = "WHAT")]
    seed: Option<Seed>,
    /// Write an OAuth token of the seeded administrator to this file, readable only by its owner
    #[arg(long, value_name = "FILE", requires = "seed")]
    token_file: Option<PathBuf>,
    /// Serve HTTPS with a certificate of a private authority
    #[arg(long)]
    tls: bool,
    /// Write the certificate of that authority (PEM) to this file
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Where a log-in finds the CSRF token
    #[arg(long, value_enum, default_value_t = Login::CsrfRoute)]
    login: Login,
    /// Wait before every answer
    #[arg(long, default_value_t = 0, value_name = "N")]
    delay_ms: u64,
    /// Threads that serve requests
    #[arg(long, default_value_t = 1, value_name = "N")]
    workers: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Seed {
    Admin,
}

#[derive(Clone, Copy, ValueEnum)]
enum Login {
    CsrfRoute,
    HomePage,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quay-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    // Signals are caught from the start, so that none is lost between the ready line and the wait.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let emulator = Emulator::launch(config(arguments)?).map_err(|error| error.to_string())?;
    if let Some(path) = arguments.state.as_deref().filter(|path| path.exists()) {
        emulator.load(serde_json::from_slice(&fs::read(path)?)?)?;
    }
    if arguments.seed.is_some() {
        let token = emulator.seed_admin();
        if let Some(path) = &arguments.token_file {
            write_secret(path, &token)?;
        }
    }
    if let (Some(path), Some(pem)) = (&arguments.ca_out, emulator.ca_pem()) {
        fs::write(path, pem)?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {}", emulator.url())?;
    out.flush()?;

    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    if let Some(path) = &arguments.state {
        write_secret(path, &serde_json::to_string(&emulator.snapshot())?)?;
    }
    emulator.stop();
    Ok(())
}

fn config(arguments: &Arguments) -> Result<Config, Box<dyn Error>> {
    let settings: Map<String, Value> = match &arguments.settings {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("--settings: {error}"))?,
        None => Map::new(),
    };
    Ok(Config {
        listen: arguments.listen,
        version: arguments.quay.unwrap_or(Version::NEWEST),
        features: features(arguments.features.as_deref().unwrap_or_default())?,
        settings,
        login: match arguments.login {
            Login::CsrfRoute => LoginGeneration::CsrfRoute,
            Login::HomePage => LoginGeneration::HomePage,
        },
        tls: arguments.tls,
        self_signed: false,
        seed_admin: false,
        workers: arguments.workers,
        delay: Duration::from_millis(arguments.delay_ms),
    })
}

fn features(list: &str) -> Result<BTreeMap<String, bool>, String> {
    let one = |item: &str| {
        let (name, on) = match (item.split_once('='), item.strip_prefix('-')) {
            (Some((name, "on" | "true")), _) => (name, true),
            (Some((name, "off" | "false")), _) => (name, false),
            (Some(_), _) => return Err(format!("--features: {item}: only on and off are known")),
            (None, Some(name)) => (name, false),
            (None, None) => (item, true),
        };
        Ok((name.trim_start_matches("FEATURE_").to_owned(), on))
    };
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(one).collect()
}

/// Writes a file that holds secrets: only its owner may read it.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // An existing file keeps its mode otherwise.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_in_both_forms() {
        let found = features("A=on,B=off, C,-FEATURE_D").expect("well-formed");
        let expected = [("A", true), ("B", false), ("C", true), ("FEATURE_D", false)]
            .map(|(name, on)| (name.replace("FEATURE_", ""), on));
        assert_eq!(found, BTreeMap::from(expected));
        assert!(features("A=maybe").is_err());
    }

    #[test]
    fn arguments_are_consistent() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
