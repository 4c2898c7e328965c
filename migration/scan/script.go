package scan

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// script looks at a shell script, of whatever shell, and at what else is made of
// commands: a Makefile, a batch file, the run: of a step.
//
// It reads line by line and keeps no state of quotes from one to the next, so
// that an apostrophe in a here-document doesn't turn the rest around.
func script(t *text) {
	other := sync.OnceValue(func() bool {
		low := bytes.ToLower(t.data)
		return otherKinds.Match(low) && !aboutOpenAI.Match(low)
	})
	for _, c := range t.commands() {
		if c.program != "" {
			t.within(c.program, c.start, c.end)
			continue
		}
		t.keysListed(c, other)
		t.signedIn(c)
		for _, l := range c.lines {
			t.header(c, l)
			t.variables(c, l)
		}
	}
}

// A command is a line with those that a \, ` or ^ at its end adds, or the lines
// of a here-document.
type command struct {
	start, end int
	lines      []span // without comments
	low        string // the whole in lower case
	document   bool   // it is a here-document
	written    bool   // it is one that goes to a file or a program, and not to people
	names      bool   // it is given names of settings and secrets
	searched   bool   // it looks for names in files
	removing   bool   // it may take something away
	program    string // the name of a file in whose language it is
	about      func() subject
}

// A subject is what a command says about whose service it calls. Each of its
// lines may ask for it, so it is found once.
type subject struct{ search, otherHost, otherKind, openai, host bool }

// subjectOf is the subject of a command in lower case.
func subjectOf(low string) subject {
	return subject{
		search: strings.Contains(low, ".search.windows.net"), otherHost: otherHostIn(low), otherKind: otherKinds.MatchString(low),
		openai: aboutOpenAI.MatchString(low), host: openAIHosts.MatchString(low),
	}
}

// commands takes a script apart.
func (t *text) commands() (all []command) {
	r := scriptReader{t: t}
	for r.pos < len(t.data) {
		if c, ok := r.command(); ok {
			c.low = asciiLower(t.data[c.start:c.end])
			c.about = sync.OnceValue(func() subject { return subjectOf(c.low) })
			c.names, c.searched, c.removing = names.MatchString(c.low), searched(c.low), removing.MatchString(c.low)
			all = append(all, c)
			if word := hereWord.FindStringSubmatch(string(t.data[c.start:c.end])); word != nil && !strings.Contains(c.low, "<<<") {
				if body, ok := r.document(word[1], c.low); ok {
					all = append(all, body)
				}
			}
		}
	}
	return all
}

var hereWord = pattern(`<<[-~]?\s*\\?['"]?([A-Za-z_]\w*)['"]?`)

// A scriptReader reads a script's lines.
type scriptReader struct {
	t       *text
	pos     int
	comment bool // in a <# comment #> of PowerShell
}

// next is the next line.
func (r *scriptReader) next() (start, end int) {
	start = r.pos
	end = start + lineLength(r.t.data[start:])
	r.pos = end + 1
	return start, end
}

// command reads one command; false when the line has none.
func (r *scriptReader) command() (c command, ok bool) {
	for first := true; first || r.pos < len(r.t.data); first = false {
		start, end := r.next()
		if first {
			c.start = start
		}
		c.end = end
		line := bytes.TrimSpace(r.t.data[start:end])
		if r.skipped(line) {
			if first {
				return c, false
			}
			continue
		}
		l := span{start, codeEnd(r.t.data, start, end)}
		c.lines = append(c.lines, l)
		code := bytes.TrimRight(r.t.data[l.start:l.end], " \t\r")
		if len(code) == 0 || bytes.IndexByte([]byte("\\`^"), code[len(code)-1]) < 0 {
			break
		}
	}
	return c, true
}

// skipped reports whether a line is empty or a comment.
func (r *scriptReader) skipped(line []byte) bool {
	if r.comment || hasPrefix(line, "<#") {
		r.comment = !bytes.Contains(line, []byte("#>"))
		return true
	}
	return len(line) == 0 || line[0] == '#' || hasPrefix(line, "::") && !hasPrefix(line, "::add") || hasFold(line, "rem ") || hasFold(line, "@rem ") || hasPrefix(line, "//")
}

// document reads a here-document, up to the line that is its word.
func (r *scriptReader) document(word, opening string) (c command, ok bool) {
	c = command{start: r.pos, end: r.pos, document: true}
	for r.pos < len(r.t.data) {
		start, end := r.next()
		line := bytes.TrimSpace(r.t.data[start:end])
		if string(line) == word {
			break
		}
		c.end = end
		if len(line) > 0 && line[0] != '#' {
			c.lines = append(c.lines, span{start, end})
		}
	}
	c.start, c.end = min(c.start, len(r.t.data)), min(c.end, len(r.t.data))
	c.low = asciiLower(r.t.data[c.start:c.end])
	c.about = sync.OnceValue(func() subject { return subjectOf(c.low) })
	c.written = strings.Contains(opening, ">") || strings.Contains(opening, "tee ") || strings.Contains(opening, "apply") || strings.Contains(opening, "ssh ")
	for _, p := range [...][2]string{{"python", "script.py"}, {"node", "script.js"}, {"ruby", "script.rb"}} {
		if strings.Contains(opening, p[0]) && !strings.Contains(opening, "cat ") {
			c.program = p[1]
		}
	}
	return c, c.end > c.start
}

// asciiLower is a text in lower case, as far as it is ASCII, so that offsets stay
// the same.
func asciiLower(data []byte) string {
	low := bytes.Clone(data)
	for i, c := range low {
		low[i] = lower(c)
	}
	return string(low)
}

// codeEnd is where the code of a line ends: before a comment.
func codeEnd(data []byte, start, end int) int {
	quote := byte(0)
	for i := start; i < end; i++ {
		switch c := data[i]; {
		case c == '\\' && quote != '\'':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#' && i > start && blankByte(data[i-1]):
			return i
		}
	}
	return end
}

var (
	keysCommand = pattern(`az(?:\.cmd)?['",\s]+cognitiveservices['",\s]+account['",\s]+keys['",\s]+(?:list|regenerate)|(?:get|new)-azcognitiveservicesaccountkey|microsoft\.cognitiveservices/accounts/[^\s"']*/(?:listkeys|regeneratekey)`)
	otherKinds  = pattern(`speech|luis|vision|translat|formrec|form-rec|docintel|doc-intel|documentint|document-int|textanalytics|text-analytics|contentsafety|content-safety|anomaly|qna|\bface|immersive|personalizer|metricsadvisor|\blanguage|bing\b|contentunderst|microsofttranslator`)
	aboutOpenAI = pattern(`openai|open-ai|aoai|\boai|gpt|foundry|aiservices|ai-services|ai_services|embedding|azure_ai|azureai`)
)

// keysListed finds commands that read the keys of an account. An account that is
// visibly of another kind, such as speech, is not looked at.
func (t *text) keysListed(c command, other func() bool) {
	m := keysCommand.FindStringIndex(c.low)
	if m == nil || c.prose(m[0]) {
		return
	}
	if !c.about().openai && (c.about().otherKind || other()) || t.listed(c.start+m[0], c.start+m[1]) {
		return
	}
	t.add("KL305", c.start+m[0], c.start+m[1], string(t.data[c.start+m[0]:c.start+m[1]]))
}

// listed reports whether a cmdlet's name is only a string, as in the list of
// what a module exports.
func (t *text) listed(start, end int) bool {
	if start == 0 || end >= len(t.data) || bytes.IndexByte([]byte(`'"`), t.data[start-1]) < 0 || t.data[end] != t.data[start-1] {
		return false
	}
	return !bytes.ContainsAny(t.data[start:end], " '\",/")
}

var signIn = pattern(`az(?:\.cmd)?\s+login\b[^&;|]*?(?:\s-p[\s=]|\s--password[\s=])[^&;|]*|connect-azaccount[^;|]*-serviceprincipal[^;|]*|azd\s+auth\s+login[^&;|]*--client-secret[^&;|]*`)

// secretOption is the option that gives the secret: the line that it stands on
// is the one to change.
var secretOption = pattern(`\s(?:-p|--password|--client-secret)[\s=]`)

// signedIn finds commands that sign in to Azure with a secret.
func (t *text) signedIn(c command) {
	m := signIn.FindStringIndex(c.low)
	if m == nil || c.prose(m[0]) {
		return
	}
	said := c.low[m[0]:m[1]]
	if strings.Contains(said, "federated") || strings.Contains(said, ".pem") || strings.Contains(said, "certificate") || strings.HasPrefix(said, "connect") && !strings.Contains(said, "-credential") {
		return
	}
	name, _, _ := strings.Cut(said, " -")
	if i := secretOption.FindStringIndex(said); i != nil {
		m[0] += i[0] + 1
	}
	t.add("KL104", c.start+m[0], c.start+m[1], name)
}

var (
	keyHeader    = pattern(`(?i)(?:^|[^\w-])(api-key|ocp-apim-subscription-key)["'\])]*\s*[:=,]\s*([^\r\n]*)`)
	bearerHeader = pattern(`(?i)authorization["'\])]*\s*[:=,]\s*["'(]*bearer\s+([^\r\n]*)`)
	openAIHosts  = pattern(`api\.openai\.com|\.openai\.azure\.|\.cognitiveservices\.azure\.|\.services\.ai\.azure\.|openai_endpoint|openai_api_base|/openai/deployments|/openai/v1|openai_base_url`)
)

// header finds the headers of requests that carry a key to Azure OpenAI or
// OpenAI.
func (t *text) header(c command, l span) {
	line := t.data[l.start:l.end]
	if m := keyHeader.FindSubmatchIndex(line); m != nil && !c.prose(l.start-c.start+m[2]) {
		value := headerValue(string(line[m[4]:m[5]]))
		if t.sent(c, value) && t.receives(c, line[m[2]] == 'O' || line[m[2]] == 'o', value) {
			id := "KL303"
			if c.names && line[m[3]] == '=' { // --from-literal=api-key=…
				id = "KL302"
			}
			t.add(id, l.start+m[2], l.start+m[3], string(line[m[2]:m[3]]))
		}
	}
	if m := bearerHeader.FindSubmatchIndex(line); m != nil && !c.prose(l.start-c.start+m[0]) {
		value := headerValue(string(line[m[2]:m[3]]))
		if t.sent(c, value) && (t.holdsKey(value) || t.bare(c, strings.ToLower(value))) {
			t.add("KL303", l.start+m[0], l.start+m[2]-1, "Authorization: Bearer")
		}
	}
}

// receives reports whether the header's request is for OpenAI. The other services
// of Azure take the header of subscriptions (ocp) too, and search takes api-key.
func (t *text) receives(c command, ocp bool, value string) bool {
	switch {
	case t.holdsKey(value):
		return true
	case c.about().search, t.gateway(), c.about().otherKind && !c.about().openai:
		return false
	case vendor(value):
		return c.about().host
	}
	return t.evidence().azure && !ocp || t.opening().host
}

// bare reports whether a value in lower case that doesn't say what it is goes to
// OpenAI: in the same command, or, where it says that it is a key, in the file.
func (t *text) bare(c command, value string) bool {
	switch {
	case strings.Contains(c.low, "://api.openai.com"): // which takes no other tokens
		return true
	case strings.Contains(value, "token"):
		return false
	}
	return c.about().host || strings.Contains(value, "key") && t.opening().host
}

// gateway reports whether the file calls a gateway before OpenAI, which has keys
// of its own, and not OpenAI itself.
func (t *text) gateway() bool {
	return t.opening().gateway
}

// An opening is what the first part of a text says about the hosts that it calls.
type opening struct{ host, gateway bool }

// opening reads it once.
func (t *text) opening() opening {
	if t.start == nil {
		low := bytes.ToLower(t.data[:min(len(t.data), 50_000)])
		t.start = &opening{
			host:    openAIHosts.Match(low),
			gateway: bytes.Contains(low, []byte(".azure-api.net")) && !bytes.Contains(low, []byte(".openai.azure.")) && !bytes.Contains(low, []byte(".cognitiveservices.azure.")),
		}
	}
	return *t.start
}

// headerValue is a header's value, up to the quote that closes it.
func headerValue(s string) string {
	s = strings.TrimLeft(s, `"' `)
	if i := strings.IndexAny(s, `"'`); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

// sent reports whether a header's value may be a key of OpenAI's.
func (t *text) sent(c command, value string) bool {
	low := strings.ToLower(value)
	return value != "" && !notWanted(low) && !foreign(value) && !strings.Contains(low, "get-access-token") && !strings.Contains(low, "access_token") && !strings.Contains(low, "accesstoken") && !c.about().otherHost
}

// holdsKey reports whether one of the names in a text is that of a key.
func (t *text) holdsKey(s string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return r > 127 || !nameByte(byte(r)) && r != '-' }), KeyName)
}
