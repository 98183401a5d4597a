//! The policies of a run as flags.

use super::{ACME, Shell};

#[test]
fn policies_are_flags_as_well_as_keys() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    shell.run(&["apply", "--yes", "--results", "r.json", &file]).expect(0);
    let fewer =
        ACME.replace("      - name: developers\n        role: member\n        members: [acme+ci]\n", "      []\n");
    let file = shell.write("acme.yml", &fewer);
    shell.run(&["plan", &file]).expect(0);
    // What a superuser owns is not at stake here.
    shell
        .run(&["plan", "--prune", "teams", "--prune", "robots", &file])
        .expect(2)
        .says("- remove team acme/developers");
    let refused = shell.run(&["apply", "--yes", "--prune", "teams", "--max-removals", "teams=0", &file]).expect(1);
    refused.says("1 teams would be removed, and max_removals permits 0; raise it (--max-removals)");
    let percent = ["plan", "--prune", "teams", "--max-removal-percent", "0", &file];
    shell.run(&percent).expect(1).says("raise it (--max-removal-percent)");
    shell.run(&["apply", "--yes", "--prune", "teams", "--max-removals", "1", &file]).expect(0).says("1 removed");

    let public = shell.write("acme.yml", &fewer.replace("visibility: private", "visibility: public"));
    shell.run(&["plan", &public]).expect(1).says("set allow: {make_public: true} (--allow make_public) to permit it");
    shell.run(&["apply", "--yes", "--allow", "make_public", &public]).expect(0).says("1 changed");
}

#[test]
fn secrets_are_sent_again_where_a_flag_says_so() {
    let shell = Shell::new();
    let text = "registry: {update_secrets: never}\nusers:\n  - {username: bob, email: bob@example.com, password: passw0rd-of-bob}\n";
    let file = shell.write("bob.yml", text);
    shell.run(&["apply", "--yes", &file]).expect(0);
    let before = shell.writes();
    shell.run(&["apply", "--yes", &file]).expect(0);
    assert_eq!(shell.writes(), before, "never");
    shell.run(&["apply", "--yes", "--update-secrets", "always", &file]).expect(0);
    assert_eq!(shell.writes(), before + 1, "always");
}

#[test]
fn wrong_values_are_refused_with_the_right_ones() {
    let shell = Shell::new();
    let file = shell.write("acme.yml", ACME);
    for (flag, value, told) in [
        ("--prune", "users", "possible values: messages, organizations"),
        ("--allow", "everything", "possible values: delete_organizations"),
        ("--max-removals", "many", "must be a whole number"),
        ("--max-removals", "things=1", "there is no kind \"things\""),
        ("--max-removal-percent", "101", "at most 100"),
        ("--update-secrets", "sometimes", "possible values: never"),
    ] {
        shell.run(&["plan", flag, value, &file]).expect(1).says(told);
    }
    shell
        .run(&["completion", "bash"])
        .expect(0)
        .says("delete_organizations delete_repositories delete_users make_public");
}
