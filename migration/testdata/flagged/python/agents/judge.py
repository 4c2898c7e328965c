import os


def judge(schema, question):
    from strands import Agent
    from strands.models.openai import OpenAIModel

    model = OpenAIModel(
        client_args={"api_key": os.environ[JUDGE_KEY]},
        model_id="gpt-4o",
    )
    return Agent(model=model).structured_output(schema, question)
