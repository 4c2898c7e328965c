package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// env is a getenv over NAME=value pairs.
func env(pairs ...string) func(string) string { return lookup(pairs) }

type sample struct {
	Prompt       string   `default:"nothing"`
	ResponseFile string   `help:"…"`
	FileInput    []string `name:"file_input"`
	ClientID     string   `from:"AZURE_CLIENT_ID"`
	Stream       bool     `default:"true"`
	Emulate      bool
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		env  []string
		want sample
		told string
	}{
		{"defaults", nil, nil, sample{Prompt: "nothing", Stream: true}, ""},
		{"flags", []string{"--prompt", "p", "-response-file=r", "--emulate", "--stream=false"}, nil, sample{Prompt: "p", ResponseFile: "r", Emulate: true}, ""},
		{"a flag may be repeated", []string{"--file_input", "a: 1", "--file_input", "b: 2"}, []string{"INPUT_FILE_INPUT=c: 3"}, sample{Prompt: "nothing", FileInput: []string{"a: 1", "b: 2"}, Stream: true}, ""},
		{
			"inputs keep their dashes", nil,
			[]string{"INPUT_PROMPT= two\nlines ", "INPUT_RESPONSE-FILE=r", "INPUT_RESPONSE_FILE=no", "INPUT_STREAM= FALSE ", "INPUT_FILE_INPUT=a: 1"},
			sample{Prompt: " two\nlines ", ResponseFile: "r", FileInput: []string{"a: 1"}},
			"",
		},
		{"a blank input is none", nil, []string{"INPUT_PROMPT= \n", "INPUT_EMULATE="}, sample{Prompt: "nothing", Stream: true}, ""},
		{"a flag beats an input", []string{"--prompt="}, []string{"INPUT_PROMPT=p"}, sample{Stream: true}, ""},
		{"other variables are the reader's business", nil, []string{"AZURE_CLIENT_ID=x"}, sample{Prompt: "nothing", Stream: true}, ""},
		{"a wrong input is remembered", nil, []string{"INPUT_EMULATE=yes"}, sample{Prompt: "nothing", Stream: true}, `emulate: "yes" is neither true nor false`},
		{"a wrong flag is told at once", []string{"--emulate=yes"}, nil, sample{}, "neither true nor false"},
		{"an unknown flag", []string{"--promt", "x"}, nil, sample{}, "-promt"},
		{"an argument", []string{"prompt"}, nil, sample{}, `"prompt" is not a flag`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got sample
			r := &reader{getenv: env(c.env...)}
			err := errors.Join(r.parse(&got, c.args), r.err())
			if c.told == "" && (err != nil || !reflect.DeepEqual(got, c.want)) || c.told != "" && (err == nil || !strings.Contains(err.Error(), c.told)) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestDashed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"Prompt": "prompt", "ResponseFile": "response-file", "ClientID": "client-id", "TopP": "top-p"} {
		if got := dashed(name); got != want {
			t.Errorf("dashed(%s) = %s", name, got)
		}
	}
}

func TestReaderRemembersEveryMistake(t *testing.T) {
	t.Parallel()
	r := &reader{getenv: env("SET=s")}
	if got := *r.count("a", " 7 "); got != 7 {
		t.Errorf("count: %d", got)
	}
	if got := *r.number("a", "0.5", 0, 1); got != 0.5 {
		t.Errorf("number: %g", got)
	}
	if got := r.duration("a", "90"); got != 90*time.Second {
		t.Errorf("duration: %s", got)
	}
	if got := r.required("a", "", "SET"); got != "s" {
		t.Errorf("required: %q", got)
	}
	if got := r.oneOf("a", "TWO", "one", "two"); got != "two" {
		t.Errorf("oneOf: %q", got)
	}
	if r.count("a", "") != nil || r.number("a", " ", 0, 1) != nil || r.err() != nil {
		t.Errorf("nothing became something: %v", r.err())
	}
	for _, wrong := range []string{"0", "-1", "1.5", "x", "99999999999999999999"} {
		r.count("count", wrong)
	}
	for _, wrong := range []string{"-0.1", "1.1", "NaN", "Inf", "x"} {
		r.number("number", wrong, 0, 1)
	}
	for _, wrong := range []string{"", "0", "-1s", "x", "NaN", "1e300"} {
		r.duration("duration", wrong)
	}
	r.required("required", "", "UNSET")
	r.oneOf("oneOf", "three", "one", "two")
	if got := len(leaves(r.err())); got != 18 {
		t.Errorf("%d mistakes of 18: %v", got, r.err())
	}
	if !errors.As(r.err(), new(*usageError)) {
		t.Error("mistakes are no wrong call")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for input, told := range map[string]string{
		"":                                 "",
		"X-Team: blue\nX-Number: 1.10":     "",
		`{"X-Team": "blue", "X-On": true}`: "",
		"api-key: x":                       "api-key is refused",
		"AUTHORIZATION: Bearer x":          "AUTHORIZATION is refused",
		"Host: evil":                       "Host is refused",
		"'X Team': x":                      "not the name of a header",
		"X-Team: \"a\\r\\nX-Other: b\"":    "not one line of text",
		"X-Team: [a]":                      "must be text",
		"- X-Team":                         "custom-headers:1:1",
		"a: 1\na: 2":                       "custom-headers:2:1",
		many(11):                           "has 11 headers",
	} {
		r := &reader{}
		h := headers(r, input)
		err := r.err()
		if told == "" && (err != nil || input != "" && len(h) != 2) || told != "" && (err == nil || !strings.Contains(err.Error(), told)) {
			t.Errorf("%q: %v, %v", input, h, err)
		}
	}
}

func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "X-%d: x\n", i)
	}
	return b.String()
}

func FuzzHeaders(f *testing.F) {
	f.Add("X-Team: blue")
	f.Add(`{"api-key": "x", "Authorization": "y"}`)
	f.Add("a: \"x\\ny\"")
	f.Fuzz(func(t *testing.T, input string) {
		r := &reader{}
		var wire bytes.Buffer
		h := headers(r, input)
		if err := h.Write(&wire); err != nil {
			t.Fatal(err)
		}
		if strings.Count(wire.String(), "\n") != len(h) || h.Get("Authorization") != "" || h.Get("api-key") != "" {
			t.Errorf("%q became %q", input, wire.String())
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("--prompt", "x", "true")
	f.Add("--stream=false", "--", "")
	f.Fuzz(func(t *testing.T, one, two, input string) {
		var got runCommand
		r := &reader{getenv: env("INPUT_EMULATE=" + input)}
		if err := r.parse(&got, []string{one, two}); err == nil && r.err() == nil && got.Emulate && input == "" && !strings.Contains(one+two, "emulate") {
			t.Error("emulate came from nowhere")
		}
	})
}
