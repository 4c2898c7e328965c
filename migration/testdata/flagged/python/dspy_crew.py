import os

import dspy
from crewai import LLM

lm = dspy.LM("azure/gpt-4o", api_base=BASE, api_key=os.environ["APP_KEY"])
crew = LLM(model="openai/gpt-4o", api_key=os.environ["APP_KEY"])
