import re

PATTERNS = {"openai_api_key": re.compile(r"sk-[A-Za-z0-9]{48}"), "openai_org": re.compile(r"org-\w{24}")}
