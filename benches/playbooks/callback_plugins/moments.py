"""Writes down when each task starts, and when the last one is over."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "moments"

    def __init__(self):
        super().__init__()
        self.moments = []

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.moments.append((task.name, time.perf_counter()))

    def v2_playbook_on_stats(self, stats):
        self.moments.append(("end", time.perf_counter()))
        Path(os.environ["MOMENTS"]).write_text(json.dumps(self.moments))
