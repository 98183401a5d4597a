//! The handle of a running emulator.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use serde_json::Value;
use tokio::{runtime::Runtime, sync::watch, task::JoinHandle};

use crate::{
    config::Config,
    fault::Fault,
    image::{self, Image},
    journal::Exchange,
    seed,
    server::{self, Shared, lock},
    state::{Role, State},
    tls::{self, TlsError},
};

/// A running emulator; it stops when dropped.
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    ca_pem: Option<String>,
    stop: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
    runtime: Option<Runtime>,
}

impl Emulator {
    /// Starts an emulator with the defaults on a free port of 127.0.0.1.
    pub fn start() -> Emulator {
        Emulator::with(Config::default())
    }

    /// Starts an emulator.
    ///
    /// # Panics
    /// When it cannot listen, or cannot make its certificate.
    pub fn with(config: Config) -> Emulator {
        let listen = config.listen;
        Emulator::launch(config).unwrap_or_else(|error| panic!("cannot start the emulator on {listen}: {error}"))
    }

    /// Starts an emulator, or says why it cannot.
    ///
    /// # Errors
    /// When it cannot listen, or cannot make its certificate.
    pub fn launch(config: Config) -> Result<Emulator, TlsError> {
        let listener = TcpListener::bind(config.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (acceptor, ca_pem) = if config.tls {
            tls::acceptor(config.self_signed).map(|(acceptor, pem)| (Some(acceptor), Some(pem)))?
        } else {
            (None, None)
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.workers.max(1))
            .thread_name("quay-emulator")
            .enable_all()
            .build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let seed = config.seed_admin;
        let shared = Arc::new(Shared::new(config));
        let (stop, stopped) = watch::channel(false);
        let accepting = runtime.spawn(server::serve(listener, acceptor, shared.clone(), stopped));
        let emulator = Emulator { shared, address, ca_pem, stop, accepting: Some(accepting), runtime: Some(runtime) };
        if seed {
            emulator.seed_admin();
        }
        Ok(emulator)
    }

    /// Scheme, address and port: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate of the private authority (PEM), when serving HTTPS.
    pub fn ca_pem(&self) -> Option<String> {
        self.ca_pem.clone()
    }

    /// Creates the superuser `admin` (password `password`), and gives back a new token with all scopes.
    pub fn seed_admin(&self) -> String {
        seed::admin(&mut self.state())
    }

    /// A new token for a user (created when missing) with these scopes.
    pub fn token_for(&self, user: &str, scopes: &[&str]) -> String {
        seed::token(&mut self.state(), user, scopes, seed::TOKEN_LIFETIME)
    }

    /// Creates a user with a password, unless the name exists.
    pub fn add_user(&self, name: &str, password: &str) {
        seed::user(&mut self.state(), name, Some(&format!("{name}@example.com")), Some(password));
    }

    /// Everything that was asked so far.
    pub fn journal(&self) -> Vec<Exchange> {
        lock(&self.shared.journal).clone()
    }

    /// Forgets what was asked so far.
    pub fn clear_journal(&self) {
        self.shared.clear_journal();
    }

    /// The most requests that were on their way at a time since the journal was cleared.
    pub fn most_at_a_time(&self) -> usize {
        self.shared.most_at_a_time()
    }

    /// The requests that wanted to change something: POST, PUT and DELETE below `/api/`, log-ins apart.
    pub fn writes(&self) -> Vec<Exchange> {
        lock(&self.shared.journal).iter().filter(|exchange| exchange.is_write()).cloned().collect()
    }

    /// Switches a feature (named without `FEATURE_`) on or off.
    pub fn set_feature(&self, name: &str, on: bool) {
        lock(&self.shared.world).settings.set_feature(name, on);
    }

    /// Changes a setting.
    pub fn set_setting(&self, name: &str, value: impl Into<Value>) {
        lock(&self.shared.world).settings.set_value(name, value.into());
    }

    /// Adds a fault.
    pub fn fault(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.clear_faults();
    }

    /// Pushes a small image as user `admin`, the way a registry client does: the repository is created if need be.
    /// Gives back the digest.
    pub fn push_image(&self, repository: &str, tag: &str) -> String {
        self.push(repository, tag, &Image::new(tag))
    }

    /// Pushes an image as user `admin`. Gives back the digest.
    pub fn push(&self, repository: &str, tag: &str, image: &Image) -> String {
        image::push(&mut self.state(), repository, tag, image, "admin")
    }

    /// Counts a pull of a tag.
    pub fn pull(&self, repository: &str, tag: &str) {
        image::pull(&mut self.state(), repository, tag);
    }

    /// What the garbage collector does, in all repositories at once.
    pub fn collect_garbage(&self) {
        self.state().collect_garbage();
    }

    /// The whole registry as JSON.
    pub fn snapshot(&self) -> Value {
        serde_json::to_value(&*self.state()).unwrap_or_default()
    }

    /// Replaces the whole registry by a snapshot.
    ///
    /// # Errors
    /// When the document is not a snapshot.
    pub fn load(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.state() = serde_json::from_value(snapshot)?;
        Ok(())
    }

    /// Back to the start: no data, no faults, no journal.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Works on the registry's data directly.
    pub fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state())
    }

    /// Every token and secret that the registry has made, those of its accounts, robots and applications: what no output may tell
    /// that does not give it on purpose.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.state();
        let of_namespaces = state.namespaces.values().flat_map(|namespace| {
            let robots = namespace.robots.values().map(|robot| &robot.token);
            let applications = namespace.applications.values().map(|application| &application.client_secret);
            robots.chain(applications).chain(namespace.app_tokens.iter().map(|token| &token.code))
        });
        of_namespaces.chain(state.tokens.keys()).chain(state.sessions.keys()).cloned().collect()
    }

    /// What an account (user or robot) may do with a repository when it comes with all that it has: the check of the API and of
    /// the registry.
    pub fn role_of(&self, account: &str, namespace: &str, repository: &str) -> Option<Role> {
        let world = lock(&self.shared.world);
        world.state.role_of(&world.settings, account, namespace, repository)
    }

    /// Whether the registry takes a push of an account.
    pub fn pushes(&self, account: &str, namespace: &str, repository: &str) -> bool {
        let role = self.role_of(account, namespace, repository);
        let world = lock(&self.shared.world);
        role >= Some(Role::Write)
            && world.state.repository(namespace, repository).is_some_and(|found| match found.state.as_str() {
                "NORMAL" => true,
                "MIRROR" => found.mirror.as_ref().is_some_and(|mirror| mirror.robot_username == account),
                _ => false,
            })
    }

    /// Stops at once and frees the port.
    pub fn stop(self) {
        drop(self);
    }

    fn state(&self) -> impl std::ops::DerefMut<Target = State> {
        StateGuard(lock(&self.shared.world))
    }
}

struct StateGuard<'a>(std::sync::MutexGuard<'a, server::World>);

impl std::ops::Deref for StateGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0.state
    }
}

impl std::ops::DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0.state
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        // The listener is closed when the accepting task has ended; that takes one turn of its thread.
        while self.accepting.as_ref().is_some_and(|task| !task.is_finished()) {
            std::thread::yield_now();
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
