az cognitiveservices account create -n voice -g rg --kind SpeechServices --sku F0
KEY=$(az cognitiveservices account keys list -n voice -g rg --query key1 -o tsv)
curl -H "Ocp-Apim-Subscription-Key: $KEY" https://westeurope.tts.speech.microsoft.com/cognitiveservices/v1
