"""Builds the documentation of the modules as pages, and looks for dead links.

Usage: site.py VENV FOLDER; the collection is the one installed below .ansible/collections.

Whatever Sphinx warns of is a failure, apart from names that the documentation of Ansible and other collections explains: its inventory is on
another server, which may be out of reach. Then the links between the pages are followed, as they stand in the finished HTML.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from running import ansible_environment

COLLECTION = "quaymaster.quay"
ANSIBLES = re.compile(
    r"undefined label: '(action_plugins|common_return_values|ansible_configuration_settings|ansible_collections\.(?!quaymaster\.))"
    r"|'envvar' reference target not found: ANSIBLE_"
    r"|intersphinx inventory|failed to reach any of the inventories"
)


def main(venv, folder):
    venv, folder = Path(venv).absolute(), Path(folder).absolute()
    pages = folder / "html"
    with tempfile.TemporaryDirectory() as work:
        environment = ansible_environment(Path(work))
        environment["PATH"] = f"{venv / 'bin'}:{environment['PATH']}"
        options = ["--use-current", "--fail-on-error", "--squash-hierarchy"]
        run(
            ["antsibull-docs", "sphinx-init", *options, "--title", COLLECTION, "--dest-dir", folder, COLLECTION],
            environment,
        )
        run(["antsibull-docs", "collection", *options, "--dest-dir", folder / "rst", COLLECTION], environment)
        sphinx = ["sphinx-build", "-q", "--nitpicky", "--keep-going", "--builder", "html", "--conf-dir", folder]
        told = run([*sphinx, "--doctree-dir", work, folder / "rst", pages], environment)
    problems = [line for line in told.splitlines() if line.strip() and not ANSIBLES.search(line)]
    files = {path.relative_to(pages).as_posix(): Page(path) for path in sorted(pages.rglob("*.html"))}
    problems += [problem for name, page in files.items() for problem in dead(name, page, pages, files)]
    if problems:
        sys.exit("\n".join(problems))
    print(f"site: {len(files)} pages with {sum(len(page.links) for page in files.values())} links in {pages}")


def run(command, environment):
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout}")
    return done.stdout


class Page(HTMLParser):
    """The links of a page, and the places in it that links can lead to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.places |= {values[key] for key in ("id", "name") if values.get(key)}
        self.links += [values[key] for key in ("href", "src") if values.get(key)]


def dead(name, page, pages, files):
    """The links of a page that lead nowhere."""
    for link in page.links:
        target = urlsplit(link)
        # The theme leads to the root of the server, whatever that has.
        if target.scheme or target.netloc or link == "/":
            continue
        path = (pages / name).parent / unquote(target.path) if target.path else pages / name
        other = path.resolve().relative_to(pages.resolve()).as_posix()
        place = unquote(target.fragment)
        if not path.exists():
            yield f"{name}: {link}: there is no such file"
        elif place and other in files and place not in files[other].places:
            yield f"{name}: {link}: there is no such place"


if __name__ == "__main__":
    main(*sys.argv[1:])
