//! The other forms of a plan.

use serde_json::{Value, json};

use super::{in_place, plan, shell};

#[test]
fn json_has_a_version_and_says_where_each_object_belongs() {
    let shell = in_place();
    let ran = plan(&shell, &["--output", "json", "tuesday.yml"], "80");
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &found["format_version"]), (2, &json!(1)));
    let objects = found["endpoints"][0]["objects"].as_array().unwrap();
    let of = |title: &str| objects.iter().find(|object| object["object"] == title).unwrap();
    assert_eq!(of("repository payments/api")["repository"], "payments/api");
    assert_eq!(of("auto-prune policy of the repository payments/api")["repository"], "payments/api");
    assert_eq!(of("team payments/developers")["organization"], "payments");
    assert_eq!(of("team payments/developers").get("repository"), None);
}

#[test]
fn junit_fails_what_is_not_as_declared() {
    let shell = in_place();
    let ran = plan(&shell, &["--output", "junit", "tuesday.yml"], "80");
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.out.contains("<testsuites tests=\"18\" failures=\"9\" errors=\"0\">"), "{}", ran.out);
    let case = "<testcase classname=\"payments\" name=\"repository payments/website\"><failure message=\"would change it\">\
                danger: whoever pulls from it without signing in is locked out\nvisibility: public -&#62; private</failure>";
    assert!(ran.out.contains(case), "{}", ran.out);
    let same = plan(&shell, &["--output", "junit", "first.yml"], "80");
    assert!(same.code == 0 && same.out.contains("failures=\"0\" errors=\"0\""), "{}", same.out);
    let missing = plan(&shell, &["--output", "junit", "--only", "payments", "--kind", "teams", "strange.yml"], "80");
    assert_eq!(missing.code, 1);
    shell
        .write("strange.yml", "organizations: [{name: payments, teams: [{name: x, role: member, members: [nobody]}]}]");
    let broken = plan(&shell, &["--output", "junit", "strange.yml"], "80");
    assert!(broken.code == 1 && broken.out.contains("<error message=\"strange.yml:1:"), "{}", broken.out);
}

#[test]
fn markdown_is_a_block_of_differences_that_no_text_can_leave() {
    let shell = shell();
    shell.write(
        "hostile.yml",
        "organizations: [{name: payments, repositories: [{name: x, description: \"````\\n# owned\"}]}]",
    );
    let ran = plan(&shell, &["--output", "markdown", "hostile.yml"], "80");
    assert!(ran.out.contains("\n`````diff\n") && ran.out.contains("\n`````\n"), "{}", ran.out);
    assert!(!ran.out.contains("\n# owned"), "{}", ran.out);
    let shell = in_place();
    let ran = plan(&shell, &["--output", "markdown", "leaving.yml"], "80");
    for text in [
        "### payments\n\n```diff\n",
        "\n! change team payments/owners\n",
        "\n-       jdoe\n",
        "\n- remove repository payments/website\n",
    ] {
        assert!(ran.out.contains(text), "{text:?} in {}", ran.out);
    }
    assert!(ran.out.ends_with(" s  \n") && !ran.out.contains('\u{1b}'), "{}", ran.out);
}

#[test]
fn a_page_holds_the_same_and_needs_nothing_from_elsewhere() {
    let shell = in_place();
    let ran = plan(&shell, &["--output", "html", "leaving.yml"], "80");
    assert_eq!(ran.code, 2, "{}", ran.err);
    for text in [
        "<title>Plan</title>",
        "<summary>payments</summary>",
        "<article class=\"remove\">",
        "<span class=\"danger\">danger:</span><span class=\"plain\"> its tags and images go for good; no time machine brings them back</span>",
        "<div class=\"fact-remove\"><dt>remove</dt><dd>2</dd></div>",
        "<div class=\"fact-dangers\"><dt>dangers</dt><dd>3</dd></div>",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    for foreign in ["src=\"", "href=", "url(", "@import", "<script"] {
        assert!(!ran.out.contains(foreign), "{foreign}");
    }
    shell.write(
        "hostile.yml",
        "organizations: [{name: payments, repositories: [{name: x, description: \"<img src=x>\\u202e\"}]}]",
    );
    let ran = plan(&shell, &["--output", "html", "hostile.yml"], "80");
    assert!(!ran.out.contains("<img") && !ran.out.contains('\u{202e}'), "{}", ran.out);
    std::fs::write(shell.path("plan.html"), &ran.out).unwrap();
    let Some(seen) = crate::cli::access::browser::open(&shell.path("plan.html"), "") else { return };
    assert_eq!(seen.console, Vec::<String>::new());
    assert!(seen.dom.contains("&lt;img src=x&gt;\\u{202e}"), "{}", seen.dom);
}

#[test]
fn the_result_of_a_run_has_all_forms_too() {
    let shell = in_place();
    let asks = shell.run(&["apply", "--output", "html", "tuesday.yml"]);
    assert!(asks.code == 1 && asks.err.contains("--output html leaves no place for a question"), "{}", asks.err);
    let ran = shell.run(&["apply", "--yes", "--output", "junit", "tuesday.yml"]);
    assert!(ran.code == 0 && ran.out.contains("<testsuites tests=\"18\" failures=\"0\" errors=\"0\">"), "{}", ran.out);
    let again = shell.run(&["apply", "--yes", "--output", "html", "leaving.yml"]);
    assert!(again.code == 0 && again.out.contains("<title>Result</title>"), "{}", again.out);
    assert!(again.out.contains("3 removed"), "{}", again.out);
}
