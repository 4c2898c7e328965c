import unittest
from unittest.mock import patch

import worker


class Environment(unittest.TestCase):
    def test_workers_inherit_no_keys(self):
        with patch.dict(worker.os.environ, {"OPENAI_API_KEY": "abcdefgh", "HOME": "/home/worker"}):
            inherited = worker.environment()
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
            self.assertNotIn(name, inherited)
