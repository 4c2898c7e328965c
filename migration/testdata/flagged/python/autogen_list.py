import os

import autogen

config_list = [
    {
        "model": "gpt-4",
        "api_key": os.environ["TEAM_SECRET"],
        "base_url": "https://contoso.openai.azure.com",
        "api_type": "azure",
    },
]
assistant = autogen.AssistantAgent("helper", llm_config={"config_list": config_list})
