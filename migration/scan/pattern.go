package scan

import (
	"regexp"
	"sync"
)

// A lazyPattern is a regular expression that is compiled when it is first used:
// most runs of the program use none, and all of them would pay for it.
type lazyPattern struct{ compiled func() *regexp.Regexp }

// pattern is a regular expression, which must be one.
func pattern(expression string) *lazyPattern {
	return &lazyPattern{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
}

// The methods are those of [regexp.Regexp].

func (p *lazyPattern) Match(b []byte) bool              { return p.compiled().Match(b) }
func (p *lazyPattern) MatchString(s string) bool        { return p.compiled().MatchString(s) }
func (p *lazyPattern) FindIndex(b []byte) []int         { return p.compiled().FindIndex(b) }
func (p *lazyPattern) FindStringIndex(s string) []int   { return p.compiled().FindStringIndex(s) }
func (p *lazyPattern) FindSubmatch(b []byte) [][]byte   { return p.compiled().FindSubmatch(b) }
func (p *lazyPattern) FindSubmatchIndex(b []byte) []int { return p.compiled().FindSubmatchIndex(b) }

func (p *lazyPattern) FindStringSubmatch(s string) []string {
	return p.compiled().FindStringSubmatch(s)
}

func (p *lazyPattern) ReplaceAllString(s, with string) string {
	return p.compiled().ReplaceAllString(s, with)
}

func (p *lazyPattern) FindAllSubmatchIndex(b []byte, n int) [][]int {
	return p.compiled().FindAllSubmatchIndex(b, n)
}
