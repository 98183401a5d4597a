# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How ansible-lint checks the options of a task. Its rule `args` looks for the action plugin first, and runs what it finds."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import sys

# Something of each type that is neither text nor has options inside.
ANY = {"bool": False, "int": 0, "float": 0, "list": []}


def check(plugin):
    """Runs the file of the module that has the name of the action plugin, with the options that are on standard input."""
    folder, name = os.path.split(plugin)
    spec = importlib.util.spec_from_file_location("module", os.path.join(os.path.dirname(folder), "modules", name))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    judged = module.AnsibleModule

    def settle(argument_spec, **rules):
        options = json.load(sys.stdin)["ANSIBLE_MODULE_ARGS"]
        # The rule knows some templates at the top. Any other would be taken for a wrong value, or end the rule for the file.
        given = settled(options, {"options": argument_spec})
        sys.stdin = io.TextIOWrapper(io.BytesIO(json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()), encoding="utf-8")
        return judged(argument_spec=argument_spec, **rules)

    module.AnsibleModule = settle
    module.main()


def settled(value, argument):
    """The value, with something permitted in the place of what a template will give."""
    if isinstance(value, dict):
        inside = argument.get("options", {})
        inside = {name: inner for option, inner in inside.items() for name in [option, *inner.get("aliases", [])]}
        return {name: settled(inner, inside.get(name, {})) for name, inner in value.items()}
    if isinstance(value, list):
        return [settled(inner, argument | {"type": argument.get("elements")}) for inner in value]
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return permitted(value, argument)
    return value


def permitted(template, argument):
    """A value that no rule about the argument alone refuses."""
    if "choices" in argument:
        return argument["choices"][0]
    if argument.get("type") == "dict":
        inside = argument.get("options", {})
        return {name: permitted(template, inner) for name, inner in inside.items() if inner.get("required")}
    return ANY.get(argument.get("type"), template)
