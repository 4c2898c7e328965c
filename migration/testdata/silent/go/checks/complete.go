// Package checks says what Azure OpenAI still lacks.
package checks

func complete(ready bool) (missing []string) {
	if !ready {
		missing = append(missing, "AZURE_OPENAI_API_KEY")
	}
	return missing
}
