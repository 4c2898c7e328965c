package scan

import (
	"bytes"
	"strings"
)

// variables finds the variables in a line that are keys, where they are read,
// set, or handed to a program.
func (t *text) variables(c command, l span) {
	for i := l.start; i < l.end; {
		if !nameByte(t.data[i]) {
			i++
			continue
		}
		from := i
		for i < l.end && (nameByte(t.data[i]) || joint(t.data, i, l.end)) {
			i++
		}
		n := t.variable(from, i)
		if n.text != "" && t.taken(c, l, n) {
			t.add("KL302", n.start, n.end, n.text)
		}
	}
}

// variable is the name in data[start:end] that is a key's, without what is
// before it: env:, FLAG:. Its text is empty when there is none.
func (t *text) variable(start, end int) name {
	text := string(t.data[start:end])
	for _, prefix := range []string{"env:", "ENV:", "Env:", "e:"} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			text, start = rest, end-len(rest)
		}
	}
	if before, _, ok := strings.Cut(text, ":-"); ok { // ${NAME:-default}
		text, end = before, start+len(before)
	}
	if !KeyName(text) {
		if before, _, ok := strings.Cut(text, ":"); ok && KeyName(before) {
			return name{start, start + len(before), before}
		}
		return name{}
	}
	return name{start, end, text}
}

// taken reports whether a name in a script stands for a key that is wanted.
func (t *text) taken(c command, l span, n name) bool {
	before, after := t.data[max(l.start, n.start-nearby):n.start], t.data[n.end:min(l.end, n.end+nearby)]
	prose := c.prose(n.start-c.start) || c.document && !c.written
	switch {
	case c.removes(n), t.guards(c, n):
		return false
	case len(after) > 0 && (after[0] == '=' || after[0] == ':' && c.document) && !bytes.HasPrefix(after, []byte("==")):
		return t.set(c, n, before, after, prose)
	case entry(before, after):
		return !t.cleared(after[1:])
	case refersTo(before):
		return (screaming(n.text) || explicit(before)) && !(prose && literalDollar(before)) && !t.cleared(after)
	case prose:
		return false
	case c.names:
		return startsWord(before) && !c.searched
	}
	return screaming(n.text) && wholeWord(before, after) && !c.searched && !bytes.HasPrefix(bytes.TrimLeft(after, " "), []byte("()"))
}

// names matches commands that are given names of settings and secrets.
var names = pattern(`secret\s+(?:set|show|download|create|put)|secrets\s+(?:set|put|create|add|get)|secrets versions|secretsmanager|user-secrets|appsettings\s+set|--settings|set-env-vars|--env-vars|--secrets|--update-secrets|--from-literal|env\s+set|env\s+get-value|env\s+add|config:set|config set|--build-arg|--secret|type=secret|get-azkeyvaultsecret|set-azkeyvaultsecret|setenvironmentvariable|getenvironmentvariable|set-item\s|\bsetx\s|\s-e\s|\s--env[\s=]|--set(?:-string)?\s|--parameters|appconfig kv|get-variable|ssm\s+(?:get|put)`)

// set reports whether a name with = behind it is a setting of a key.
func (t *text) set(c command, n name, before, after []byte, prose bool) bool {
	value := strings.TrimLeft(string(after[1:]), " ")
	quoted := strings.HasPrefix(value, `"`) || strings.HasPrefix(value, "'")
	value = strings.Trim(value, `"'`)
	if i := strings.IndexAny(value, `"';`); i >= 0 {
		value = value[:i]
	}
	if !quoted {
		value = firstWord(value)
	}
	low := strings.ToLower(strings.Trim(strings.TrimSpace(value), `"'\`))
	if value == "$(" && keysCommand.Match(lowered(t.data[n.end:min(len(t.data), n.end+nearby)])) {
		return false // the command on the lines below is reported
	}
	switch {
	case low == "" || low == "$null" || low == "null" || notWanted(low) || refers(value) && foreign(value):
		return false
	case prose && !strings.Contains(value, "$"):
		return false
	case bytes.HasSuffix(before, []byte("--")), refersTo(before) && (explicit(before) || screaming(n.text)):
		return true
	}
	return startsWord(before) && (screaming(n.text) || c.names || c.written)
}

// entry reports whether a name is the key of an entry in a table of PowerShell:
// "AzureOpenAI:Key" = $key.
func entry(before, after []byte) bool {
	if len(before) == 0 || len(after) == 0 || after[0] != before[len(before)-1] || after[0] != '"' && after[0] != '\'' {
		return false
	}
	rest := bytes.TrimLeft(after[1:], " \t")
	return len(bytes.TrimSpace(before)) == 1 && hasPrefix(rest, "=") && !hasPrefix(rest, "==") && bytes.IndexByte(rest, '$') > 0
}

// cleared reports whether what follows a variable of PowerShell sets it to
// nothing, or to what tests have: $env:OPENAI_API_KEY = $null.
func (t *text) cleared(after []byte) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(after)), "=")
	if !ok || strings.HasPrefix(rest, "=") {
		return false
	}
	low := strings.ToLower(unquoted(rest))
	return low == "" || low == "$null" || notWanted(low)
}

// refersTo reports whether what stands before a name makes it a variable that
// is read.
func refersTo(before []byte) bool {
	s := string(before)
	for _, opening := range [...]string{"$", "${", "${!", "$(", "%", "env:", "Env:", "ENV:", "env.", "$ENV{", "${#"} {
		if strings.HasSuffix(s, opening) {
			return true
		}
	}
	return false
}

// explicit reports whether the variable is one of the environment, in whatever
// case it is written.
func explicit(before []byte) bool {
	s := strings.ToLower(string(before))
	return strings.HasSuffix(s, "env:") || strings.HasSuffix(s, "%") || strings.HasSuffix(s, "env.")
}

// literalDollar reports whether a $ is written for people to read: \$NAME, or in
// single quotes.
func literalDollar(before []byte) bool {
	s := strings.TrimRight(string(before), "{(")
	s = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(s, "env:"), "Env:"), "$")
	return strings.HasSuffix(s, `\`) || strings.HasSuffix(s, "`") || strings.Count(s, "'")%2 == 1 && strings.Count(s, `"`)%2 == 0
}

// screaming reports whether a name is written as variables of the environment
// are: without small letters, but for those that Terraform reads.
func screaming(s string) bool {
	return strings.TrimPrefix(s, "TF_VAR_") != s || strings.ToUpper(s) == s && strings.Contains(s, "_")
}

// startsWord reports whether a name starts a word: of a command, or of a string.
func startsWord(before []byte) bool {
	return len(before) == 0 || bytes.IndexByte([]byte(" \t\"'=,;&|([{:"), before[len(before)-1]) >= 0
}

// wholeWord reports whether a name is a word of a command by itself, or the
// whole of a string.
func wholeWord(before, after []byte) bool {
	first, last := byte(' '), byte(' ')
	if len(before) > 0 {
		first = before[len(before)-1]
	}
	if len(after) > 0 {
		last = after[0]
	}
	if first == '"' || first == '\'' {
		return last == first
	}
	quotes := bytes.Count(before, []byte(`"`))%2 + bytes.Count(before, []byte("'"))%2
	return quotes == 0 && (blankByte(first) || first == '(' || first == '=') && (blankByte(last) || bytes.IndexByte([]byte(";)|&"), last) >= 0)
}

var finding = pattern(`(?:^|[\s|;&(!])(?:[ef]?grep|rg|select-string|findstr)\s|\bsed\s+-i`)

// searched reports whether a command looks for names in files, and doesn't take
// what it finds.
func searched(low string) bool {
	finds := finding.MatchString(low)
	return finds && !strings.Contains(low, "cut ") && !strings.Contains(low, "awk ") && !strings.Contains(low, "printenv")
}

// removing are the words of which commands that remove something have one.
var removing = pattern(`unset|remove|clear-item|-u|delete|\brm\b|purge|set\s+-e|set-attributes`)

var removal = pattern(`(?:^|[\s;&(])(?:unset|unsetenv|remove-item|clear-item|env\s+-u|env\s+unset|secret\s+(?:delete|remove|rm|purge|set-attributes)|secrets\s+(?:delete|remove|rm|unset)|appsettings\s+delete|config:unset|env\s+rm|env\s+remove|set\s+-e)\s[^;&|]*$`)

// removes reports whether the command takes a variable or secret away.
func (c command) removes(n name) bool {
	if !c.removing {
		return false
	}
	at := min(len(c.low), n.start-c.start)
	return removal.MatchString(c.low[max(0, at-nearby):at])
}

var failing = pattern(`(?i)\bexit\s+[1-9]|\breturn\s+1|\bthrow\b`)

// guards reports whether the command makes sure that a variable is not set: the
// branch of its -n test fails.
func (t *text) guards(c command, n name) bool {
	at := min(len(c.low), n.start-c.start)
	before := strings.TrimRight(c.low[max(0, at-20):at], `"'${`)
	if !strings.HasSuffix(strings.TrimRight(before, " "), " -n") {
		return false
	}
	branch := t.data[n.end:min(len(t.data), n.end+400)]
	for _, end := range []string{"\nfi", " fi\n", "else", "elif", "; fi"} {
		if i := bytes.Index(branch, []byte(end)); i >= 0 {
			branch = branch[:i]
		}
	}
	return failing.Match(branch)
}

var (
	speaks     = pattern(`^[\s@"'(]*(?:echo|printf|print|write-(?:host|output|error|warning|verbose|information|debug)|throw|die|fail|usage|help|log|info|warn|warning|error|err|abort|say|note|msg|message|success|rem|title|print_\w+|log_\w+|say_\w+|\w+_(?:error|info|warn|warning|message|status|log)|print[A-Z]\w*)\b`)
	redirected = pattern(`[^2&=-]>>?\s*[^\s&>|]|\|\s*(?:tee|sudo tee|out-file|add-content|set-content|gh |docker |kubectl |az )`)
)

// nearby is how far around a name its command is looked at, in bytes.
const nearby = 600

// segmentStart is where the last of several commands in a text begins.
func segmentStart(s string) int {
	start := strings.LastIndexAny(s, ";|") + 1
	for _, sep := range [...]string{"&&", "$(", "then ", "else ", "do "} {
		if i := strings.LastIndex(s, sep); i >= 0 {
			start = max(start, i+len(sep))
		}
	}
	if i := strings.LastIndexByte(s, '{'); i >= start && (i == 0 || s[i-1] != '$') {
		start = i + 1
	}
	if rest := strings.TrimLeft(s[start:], " \t"); strings.HasPrefix(rest, "- ") {
		start = len(s) - len(rest) + 2
	}
	return start
}

// prose reports whether what stands at an offset in the command is said to
// people: it is an argument of echo and its like, and not written to a file.
func (c command) prose(at int) bool {
	at = min(at, len(c.low))
	start := max(0, at-nearby)
	start += segmentStart(c.low[start:at])
	segment := c.low[start:min(len(c.low), at+nearby)]
	return speaks.MatchString(segment) && !redirected.MatchString(strings.ReplaceAll(segment, "/dev/null", ""))
}
