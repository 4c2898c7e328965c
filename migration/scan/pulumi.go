package scan

import (
	"bytes"
	"strings"
)

// accountKeys looks at infrastructure that is written as a program, for Pulumi
// or CDK for Terraform: the keys of an account that it lists or reads.
// https://www.pulumi.com/registry/packages/azure-native/api-docs/cognitiveservices/listaccountkeys/
func accountKeys(t *text) {
	low := bytes.ToLower(t.data)
	if bytes.Contains(low, []byte("cognitiveservices")) && (bytes.Contains(low, []byte("listaccountkeys")) || bytes.Contains(low, []byte("list_account_keys"))) {
		t.listedKeys()
	}
	if bytes.Contains(low, []byte("cognitiveaccount(")) || bytes.Contains(low, []byte("cognitive.account(")) {
		t.readKeys()
	}
}

// listedKeys reports listAccountKeys, as the languages write it.
func (t *text) listedKeys() {
	for _, c := range t.calls() {
		name := strings.ToLower(strings.ReplaceAll(c.name, "_", ""))
		if !strings.Contains(name, "listaccountkeys") || strings.HasSuffix(name, "args") || strings.HasSuffix(name, "result") {
			continue
		}
		before := strings.TrimSpace(string(t.data[max(0, c.start-20):c.start]))
		if strings.HasSuffix(before, "function") || strings.HasSuffix(before, "func") || strings.HasSuffix(before, "def") || strings.HasSuffix(before, "Task") {
			continue
		}
		if strings.Contains(name, ".") && !strings.Contains(name, "cognitive") && strings.Contains(name, "storage") {
			continue
		}
		from := max(0, c.start-pathLimit)
		line := t.data[from+bytes.LastIndexByte(t.data[from:c.start], '\n')+1 : min(c.close, c.open+pathLimit)]
		if leaning(string(line)) >= 0 {
			t.add("KL501", c.start, c.open, c.name)
		}
	}
}

// readKeys reports the keys that are read from accounts which the program makes.
func (t *text) readKeys() {
	accounts := map[string]bool{}
	for _, c := range t.calls() {
		low := strings.ToLower(c.name)
		if !strings.HasSuffix(low, "cognitiveaccount") && !strings.HasSuffix(low, "cognitive.account") {
			continue
		}
		before := t.data[max(0, c.start-pathLimit):c.start]
		line := string(before[bytes.LastIndexByte(before, '\n')+1:])
		name, _, ok := strings.Cut(line, "=")
		words := strings.FieldsFunc(name, func(r rune) bool { return r > 127 || !nameByte(byte(r)) })
		if ok && len(words) > 0 && leaning(words[len(words)-1]+" "+string(t.data[c.open:min(c.close, c.open+pathLimit)])) >= 0 {
			accounts[words[len(words)-1]] = true
		}
	}
	for i := 0; ; {
		n := bytes.IndexByte(t.data[i:], '.')
		if n < 0 {
			return
		}
		at := i + n
		i = at + 1
		from, to := at, i
		for from > max(0, at-pathLimit) && nameByte(t.data[from-1]) {
			from--
		}
		for to < min(len(t.data), i+pathLimit) && nameByte(t.data[to]) {
			to++
		}
		if accounts[string(t.data[from:at])] && keyProperties[string(t.data[i:to])] && t.code(at) {
			t.add("KL501", from, to, string(t.data[from:to]))
		}
	}
}

var keyProperties = set("primaryAccessKey", "secondaryAccessKey", "primary_access_key", "secondary_access_key", "PrimaryAccessKey", "SecondaryAccessKey")
