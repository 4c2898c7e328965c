package scan

import (
	"bytes"
	"slices"
	"strings"
)

// idle reports whether the name of a key is named for another purpose than to
// read or set it: to take it away, to tell people of it, to compare names, or to
// see that it is not there; or is set to what is no key.
func (t *source) idle(q quoted) bool {
	return t.removed(q) || t.compared(q) || t.told(q) || t.forbidden(q) || t.setToNothing(q) || t.pretended(q) || t.noted(q.start)
}

// noted reports whether the name at an offset is put on a list of what is
// missing, for people to read.
func (t *text) noted(at int) bool {
	before := t.data[max(0, at-120):at]
	return noting.Match(before[bytes.LastIndexByte(before, '\n')+1:])
}

var noting = pattern("(?i)(missing|errors?|problems?|warnings?|issues?|absent|failures?|failed|invalid)\\w*\\s*(\\[\\]\\s*=|\\+=|\\.\\s*\\w+!?\\(|=\\s*append\\(\\s*[\\w.]+\\s*,|<<)\\s*[\\[({]*\\s*[\"'`]?$")

// pretended reports whether the name is one that a test gives a value for a
// while: monkeypatch.setenv("NAME", value), patch.dict(os.environ, {"NAME": value}).
func (t *source) pretended(q quoted) bool {
	pairs := t.pairs()
	for b, n := t.around(q.start), 0; b >= 0 && n < 2; b, n = pairs[b].outer, n+1 {
		start, end := t.callee(pairs[b].open)
		if t.data[pairs[b].open] == '(' && slices.ContainsFunc(nameWords(string(t.data[start:end])), func(w string) bool { return pretenders[w] }) {
			return true
		}
	}
	return false
}

// pretenders are words of functions by which tests set what they need.
var pretenders = set("monkeypatch", "patch", "mp", "mocker", "stub", "climatecontrol")

// lineAround is the line around data[start:end], which is cut at 500 bytes.
func (t *source) lineAround(start, end int) (before, after string) {
	from := max(0, start-500)
	from += bytes.LastIndexByte(t.data[from:start], '\n') + 1
	to := min(len(t.data), end+500)
	return string(t.data[from:start]), string(t.data[end : end+lineLength(t.data[end:to])])
}

// removed reports whether the statement takes the setting away, or the next line
// does with each of those that this one lists.
func (t *source) removed(q quoted) bool {
	before, after := t.lineAround(q.start, q.end)
	rest := t.data[min(len(t.data), q.end+len(after)):]
	next := rest[:min(len(rest), 160)]
	loop := strings.HasPrefix(strings.TrimSpace(before), "for ") || strings.Contains(after, "each")
	for _, word := range removals {
		if strings.Contains(strings.ToLower(before), word) || loop && bytes.Contains(next, []byte(word)) {
			return true
		}
	}
	if loop && bytes.Contains(next, []byte("assert")) {
		return true
	}
	b := t.around(q.start)
	if b < 0 {
		return false
	}
	name := strings.ToLower(t.variable(t.pairs()[b].open))
	return slices.ContainsFunc(nameWords(name), func(w string) bool { return unwanted[w] })
}

var (
	removals = []string{"del ", "delete ", "delenv(", ".pop(", "unset", "remove", "unlink", ".without("}
	// unwanted are words of lists whose members nobody reads.
	unwanted = set("secret", "secrets", "sensitive", "redact", "redacted", "mask", "masked", "forbidden", "blocked", "blocklist", "denylist", "banned", "deny", "strip", "stripped", "scrub", "unset", "remove", "removed", "legacy", "deprecated", "disallowed", "prohibited", "ignored", "stale", "hidden")
)

// compared reports whether the name is compared, or looked for among others.
func (t *source) compared(q quoted) bool {
	before, after := t.lineAround(q.start, q.end)
	after = strings.TrimLeft(after, "\"'` ")
	before = strings.TrimRight(before, "\"'`-:")
	if i := strings.LastIndexAny(before, "([{"); i >= 0 && (strings.HasSuffix(before[:i], "not in ") || strings.HasSuffix(before[:i], " in ") && strings.Contains(before[:i], "if ")) {
		return true
	}
	for _, op := range [...]string{"in ", "not in ", "==", "!=", "=~", "in_array"} {
		if strings.HasPrefix(after, op) {
			return true
		}
	}
	for _, op := range [...]string{"== ", "!= ", "isset(", "key?(", "has(", "in_array(", "startswith(", "hasattr(os, ", "case "} {
		if strings.HasSuffix(before, op) {
			return true
		}
	}
	return false
}

// told reports whether the name is an argument of what speaks to people.
func (t *source) told(q quoted) bool {
	b := t.around(q.start)
	if b < 0 || t.data[t.pairs()[b].open] != '(' || q.within {
		return false
	}
	start, end := t.callee(t.pairs()[b].open)
	return slices.ContainsFunc(nameWords(string(t.data[start:end])), func(w string) bool { return speakers[w] })
}

// speakers are words of functions that speak to people.
var speakers = set("print", "println", "printf", "echo", "puts", "log", "logger", "logging", "warn", "warning", "error", "exception", "info", "debug", "markdown", "assertin", "assertnotin", "message", "cat", "stop", "abort", "fail", "info", "caption", "keyerror", "valueerror", "raises", "match", "runtimeerror", "replace", "sub", "header", "delete", "remove", "forget", "unset", "unsetenv", "del")

// forbidden reports whether the line asks whether there is a key, and the next
// one fails if so: a check like ours.
func (t *source) forbidden(q quoted) bool {
	before, after := t.lineAround(q.start, q.end)
	condition := strings.TrimSpace(before)
	if !strings.HasPrefix(condition, "if ") && !strings.HasPrefix(condition, "if(") || strings.Contains(condition, "not ") || strings.Contains(condition, "!") || strings.Contains(after, "==") || strings.Contains(after, " is None") || strings.Contains(after, "nil?") {
		return false
	}
	rest := t.data[min(len(t.data), q.end+len(after)+1):]
	next := strings.TrimLeft(string(rest[:min(len(rest), 100)]), " \t\r{")
	for _, word := range [...]string{"raise ", "throw ", "abort", "die(", "sys.exit", "panic(", "fail", "exit("} {
		if strings.HasPrefix(next, word) {
			return true
		}
	}
	return false
}

// setToNothing reports whether the setting is given what is no key of ours:
// nothing, a token, what tests make up, another service's key, or a text that
// describes it.
func (t *source) setToNothing(q quoted) bool {
	from, given := t.setting(q)
	if !given {
		return false
	}
	start, end := t.trim(from, t.valueEnd(from))
	v := string(t.data[start:end])
	if s, ok := literal(v); ok && strings.Contains(s, " ") && (t.data[from-1] == ':' || t.data[from-1] == '>') {
		return true
	}
	switch strings.ToLower(v) {
	case "true", "false", "str", "string", "int", "[", "{":
		return true
	}
	return start < end && (t.empty(v) || !t.keyValue(start, end))
}

// setting is where the value starts that a named setting is given, behind = or :
// or as the next argument of a function that sets.
func (t *source) setting(q quoted) (from int, given bool) {
	i, code := q.end, t.class()[q.start] == inCode
	for i < len(t.data) && i < q.end+8 && strings.IndexByte("\"'`] \t", t.data[i]) >= 0 {
		i++
	}
	if i+1 >= len(t.data) {
		return 0, false
	}
	rest := t.data[i:]
	switch {
	case hasPrefix(rest, "=="):
		return 0, false
	case hasPrefix(rest, "=>"), hasPrefix(rest, ":="):
		return i + 2, true
	case rest[0] == '=', rest[0] == ':' && !code && rest[1] != ':':
		return i + 1, true
	case rest[0] == ',' && !code:
		b := t.around(q.start)
		if b < 0 || t.data[t.pairs()[b].open] != '(' {
			return 0, false
		}
		start, end := t.callee(t.pairs()[b].open)
		return i + 1, slices.ContainsFunc(nameWords(string(t.data[start:end])), func(w string) bool { return setsValues[w] })
	}
	return 0, false
}

// setsValues are words of functions that set a setting to their next argument.
var setsValues = set("set", "setenv", "setdefault", "putenv", "put", "setitem", "stub", "define", "setproperty", "add", "with", "withenv", "env")
