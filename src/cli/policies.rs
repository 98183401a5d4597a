//! The policies of a run as flags: before what files say of them.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::apply::input::registry::{Ceiling, Limits, Registry, UpdateSecrets};
use crate::apply::kinds::Kind;

/// What a run may do, beside what the files say under registry.
#[derive(Args)]
#[command(next_help_heading = "Policies")]
pub struct Policies {
    /// Remove objects of this kind that the files do not name, beside the kinds under prune; can be given several times.
    #[arg(long, value_name = "KIND", value_parser = pruned())]
    prune: Vec<Kind>,
    /// Permit this, beside what the files permit under allow; can be given several times.
    #[arg(long, value_name = "SWITCH", value_parser = Limits::SWITCHES.to_vec())]
    allow: Vec<String>,
    /// Most removals of each kind, or with KIND=NUMBER of one; in place of max_removals in the files; can be given several times.
    #[arg(long, value_name = "[KIND=]NUMBER", value_parser = ceiling)]
    max_removals: Vec<(Option<Kind>, u64)>,
    /// Largest part of a kind that may be removed, in percent, as --max-removals; in place of max_removal_percent in the files.
    #[arg(long, value_name = "[KIND=]PERCENT", value_parser = percent)]
    max_removal_percent: Vec<(Option<Kind>, u64)>,
    /// Most existing tags that new or changed policies may prune or lock; in place of max_policy_tags in the files.
    #[arg(long, value_name = "NUMBER")]
    max_policy_tags: Option<u64>,
    /// When values that Quay never shows are sent again, in place of update_secrets in the files.
    #[arg(long, value_name = "WHEN", value_parser = update_secrets())]
    update_secrets: Option<UpdateSecrets>,
    /// Permit that files have a credential delivered (deliver) to this command: its whole line, or a pattern of it; beside those in
    /// QUAYMASTER_DELIVERY_COMMANDS; can be given several times.
    #[arg(long, value_name = "PATTERN")]
    allow_command: Vec<String>,
}

impl Policies {
    /// Whether nothing was given but commands.
    pub fn are_those_of_files(&self) -> bool {
        let Policies {
            prune,
            allow,
            max_removals,
            max_removal_percent,
            max_policy_tags,
            update_secrets,
            allow_command: _,
        } = self;
        let is_open = prune.is_empty() && allow.is_empty() && max_removals.is_empty() && max_removal_percent.is_empty();
        is_open && update_secrets.is_none() && max_policy_tags.is_none()
    }

    /// Whether commands were given.
    pub fn allow_commands(&self) -> bool {
        !self.allow_command.is_empty()
    }

    /// These with the commands of others.
    #[must_use]
    pub fn with_commands_of(self, other: &Policies) -> Policies {
        Policies { allow_command: other.allow_command.clone(), ..self }
    }
    /// Sets what was given in the policies of a declaration.
    pub fn set(&self, registry: &mut Registry) {
        registry.prune.extend(&self.prune);
        self.allow.iter().for_each(|switch| registry.limits.allow(switch));
        let ceilings = [
            (&self.max_removals, &mut registry.limits.max_removals),
            (&self.max_removal_percent, &mut registry.limits.max_removal_percent),
        ];
        for (given, ceiling) in ceilings.into_iter().filter(|(given, _)| !given.is_empty()) {
            *ceiling = Ceiling::default();
            given.iter().for_each(|(kind, most)| ceiling.set(*kind, *most));
        }
        registry.limits.max_policy_tags = self.max_policy_tags.or(registry.limits.max_policy_tags);
        registry.deliveries.commands.extend(self.allow_command.iter().cloned());
        registry.update_secrets = self.update_secrets.unwrap_or(registry.update_secrets);
    }
}

fn pruned() -> impl TypedValueParser<Value = Kind> {
    let known = PossibleValuesParser::new(Kind::pruned().map(Kind::word));
    known.try_map(|word| Kind::of(&word).ok_or("there is no such kind"))
}

fn update_secrets() -> impl TypedValueParser<Value = UpdateSecrets> {
    let known = PossibleValuesParser::new(UpdateSecrets::ALL.map(|(word, _)| word));
    known.try_map(|word| UpdateSecrets::of(&word).ok_or("there is no such policy"))
}

fn percent(text: &str) -> Result<(Option<Kind>, u64), String> {
    ceiling(text).and_then(|given| if given.1 > 100 { Err("must be at most 100".into()) } else { Ok(given) })
}

fn ceiling(text: &str) -> Result<(Option<Kind>, u64), String> {
    let (kind, number) = match text.split_once('=') {
        Some((word, number)) => {
            let unknown = || Kind::unknown(word, Kind::ALL.iter().copied());
            (Some(Kind::of(word).ok_or_else(unknown)?), number)
        }
        None => (None, text),
    };
    let number = number.parse().map_err(|_| "must be a whole number from 0, or KIND=NUMBER".to_owned())?;
    Ok((kind, number))
}
