//! `apply --every`: rounds that go on whatever happens, and end between two writes.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use quay_emulator::Fault;
use serde_json::Value;

use super::{ACME, Shell};

/// A loop that is running.
struct Loop {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Loop {
    fn start(shell: &Shell, arguments: &[&str]) -> Loop {
        let arguments = [&["apply", "--every", "10ms", "--status-file", "status.json"], arguments].concat();
        let token = shell.registry.token.clone();
        let mut command = shell.command(&arguments, &[("QUAY_TOKEN", &token)]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Loop { child, lines }
    }

    /// The next line of a round that says this.
    fn until(&mut self, text: &str) -> String {
        let found = self.lines.by_ref().map(Result::unwrap).take(2000).find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no round says {text:?}"))
    }

    fn terminate(mut self) -> i32 {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        // Nothing must stand in a full pipe.
        self.lines.by_ref().for_each(drop);
        self.child.wait().unwrap().code().unwrap()
    }

    fn resident_kib(&self) -> u64 {
        let id = self.child.id().to_string();
        // A Mac has no such file, and a small Linux no `ps`.
        let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) else {
            let told = Command::new("ps").args(["-o", "rss=", "-p", &id]).output().unwrap().stdout;
            return String::from_utf8(told).unwrap().trim().parse().unwrap();
        };
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn status(shell: &Shell) -> Value {
    serde_json::from_str(&fs::read_to_string(shell.path("status.json")).unwrap()).unwrap()
}

#[test]
fn a_server_away_and_a_broken_file_make_rounds_fail_and_not_the_loop() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let mut run = Loop::start(&shell, &["--metrics-file", "metrics.prom", &file]);
    run.until(" created, 0 changed");
    run.until(": 0 created, 0 changed, 0 removed");
    let good = status(&shell);
    assert_eq!(
        (&good["succeeded"], &good["errors"], &good["failures_in_a_row"]),
        (&true.into(), &serde_json::json!([]), &0.into())
    );

    // Somebody deletes what is declared: it comes back.
    shell.registry.emulator.with_state(|state| drop(state.organization_mut("acme").unwrap().robots.shift_remove("ci")));
    run.until(": 1 created");

    shell.registry.emulator.fault(Fault::drop_before());
    let failed = run.until("failed: ");
    assert!(!failed.contains(&shell.registry.token), "{failed}");
    let metrics = fs::read_to_string(shell.path("metrics.prom")).unwrap();
    assert!(metrics.contains("\nquaymaster_round_succeeded 0\n"), "{metrics}");
    run.until("failed: ");
    let bad = status(&shell);
    assert_eq!(bad["succeeded"], false, "{bad}");
    assert!(bad["failed_rounds"].as_u64() >= Some(1) && bad["last_success"].is_string(), "{bad}");
    shell.registry.emulator.clear_faults();
    run.until(": 0 created, 0 changed, 0 removed");

    shell.write("acme.yml", "organizations: [");
    assert!(run.until("failed: ").contains("acme.yml:1"));
    let writes = shell.writes();
    run.until("failed: ");
    assert_eq!(shell.writes(), writes);
    shell.write("acme.yml", &ACME.replace("role: member", "role: creator"));
    run.until(": 0 created, 1 changed");
    assert_eq!(run.terminate(), 0);
}

#[test]
fn a_secret_that_cannot_be_kept_ends_its_round_and_no_other() {
    let shell = Shell::new();
    let text = "organizations: [{name: acme, robots: [{name: ci, secret: {name: ci, namespace: shop}}]}]\n";
    let file = shell.write("acme.yml", text);
    // A folder in the place of the file.
    let secret = shell.path("secrets/shop.ci.yml");
    fs::create_dir_all(&secret).unwrap();
    fs::set_permissions(shell.path("secrets"), fs::Permissions::from_mode(0o700)).unwrap();
    let mut run = Loop::start(&shell, &["--secrets", "secrets", &file]);
    assert!(run.until("failed: ").contains("cannot be written"));
    fs::remove_dir(&secret).unwrap();
    run.until(": 0 created, 0 changed, 0 removed");
    shell.registry.emulator.with_state(|state| drop(state.organization_mut("acme").unwrap().robots.shift_remove("ci")));
    run.until(": 1 created");
    assert_eq!(run.terminate(), 0);
    assert!(fs::read_to_string(&secret).unwrap().contains("dockerconfigjson"));
    let left: Vec<_> = fs::read_dir(shell.path("secrets")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["shop.ci.yml"], "nothing is left lying about");
}

/// The rails hold where nobody is asked.
#[test]
fn nothing_is_removed_that_the_policies_do_not_allow() {
    let shell = Shell::new();
    shell.registry.ok("quay_organization", serde_json::json!({"name": "acme"}));
    shell.registry.emulator.push_image("acme/full", "v1");
    let file = shell.write(
        "acme.yml",
        "registry: {prune: {repositories: true}}\norganizations:\n  - name: acme\n    repositories: [{name: app}]\n",
    );
    let mut run = Loop::start(&shell, &[&file]);
    let told = run.until("failed: ");
    assert!(told.contains("delete_repositories"), "{told}");
    run.until("failed: ");
    assert_eq!(run.terminate(), 0);
    assert!(shell.registry.emulator.snapshot()["namespaces"]["acme"]["repositories"]["full"].is_object());
}

#[test]
fn a_signal_ends_it_at_any_time_with_whole_files() {
    for wait in [0, 3, 8, 15, 30, 60, 100] {
        let shell = Shell::new();
        let file = shell.write("acme.yml", ACME);
        // Requests take long enough for the signal to meet one.
        shell.registry.emulator.fault(Fault::delay(Duration::from_millis(5)));
        let run = Loop::start(&shell, &["--metrics-file", "metrics.prom", &file]);
        while !shell.path("metrics.prom").exists() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(wait));
        assert_eq!(run.terminate(), 0, "after {wait} ms");
        assert!(status(&shell)["rounds"].is_u64());
        let mut names: Vec<String> = fs::read_dir(shell.path("."))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("status") || name.contains("metrics"))
            .collect();
        names.sort();
        assert_eq!(names, ["metrics.prom", "status.json"], "after {wait} ms");
        // What was begun is whole: another run takes up the rest.
        shell.registry.emulator.clear_faults();
        shell.run(&["apply", "--yes", &file]).expect(0);
        shell.run(&["plan", &file]).expect(0);
    }
}

#[test]
fn its_memory_does_not_grow() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    let mut run = Loop::start(&shell, &[&file]);
    run.until(" round 40: ");
    let early = run.resident_kib();
    run.until(" round 240: ");
    let late = run.resident_kib();
    assert!(late < early + 4096, "{early} KiB after 40 rounds, {late} KiB after 240");
    assert_eq!(run.terminate(), 0);
}

#[test]
fn what_is_for_once_is_refused() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell.run(&["apply", "--every", "1s", "-"]).expect(1).says("the standard input can be read once only");
    shell.run(&["apply", "--every", "1s", "--results", "r.json", &file]).expect(1).says("cannot be used with");
    shell.run(&["apply", "--every", "1x", &file]).expect(1).says("the number needs a unit");
    shell.run(&["apply", "--status-file", "s.json", &file]).expect(1).says("--every");
    shell
        .run(&["apply", "--every", "1s", "--status-file", "missing/s.json", &file])
        .expect(1)
        .says("missing/s.json cannot be written");
    assert_eq!(shell.writes(), 0);
}
