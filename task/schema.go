package task

import "github.com/keyless-inference/action/document"

// SchemaURL is where the schema is published; editors find it there.
const SchemaURL = "https://raw.githubusercontent.com/keyless-inference/action/v1/docs/inference.schema.json"

// Schema is the JSON Schema of the configuration file.
func Schema() []byte {
	return document.Schema(written{}, SchemaURL, "Keyless Inference",
		"Many prompts and embeddings in one run: .github/inference.yml, the input config.")
}
