import os
import sys

FORBIDDEN = ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"]

if "OPENAI_API_KEY" in os.environ:
    raise SystemExit("keys are not allowed here: unset OPENAI_API_KEY")
if os.getenv("AZURE_OPENAI_API_KEY"):
    sys.exit("use the identity of the job")
