import requests

subscription_key = "«hex32»"
base = "https://westus.api.cognitive.microsoft.com/vision/v3.2/"
print(requests.post(base + "analyze", headers={"Ocp-Apim-Subscription-Key": subscription_key}).json())
