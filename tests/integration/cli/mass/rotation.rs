//! Credentials that Quay shows once are replaced while something works at their place at every moment.

use quay_emulator::Fault;
use serde_json::json;

use super::{Ran, Shell};

/// An application whose token `bot` goes to a command.
struct Rotated {
    shell: Shell,
}

impl Rotated {
    fn new() -> Rotated {
        let shell = Shell::new();
        shell.registry.ok("quay_organization", json!({"name": "acme"}));
        shell.registry.ok("quay_application", json!({"organization": "acme", "name": "automation"}));
        let rotated = Rotated { shell };
        rotated.takes("cat > taken");
        rotated.apply(false, "command: [sh, take.sh]").expect(0);
        rotated
    }

    /// What the command does.
    fn takes(&self, script: &str) {
        self.shell.write("take.sh", script);
    }

    fn arguments(&self, rotate: bool, deliver: &str) -> [String; 5] {
        let text = format!(
            "tasks:\n  - quay_application_token: {{organization: acme, application: automation, name: bot, rotate: {rotate}}}\n    deliver: \
             [{{{deliver}}}]\n"
        );
        let file = self.shell.write("token.yml", &text);
        ["apply".into(), "--yes".into(), "--allow-command".into(), "sh take.sh".into(), file]
    }

    fn apply(&self, rotate: bool, deliver: &str) -> Ran {
        let arguments = self.arguments(rotate, deliver);
        self.shell.run(&arguments.each_ref().map(String::as_str))
    }

    /// The token at its place.
    fn taken(&self) -> String {
        self.shell.text("taken")
    }

    fn works(&self, token: &str) -> bool {
        self.shell.registry.emulator.with_state(|state| state.tokens.contains_key(token))
    }

    /// How many tokens of the name there are.
    fn count(&self) -> usize {
        let is_bot = |name: &Option<String>| name.as_deref() == Some("bot");
        self.shell
            .registry
            .emulator
            .with_state(|state| state.tokens.values().filter(|token| is_bot(&token.name)).count())
    }
}

/// A token that Quay shows once is taken back when it does not arrive, and the one that it was to replace stays.
#[test]
fn an_application_token_that_does_not_arrive_is_taken_back() {
    let rotated = Rotated::new();
    let first = rotated.taken();
    assert!(rotated.works(&first) && rotated.count() == 1);
    rotated.takes("exit 7");
    let failed = rotated.apply(true, "command: [sh, take.sh]").expect(1);
    failed
        .says("(exit status: 7)")
        .says("the next run makes a new one")
        .says("Taken back")
        .says("Not done: deliver the credential of the");
    assert!(rotated.works(&first) && rotated.count() == 1);
    // It is made anew, although nothing asks for a rotation.
    rotated.takes("cat > taken");
    rotated.apply(false, "command: [sh, take.sh]").expect(0);
    assert!(rotated.taken() != first && rotated.works(&rotated.taken()) && rotated.count() == 1);
    let second = rotated.taken();
    let writes = rotated.shell.writes();
    rotated.apply(false, "command: [sh, take.sh]").expect(0);
    assert_eq!((rotated.taken(), rotated.shell.writes()), (second.clone(), writes));
    // A place that lacks it gets another one, since this one cannot be seen any more.
    rotated.apply(false, "file: bot.token").expect(0);
    assert!(rotated.works(&rotated.shell.text("bot.token")) && !rotated.works(&second) && rotated.count() == 1);
}

/// A place that took the new token has nothing else that works, so that it is not taken back for another place.
#[test]
fn a_token_that_one_of_two_places_took_stays_until_both_have_one() {
    let rotated = Rotated::new();
    let first = rotated.taken();
    rotated.takes("exit 7");
    let both = "file: bot.token}, {command: [sh, take.sh]";
    rotated.apply(true, both).expect(1).says("(exit status: 7)");
    assert!(rotated.works(&rotated.shell.text("bot.token")) && rotated.works(&first) && rotated.count() == 2);
    rotated.takes("cat > taken");
    rotated.apply(false, both).expect(0);
    assert!(rotated.works(&rotated.taken()) && rotated.works(&rotated.shell.text("bot.token")) && rotated.count() == 1);
}

/// What a command took that did not end in time is not revoked, and the next run makes another one.
#[test]
fn a_token_that_may_have_arrived_is_not_taken_back() {
    let rotated = Rotated::new();
    let first = rotated.taken();
    rotated.takes("cat > taken; exec sleep 600");
    let arguments = rotated.arguments(true, "command: [sh, take.sh]");
    let arguments = arguments.each_ref().map(String::as_str);
    let token = rotated.shell.registry.token.clone();
    let environment = [("QUAY_TOKEN", token.as_str()), ("QUAYMASTER_DELIVERY_TIMEOUT", "1")];
    rotated.shell.run_with(&arguments, "", &environment).expect(1).says("it may have the credential");
    assert!(rotated.taken() != first && rotated.works(&rotated.taken()) && rotated.works(&first));
    rotated.takes("cat > taken");
    rotated.apply(false, "command: [sh, take.sh]").expect(0);
    assert!(rotated.works(&rotated.taken()) && rotated.count() == 1);
}

/// Whatever fails at whichever request, the token at its place works, and the run after that leaves exactly one.
#[test]
fn a_rotation_survives_every_fault() {
    let rotated = Rotated::new();
    let faults: [fn() -> Fault; 3] = [|| Fault::html(500), Fault::drop_before, Fault::drop_after];
    let mut failed = 0;
    for fault in faults {
        for skipped in 0..6 {
            let struck = fault().at("/api/v1/organization/acme/applications*").skip(skipped).times(1);
            rotated.shell.registry.emulator.fault(struck);
            failed += rotated.apply(true, "command: [sh, take.sh]").code;
            assert!(rotated.works(&rotated.taken()), "after {skipped} requests");
            rotated.shell.registry.emulator.clear_faults();
            rotated.apply(false, "command: [sh, take.sh]").expect(0);
            assert!(rotated.works(&rotated.taken()) && rotated.count() == 1, "after {skipped} requests");
        }
    }
    assert!(failed > 3, "{failed} runs failed");
}

/// The same when the process is killed in the middle of the delivery, before or after the command has taken it.
#[test]
fn a_rotation_survives_a_kill() {
    use std::os::unix::process::ExitStatusExt as _;
    for script in ["kill -9 $PPID", "cat > taken; kill -9 $PPID"] {
        let rotated = Rotated::new();
        rotated.takes(script);
        let arguments = rotated.arguments(true, "command: [sh, take.sh]");
        let arguments = arguments.each_ref().map(String::as_str);
        let ended =
            rotated.shell.command(&arguments, &[("QUAY_TOKEN", &rotated.shell.registry.token)]).output().unwrap();
        assert_eq!(ended.status.signal(), Some(9));
        assert!(rotated.works(&rotated.taken()) && rotated.count() == 2, "{script}");
        rotated.takes("cat > taken");
        rotated.apply(false, "command: [sh, take.sh]").expect(0);
        assert!(rotated.works(&rotated.taken()) && rotated.count() == 1, "{script}");
    }
}

/// A run that was killed elsewhere has left no note here: what it made is replaced before anything is revoked.
#[test]
fn a_rotation_survives_a_kill_on_another_machine() {
    let rotated = Rotated::new();
    rotated.takes("kill -9 $PPID");
    let elsewhere = rotated.shell.path("elsewhere").display().to_string();
    let token = rotated.shell.registry.token.clone();
    let arguments = rotated.arguments(true, "command: [sh, take.sh]");
    let arguments = arguments.each_ref().map(String::as_str);
    let environment = [("QUAY_TOKEN", token.as_str()), ("XDG_STATE_HOME", elsewhere.as_str())];
    rotated.shell.command(&arguments, &environment).output().unwrap();
    assert!(rotated.works(&rotated.taken()) && rotated.count() == 2);
    rotated.takes("cat > taken");
    rotated.apply(false, "command: [sh, take.sh]").expect(0);
    assert!(rotated.works(&rotated.taken()) && rotated.count() == 1);
    let (last, writes) = (rotated.taken(), rotated.shell.writes());
    rotated.apply(false, "command: [sh, take.sh]").expect(0);
    assert_eq!((rotated.taken(), rotated.shell.writes()), (last, writes));
}
