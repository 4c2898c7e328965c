import configparser

import openai

parser = configparser.ConfigParser()
parser.read("app.ini")
openai.api_key = parser.get("openai", "api_key")
