//! The arguments file that Ansible hands to a module.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::call::{self, Call};
use crate::error::io_text;

/// Keys of Ansible begin so. Every version has more of them, so unknown ones are fine.
const OWN: &str = "_ansible_";
/// Prefix of the file name under which Ansible copies a module to its target.
const COPIED: &str = "AnsiballZ_";
/// Some versions and tools put everything below this key.
const WRAPPER: &str = "ANSIBLE_MODULE_ARGS";

/// A task of a play: a call, and how Ansible wants it run.
pub struct Task {
    /// The call.
    pub call: Call,
    /// Nothing may be written.
    pub check_mode: bool,
    /// The user wants to see the difference.
    pub diff: bool,
    /// The result shall repeat the options; never with `no_log`, which hides them.
    pub invocation: bool,
    /// The number of `-v` behind `ansible-playbook`.
    pub verbosity: u64,
}

/// Reads the arguments file at `path`.
///
/// Ansible names the module in the file; without that, the file name of `program` (the first word of the command
/// line) does.
///
/// # Errors
/// A sentence for the user when the file cannot be read, is not a JSON object, or has an `_ansible_` key of a wrong
/// type. It never repeats the content of the file, which may hold secrets.
pub fn read(program: &str, path: &Path) -> Result<Task, String> {
    if path.as_os_str().is_empty() {
        return Err("A module run takes one word: the path of the arguments file.".into());
    }
    let unread = |error| format!("The arguments file {} cannot be read: {}.", path.display(), io_text(&error));
    let text = fs::read(path).map_err(unread)?;
    // Ansible chose the name of the file, and it is another one each time: only what is in it means something to the user.
    let value: Value = serde_json::from_slice(&text).map_err(|error| {
        format!("The arguments file is not JSON (line {}, column {}).", error.line(), error.column())
    })?;
    parse(program, value).map_err(|what| format!("The arguments file {what}."))
}

/// Splits the content of an arguments file into options and Ansible's own keys.
fn parse(program: &str, content: Value) -> Result<Task, String> {
    let mut parameters = match content {
        Value::Object(mut map) => match map.remove(WRAPPER) {
            Some(Value::Object(inner)) => inner,
            Some(_) => return Err(format!("has a key {WRAPPER} that is not a JSON object")),
            None => map,
        },
        _ => return Err("is not a JSON object".to_string()),
    };
    let mut own = Map::new();
    parameters.retain(|key, value| {
        let is_own = key.starts_with(OWN);
        if is_own {
            own.insert(key[OWN.len()..].to_string(), value.take());
        }
        !is_own
    });
    let module = match own.get("module_name") {
        Some(Value::String(name)) if !name.is_empty() => last_segment(name),
        None | Some(Value::Null | Value::String(_)) => from_program(program),
        Some(_) => return Err(format!("has a key {OWN}module_name that is not text")),
    };
    let hides = flag(&own, "no_log", false)?;
    let ignore_unknown = flag(&own, "ignore_unknown_opts", false)?;
    Ok(Task {
        call: Call { module, parameters, ignore_unknown, shows: true, connects: true },
        check_mode: flag(&own, "check_mode", false)?,
        diff: flag(&own, "diff", false)?,
        invocation: flag(&own, "inject_invocation", true)? && !hides,
        verbosity: own.get("verbosity").and_then(Value::as_u64).filter(|_| !hides).unwrap_or_default(),
    })
}

/// `quay_team` of `quaymaster.quay.quay_team` and of `ansible_collections.quaymaster.quay.plugins.modules.quay_team`.
fn last_segment(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_string()
}

/// `quay_team` of `/tmp/x/AnsiballZ_quay_team.exe`.
fn from_program(program: &str) -> String {
    let stem = Path::new(program).file_stem().unwrap_or_default().to_string_lossy();
    stem.strip_prefix(COPIED).unwrap_or(&stem).to_string()
}

fn flag(own: &Map<String, Value>, key: &str, default: bool) -> Result<bool, String> {
    match own.get(key) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => call::boolean(value).ok_or_else(|| format!("has a key {OWN}{key} that is not a boolean")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(content: Value) -> Task {
        parse("/x/AnsiballZ_quay_robot", content).unwrap_or_else(|what| panic!("{what}"))
    }

    #[test]
    fn names_the_module() {
        for (name, program, expected) in [
            (json!("quay_team"), "any", "quay_team"),
            (json!("quaymaster.quay.quay_team"), "any", "quay_team"),
            (json!("ansible_collections.quaymaster.quay.plugins.modules.quay_team"), "any", "quay_team"),
            (json!(null), "/tmp/AnsiballZ_quay_user", "quay_user"),
            (json!(""), "C/quay_user.exe", "quay_user"),
        ] {
            let content = json!({"_ansible_module_name": name});
            assert_eq!(parse(program, content).map(|task| task.call.module), Ok(expected.to_string()));
        }
        assert_eq!(task(json!({})).call.module, "quay_robot");
    }

    #[test]
    fn separates_options_from_the_keys_of_ansible() {
        // What ansible-core 2.19 writes for a binary module, with a key that no version has yet.
        let task = task(json!({
            "name": "a", "members": [1, "b"], "gone": null,
            "_ansible_check_mode": true, "_ansible_no_log": false, "_ansible_debug": false, "_ansible_diff": true,
            "_ansible_verbosity": 3, "_ansible_version": "2.19.3", "_ansible_module_name": "quay_team",
            "_ansible_syslog_facility": "LOG_USER", "_ansible_selinux_special_fs": ["fuse"], "_ansible_socket": null,
            "_ansible_shell_executable": "/bin/sh", "_ansible_keep_remote_files": false, "_ansible_tmpdir": "/t",
            "_ansible_remote_tmp": "~/.ansible/tmp", "_ansible_ignore_unknown_opts": true,
            "_ansible_target_log_info": null, "_ansible_tracebacks_for": [], "_ansible_of_tomorrow": {"a": 1},
        }));
        assert_eq!(Value::Object(task.call.parameters), json!({"name": "a", "members": [1, "b"], "gone": null}));
        assert!(task.check_mode && task.diff && task.invocation && task.call.ignore_unknown);
        assert_eq!((task.call.module.as_str(), task.verbosity), ("quay_team", 3));
    }

    #[test]
    fn accepts_the_wrapper_and_flags_as_text() {
        let task = task(json!({"ANSIBLE_MODULE_ARGS": {
            "name": "a", "_ansible_check_mode": "yes", "_ansible_inject_invocation": false,
        }}));
        assert_eq!(Value::Object(task.call.parameters), json!({"name": "a"}));
        assert!(task.check_mode && !task.invocation);
    }

    #[test]
    fn what_ansible_hides_is_not_repeated() {
        assert!(task(json!({"_ansible_no_log": false})).invocation);
        let hidden = task(json!({"_ansible_no_log": true, "_ansible_verbosity": 4}));
        assert!(!hidden.invocation && hidden.verbosity == 0);
    }

    #[test]
    fn says_what_is_wrong_with_the_file() {
        let parse = |content| parse("p", content).map(|_| ()).unwrap_err();
        assert_eq!(parse(json!([])), "is not a JSON object");
        assert_eq!(parse(json!({"ANSIBLE_MODULE_ARGS": 1})), "has a key ANSIBLE_MODULE_ARGS that is not a JSON object");
        assert_eq!(parse(json!({"_ansible_diff": "x"})), "has a key _ansible_diff that is not a boolean");
        assert_eq!(parse(json!({"_ansible_module_name": 1})), "has a key _ansible_module_name that is not text");
        let path = Path::new("/nonexistent/args");
        let message = read("p", path).map(|_| ()).unwrap_err();
        assert!(message.starts_with("The arguments file /nonexistent/args cannot be read: "), "{message}");
    }
}
