//! The options of the commands that talk to servers: how each is reached, and how fast.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::api;

/// How servers are reached: before what files and the environment say.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub struct Reach {
    /// Seconds that one request may take [default: what the files say, or 10].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<f64>,
    /// How often a request that did nothing is sent again [default: what the files say, or the default of the modules].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(0..=100))]
    retries: Option<u16>,
    /// Do not check the certificates of servers: anybody on the way can read and change everything.
    #[arg(long)]
    insecure: bool,
}

/// How fast.
#[derive(Args, Default)]
#[command(next_help_heading = "Connection")]
pub struct Pace {
    #[arg(
        long,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u16).range(1..=i64::from(api::Pace::MOST_JOBS)),
        help = format!("Requests at a time for each endpoint [default: what the files say, or {}]", api::Pace::JOBS),
    )]
    pub jobs: Option<u16>,
    /// Requests a second at most for each endpoint [default: what the files say, or unlimited].
    #[arg(long, value_name = "NUMBER", value_parser = rate)]
    pub rate: Option<f64>,
    #[command(flatten)]
    pub reach: Reach,
}

impl Reach {
    /// Whether certificates are not checked.
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// Sets what was given in the options of a connection.
    pub fn set(&self, options: &mut Map<String, Value>) {
        let given = [
            ("timeout", self.timeout.map(Value::from)),
            ("retries", self.retries.map(Value::from)),
            ("validate_certs", self.insecure.then(|| json!(false))),
        ];
        options.extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().unwrap_or_default();
    api::seconds_to_wait(seconds).map(|_| seconds)
}

fn rate(text: &str) -> Result<f64, String> {
    api::Pace::rate(text.parse().ok())
}
