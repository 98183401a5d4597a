"""Stands in for the script with which ansible-test brings pip into its virtual environments.

ansible-test downloads that script from a server of its own, which a build machine need not reach. Its cache is asked
first, so `make sanity` puts this one there: pip from Python itself, and then what is asked for from the package index.
"""

import subprocess
import sys

options = [option for option in sys.argv[1:] if option not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *options]))
