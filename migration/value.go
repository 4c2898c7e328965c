package migration

import (
	"strings"

	"github.com/keyless-inference/action/migration/scan"
)

// shownFrom is how long a value must be for its first four characters and its
// hash to be shown: those of a short one would give it away.
const shownFrom = 16

// A verdict is what a name and its value give away.
type verdict struct {
	found string // "" for no key; "is a key (KL401)", "has the name of a key"
	seal  string // what a changed value changes
	key   string // the key itself where it is known; to be masked, never to be shown
}

// judge says whether a variable holds a key: by the shape of its value, or by
// its name beside a value that is neither empty nor a placeholder.
func (n Names) judge(name, value string) verdict {
	value = strings.TrimSpace(value)
	// Beside its name, since the older keys of Azure have no shape of their own.
	text := name + "=" + value + "\n"
	for _, m := range scan.Keys("", []byte(text)) {
		if !m.Key.IsZero() {
			return verdict{"holds a key: " + m.Key.String(), m.Key.Fingerprint(), text[m.Start:m.End]}
		}
	}
	if !n.Match(name) || placeholder(value) {
		return verdict{}
	}
	if len(value) < shownFrom {
		return verdict{"has the name of a key", "", value}
	}
	key := scan.NewKey(value)
	return verdict{"has the name of a key, and holds " + key.String(), key.Fingerprint(), value}
}

// fillers are words of which people make placeholders.
var fillers = []string{"placeholder", "changeme", "change-me", "change_me", "replace", "your-", "your_", "yourkey", "example", "dummy", "todo", "redacted", "not-needed", "unused", "xxxx", "****", "...."}

// words are whole values that are none.
var wordValues = map[string]bool{"": true, "none": true, "null": true, "nil": true, "false": true, "true": true, "test": true, "fake": true, "key": true, "secret": true, "disabled": true, "empty": true, "n/a": true, "-": true, "undefined": true}

// placeholder reports whether a value stands where a key would, or names where
// to find one: a reference to a vault or to another variable.
func placeholder(value string) bool {
	low := strings.ToLower(value)
	if wordValues[low] || strings.HasPrefix(low, "<") && strings.HasSuffix(low, ">") || strings.HasPrefix(low, "$") || strings.HasPrefix(low, "@microsoft.keyvault(") || strings.Contains(low, "://") {
		return true
	}
	for _, f := range fillers {
		if strings.Contains(low, f) {
			return true
		}
	}
	return false
}
