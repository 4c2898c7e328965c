package main

import (
	"context"
	"log"
	"os"

	gpt "github.com/sashabaranov/go-openai"
)

func main() {
	token, ok := os.LookupEnv("OPENAI_API_KEY")
	if !ok {
		log.Fatal("OPENAI_API_KEY is not set")
	}
	client := gpt.NewClient(token)
	if _, err := client.ListModels(context.Background()); err != nil {
		log.Fatal(err)
	}
}
