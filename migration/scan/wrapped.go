package scan

import (
	"bytes"
	"slices"
	"strings"
)

// wraps reports whether a call makes a credential of a key for a client of Azure
// OpenAI: it stands among the arguments of one, or in a variable that does.
func (t *source) wraps(c call, d *dialect) bool {
	if len(c.args) == 0 || !t.key(c.args[0]) {
		return false
	}
	if known, ours := t.consumer(c.start, d); known {
		return ours
	}
	if name := t.variable(c.start); name != "" {
		if known, ours := t.consumedAs(name, c.start, d); known {
			return ours
		}
	}
	return t.ownKey(c.args[0])
}

// ownKey reports whether an argument is called like a key of OpenAI, or its
// value is.
func (t *source) ownKey(a arg) bool {
	start, end := a.start, a.end
	for range 3 {
		if len(t.keyNames(start, min(end, start+longestValue))) > 0 {
			return true
		}
		next, ok := t.resolve(string(t.data[start:end]), start)
		if !ok {
			return false
		}
		start, end = next.start, next.end
	}
	return false
}

// consumer finds the call that what stands at an offset is an argument of. known
// is false where there is none.
func (t *source) consumer(at int, d *dialect) (known, ours bool) {
	pairs := t.pairs()
	for b, n := t.around(at), 0; b >= 0 && n < 6; b, n = pairs[b].outer, n+1 {
		if t.data[pairs[b].open] != '(' {
			continue
		}
		start, end := t.callee(pairs[b].open)
		if start == end || t.declared(start) {
			if t.declared(start) {
				return false, false
			}
			continue
		}
		c := call{string(t.data[start:end]), start, pairs[b].open, pairs[b].close, nil}
		if ours, known := t.consumes(c, d); known {
			return true, ours
		}
	}
	return false, false
}

// consumes reports whether a call makes a client of Azure OpenAI of what is
// among its arguments; it is not known for functions that hand on what they get.
func (t *source) consumes(c call, d *dialect) (ours, known bool) {
	last := lastName(c.name)
	if made, ok := t.maker(c.name, d); ok {
		c.args = t.argsOf(bracket{c.open, c.close, 0})
		return t.made(c, made) && !t.elsewhere(c), true
	}
	if slices.Contains(d.setters, last) || strings.EqualFold(last, "credential") {
		return t.chained(c, d), true
	}
	if last == "" || strings.Contains(c.name, "Client") || strings.Contains(c.name, "client") {
		return false, last != ""
	}
	return false, false
}

// variable is the name of what the statement at an offset assigns.
func (t *source) variable(at int) string {
	for i := at - 1; i >= 0 && i > at-120 && t.data[i] != '\n' && t.data[i] != ';'; i-- {
		if (t.data[i] == '=' || t.data[i] == '<') && t.code(i) && t.assigns(i) >= 0 {
			path, _ := t.target(i)
			return lastName(path)
		}
	}
	return ""
}

// consumedAs finds the calls that get a variable; the first that is a client
// decides, and one of ours before another's.
func (t *source) consumedAs(name string, from int, d *dialect) (known, ours bool) {
	uses := 0
	for _, at := range t.mentions(name) {
		if at <= from {
			continue
		}
		if uses++; uses > 20 {
			break
		}
		k, o := t.consumer(at, d)
		if o {
			return true, true
		}
		known = known || k
	}
	return known, false
}

// mentions are the places in code where a name stands, up to 200.
func (t *source) mentions(name string) (all []int) {
	for at := 0; len(all) < 200; {
		i := bytes.Index(t.data[at:], []byte(name))
		if i < 0 {
			break
		}
		start, end := at+i, at+i+len(name)
		at = end
		if (start == 0 || !nameByte(t.data[start-1])) && (end == len(t.data) || !nameByte(t.data[end])) && t.code(start) {
			all = append(all, start)
		}
	}
	return all
}
