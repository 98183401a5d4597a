//! One call of a module: what an entry of the declaration becomes.

use serde_json::{Map, Value, json};

use super::options::KeptOptions;
use crate::api::Reader;
use crate::apply::input::declaration::Task;
use crate::apply::input::delivery::Delivery;
use crate::apply::input::registry::Endpoint;
use crate::apply::input::yaml::{Content, Node, Place, Problem};
use crate::apply::kinds::credential;
use crate::apply::kinds::names::ObjectName;
use crate::apply::kinds::prediction::Made;
use crate::apply::kinds::repository::Grantee;
use crate::apply::kinds::secret::{self, SecretName};
use crate::apply::kinds::section::{Section, Supply};
use crate::apply::kinds::{self, Kind, names};
use crate::apply::predicted::PredictedServer;
use crate::call::Call;
use crate::call::mask::Mask;
use crate::call::{self, Complaint};
use crate::modules::{self, connection, contract::Login};
use crate::plan::Plan;
use crate::quay::written;

/// One call of a module, checked.
pub struct Item {
    /// What kind of object it is about.
    pub kind: Kind,
    /// What is known about the objects of its module, where that is anything.
    pub section: Option<&'static Section>,
    /// The module.
    pub entry: &'static modules::Entry,
    /// Whether its object shall be gone.
    removal: bool,
    /// Its options.
    pub options: KeptOptions,
    /// Values that nobody must see.
    pub secrets: Vec<String>,
    /// What to call it before its plan says so.
    pub title: String,
    /// The organization that it belongs to.
    pub organization: Option<String>,
    /// Where it is declared; `None` for an object that is only on the server.
    pub place: Option<Place>,
    /// Whose permissions are pruned, where that are not all.
    pub grantees: Option<Vec<Grantee>>,
    /// Things that the user should know.
    pub warnings: Vec<String>,
    /// The Kubernetes Secret that gets what its module returns.
    pub secret: Option<SecretName>,
    /// Where the credential goes that its module returns.
    pub deliver: Vec<Delivery>,
    /// Whether a removal of all that is declared leaves its object.
    pub preserve: bool,
    /// Whether the user has been told that images go with it.
    pub holds_images: bool,
}

/// The entries around an entry.
#[derive(Clone, Copy, Default)]
pub struct Around<'a> {
    /// The name of the organization.
    pub organization: Option<&'a str>,
    /// The name of the team.
    pub team: Option<&'a str>,
    /// The name of the application, in the end.
    pub application: Option<&'a str>,
    /// The short name of the repository.
    pub repository: Option<&'a str>,
}

impl Item {
    /// What its options call it, or the place that it belongs to.
    pub fn called(&self) -> String {
        name(self.section, &self.options.all())
    }

    /// Makes the item of an entry. `append` says whether list options keep what the entry does not name.
    ///
    /// # Errors
    /// Everything that the module's own rules say about the options.
    pub fn of(section: &'static Section, node: &Node, around: Around<'_>, append: bool) -> Result<Item, Vec<Problem>> {
        let mut parameters = Map::new();
        if let Content::Map(map) = &node.content {
            for (key, value) in map {
                if section.knows(&key.name) {
                    parameters.insert(section.option(&key.name).to_owned(), value.to_value());
                }
            }
        }
        for (option, supply) in section.supplied {
            if let Some(value) = around.supply(*supply, node) {
                parameters.insert((*option).to_owned(), json!(value));
            }
        }
        if section.left_out.contains(&"append") && section.entry().document.options.iter().any(|o| o.name == "append") {
            parameters.insert("append".to_owned(), json!(append));
        }
        let mut item = Item::checked(
            section.kind,
            section.entry(),
            Call::within(section.module, parameters),
            node,
            section.renamed,
        )?;
        item.organization = around.organization.map(str::to_owned);
        item.steered(node)
    }

    /// Adds what an entry says besides options.
    fn steered(mut self, node: &Node) -> Result<Item, Vec<Problem>> {
        self.preserve = node.is_true("preserve");
        if let Some(deliver) = node.get("deliver").filter(|deliver| !deliver.is_null()) {
            if !credential::is_given_by(self.module()) {
                return Err(vec![deliver.problem(format!("{} returns no credential to deliver", self.module()))]);
            }
            self.deliver = Delivery::read(deliver)?;
        }
        let Some(secret) = node.get("secret").filter(|secret| !secret.is_null()) else { return Ok(self) };
        if !secret::is_made_of(self.module()) {
            let what = format!("{} returns nothing that could go into a Secret", self.module());
            return Err(vec![secret.problem(what)]);
        }
        self.secret = Some(SecretName::read(&secret.to_value()).map_err(|why| vec![secret.problem(why)])?);
        Ok(self)
    }

    /// Takes those deliveries that the user has said for its credential.
    pub fn take_deliveries(&mut self, given: &[(String, Delivery)]) {
        if credential::is_given_by(self.module()) && !self.is_removal() {
            let called = self.called();
            self.deliver.extend(given.iter().filter(|(name, _)| *name == called).map(|(_, delivery)| delivery.clone()));
        }
    }

    /// Makes the item of a call with all its options.
    ///
    /// # Errors
    /// Everything that the module's own rules say about the options.
    pub fn of_task(task: &Task, endpoint: &Endpoint) -> Result<Item, Vec<Problem>> {
        let Task { entry, options: node, steering, .. } = task;
        let mut parameters = match node.to_value() {
            Value::Object(map) => map,
            Value::Null => Map::new(),
            _ => return Err(vec![node.problem("the options of a module are a mapping")]),
        };
        for key in connection::required(entry.rules.login) {
            if let Some(value) = endpoint.options.get(*key) {
                parameters.entry(*key).or_insert_with(|| value.clone());
            }
        }
        let call = Call::of(entry.document.name, parameters);
        Item::checked(Kind::Tasks, entry, call, node, &[])?.steered(steering)
    }

    /// Makes the item of options that stand in no file.
    ///
    /// # Errors
    /// Everything that the module's own rules say about the options.
    pub fn of_options(
        kind: Kind,
        entry: &'static modules::Entry,
        options: Map<String, Value>,
    ) -> Result<Item, Vec<Problem>> {
        let node = Node::of_value(&Value::Object(options.clone()), "options");
        Item::checked(kind, entry, Call::within(entry.document.name, options), &node, &[])
    }

    /// Makes the item that removes an object which the declaration does not name.
    ///
    /// # Errors
    /// When the server calls the object something that the module does not accept.
    pub fn removal(section: &Section, options: Value, organization: Option<&str>) -> Result<Item, Vec<Problem>> {
        let node = Node::of_value(&options, "prune");
        let Value::Object(mut parameters) = options else { return Err(vec![node.problem("no options")]) };
        parameters.insert("state".into(), json!("absent"));
        let call = Call::within(section.module, parameters);
        let mut item = Item::checked(section.kind, section.entry(), call, &node, &[])?;
        item.organization = organization.map(str::to_owned);
        item.place = None;
        Ok(item)
    }

    /// The removal of its object: the module with all options, as the operator runs it.
    #[must_use]
    pub fn into_removal(mut self) -> Item {
        let section = self.section;
        self.change(|options| {
            options.insert("state".into(), json!("absent"));
            let is_given = |key: &&str| options.get(*key).is_some_and(|value| !value.is_null());
            if let Some(section) = section.filter(|section| section.called.first().is_some_and(is_given)) {
                section.selectors.iter().for_each(|key| drop(options.remove(*key)));
            }
        });
        self.removal = true;
        self.secret = None;
        self.deliver = Vec::new();
        self.grantees = None;
        self
    }

    fn checked(
        kind: Kind,
        entry: &'static modules::Entry,
        call: Call,
        node: &Node,
        renamed: &[(&str, &str)],
    ) -> Result<Item, Vec<Problem>> {
        // The environment speaks for connections only, and those are not an item's own.
        let checked = match call::validate(entry.document, entry.rules, call, &|_| None) {
            Ok(checked) => checked,
            Err(invalid) => {
                let mask = Mask::new(&invalid.secrets);
                return Err(invalid.errors.iter().map(|error| located(node, renamed, error, &mask)).collect());
            }
        };
        let mask = Mask::new(&checked.secrets);
        let problems = entry.check(&checked.options).map_err(|error| vec![node.problem(error.to_string())])?;
        if !problems.is_empty() {
            let complaints = problems.into_iter().map(Complaint::of);
            return Err(complaints.map(|complaint| located(node, renamed, &complaint, &mask)).collect());
        }
        let mut warnings = checked.warnings;
        warnings.extend(checked.deprecations.into_iter().map(|deprecation| deprecation.msg));
        let section = kinds::of_module(entry.document.name);
        let title = format!("{} {}", kind.card().one, name(section, &checked.options));
        let place = Some(node.place.clone());
        let organization = kinds::organization(entry.document.name, &checked.options);
        let (mut options, secrets) = (checked.options, checked.secrets);
        // The connection is the endpoint's; only who must sign in with a password is asked for it by name.
        if entry.rules.login != Login::PasswordOnly {
            options.retain(|option, _| !connection::is_option(option));
        }
        // A list of those who may stay only takes others away.
        let removal = options.get("state").is_some_and(|state| state == "absent" || state == "exact");
        Ok(Item {
            kind,
            section,
            entry,
            removal,
            options: KeptOptions::of(section, &options),
            secrets,
            title,
            organization,
            place,
            grantees: None,
            warnings,
            secret: None,
            deliver: Vec::new(),
            preserve: false,
            holds_images: false,
        })
    }

    /// Whether something waits for what its module returns, be it changed or not.
    pub fn has_takers(&self) -> bool {
        self.secret.is_some() || !self.deliver.is_empty()
    }

    /// Whether its object shall be gone.
    pub fn is_removal(&self) -> bool {
        self.removal
    }

    /// Whether it starts something rather than describing a state: each run would do it again.
    pub fn is_command(&self) -> bool {
        self.starts().is_some()
    }

    /// What it starts, for a person.
    pub fn starts(&self) -> Option<&'static str> {
        let section = self.section?;
        let is_asked = || {
            let options = self.options.all();
            section.commands.iter().any(|option| options.get(*option) == Some(&json!(true)))
        };
        section.starts.filter(|_| section.commands.is_empty() || is_asked())
    }

    /// The plan of a command, which is not carried out in a usual run, with the reason as its warning; `None` for all others.
    ///
    /// A token, a synchronization or a test message would come with every run. `asked` says that the user wants the commands now
    /// (the kind `tasks` was named).
    pub fn left_out(&self, asked: bool) -> Option<Plan> {
        let what = self.starts().filter(|_| !asked)?;
        let mut plan = Plan::of(self.title.clone());
        plan.warn(format!("{what} only on request: name the kind tasks (only) to do it now"));
        Some(plan)
    }

    /// Changes its options.
    pub fn change(&mut self, change: impl FnOnce(&mut Map<String, Value>)) {
        let mut options = self.options.all();
        change(&mut options);
        self.options = KeptOptions::of(self.section, &options);
    }

    /// Tells the predicted server what its plan creates, renames or removes.
    pub fn predict(&self, options: &Map<String, Value>, plan: &Plan, server: &PredictedServer, reader: &Reader) {
        if let Some(section) = self.section {
            (section.predict)(&Made { server, options, plan, reader });
        }
    }

    /// The object that it makes, or removes; `None` where nothing else can name it.
    pub fn makes(&self) -> Option<&ObjectName> {
        self.options.makes()
    }

    /// All objects that it makes, or removes.
    pub fn brings(&self) -> impl Iterator<Item = &ObjectName> {
        self.options.brings()
    }

    /// The objects that it builds on.
    pub fn needs(&self) -> &[ObjectName] {
        self.options.needs()
    }

    /// The repository that it is, or belongs to.
    pub fn repository(&self) -> Option<&str> {
        self.brings().chain(self.needs()).find_map(|object| match object {
            ObjectName::Repository(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// A text option.
    pub fn text(&self, option: &str) -> Option<String> {
        match self.options.all().swap_remove(option) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The short name of the module.
    pub fn module(&self) -> &'static str {
        self.entry.document.name
    }

    /// A complaint about it.
    pub fn problem(&self, what: impl Into<String>) -> Problem {
        let place = self.place.clone().unwrap_or_else(|| Place::data(self.title.as_str()));
        Problem { place, what: what.into() }
    }
}

impl Around<'_> {
    fn supply(&self, supply: Supply, node: &Node) -> Option<String> {
        let organization = self.organization.unwrap_or_default();
        let name = || node.get("name").map(Node::to_value).map(|name| written(&name));
        match supply {
            Supply::Organization => Some(organization.to_owned()),
            Supply::Text(text) => Some(text.to_owned()),
            Supply::Team => self.team.map(str::to_owned),
            Supply::Application => self.application.map(str::to_owned),
            Supply::RobotName => {
                let name = name()?;
                Some(if name.contains('+') { name } else { format!("{organization}+{name}") })
            }
            Supply::RepositoryName => name().map(|name| format!("{organization}/{name}")),
            Supply::Repository => self.repository.map(|name| format!("{organization}/{name}")),
        }
    }
}

/// What its options call an object.
fn name(section: Option<&Section>, options: &Map<String, Value>) -> String {
    const NAMES: &[&str] = &["name", "title", "repository", "namespace", "organization"];
    let keys = section.map_or(NAMES, |section| section.called);
    let found = keys.iter().find_map(|key| options.get(*key).filter(|value| !value.is_null()));
    names::image(options).map_or_else(|| found.map(written).unwrap_or_default(), str::to_owned)
}

/// A complaint where its option stands in the file; `renamed` holds the options that have another name there.
fn located(node: &Node, renamed: &[(&str, &str)], complaint: &Complaint, mask: &Mask) -> Problem {
    let path = &complaint.path;
    let (option, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
    let key = renamed.iter().find(|(_, there)| *there == option).map_or(option, |(here, _)| here);
    node.at(&format!("{key}{rest}")).problem(mask.text(&complaint.text))
}
