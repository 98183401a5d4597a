"""Holds examples/kubernetes against the schema of Kubernetes and the Pod Security Standard, and runs its commands for real.

Usage: test_kubernetes.py EXECUTABLE EMULATOR
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import kubernetes_validate
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tools"))

import running

EXAMPLES = ROOT / "examples/kubernetes"
EXECUTABLE, EMULATOR = (Path(argument).absolute() for argument in sys.argv[1:3])
# The oldest one that is maintained, or nearly, and the newest one that there is a schema of.
VERSIONS = "1.29", kubernetes_validate.latest_version()


def manifests():
    """All manifests, by kind."""
    read = (yaml.safe_load_all(file.read_text()) for file in EXAMPLES.glob("*.yml"))
    return {manifest["kind"]: manifest for documents in read for manifest in documents}


def pods():
    """The specifications of pods."""
    found = manifests()
    yield found["Deployment"]["spec"]["template"]["spec"]
    yield found["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]


class Kubernetes(unittest.TestCase):
    def test_schema(self):
        for kind, manifest in manifests().items():
            for version in VERSIONS:
                with self.subTest(kind, version=version):
                    kubernetes_validate.validate(manifest, version, strict=True)

    def test_restricted(self):
        for pod in pods():
            context = pod["securityContext"]
            self.assertTrue(context["runAsNonRoot"])
            self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse(pod["automountServiceAccountToken"])
            for container in pod["containers"]:
                own = container["securityContext"]
                self.assertFalse(own["allowPrivilegeEscalation"])
                self.assertTrue(own["readOnlyRootFilesystem"])
                self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
            for volume in pod["volumes"]:
                self.assertTrue(set(volume) & {"configMap", "emptyDir"}, "no folder of the host")

    def test_names_fit(self):
        version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
        keys = set(manifests()["ConfigMap"]["data"])
        name = manifests()["ConfigMap"]["metadata"]["name"]
        for pod in pods():
            (container,) = pod["containers"]
            self.assertEqual(container["image"].rpartition(":")[2], version)
            mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            self.assertEqual(set(mounted), {volume["name"] for volume in pod["volumes"]})
            self.assertIn({"name": "config", "configMap": {"name": name}}, pod["volumes"])
            values = [variable["value"] for variable in container["env"]] + container["args"]
            files = {value.removeprefix("/config/") for value in values if value.startswith("/config/")}
            self.assertEqual(files, keys)
        selector = manifests()["Deployment"]["spec"]["selector"]["matchLabels"]
        self.assertEqual(selector, manifests()["Deployment"]["spec"]["template"]["metadata"]["labels"])

    def test_commands(self):
        apply, plan = (pod["containers"][0]["args"] for pod in pods())
        with tempfile.TemporaryDirectory(prefix="quaymaster-kubernetes-") as work:
            work = Path(work)
            (work / "state").mkdir()
            (work / "config").mkdir()
            (work / "config/registry.yml").write_text(manifests()["ConfigMap"]["data"]["registry.yml"])
            with running.emulator(EMULATOR, "--seed", "admin", "--token-file", work / "token") as quay:
                environment = {"PATH": os.environ["PATH"], "QUAY_HOST": quay.url}
                environment |= {"QUAY_TOKEN": (work / "token").read_text().strip()}

                def start(arguments):
                    here = [
                        str(work) + word if word.startswith(("/config/", "/state/")) else word for word in arguments
                    ]
                    return subprocess.Popen(
                        [EXECUTABLE, *here],
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT,
                        text=True,
                    )

                def ended(process):
                    return process.communicate(timeout=60)[0], process.returncode

                said, code = ended(start(plan))
                self.assertEqual(code, 2, said)
                loop = start(apply)
                # A line for each round.
                self.assertIn("round 1: ", loop.stdout.readline())
                loop.terminate()
                said, code = ended(loop)
                self.assertEqual(code, 0, said)
                self.assertEqual({file.name for file in (work / "state").iterdir()}, {"metrics.prom", "status.json"})
                said, code = ended(start(plan))
                self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
