package scan

import "bytes"

var rubyClient = client{keys: []string{"access_token", "api_key", "azure_token_key"}, tokens: []string{"azure_token_auth"}, implicit: true, paths: []string{"OpenAI::Client.", "LLM::Azure.", "LLM::OpenAI."}}

var rubyDialect = &dialect{
	clients: map[string]client{
		"new": rubyClient,
		// langchainrb's Langchain::LLM::OpenAI.new, Azure.new are told by general
	},
	bearers: []string{"bearer_auth"},
	readers: []string{"fetch", "ENV.fetch", "dig", "credentials", "get"},
	objects: []string{"ENV", "Rails.application.credentials", "credentials", "Settings", "Rails.configuration", "Figaro.env"},
	more:    []func(*source){rubyConfigure, rubyBare, rubyCredentials},
}

// rubyConfigure finds OpenAI.configure { |c| c.access_token = key }, and RubyLLM's.
func rubyConfigure(t *source) {
	for _, name := range [...]string{"access_token", "api_key", "openai_api_key", "azure_api_key", "azure_openai_api_key"} {
		for _, a := range t.assigned()[name] {
			before := t.data[max(0, a.at-1200):a.at]
			block := bytes.LastIndex(before, []byte(".configure"))
			if block < 0 || !bytes.Contains([]byte(a.path), []byte(".")) || !rubyOurs(before[max(0, block-40):block], name) || !t.keyValue(a.from, a.to) || t.sentElsewhere() {
				continue
			}
			t.add("KL301", a.at, a.to, a.path)
			t.done = append(t.done, span{a.at, a.to})
			t.trace(a.from, a.to)
		}
	}
}

// rubyOurs reports whether what is configured is OpenAI's library, or one for
// several services where the name says OpenAI.
func rubyOurs(before []byte, name string) bool {
	return bytes.Contains(bytes.ToLower(before[bytes.LastIndexByte(before, '\n')+1:]), []byte("openai")) || KeyName(name)
}

// rubyCredentials finds keys in Rails' encrypted credentials:
// credentials.dig(:openai, :api_key), credentials.openai[:api_key],
// credentials.openai_api_key, credentials.openai.api_key.
// https://guides.rubyonrails.org/security.html#custom-credentials
func rubyCredentials(t *source) {
	word := []byte("credentials")
	for at := 0; ; {
		i := bytes.Index(t.data[at:], word)
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(word)
		end := at
		for end < len(t.data) && end-at < 80 && (nameByte(t.data[end]) || bytes.IndexByte([]byte(".:[](),& !?\"'"), t.data[end]) >= 0) {
			if t.data[end] == ')' || t.data[end] == ' ' && end > 0 && t.data[end-1] != ',' {
				break
			}
			end++
		}
		if t.code(start) || t.class()[start] == inString && rubyInterpolated(t.data, start) {
			if path := bytes.TrimPrefix(t.data[at:end], []byte(".dig(")); KeyName(string(path)) && !t.settled(start) {
				t.add("KL302", start, end, string(t.data[start:end]))
			}
		}
	}
}

// rubyInterpolated reports whether an offset in a string is in #{…}.
func rubyInterpolated(data []byte, at int) bool {
	before := data[max(0, at-60):at]
	return bytes.LastIndex(before, []byte("#{")) > bytes.LastIndexByte(before, '}')
}

// rubyBare finds clients made without brackets: with a key behind a space, or
// with what the environment has, unless the file configures the library.
func rubyBare(t *source) {
	made := []byte("OpenAI::Client.new")
	for at := 0; ; {
		i := bytes.Index(t.data[at:], made)
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(made)
		line := t.data[at : at+lineLength(t.data[at:])]
		rest := bytes.TrimLeft(line, " ")
		switch {
		case !t.code(start) || len(line) > 0 && (nameByte(line[0]) || line[0] == '('):
		case len(rest) == 0 || !letter(rest[0]) && rest[0] != ':' || bytes.HasPrefix(rest, []byte("if ")) || bytes.HasPrefix(rest, []byte("unless ")):
			if !bytes.Contains(t.data, []byte(".configure")) && !bytes.Contains(t.data, []byte("raise_error")) {
				t.add("KL304", start, at, string(made))
			}
		default:
			t.client(call{"OpenAI::Client.new", start, at, at + len(line), t.arguments(at, at+len(line))}, rubyClient)
		}
	}
}
