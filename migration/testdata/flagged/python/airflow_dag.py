from airflow.models import Variable

OPENAI = Variable.get("openai_api_key")
