# Copyright: (c) 2026, Quaymaster contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one action plugin behind every module of the collection.

On the controller itself (connection local, no become, no async) it starts the executable at once. Ansible's own way
copies it first, which takes five more round trips through a shell. Anything else goes that way. Options, result and
messages are the same on both. The variable `quaymaster_direct: false` forces Ansible's own way.
"""

from __future__ import annotations

import json
import os

from ansible.errors import AnsibleActionFail
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.quaymaster.quay.plugins.plugin_utils.executable import COLLECTION, OWN, plain, start


class ActionModule(ActionBase):
    """Runs the module that the task names."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        name = f"{COLLECTION}.{self._task.action.rpartition('.')[2]}"
        args = plain(self._task.args)
        if self._is_direct(task_vars):
            return result | self._start(name, args, task_vars)
        return result | self._hand_over(name, args, task_vars)

    def _is_direct(self, task_vars):
        """Whether the executable can be started here, by this user, now."""
        if self._connection.transport != "local" or self._connection.become or self._task.async_val:
            return False
        return boolean(self._templar.template(task_vars.get("quaymaster_direct", True)))

    def _start(self, name, args, task_vars):
        self._update_module_args(name, args, task_vars)
        environment = {}
        self._compute_environment_string(environment)
        environment = os.environ | {key: str(value) for key, value in environment.items()}
        # A timeout of the task raises in here, which kills the process. Relative paths start where they do in Ansible's
        # own way.
        done = start(content=args, env=environment, cwd=self._loader.get_basedir())
        try:
            return wrap_var(json.loads(done.stdout)) | {"_ansible_parsed": True}
        except ValueError:
            # The output is not shown: nobody has hidden the secrets in it.
            raise AnsibleActionFail(f"{name} ended with {done.returncode} and without a result.") from None

    def _hand_over(self, name, args, task_vars):
        if not os.path.exists(OWN):
            raise AnsibleActionFail(
                f"This build of {COLLECTION} comes without its executable, so there is nothing to copy to a target: run the"
                " task on the controller (delegate_to: localhost, become: false, no async)."
            )
        in_background = self._task.async_val and not self._connection.has_native_async
        result = self._execute_module(name, args, task_vars=task_vars, wrap_async=in_background)
        if not in_background:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        if result.get("rc") in (126, 127) and not result.get("_ansible_parsed"):
            result["msg"] = (
                f"The executable of {COLLECTION} does not run on this target: it is made for Linux with glibc on another"
                " processor, or the target forbids programs in its temporary directory. Quay needs no module on a target:"
                " run the task on the controller (delegate_to: localhost)."
            )
        return result
