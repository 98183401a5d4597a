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
# Rules between options, of a module and of an option with options inside.
RULES = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


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
        rules = lenient(rules | {"options": argument_spec}, [options])
        return judged(argument_spec=rules.pop("options"), **rules)

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
    if is_template(value):
        return permitted(value, argument)
    return value


def is_template(value):
    """Whether nobody knows yet what the value will be, or whether it will be there at all."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def lenient(argument, values):
    """The argument without the rules that a template in one of its values can keep: it becomes any value, or none (`omit`)."""
    if "options" not in argument:
        return argument
    values = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
    is_open = any(is_template(value) for value in values)
    given = [(name, inner) for value in values if isinstance(value, dict) for name, inner in value.items()]
    inside, templates = {}, set()
    for option, inner in argument["options"].items():
        own = [value for name, value in given if name in (option, *inner.get("aliases", []))]
        inside[option] = lenient(inner, own + [value for value in values if is_template(value)])
        if is_open or any(is_template(value) for value in own):
            templates.add(option)
    rules = {rule: kept(argument[rule], templates) for rule in RULES if rule in argument}
    return argument | rules | {"options": inside}


def kept(rules, templates):
    """The rules about options without a template."""
    if isinstance(rules, dict):
        return {option: needs for option, needs in rules.items() if templates.isdisjoint([option, *needs])}
    # A rule names options, or an option with its value, and then options.
    return [rule for rule in rules if templates.isdisjoint(names(rule))]


def names(rule):
    """The options in a rule."""
    return [rule[0], *rule[2]] if isinstance(rule, tuple) else rule


def permitted(template, argument):
    """A value that no rule about the argument alone refuses."""
    if "choices" in argument:
        return argument["choices"][0]
    if argument.get("type") == "dict":
        inside = argument.get("options", {})
        return {name: permitted(template, inner) for name, inner in inside.items() if inner.get("required")}
    return ANY.get(argument.get("type"), template)
