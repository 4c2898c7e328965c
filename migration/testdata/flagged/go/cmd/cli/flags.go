package main

import "github.com/urfave/cli/v2"

var flags = []cli.Flag{
	&cli.StringFlag{
		Name:    "openai-key",
		Usage:   "the key of OpenAI",
		EnvVars: []string{"OPENAI_API_KEY"},
	},
}
