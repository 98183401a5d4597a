//! Log-in, TLS, proxies, errors of the network, repetition.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use quay_emulator::{AuthKind, Config, Emulator, Fault, FaultKind, LoginGeneration};
use serde_json::{Value, json};

use crate::support::{Mode, Registry, Run, merge};

const ORGANIZATION: &str = "quay_organization";
const READ: &str = "GET /api/v1/organization/acme";
const CREATE: &str = "POST /api/v1/organization/";

/// Runs `quay_organization` for `acme` with the administrator's token and these options besides.
fn acme(registry: &Registry, options: Value) -> Run {
    let mut all = json!({"name": "acme"});
    merge(&mut all, options);
    registry.run(ORGANIZATION, all)
}

/// Runs `quay_organization` for `acme` with the administrator's password.
fn acme_signed_in(registry: &Registry, options: Value) -> Run {
    let mut all = json!({"name": "acme", "quay_username": "admin", "quay_password": "password"});
    merge(&mut all, options);
    registry.run_as("", ORGANIZATION, all, Mode::Real)
}

/// Fails as the sentence says, and has written nothing.
fn assert_says(run: &Run, expected: &str) {
    assert_eq!(run.assert_sentence(), expected);
}

// Signing in

#[test]
fn a_token_signs_every_request() {
    let registry = Registry::new();
    let run = acme(&registry, json!({}));
    assert!(run.changed());
    assert_eq!(run.lines(), [READ, CREATE]);
    assert!(run.requests.iter().all(|request| request.auth == AuthKind::Token));
    run.assert_hides(&registry.token);
}

/// Quay takes a wrong token for no token at all: reading public data works, and a write fails in disguise.
#[test]
fn a_wrong_token_is_named_when_a_write_fails() {
    let registry = Registry::new();
    let run = registry.run_as("wrong-token", ORGANIZATION, json!({"name": "acme"}), Mode::Real);
    assert_says(
        &run,
        "cannot create the organization acme: Quay says \"CSRF token was invalid or missing.\" (status 403); the token \
         is invalid, expired, or its user is disabled: check quay_token",
    );
    assert_eq!(run.result["status"], 403);
    run.assert_hides("wrong-token");
}

#[test]
fn a_wrong_token_is_named_when_a_read_fails() {
    let registry = Registry::new();
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    let run = registry.run_as("wrong-token", "quay_robot", json!({"name": "acme+ci"}), Mode::Real);
    let message = run.assert_sentence();
    assert!(message.contains("quay_token is invalid, expired, of a disabled user, or lacks the scope"), "{message}");
    assert_eq!(run.writes(), Vec::<String>::new());
    run.assert_hides("wrong-token");
}

/// Quay answers such a read like that of a stranger, so that the answers alone prove nothing.
#[test]
fn a_wrong_token_is_named_where_public_data_would_be_enough() {
    let registry = Registry::new();
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    let expected = "cannot sign in with quay_token: Quay says \"Requires authentication\" (status 401); quay_token is invalid, expired, or of \
                    a disabled user";
    for (options, mode) in [
        (json!({"name": "acme"}), Mode::Real),
        (json!({"name": "acme"}), Mode::Check),
        (json!({"name": "other"}), Mode::Check),
        (json!({"name": "other", "state": "absent"}), Mode::Real),
    ] {
        let run = registry.run_as("wrong-token", ORGANIZATION, options, mode);
        assert_says(&run, expected);
        assert_eq!(run.lines().last().map(String::as_str), Some("GET /api/v1/user/robots"));
        run.assert_hides("wrong-token");
    }
}

/// 403 is the answer to a valid token without the right.
#[test]
fn a_token_that_may_do_nothing_here_is_valid_all_the_same() {
    let registry = Registry::new();
    registry.emulator.add_user("alice", "password");
    let token = registry.emulator.token_for("alice", &["repo:read"]);
    let run = registry.run_as(&token, ORGANIZATION, json!({"name": "other", "state": "absent"}), Mode::Real);
    assert!(!run.changed());
    assert_eq!(run.lines(), ["GET /api/v1/organization/other", "GET /api/v1/user/robots"]);
    assert_eq!(run.requests[1].status, 403);
}

#[test]
fn without_credentials_public_data_can_be_read_and_a_write_says_what_is_missing() {
    let registry = Registry::new();
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    let read = registry.run_as("", ORGANIZATION, json!({"name": "acme"}), Mode::Real);
    assert!(!read.changed());
    let write = registry.run_as("", ORGANIZATION, json!({"name": "other"}), Mode::Real);
    assert_says(
        &write,
        "cannot create the organization other: no credentials were given: set quay_token, or quay_username and quay_password",
    );
    let check = registry.run_as("", ORGANIZATION, json!({"name": "other"}), Mode::Check);
    assert_eq!(check.assert_sentence(), write.message());
}

#[test]
fn a_log_in_takes_the_csrf_token_from_its_own_route() {
    let registry = Registry::new();
    let run = acme_signed_in(&registry, json!({}));
    assert!(run.changed());
    assert_eq!(run.lines(), ["GET /csrf_token", "POST /api/v1/signin", READ, CREATE]);
    assert!(run.requests[2..].iter().all(|request| request.auth == AuthKind::Session));
    assert_eq!(run.requests[3].user.as_deref(), Some("admin"));
    run.assert_hides("\"password\":\"password\"");
}

/// A proxy may answer with its own page, and a session that is none would look like lost rights.
#[test]
fn a_log_in_counts_only_with_the_answer_of_quay() {
    for (kind, body, fault) in [
        (
            "text/html",
            "<html><title>Portal</title></html>",
            "with status 200 and no JSON (is quay_host a Quay server?)",
        ),
        ("application/json", "", "with status 200 and without an object"),
        ("application/json", "{}", "without true or false \"success\""),
        ("application/json", r#"{"success": true"#, "with status 200 and no JSON (is quay_host a Quay server?)"),
    ] {
        let registry = Registry::new();
        registry.emulator.fault(Fault::status(200, kind, body).on("POST", "/api/v1/signin"));
        let run = acme_signed_in(&registry, json!({"retries": 1}));
        assert_eq!(run.lines(), ["GET /csrf_token", "POST /api/v1/signin"]);
        assert_eq!(run.message(), format!("cannot sign in as admin: POST /api/v1/signin answered {fault}"));
    }
}

#[test]
fn a_log_in_takes_the_csrf_token_from_the_home_page_of_older_servers() {
    let registry = Registry::with(Config { login: LoginGeneration::HomePage, ..Config::default() });
    let run = acme_signed_in(&registry, json!({}));
    assert!(run.changed());
    let logged_in = run.lines().iter().position(|line| line == "POST /api/v1/signin").unwrap();
    assert_eq!(run.lines()[logged_in - 1], "GET /");
    assert_eq!(run.lines()[logged_in + 1..], [READ, CREATE]);
}

/// Signing out would end every session of the user: those of parallel tasks and of a browser.
#[test]
fn nobody_is_signed_out() {
    let registry = Registry::new();
    acme_signed_in(&registry, json!({}));
    acme_signed_in(&registry, json!({"name": "acme", "state": "absent"}));
    acme_signed_in(&registry, json!({"name": "acme", "quay_password": "wrong"}));
    let paths: Vec<String> = registry.emulator.journal().into_iter().map(|exchange| exchange.path).collect();
    assert!(!paths.iter().any(|path| path.contains("signout")), "{paths:?}");
}

#[test]
fn one_log_in_serves_a_whole_run_in_check_mode_too() {
    let registry = Registry::new();
    let options = json!({
        "name": "acme", "email": "a@example.com", "time_machine_expiration": "1w",
        "quay_username": "admin", "quay_password": "password",
    });
    let checked = registry.run_as("", ORGANIZATION, options.clone(), Mode::Check);
    let real = registry.run_as("", ORGANIZATION, options, Mode::Real);
    assert!(real.writes().len() > 1);
    for run in [checked, real] {
        assert_eq!(run.lines().iter().filter(|line| line.ends_with("/signin")).count(), 1);
    }
}

#[test]
fn a_call_with_mistakes_does_not_sign_in() {
    let registry = Registry::new();
    let run = acme_signed_in(&registry, json!({"time_machine_expiration": "5 months"}));
    assert_eq!(run.code, 1);
    assert_eq!(run.lines(), Vec::<String>::new());
}

#[test]
fn a_module_that_never_signs_in_sends_no_credentials() {
    let registry = Registry::new();
    let options = json!({
        "username": "root", "password": "new password", "email": "root@example.com", "quay_token": registry.token,
    });
    let run = registry.run("quay_first_user", options);
    assert!(run.requests.iter().all(|request| request.auth == AuthKind::Anonymous), "{:?}", run.requests);
    run.assert_hides("new password");
}

#[test]
fn a_wrong_password_is_named() {
    let registry = Registry::new();
    let run = acme_signed_in(&registry, json!({"quay_password": "wrong/pass word", "retries": 3}));
    assert_says(
        &run,
        "cannot sign in as admin: Quay says \"Invalid Username or Password\" (status 403); check quay_username and \
         quay_password",
    );
    assert_eq!(run.lines(), ["GET /csrf_token", "POST /api/v1/signin"]);
    run.assert_hides("wrong/pass word");
}

/// Each further attempt would only prolong the lock.
#[test]
fn a_throttled_log_in_is_not_repeated() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::too_many_requests(Some(1)).on("POST", "/api/v1/signin"));
    let run = acme_signed_in(&registry, json!({"retries": 3}));
    assert_says(&run, "cannot sign in as admin: Quay says \"Too many requests\" (status 429); try again in 1 second");
    assert_eq!(run.lines(), ["GET /csrf_token", "POST /api/v1/signin"]);
}

#[test]
fn an_unverified_address_is_named() {
    let registry = Registry::with(Config::default().feature("MAILING", true));
    registry.emulator.add_user("newcomer", "password");
    registry.emulator.with_state(|state| state.user_mut("newcomer").unwrap().verified = false);
    let run = acme_signed_in(&registry, json!({"quay_username": "newcomer"}));
    assert_says(
        &run,
        "cannot sign in as newcomer: Quay answered with status 403; confirm the e-mail address of the account first",
    );
}

#[test]
fn a_server_without_passwords_asks_for_a_token() {
    let registry = Registry::with(Config::default().feature("DIRECT_LOGIN", false));
    let message = acme_signed_in(&registry, json!({})).assert_sentence();
    assert!(message.starts_with("cannot sign in as admin: not available on this server (status 40"), "{message}");
    assert!(message.contains("FEATURE_DIRECT_LOGIN") && message.ends_with("use quay_token"), "{message}");
}

#[test]
fn a_page_without_a_csrf_token_is_no_quay() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::status(200, "text/html", "<html><title>Hello</title>").on("GET", "/"));
    let message = acme_signed_in(&registry, json!({})).assert_sentence();
    let url = registry.emulator.url();
    assert_eq!(message, format!("cannot get a CSRF token for the log-in; is {url} a Quay server?"));
}

#[test]
fn a_dead_end_before_the_log_in_is_not_mistaken_for_another_server() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(503).at("/"));
    let message = acme_signed_in(&registry, json!({})).assert_sentence();
    assert!(message.contains("status 503"), "{message}");
}

/// The page is read like everything else.
#[test]
fn the_home_page_of_older_servers_is_asked_again_when_the_connection_drops() {
    let registry = Registry::with(Config { login: LoginGeneration::HomePage, ..Config::default() });
    let undisturbed = acme_signed_in(&registry, json!({})).lines();
    let before = undisturbed.iter().position(|line| line == "GET /").unwrap();
    registry.emulator.fault(Fault::drop_before().on("GET", "/").skip(before as u32).times(1));
    let lines = acme_signed_in(&registry, json!({"retries": 1})).lines();
    assert_eq!(lines[before..before + 3], ["GET /", "GET /", "POST /api/v1/signin"]);
}

/// The cookie of a server that believes to be reached over https does not travel over http.
#[test]
fn http_to_a_server_configured_for_https_loses_the_session() {
    let registry = Registry::with(Config::default().setting("PREFERRED_URL_SCHEME", "https"));
    // A client trusts the name and addresses of its own machine with such a cookie.
    let proxy = Proxy::start(Some(registry.emulator.url().replace("http://", "")));
    let options = json!({
        "name": "acme", "quay_host": "http://quay.test", "quay_username": "admin", "quay_password": "password",
    });
    let arguments = registry.arguments(ORGANIZATION, options);
    let run = registry.run_exactly(&arguments, &[("HTTP_PROXY", &format!("http://{}", proxy.address))]);
    assert_says(
        &run,
        "cannot sign in as admin: Quay says \"CSRF token was invalid or missing.\" (status 403); the session was lost \
         on the way: when Quay is configured for https, quay_host must be an https URL, or use a token",
    );
}

// TLS

fn secure() -> (Registry, tempfile::NamedTempFile) {
    let registry = Registry::with(Config { tls: true, ..Config::default() });
    let mut ca = tempfile::NamedTempFile::new().unwrap();
    ca.write_all(registry.emulator.ca_pem().unwrap().as_bytes()).unwrap();
    (registry, ca)
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let (registry, _) = secure();
    let run = acme(&registry, json!({"retries": 3}));
    let url = registry.emulator.url();
    let message = run.assert_sentence();
    assert!(message.starts_with(&format!("the certificate of {url} is not trusted (")), "{message}");
    assert!(message.ends_with("; set ca_path to the CA that signed it, or validate_certs to false"), "{message}");
    assert_eq!(run.lines(), Vec::<String>::new());
}

#[test]
fn ca_path_makes_a_private_authority_trusted_and_brings_http_2() {
    let (registry, ca) = secure();
    let run = acme(&registry, json!({"ca_path": ca.path()}));
    assert!(run.changed());
    assert!(run.requests.iter().all(|request| request.http2), "{:?}", run.requests);
}

/// A self-signed certificate often calls itself an authority, which the usual rules take for no server.
#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_the_one_of_ca_path() {
    let registry = Registry::with(Config { tls: true, self_signed: true, ..Config::default() });
    let mut own = tempfile::NamedTempFile::new().unwrap();
    own.write_all(registry.emulator.ca_pem().unwrap().as_bytes()).unwrap();
    let run = acme(&registry, json!({"ca_path": own.path()}));
    assert!(run.changed());
    assert!(run.requests.iter().all(|request| request.http2), "{:?}", run.requests);
    let (_, stranger) = secure();
    let message = acme(&registry, json!({"ca_path": stranger.path()})).assert_sentence();
    assert!(message.contains("is not trusted"), "{message}");
    // The certificate is for this machine's names alone.
    let options = json!({"name": "acme", "quay_token": registry.token, "ca_path": own.path(),
        "quay_host": registry.emulator.url().replace("127.0.0.1", "127.0.0.2"), "retries": 0});
    let message = registry.run_raw(ORGANIZATION, options, Mode::Real).assert_sentence();
    assert!(message.contains("certificate") || message.contains("cannot connect"), "{message}");
}

#[test]
fn ca_path_comes_from_the_environment_too() {
    let (registry, ca) = secure();
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "quay_token": registry.token}));
    let run = registry.run_exactly(&arguments, &[("QUAY_CA_PATH", ca.path().to_str().unwrap())]);
    assert!(run.changed());
}

#[test]
fn a_log_in_works_over_tls() {
    let (registry, ca) = secure();
    assert!(acme_signed_in(&registry, json!({"ca_path": ca.path()})).changed());
}

#[test]
fn validate_certs_off_trusts_anybody() {
    let (registry, _) = secure();
    assert!(acme(&registry, json!({"validate_certs": false})).changed());
}

#[test]
fn an_unusable_ca_path_is_named() {
    let (registry, _) = secure();
    let run = acme(&registry, json!({"ca_path": "/no/such/ca.pem"}));
    assert_eq!(run.message(), "ca_path: /no/such/ca.pem: No such file or directory");
    run.assert_sentence();
    for garbage in ["no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", ""] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(garbage.as_bytes()).unwrap();
        let message = acme(&registry, json!({"ca_path": file.path()})).assert_sentence();
        assert!(message.starts_with(&format!("ca_path: {}: ", file.path().display())), "{message}");
        assert!(message.contains("certificate"), "{message}");
    }
}

#[test]
fn https_to_a_plain_port_and_http_to_a_tls_port_are_told_apart_from_silence() {
    let registry = Registry::new();
    let url = registry.emulator.url().replace("http:", "https:");
    let message = acme(&registry, json!({"quay_host": url})).assert_sentence();
    assert!(message.starts_with(&format!("no TLS connection to {url} (")), "{message}");
    assert!(message.ends_with("does this port speak https?"), "{message}");

    let (registry, _) = secure();
    let url = registry.emulator.url().replace("https:", "http:");
    let message = acme(&registry, json!({"quay_host": url})).assert_sentence();
    assert!(
        message.contains(&url) && message.ends_with("if this port speaks https, write quay_host with https://"),
        "{message}"
    );
}

#[test]
fn a_machine_without_trusted_authorities_is_told_what_to_do() {
    let (registry, _) = secure();
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme"}));
    let empty = tempfile::tempdir().unwrap();
    let directory = empty.path().to_str().unwrap();
    let run = registry.run_exactly(&arguments, &[("SSL_CERT_DIR", directory), ("SSL_CERT_FILE", "/no/such/file")]);
    let message = run.assert_sentence();
    assert!(message.contains("ca_path") && message.contains("validate_certs"), "{message}");
}

// Proxies

/// Writes down the first line of each request and refuses it, or hands it on to one server whatever its name.
struct Proxy {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(target: Option<String>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (target, noted) = (target.clone(), Arc::clone(&noted));
                thread::spawn(move || Proxy::answer(stream, target.as_deref(), &noted));
            }
        });
        Proxy { address, seen }
    }

    fn answer(mut client: TcpStream, target: Option<&str>, seen: &Mutex<Vec<String>>) -> io::Result<()> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte)? == 1 {
            head.push(byte[0]);
        }
        let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
        seen.lock().unwrap().push(line);
        let Some(target) = target else {
            return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
        };
        let mut server = TcpStream::connect(target)?;
        server.write_all(&head)?;
        let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
        thread::spawn(move || io::copy(&mut from_client, &mut to_server));
        io::copy(&mut server, &mut client).map(|_| ())
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

#[test]
fn a_proxy_of_the_environment_is_used_unless_no_proxy_excludes_the_server() {
    let registry = Registry::new();
    let proxy = Proxy::start(None);
    let via = format!("http://{}", proxy.address);
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme"}));
    for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
        let run = registry.run_exactly(&arguments, &[(variable, &via)]);
        run.assert_sentence();
        assert_eq!(run.lines(), Vec::<String>::new());
    }
    let line = format!("GET {}/api/v1/organization/acme HTTP/1.1", registry.emulator.url());
    assert_eq!(proxy.seen(), [line.clone(), line.clone(), line]);

    let token = json!({"name": "acme", "quay_token": registry.token});
    let arguments = registry.arguments(ORGANIZATION, token);
    assert!(registry.run_exactly(&arguments, &[("HTTP_PROXY", &via), ("NO_PROXY", "127.0.0.1")]).changed());
    assert_eq!(proxy.seen().len(), 3);
}

#[test]
fn https_goes_through_a_tunnel_and_a_refused_tunnel_is_named() {
    let (registry, ca) = secure();
    let proxy = Proxy::start(None);
    let via = format!("http://somebody:proxy-password@{}", proxy.address);
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "ca_path": ca.path()}));
    let run = registry.run_exactly(&arguments, &[("https_proxy", &via)]);
    let address = registry.emulator.url().replace("https://", "");
    assert_eq!(proxy.seen(), [format!("CONNECT {address} HTTP/1.1")]);
    let message = run.assert_sentence();
    assert!(message.contains("proxy") && message.contains("https_proxy"), "{message}");
    run.assert_hides("proxy-password");
}

/// The connection pool would ignore it and connect directly.
#[test]
fn a_proxy_that_cannot_be_understood_is_an_error_and_no_direct_connection() {
    let registry = Registry::new();
    for bad in ["socks5://me:proxy-password@127.0.0.1:1", "http://me:proxy-password@host:port", "http://"] {
        let run =
            registry.run_exactly(&registry.arguments(ORGANIZATION, json!({"name": "acme"})), &[("HTTP_PROXY", bad)]);
        let message = run.assert_sentence();
        assert!(message.starts_with("HTTP_PROXY is not the address of an HTTP proxy"), "{message}");
        run.assert_hides("proxy-password");
        assert_eq!(run.lines(), Vec::<String>::new());
    }
}

#[test]
fn credentials_in_clear_text_are_warned_of() {
    let registry = Registry::new();
    let proxy = Proxy::start(Some(registry.emulator.url().replace("http://", "")));
    let options = json!({"name": "acme", "quay_host": "http://quay.test", "quay_token": registry.token});
    let arguments = registry.arguments(ORGANIZATION, options);
    let run = registry.run_exactly(&arguments, &[("HTTP_PROXY", &format!("http://{}", proxy.address))]);
    let warning = "quay_token goes to http://quay.test without encryption, and can be read on the way: use an https URL as \
                   quay_host";
    assert_eq!(run.result["warnings"], json!([warning]));
    assert_eq!(acme(&registry, json!({})).result["warnings"], Value::Null);
}

#[test]
fn a_stopped_proxy_is_not_taken_for_a_stopped_server() {
    let registry = Registry::new();
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let via = format!("http://me:proxy-password@{address}");
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme"}));
    let run = registry.run_exactly(&arguments, &[("HTTP_PROXY", &via)]);
    let message = run.assert_sentence();
    assert!(message.contains("proxy") && message.contains("HTTP_PROXY"), "{message}");
    run.assert_hides("proxy-password");
}

// No answer

#[test]
fn a_timeout_names_the_option() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::delay(Duration::from_secs(5)));
    let started = Instant::now();
    let run = acme(&registry, json!({"timeout": 0.2, "retries": 3}));
    let url = registry.emulator.url();
    assert_says(&run, &format!("{url} did not answer {READ} within 0.2 s; raise timeout, or see whether it is up"));
    assert!(started.elapsed() < Duration::from_secs(4));
    for timeout in [json!(0), json!(-1), json!(1e9)] {
        let run = acme(&registry, json!({"timeout": timeout}));
        assert_says(&run, "timeout: must be a number of seconds above 0 and at most 86400");
    }
}

#[test]
fn a_stopped_server_is_named() {
    let registry = Registry::new();
    let url = registry.emulator.url();
    let arguments = registry.arguments(ORGANIZATION, json!({"name": "acme", "retries": 2}));
    registry.emulator.stop();
    let run = Run::of(crate::support::call(&arguments.to_string(), &[]), Vec::new());
    assert_says(
        &run,
        &format!(
            "cannot connect to {url}: connection refused; is Quay running there, and is the port in quay_host right?"
        ),
    );
}

#[test]
fn an_unknown_host_name_is_named() {
    let registry = Registry::new();
    let message = acme(&registry, json!({"quay_host": "quay.invalid", "timeout": 60})).assert_sentence();
    assert!(message.starts_with("cannot find the host of https://quay.invalid ("), "{message}");
    assert!(message.ends_with("; check the name in quay_host"), "{message}");
}

#[test]
fn a_host_that_is_no_base_url_is_refused_before_any_request() {
    let registry = Registry::new();
    for (host, part) in [
        ("https://quay.example.com?x=1", "query"),
        ("https://quay.example.com/#/x", "fragment"),
        ("ftp://quay.example.com", "http or https"),
        ("https://", "not a URL"),
        ("http://me:host-password@127.0.0.1", "user name or password"),
    ] {
        let run = acme(&registry, json!({"quay_host": host}));
        let message = run.assert_sentence();
        assert!(message.starts_with("quay_host: ") && message.contains(part), "{host}: {message}");
        run.assert_hides("host-password");
    }
}

#[test]
fn a_server_with_an_ipv6_address_is_reached() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    let registry = Registry::with(Config { listen: "[::1]:0".parse().unwrap(), ..Config::default() });
    assert!(registry.emulator.url().contains("[::1]"));
    assert!(acme(&registry, json!({})).changed());
}

#[test]
fn a_path_after_the_host_does_no_harm() {
    let registry = Registry::new();
    let host = format!("{}/organization/acme/", registry.emulator.url());
    assert_eq!(acme(&registry, json!({"quay_host": host})).lines(), [READ, CREATE]);
}

// Strange answers

#[test]
fn a_redirect_elsewhere_names_its_target() {
    for method in ["GET", "POST"] {
        let registry = Registry::new();
        let elsewhere = Emulator::start();
        let target = format!("{}/login", elsewhere.url());
        registry.emulator.fault(Fault::new(FaultKind::Redirect(target.clone())).on(method, "/api/"));
        let message = acme(&registry, json!({})).assert_sentence();
        assert!(message.contains(&format!("redirected to {target}")), "{message}");
        assert!(message.ends_with(&format!("; set quay_host to {}", elsewhere.url())), "{message}");
        assert!(elsewhere.journal().is_empty());
    }
}

/// A write that is redirected, even to this very server, was not done.
#[test]
fn a_redirected_write_is_not_sent_again() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::new(FaultKind::Redirect("/api/v1/organization/other".into())).on("POST", "/api/"));
    let run = acme(&registry, json!({"retries": 3}));
    let message = run.assert_sentence();
    assert!(
        message.starts_with("cannot create the organization acme: ") && message.contains("redirected to"),
        "{message}"
    );
    assert_eq!(run.lines(), [READ, CREATE]);
}

#[test]
fn a_redirect_on_the_same_server_is_followed_for_reading() {
    let registry = Registry::new();
    registry.ok(ORGANIZATION, json!({"name": "target"}));
    registry.emulator.fault(
        Fault::new(FaultKind::Redirect("/api/v1/organization/target".into())).on("GET", "/api/v1/organization/acme"),
    );
    let run = acme(&registry, json!({}));
    assert!(!run.changed());
    assert_eq!(run.lines(), [READ, "GET /api/v1/organization/target"]);
}

#[test]
fn redirects_in_a_circle_end() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::new(FaultKind::Redirect("/api/v1/organization/acme".into())).on("GET", "/api/"));
    let run = acme(&registry, json!({}));
    assert!(run.assert_sentence().contains("redirected in a circle"));
    assert!(run.lines().len() < 10);
}

/// Quay answers a route that it does not have with a redirect to the same path and a slash.
#[test]
fn a_missing_route_names_its_feature_on_reading_and_on_writing() {
    let registry = Registry::with(Config::default().feature("ORG_MIRROR", false));
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    let read = registry.run("quay_org_mirror", json!({"organization": "acme", "is_enabled": false}));
    let message = read.assert_sentence();
    assert!(message.contains("not available on this server") && message.contains("FEATURE_ORG_MIRROR"), "{message}");
    assert_eq!(read.lines()[0], "GET /api/v1/organization/acme/mirror");

    let registry = Registry::with(Config::default().feature("SUPER_USERS", false));
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    let write = acme(&registry, json!({"new_name": "other"}));
    let message = write.assert_sentence();
    assert!(
        message.starts_with("cannot rename the organization acme to other: not available on this server (status 40"),
        "{message}"
    );
    assert!(message.contains("FEATURE_SUPER_USERS"), "{message}");
}

#[test]
fn the_page_of_a_proxy_is_reduced_to_its_title() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::html(502).on("GET", "/api/"));
    assert_says(
        &acme(&registry, json!({})),
        "cannot read the organization acme: Quay says \"502\" (status 502); see the logs of Quay and of what stands in front of it",
    );
}

#[test]
fn a_bare_text_is_the_message() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::status(400, "application/json", "\"No such thing\"").on("POST", "/api/"));
    assert_says(
        &acme(&registry, json!({})),
        "cannot create the organization acme: Quay says \"No such thing\" (status 400)",
    );
}

#[test]
fn an_answer_that_is_no_json_is_named() {
    for kind in [FaultKind::BadJson, FaultKind::Truncate] {
        let registry = Registry::new();
        registry.ok(ORGANIZATION, json!({"name": "acme"}));
        registry.emulator.fault(Fault::new(kind).on("GET", "/api/"));
        let run = acme(&registry, json!({"email": "a@example.com"}));
        let message = run.assert_sentence();
        assert!(message.contains("no JSON") && message.contains("is quay_host a Quay server?"), "{message}");
        assert_eq!(run.writes(), Vec::<String>::new());
    }
}

#[test]
fn read_only_mode_is_named() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::new(FaultKind::ReadOnly).on("write", "/api/"));
    let run = acme(&registry, json!({"retries": 3}));
    let message = run.assert_sentence();
    assert!(message.starts_with("cannot create the organization acme: Quay says \""), "{message}");
    assert!(message.ends_with("the registry is in read-only mode: try again when it is over"), "{message}");
    assert_eq!(run.lines(), [READ, CREATE]);
}

// Repetition

#[test]
fn a_read_is_repeated_when_a_second_try_may_help() {
    for fault in [
        Fault::drop_before(),
        Fault::drop_after(),
        Fault::too_many_requests(Some(0)),
        Fault::too_many_requests(Some(1)),
        Fault::too_many_requests(None),
        Fault::html(502),
        Fault::html(503),
        Fault::html(504),
    ] {
        let registry = Registry::new();
        let shown = format!("{:?}", fault.kind);
        registry.emulator.fault(fault.on("GET", "/api/").times(2));
        let run = acme(&registry, json!({"retries": 2}));
        assert_eq!(run.code, 0, "{shown}: {}", run.result);
        assert_eq!(run.lines(), [READ, READ, READ, CREATE], "{shown}");
    }
}

#[test]
fn the_server_says_how_long_to_wait() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::too_many_requests(Some(1)).on("GET", "/api/").times(1));
    let started = Instant::now();
    assert!(acme(&registry, json!({"retries": 1})).changed());
    assert!(started.elapsed() >= Duration::from_secs(1));
    registry.emulator.fault(Fault::too_many_requests(Some(3600)).on("GET", "/api/"));
    let run = acme(&registry, json!({"retries": 1}));
    assert_says(
        &run,
        "cannot read the organization acme: Quay says \"Too many requests\" (status 429); try again in 3600 seconds",
    );
    assert_eq!(run.lines(), [READ]);
}

#[test]
fn repetition_ends_with_the_last_error() {
    for (fault, part) in [
        (Fault::drop_before(), "broke off"),
        (Fault::too_many_requests(Some(0)), "status 429"),
        (Fault::html(503), "status 503"),
    ] {
        let registry = Registry::new();
        registry.emulator.fault(fault.on("GET", "/api/"));
        let run = acme(&registry, json!({"retries": 2}));
        assert!(run.assert_sentence().contains(part));
        assert_eq!(run.lines(), [READ, READ, READ]);
    }
}

#[test]
fn other_refusals_are_not_repeated() {
    for status in [400, 401, 403, 409, 500, 520] {
        let registry = Registry::new();
        registry.emulator.fault(Fault::status(status, "application/json", "{}").on("GET", "/api/"));
        let run = acme(&registry, json!({"retries": 3}));
        run.assert_sentence();
        assert_eq!(run.lines(), [READ], "{status}");
    }
}

#[test]
fn retries_is_checked() {
    let registry = Registry::new();
    let run = acme(&registry, json!({"retries": -1}));
    assert_says(&run, "retries: must be a number from 0 to 100");
    assert_eq!(run.lines(), Vec::<String>::new());
}

#[test]
fn a_write_is_repeated_only_when_it_certainly_did_nothing() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::too_many_requests(Some(0)).on("POST", "/api/").times(2));
    let run = acme(&registry, json!({"retries": 2}));
    assert!(run.changed());
    assert_eq!(run.lines(), [READ, CREATE, CREATE, CREATE]);

    for fault in [Fault::html(502), Fault::html(503), Fault::html(504), Fault::drop_before()] {
        let registry = Registry::new();
        let shown = format!("{:?}", fault.kind);
        registry.emulator.fault(fault.on("POST", "/api/").times(1));
        let run = acme(&registry, json!({"retries": 3}));
        assert_eq!(run.code, 1, "{shown}");
        assert_eq!(run.writes(), [CREATE], "{shown}");
    }
}

#[test]
fn a_lost_answer_to_a_write_may_have_happened() {
    let registry = Registry::new();
    registry.emulator.fault(Fault::drop_before().on("POST", "/api/").times(1));
    let message = acme(&registry, json!({"retries": 3})).assert_sentence();
    assert!(message.starts_with("cannot create the organization acme: the connection to "), "{message}");
    assert!(message.ends_with("; Quay may have done it all the same: run the task again to find out"), "{message}");

    // Where a look at the server can tell that it has happened, it has.
    let registry = Registry::new();
    registry.emulator.fault(Fault::drop_after().on("POST", "/api/").times(1));
    let run = acme(&registry, json!({"retries": 3}));
    assert!(run.changed());
    assert_eq!(run.lines(), [READ, CREATE, READ]);

    let registry = Registry::new();
    registry.emulator.fault(Fault::delay(Duration::from_secs(5)).on("POST", "/api/"));
    let message = acme(&registry, json!({"timeout": 0.2})).assert_sentence();
    assert!(message.contains("did not answer POST") && message.contains("may have done it all the same"), "{message}");
}

/// Over HTTP/2 a connection ends in other ways.
#[test]
fn the_same_holds_for_http_2() {
    let (registry, ca) = secure();
    registry.emulator.fault(Fault::drop_before().on("GET", "/api/").times(2));
    let run = acme(&registry, json!({"ca_path": ca.path(), "retries": 2}));
    assert_eq!(run.code, 0, "{}", run.result);
    assert_eq!(run.lines(), [READ, READ, READ, CREATE]);
    let (registry, ca) = secure();
    registry.emulator.fault(Fault::drop_before().on("POST", "/api/").times(1));
    let lost = acme(&registry, json!({"ca_path": ca.path(), "retries": 3}));
    assert!(lost.assert_sentence().ends_with("; Quay may have done it all the same: run the task again to find out"));
    assert_eq!(lost.writes(), [CREATE]);

    let (registry, ca) = secure();
    registry.emulator.fault(Fault::drop_after().on("POST", "/api/").times(1));
    let done = acme(&registry, json!({"ca_path": ca.path(), "retries": 3}));
    assert!(done.changed());
    assert_eq!(done.writes(), [CREATE]);
}

/// Servers close a connection that is idle for some seconds. A write must not be sent into it: it would count as lost.
#[test]
fn a_connection_that_the_server_has_closed_meanwhile_is_not_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut seen = Vec::new();
        let mut answer = |connection: &mut TcpStream, status: &str| {
            let (mut buffer, mut text) = ([0; 4096], String::new());
            while !text.ends_with(if text.starts_with("POST") { "}" } else { "\r\n\r\n" }) {
                let length = connection.read(&mut buffer).unwrap();
                text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            }
            seen.push(text.lines().next().unwrap_or_default().to_owned());
            let body = if status.starts_with("201") { "\"Created\"" } else { "{}" };
            write!(connection, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        };
        let (mut first, _) = listener.accept().unwrap();
        answer(&mut first, "404 Not Found");
        answer(&mut first, "429 Too Many Requests\r\nretry-after: 1");
        // Nobody waits for an answer any more.
        thread::sleep(Duration::from_millis(300));
        drop(first);
        let (mut second, _) = listener.accept().unwrap();
        answer(&mut second, "201 Created");
        seen
    });
    let registry = Registry::new();
    let run = acme(&registry, json!({"quay_host": url, "retries": 1}));
    assert!(run.changed(), "{}", run.result);
    let create = format!("{CREATE} HTTP/1.1");
    assert_eq!(server.join().unwrap(), [format!("{READ} HTTP/1.1"), create.clone(), create]);
}

/// Over HTTP/2 and TLS it takes more than the end of a stream to notice.
#[test]
fn the_same_holds_for_a_secure_connection_that_is_closed_meanwhile() {
    const IDLE: Duration = Duration::from_secs(1);
    let (registry, ca) = secure();
    let target = registry.emulator.url().replace("https://", "");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            *counted.lock().unwrap() += 1;
            let mut server = TcpStream::connect(&target).unwrap();
            client.set_read_timeout(Some(IDLE)).unwrap();
            let (mut answers, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut answers, &mut back));
            thread::spawn(move || {
                let _ = io::copy(&mut client, &mut server);
                let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            });
        }
    });
    registry.emulator.fault(Fault::too_many_requests(Some(2)).on("POST", "/api/").times(1));
    let run = acme(&registry, json!({"quay_host": url, "ca_path": ca.path(), "retries": 1}));
    assert!(run.changed(), "{}", run.result);
    assert_eq!(run.lines(), [READ, CREATE, CREATE]);
    assert_eq!(*connections.lock().unwrap(), 2);
}

/// A proxy that gives up on Quay says nothing about what Quay did.
#[test]
fn a_gateway_error_of_a_write_may_have_happened() {
    for status in [502, 504] {
        let registry = Registry::new();
        registry.emulator.fault(Fault::html(status).on("POST", "/api/").times(1));
        let message = acme(&registry, json!({})).assert_sentence();
        assert!(message.contains("Quay may have done it all the same: run the task again to find out"), "{message}");
    }
}

// Names

/// The name of a member may be anything, because a directory behind Quay may know it.
#[test]
fn names_stay_in_their_segment_of_the_path() {
    let registry = Registry::new();
    registry.ok(ORGANIZATION, json!({"name": "acme"}));
    for (name, segment) in [
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a%2eb", "a%252eb"),
        ("a/../b", "a%2F..%2Fb"),
        ("a b", "a%20b"),
        ("{a}", "%7Ba%7D"),
        ("ä", "%C3%A4"),
        ("a;b&c", "a%3Bb%26c"),
        ("a\\b", "a%5Cb"),
    ] {
        let run = registry.run("quay_team", json!({"organization": "acme", "name": "devs", "members": [name]}));
        run.assert_sentence();
        assert_eq!(run.writes(), Vec::<String>::new());
        // Quay takes an encoded slash for a real one, finds no route, and sends the reader to the path with a slash. A
        // directory's name can have become another one, of harmless characters.
        let in_place = |path: &str| path.trim_end_matches('/') == format!("/api/v1/users/{segment}");
        let harmless = |path: &str| !path.contains('%');
        let mut looked_up = run.requests.iter().map(|request| &*request.path).filter(|path| path.contains("/users/"));
        assert!(looked_up.next().is_some_and(in_place), "{name}: {:?}", run.lines());
        assert!(looked_up.all(|path| in_place(path) || harmless(path)), "{name}: {:?}", run.lines());
        assert!(run.requests.iter().all(|request| request.query.is_empty() || request.path.contains("/entities/")));
    }
    let run = registry.run("quay_team", json!({"organization": "acme", "name": "devs", "members": ["acme+a/b?c"]}));
    let paths: Vec<&str> = run.requests.iter().map(|request| request.path.as_str()).collect();
    assert!(paths.contains(&"/api/v1/organization/acme/robots/a%2Fb%3Fc"), "{paths:?}");
    for name in ["..", "."] {
        let run = registry.run("quay_team", json!({"organization": "acme", "name": "devs", "members": [name]}));
        assert_eq!(run.assert_sentence(), format!("\"{name}\" cannot be the name of anything in Quay"));
        assert!(run.requests.iter().all(|request| !request.path.contains("/users")), "{:?}", run.lines());
    }
}
