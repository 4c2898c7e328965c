curl "https://contoso.cognitiveservices.azure.com/language/:analyze-text?api-version=2023-04-01" -H "Ocp-Apim-Subscription-Key: $LANGUAGE_KEY" -d @in.json
curl "https://api.cognitive.microsofttranslator.com/translate?api-version=3.0&to=es" -H "Ocp-Apim-Subscription-Key: ${TRANSLATOR_KEY}" -d @in.json
curl "https://contoso.cognitiveservices.azure.com/vision/v3.2/analyze" -H "Ocp-Apim-Subscription-Key: $KEY" --data-binary @a.png
