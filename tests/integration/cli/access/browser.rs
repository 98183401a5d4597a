//! The page of a report in a real browser: it loads, filters, has no error, and a hostile name stays text.
//!
//! Chromium of Debian (`apt-get install chromium`), without a window and without network.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Shell, shell};

const CHROMIUM: &str = "/usr/bin/chromium";
/// What a name does in a page that takes it for HTML: the title changes.
const HOSTILE: &str = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
/// A name that turns the direction of what follows around.
const TURNED: &str = "acme\u{202e}gnitteg";

/// What a browser makes of a page.
pub struct Seen {
    pub dom: String,
    pub console: Vec<String>,
}

/// Opens a page in the browser, at a view of it; `None` without a browser.
pub fn open(page: &Path, view: &str) -> Option<Seen> {
    if !Path::new(CHROMIUM).exists() {
        eprintln!("SKIPPED: no {CHROMIUM}, so no browser has opened the report; install Debian's package chromium");
        return None;
    }
    let profile = tempfile::tempdir().unwrap();
    let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                 --disable-component-update --disable-sync --disable-dev-shm-usage --enable-logging=stderr --dump-dom";
    let output = Command::new(CHROMIUM)
        .args(flags.split_whitespace())
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}#{view}", page.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let console = String::from_utf8_lossy(&output.stderr)
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .map(str::to_owned)
        .collect();
    Some(Seen { dom: String::from_utf8_lossy(&output.stdout).into_owned(), console })
}

impl Seen {
    /// The rows of the table that a person sees.
    fn rows(&self) -> usize {
        let table = self.dom.split("<tbody>").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap_or_default();
        table.matches("<tr>").count()
    }

    #[track_caller]
    fn assert_sound(&self) {
        assert!(self.console.is_empty(), "{:?}", self.console);
        // Only the script shows the filters: it ran to its end.
        assert!(self.dom.contains("<form id=\"filters\" role=\"search\">"), "{}", self.dom);
        assert!(self.dom.contains("<title>Access on ") && !self.dom.contains("<img"));
    }
}

/// The report as a page in the folder of the shell.
fn page(shell: &Shell) -> std::path::PathBuf {
    let ran = shell.run(&["access", "acme", "--output", "html", "-o", "page.html"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    shell.path("page.html")
}

#[test]
fn a_browser_opens_the_page_and_filters_it() {
    let shell = shell();
    let page = page(&shell);
    let all = super::report(&shell, &["acme"])["access"].as_array().unwrap().len();
    let Some(table) = open(&page, "") else { return };
    table.assert_sound();
    assert_eq!(table.rows(), all);
    let found = open(&page, "search=bob").unwrap();
    found.assert_sound();
    assert_eq!(found.rows(), 1);
    assert!(found.dom.contains(&format!("1 of {all} rows")));
    let sorted = open(&page, "sort=account&order=descending").unwrap();
    sorted.assert_sound();
    let body = sorted.dom.split("<tbody>").nth(1).unwrap();
    assert!(body.find("jdoe").unwrap() < body.find("acme+ci").unwrap());
    assert!(sorted.dom.contains("aria-sort=\"descending\""));
    let matrix = open(&page, "view=matrix").unwrap();
    matrix.assert_sound();
    let cell = "aria-label=\"jdoe on app: write – team devs\"";
    assert!(matrix.dom.contains(cell), "{}", matrix.dom);
    assert!(
        matrix
            .dom
            .contains("aria-label=\"admin on all, also to come: admin – administrator (team owners), superuser\"")
    );
}

#[test]
fn ages_of_credentials_are_on_a_line() {
    let shell = shell();
    let ran = shell.run(&["tokens", "acme", "--output", "html", "-o", "tokens.html"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let page = std::fs::read_to_string(shell.path("tokens.html")).unwrap();
    let tiles = page.split("<dl class=\"facts\">").nth(1).unwrap().split("</dl>").next().unwrap();
    let classes: Vec<&str> = tiles.split("<div class=\"").skip(1).map(|tile| tile.split('"').next().unwrap()).collect();
    assert!(classes.len() > 3, "{tiles}");
    assert!(classes.iter().all(|class| class.starts_with("fact-") && !class.contains(' ')), "{classes:?}");
    let Some(seen) = open(&shell.path("tokens.html"), "view=ages") else { return };
    assert!(seen.console.is_empty(), "{:?}", seen.console);
    assert!(
        seen.dom.contains("<div class=\"track\" role=\"img\" aria-label=\"robot acme acme+ci: created "),
        "{}",
        seen.dom
    );
    assert!(seen.dom.contains("<span class=\"life\" style=\"left: "), "{}", seen.dom);
}

#[test]
fn a_hostile_name_stays_text() {
    let shell = shell();
    shell.registry.emulator.with_state(|state| {
        let acme = state.organization_mut("acme").unwrap();
        for name in [HOSTILE, TURNED] {
            acme.teams["devs"].members.insert(name.to_owned());
        }
        let app = acme.repositories["app"].clone();
        acme.repositories
            .insert(HOSTILE.to_owned(), quay_emulator::state::Repository { id: 900, name: HOSTILE.into(), ..app });
        acme.repositories.get_mut(HOSTILE).unwrap().user_roles.clear();
    });
    let path = page(&shell);
    let source = std::fs::read_to_string(&path).unwrap();
    assert!(!source.contains("<img") && !source.contains('\u{202e}'), "{source}");
    for view in ["", "view=matrix"] {
        let Some(seen) = open(&path, view) else { return };
        seen.assert_sound();
        assert!(
            seen.dom.contains("&lt;img src=x onerror=") && seen.dom.contains("acme\\u{202e}gnitteg"),
            "{}",
            seen.dom
        );
    }
}

#[test]
fn a_page_without_scripts_shows_the_summary_and_the_first_rows() {
    let shell = shell();
    let source = std::fs::read_to_string(page(&shell)).unwrap();
    for text in ["<td>jdoe</td>", "<dt>outsider</dt><dd>", "Sorting, filters and the other rows need scripts"] {
        assert!(source.contains(text), "{text} in {source}");
    }
    // Nothing comes from elsewhere.
    assert!(source.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
    for foreign in ["src=\"", "href=", "url(", "@import"] {
        assert!(!source.contains(foreign), "{foreign}");
    }
    let compared = shell.run(&["access", "acme", "--output", "json", "-o", "old.json"]);
    assert_eq!(compared.code, 0);
    shell.registry.ok("quay_team", json!({"organization": "acme", "name": "devs", "members": ["bob"]}));
    let ran = shell.run(&["access", "acme", "--output", "html", "--since", "old.json"]);
    assert!(ran.out.contains("<td>changed</td>") && ran.out.contains("changes since old.json"), "{}", ran.out);
}
