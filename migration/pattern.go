package migration

import "strings"

// Patterns are lines of gitignore syntax, which name files: all of
// https://git-scm.com/docs/gitignore, with the last pattern that matches
// deciding, and nothing within an ignored directory to be had back. The zero
// value names nothing.
type Patterns struct{ list []pattern }

// ParsePatterns reads lines of patterns, relative to the root. Any text is valid;
// what can match nothing matches nothing. Beyond git's syntax it takes "." as
// the whole tree and "./a" as "/a", as people write paths.
func ParsePatterns(text string) *Patterns {
	p := &Patterns{}
	p.Add("", text)
	return p
}

// Add reads more patterns, which hold below the directory dir and win over the
// earlier ones: the .gitignore of that directory.
func (p *Patterns) Add(dir, text string) {
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if one, ok := parsePattern(strings.TrimSuffix(line, "\r")); ok {
			one.dir = dir
			p.list = append(p.list, one)
		}
	}
}

// Match reports whether the patterns name a file, by its path below the root
// with slashes. A path that ends with a slash is that of a directory.
func (p *Patterns) Match(name string) bool {
	return named(name, func(name string, dir bool) (named, decided bool) {
		return lastOf(p.list, name, dir)
	})
}

// named asks for each directory above a file, from the top, and then for the
// file itself. What is in a named directory is named, whatever else is said.
func named(name string, last func(name string, dir bool) (named, decided bool)) bool {
	file, isDir := strings.CutSuffix(name, "/")
	for i := range len(file) {
		if file[i] == '/' {
			if yes, _ := last(file[:i], true); yes {
				return true
			}
		}
	}
	yes, _ := last(file, isDir)
	return yes
}

// lastOf is what the last pattern that matches says.
func lastOf(list []pattern, name string, dir bool) (named, decided bool) {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].matches(name, dir) {
			return !list[i].negated, true
		}
	}
	return false, false
}

// A pattern is one line.
type pattern struct {
	dir      string // below which it holds; "" for everywhere
	negated  bool
	dirOnly  bool
	anchored bool // it is matched against the path, else against the last name in it
	glob     glob
}

// parsePattern reads a line; ok is false for comments and empty lines.
func parsePattern(line string) (p pattern, ok bool) {
	if strings.HasPrefix(line, "#") {
		return p, false
	}
	line = trimSpaces(line)
	line, p.negated = strings.CutPrefix(line, "!")
	switch rest, below := strings.CutPrefix(line, "./"); {
	case line == ".", below && rest == "":
		line = "/**"
	case below:
		line = "/" + rest
	}
	if line == "" {
		return p, false
	}
	line, p.dirOnly = strings.CutSuffix(line, "/")
	p.anchored = strings.Contains(line, "/")
	p.glob = parseGlob(strings.TrimPrefix(line, "/"))
	return p, true
}

// trimSpaces removes the spaces at the end that no backslash keeps.
func trimSpaces(line string) string {
	kept := strings.TrimRight(line, " ")
	backslashes := len(kept) - len(strings.TrimRight(kept, `\`))
	if len(kept) < len(line) && backslashes%2 == 1 {
		kept += " "
	}
	return kept
}

func (p pattern) matches(name string, dir bool) bool {
	if p.dirOnly && !dir || name == "" {
		return false
	}
	if p.dir != "" {
		below, ok := strings.CutPrefix(name, p.dir+"/")
		if !ok {
			return false
		}
		name = below
	}
	if !p.anchored {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	return p.glob.match(name)
}
