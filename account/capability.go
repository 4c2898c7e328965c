package account

import (
	"slices"
	"strings"
)

// Capabilities are what Azure calls so: what a model can do, as chatCompletion: "true",
// and figures of it, as maxOutputToken: "16384". All are texts. Where Azure does not
// tell, there are none.
type Capabilities map[string]string

// Can reports whether a model has a capability, such as chatCompletion, responses
// or embeddings. Told is false where Azure tells of none at all.
func (c Capabilities) Can(name string) (can, told bool) {
	return strings.EqualFold(c[name], "true"), len(c) > 0
}

// Names are those that a model has, sorted.
func (c Capabilities) Names() (names []string) {
	for name := range c {
		if can, _ := c.Can(name); can {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Figures are those that are no yes or no.
func (c Capabilities) Figures() map[string]string {
	figures := map[string]string{}
	for name, text := range c {
		if text != "" && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			figures[name] = text
		}
	}
	return figures
}
