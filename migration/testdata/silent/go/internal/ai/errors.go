package ai

import "errors"

var errNoKey = errors.New("OPENAI_API_KEY is not set: get a key at https://platform.openai.com")

// use openai.NewClient(os.Getenv("OPENAI_API_KEY")) for the public service
const help = `Set AZURE_OPENAI_API_KEY or sign in with az login.`
