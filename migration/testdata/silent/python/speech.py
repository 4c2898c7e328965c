import os

import azure.cognitiveservices.speech as speechsdk
import requests

config = speechsdk.SpeechConfig(subscription=os.environ["SPEECH_KEY"], region="westeurope")
requests.post(
    "https://api.cognitive.microsofttranslator.com/translate",
    headers={"Ocp-Apim-Subscription-Key": os.environ["TRANSLATOR_KEY"]},
    timeout=10,
)
