package scan

import (
	"bytes"

	"github.com/keyless-inference/action/migration/rule"
)

// Keys of Azure OpenAI and the other Azure AI services since 2024 have 84
// characters: 52 random ones, a signature with the year and month of issue, 12 of
// the platform, the service, the provider and a checksum.
// https://github.com/microsoft/security-utilities/blob/main/src/Microsoft.Security.Utilities.Core/LegacyCommonAnnotatedSecurityKey.cs
const (
	azureLength    = 84
	azureSignature = "JQQJ" + "99"
	azureProvider  = "ACOG"
	signatureAt    = 52
	monthAt        = 59
	serviceAt      = 72
	providerAt     = 76
	checksumAt     = 80
)

// azureServices are the services by the last character before the provider; the
// order is that of Microsoft's rules SEC101/205 to SEC101/245.
var azureServices = [...]string{
	"Azure AI services", "Azure OpenAI", "Anomaly Detector", "Anomaly Detector", "Azure AI services (multi-service)", "Computer Vision", "Content Moderator", "Content Safety",
	"Custom Vision prediction", "Custom Vision training", "Face", "Form Recognizer", "Health Decision Support", "Health Insights", "Immersive Reader", "Azure AI services (internal)",
	"QnA knowledge", "LUIS authoring", "LUIS", "Metrics Advisor", "Personalizer", "QnA Maker", "QnA Maker", "Speaker Recognition",
	"Speech", "Speech translation", "Text Analytics", "Translator", "", "Transcription Intelligence", "Video Indexer", "Bing Autosuggest",
	"Bing Autosuggest", "Bing Custom Search", "Bing Custom Visual Search", "Bing Entity Search", "Bing Search", "Bing Search", "Bing Speech", "Bing Spell Check", "Bing Spell Check",
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// azureKeys finds the keys of 84 characters in a token.
func (t *text) azureKeys(k token) {
	for from := signatureAt; from < len(k.text); {
		i := bytes.Index(k.text[from:], []byte(azureSignature))
		if i < 0 {
			return
		}
		start := from + i - signatureAt
		from += i + 1
		if end := start + azureLength; t.begins(k, start) && azureForm(k.text[start:min(end, len(k.text))]) && ends(k.text, end) {
			t.azureKey(k, start, end)
		}
	}
}

// azureKey reports a key that has the right form.
func (t *text) azureKey(k token, start, end int) {
	key := k.text[start:end]
	service := bytes.IndexByte([]byte(base64Digits), key[serviceAt+3])
	name, severity := azureServices[service], rule.Severity(0)
	if service != 0 && service != 1 && service != 4 { // not for OpenAI's models
		severity = rule.Info
	}
	what := "key of " + name
	if validChecksum(key) {
		what += ", checksum valid"
	}
	t.literal("KL401", k, start, end, severity, what)
}

// azureForm reports whether text has the form of a key of 84 characters and is
// none that somebody typed.
func azureForm(text []byte) bool {
	if len(text) != azureLength || string(text[signatureAt:signatureAt+6]) != azureSignature || string(text[providerAt:checksumAt]) != azureProvider {
		return false
	}
	service := bytes.IndexByte([]byte(base64Digits), text[serviceAt+3])
	return string(text[serviceAt:serviceAt+3]) == "AAA" && service >= 0 && service < len(azureServices) && azureServices[service] != "" &&
		'A' <= text[monthAt] && text[monthAt] <= 'L' && !bytes.ContainsAny(text, "-_") && !typed(text[:signatureAt])
}

// ends reports whether a key may end at an offset of a text.
func ends(text []byte, i int) bool {
	return i >= len(text) || !letter(text[i]) && !digit(text[i])
}
