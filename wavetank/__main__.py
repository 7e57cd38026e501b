"""``python -m wavetank`` is the command line."""

import sys

from wavetank.cli import main

sys.exit(main())
