"""Writes the result of every task to the file RECORDER_FILE, one JSON object a line, for comparison."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: recorder
type: aggregate
short_description: Writes results to a file
description: For tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"

    def _record(self, result, *_, **__):
        line = {"task": result._task.get_name(), "action": result._task.action, "result": result._result}
        with open(os.environ["RECORDER_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str, sort_keys=True) + "\n")

    v2_runner_on_ok = v2_runner_item_on_ok = v2_runner_on_failed = v2_runner_item_on_failed = _record
