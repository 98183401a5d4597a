//! Registry files at a shell: how several become one, and which server each entry is for.

use std::fs;
use std::process::Output;

use quay_emulator::{Emulator, Fault};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Registry, command};

/// Two servers, and a folder with files.
struct Desk {
    east: Registry,
    west: Registry,
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { east: Registry::new(), west: Registry::new(), folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The file with both servers.
    fn registry(&self) {
        let endpoint = |name: &str, registry: &Registry| {
            format!(
                "    - {{name: {name}, quay_host: '{}', quay_token: '{}'}}\n",
                registry.emulator.url(),
                registry.token
            )
        };
        let (east, west) = (endpoint("east", &self.east), endpoint("west", &self.west));
        self.write("0.yml", &format!("registry:\n  retries: 0\n  endpoints:\n{east}{west}"));
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
        let output: Output = command(environment).current_dir(self.folder.path()).args(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout) + &text(output.stderr))
    }

    #[track_caller]
    fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let (ended, said) = self.run(arguments, &[]);
        assert_eq!(ended, code, "{said}");
        said
    }

    /// The complaints about a registry file.
    #[track_caller]
    fn complaints(&self, text: &str) -> Vec<String> {
        self.write("one.yml", text);
        let said = self.expect(1, &["validate", "one.yml"]);
        said.lines().map(|line| line.replace("quaymaster: error: ", "")).collect()
    }
}

/// What a server has.
fn has(emulator: &Emulator, name: &str) -> bool {
    emulator.snapshot().to_string().contains(&format!("{name}\""))
}

#[test]
fn what_a_file_says_for_one_server_gets_on_no_other() {
    let desk = Desk::new();
    desk.registry();
    desk.write("1.yml", "organizations: [{name: epo, endpoints: [east], robots: [{name: secretbot}]}]\n");
    desk.write("2.yml", "organizations: [{name: epo, endpoints: [east, west], teams: [{name: both}]}]\n");
    desk.write("3.yml", "organizations: [{name: epo, teams: [{name: everybody}]}]\n");
    // The same server by its host.
    let host = desk.west.emulator.url();
    desk.write(
        "4.yml",
        &format!("organizations: [{{name: epo, endpoints: ['{host}'], robots: [{{name: westbot}}]}}]\n"),
    );
    desk.expect(0, &["apply", "--yes", "."]);
    for (registry, own, other) in [(&desk.east, "secretbot", "westbot"), (&desk.west, "westbot", "secretbot")] {
        for name in [own, "both", "everybody"] {
            assert!(has(&registry.emulator, name), "no {name}");
        }
        assert!(!has(&registry.emulator, other), "{other} is where it was not meant for");
    }
    desk.expect(0, &["plan", "."]);
}

#[test]
fn files_that_contradict_each_other_about_one_server_are_told_however_they_name_it() {
    let desk = Desk::new();
    desk.registry();
    desk.write("1.yml", "organizations: [{name: epo, endpoints: [east], email: a@example.com}]\n");
    let host = desk.east.emulator.url();
    let second = format!("organizations: [{{name: epo, endpoints: ['{host}'], email: b@example.com}}]\n");
    desk.write("2.yml", &second);
    let said = desk.expect(1, &["validate", "."]);
    assert!(said.contains("2.yml:1:") && said.contains("email has another value at ./1.yml:1:"), "{said}");
    // In one file it is a second entry about the same.
    desk.write("1.yml", "");
    desk.write("2.yml", &second.replace("[{name", "[{name: epo, endpoints: [east]}, {name"));
    let said = desk.expect(1, &["validate", "."]);
    assert!(said.contains("epo of organizations is declared twice, first at ./2.yml:1:17"), "{said}");
}

#[test]
fn a_server_is_one_endpoint_however_its_address_is_written() {
    let desk = Desk::new();
    for (one, other) in [
        ("http://quay.example.com", "http://quay.example.com/"),
        ("quay.example.com", "https://QUAY.example.com:443"),
        ("quay.example.com:8443", "https://quay.example.com:8443/repository/"),
    ] {
        let text =
            format!("registry: {{endpoints: [{{name: a, quay_host: '{one}'}}, {{name: b, quay_host: '{other}'}}]}}\n");
        let said = desk.complaints(&text);
        assert_eq!(
            said,
            [format!("one.yml:1:{}: the endpoints a and b are the same server: give it once", 50 + one.len())]
        );
    }
    let named =
        "registry: {endpoints: [{quay_host: east.example.com}, {name: east.example.com, quay_host: west.example.com}]}";
    assert!(desk.complaints(named)[0].contains("is given twice"));
    let named = named.replace("{quay_host", "{name: one, quay_host");
    assert!(
        desk.complaints(&named)[0].contains("east.example.com is the name of one endpoint and the host of another")
    );
}

#[test]
fn an_entry_is_for_one_of_two_accounts_of_a_server() {
    let desk = Desk::new();
    let accounts = "registry:
  endpoints:
    - {name: a, quay_host: quay.example.com, quay_token: abc}
    - {name: b, quay_host: quay.example.com, quay_token: def}
organizations:
  - {name: one, endpoints: [a]}
  - {name: two, endpoints: [b]}
";
    desk.write("one.yml", accounts);
    desk.expect(0, &["validate", "one.yml"]);
    let said = desk.complaints(&accounts.replace(", endpoints: [b]", ""));
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("one.yml:7:5: the endpoints a and b are the same server: name"), "{said:?}");
}

#[test]
fn an_entry_for_no_endpoint_is_a_mistake() {
    let desk = Desk::new();
    for entry in [
        "organizations: [{name: one, endpoints: []}]",
        "users: [{username: one, endpoints: []}]",
        "messages: [{content: one, endpoints: []}]",
        "tasks: [{quay_docker_token: {name: ci}, endpoints: []}]",
    ] {
        let said = desk.complaints(&format!("registry: {{quay_host: quay.example.com}}\n{entry}\n"));
        let place = format!("one.yml:2:{}: ", entry.find("[]").unwrap() + 1);
        let expected = "endpoints is empty, which is no endpoint at all: name one, or leave endpoints out for all";
        assert_eq!(said, [format!("{place}{expected}")]);
    }
}

#[test]
fn an_organization_that_another_file_declares_may_be_referred_to() {
    let desk = Desk::new();
    desk.registry();
    desk.write("1.yml", "organizations: [{name: epo, reference: true, teams: [{name: devs}]}]\n");
    desk.write("2.yml", "organizations: [{name: epo, email: epo@example.com}]\n");
    let said = desk.expect(2, &["plan", "--endpoint", "east", "."]);
    assert!(said.contains("create organization epo") && said.contains("create team epo/devs"), "{said}");
}

#[test]
fn exported_are_organizations_that_fit_a_pattern_of_any_kind() {
    let desk = Desk::new();
    desk.registry();
    desk.write("1.yml", "organizations: [{name: team1}, {name: team2}, {name: teams}]\n");
    desk.expect(0, &["apply", "--yes", "--endpoint", "east", "."]);
    let said = desk.expect(0, &["export", "--file", "0.yml", "--endpoint", "east", "team[!1a-z]"]);
    assert!(said.contains("name: team2") && !said.contains("name: team1") && !said.contains("name: teams"), "{said}");
}

#[test]
fn a_server_in_trouble_is_not_taken_for_one_that_shows_only_the_own_organizations() {
    let desk = Desk::new();
    let question = serde_json::json!({"quays": [
        {"quay_host": desk.east.emulator.url(), "quay_token": desk.east.token, "retries": 0}]});
    desk.write("question.json", &question.to_string());
    desk.east.emulator.fault(Fault::html(500).on("GET", "/api/v1/superuser/organizations/").times(1));
    let said = desk.expect(1, &["inventory", "question.json"]);
    assert!(said.contains("500"), "{said}");
    let answer: Value = serde_json::from_str(&desk.expect(0, &["inventory", "question.json"])).unwrap();
    assert!(answer[0]["organizations"].is_array(), "{answer}");
}

#[test]
fn a_mistake_is_told_where_it_stands_whatever_the_values_are() {
    let desk = Desk::new();
    let places = |text: &str| {
        let said = desk.complaints(text);
        said.iter().map(|line| line.split(": ").next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(places("registry: {quay_host: quay.example.com, retries: quay_host}\n"), ["one.yml:1:50"]);
    let entries = "registry: {quay_host: quay.example.com}
organizations:
  - name: acme
    email: acme@example.com
    time_machine_expiration: email
    teams:
      - {name: role, role: name}
    repositories:
      - name: app
        permissions:
          - {name: acme+ci, role: read}
          - {name: role, role: name}
        notifications:
          - {title: method, event: repo_push, method: webhook, config: {url: 'http://localhost/method'}}
";
    assert_eq!(places(entries), ["one.yml:5:30", "one.yml:7:28", "one.yml:12:32", "one.yml:14:78"]);
}

#[test]
fn a_limit_is_told_with_its_bounds() {
    let desk = Desk::new();
    let rates = "a number of requests a second from 0.01 to 1000000";
    let no_rate = "cannot be converted to a float";
    for (limit, bounds) in [("rate: 0.001", rates), ("rate: fast", no_rate), ("jobs: 257", "from 1 to 256")] {
        let said = desk.complaints(&format!("registry: {{quay_host: quay.example.com, {limit}}}\n"));
        assert!(said.len() == 1 && said[0].ends_with(bounds), "{said:?}");
    }
}

/// What stands under `registry` is checked as the same options of the module are.
#[test]
fn policies_are_read_as_the_module_reads_them() {
    let desk = Desk::new();
    let told =
        |policy: &str| desk.complaints(&format!("registry: {{quay_host: q.example.com, {policy}}}\n")).join("\n");
    for (policy, key, words) in [
        ("update_secrets: sometimes", "update_secrets", "never, on_change_of_other_fields, always"),
        ("allow: {make_pubic: true}", "allow", "make_pubic"),
        ("allow: {make_public: perhaps}", "allow", "perhaps"),
        ("skip_removals: perhaps", "skip_removals", "perhaps"),
        ("max_removal_percent: 101", "max_removal_percent", "from 0 to 100"),
        ("prune: {team: true}", "prune", "did you mean teams?"),
        ("state: absent", "state", "unknown key \"state\""),
    ] {
        let said = told(policy);
        assert!(said.starts_with("one.yml:1:") && said.contains(words) && said.lines().count() == 1, "{key}: {said}");
    }
    let folder = &desk.folder;
    let right = "registry: {quay_host: q.example.com, jobs: '4', rate: '2.5', allow: {make_public: 'yes'}, skip_removals: 'no'}\n\
                 organizations: [{name: acme}]\n";
    fs::write(folder.path().join("one.yml"), right).unwrap();
    desk.expect(0, &["validate", "one.yml"]);
}
