"""A bare clone, not installed, has the plugin too; installed, its entry point has loaded it."""

import sys

pytest_plugins = [] if "wavetank.pytest_plugin" in sys.modules else ["wavetank.pytest_plugin"]
