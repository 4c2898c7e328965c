package migration

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/sink"
)

// A Finding is one piece of evidence that a key exists, is used, or could be.
// No field holds a key: what was found is named by its first four characters
// and a fingerprint.
type Finding struct {
	Rule     string        `json:"rule"` // such as KL301; see rule.All
	Severity rule.Severity `json:"severity"`

	// File is the path below the root of the checkout, with slashes; "" where
	// the evidence is not in a file. Line and Column count from 1, columns in
	// bytes; 0 where there are none.
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine,omitempty"`
	EndColumn int    `json:"endColumn,omitempty"`

	// Place says where it is when that is no file of the checkout: a secret's
	// store, a commit, an account in Azure.
	Place string `json:"place,omitempty"`

	Message string `json:"message"` // one line: what is there
	Fix     string `json:"fix"`     // one line: what to do

	// Fingerprint stays the same when lines, commits and formatting change, and
	// changes with the rule, the path and what was matched: see Seal.
	Fingerprint string `json:"fingerprint"`

	// Repository is ORG/NAME in a report about an organization.
	Repository string `json:"repository,omitempty"`

	// UnitColumn and UnitEndColumn are Column and EndColumn in UTF-16 code
	// units, in which editors and SARIF count; 0 where they are not known. See At.
	UnitColumn    int `json:"-"`
	UnitEndColumn int `json:"-"`

	with string // see scan.Match.With

	// Edits mend the finding, all of them together; none where only people can.
	Edits []Edit `json:"-"`
}

// An Edit replaces a part of a file. The edits of a finding don't overlap.
type Edit struct {
	File       string // as in Finding
	Start, End int    // offsets in bytes, the end behind the last one
	Text       string // what takes its place
}

// At places a finding where a match is in a text, with columns of both kinds.
func (f Finding) At(text []byte, m scan.Match) Finding {
	f.Line, f.Column, f.EndLine, f.EndColumn = m.Line, m.Column, m.EndLine, m.EndColumn
	f.UnitColumn, f.UnitEndColumn = unitColumn(text, m.Start, m.Column), unitColumn(text, m.End, m.EndColumn)
	return f
}

// unitColumn is the column, in UTF-16 code units, of an offset in a text; 0 when
// that is not where the column in bytes says.
func unitColumn(text []byte, offset, column int) int {
	start := offset - (column - 1)
	if column < 1 || start < 0 || offset > len(text) || start > 0 && text[start-1] != '\n' {
		return 0
	}
	return 1 + sink.Units(string(text[start:offset]))
}

// Seal sets the fingerprint from the rule, the path (or place) and match, which
// is what was found with its white space normalised. A literal key is in match
// by its hash, so a changed key changes the fingerprint.
func (f Finding) Seal(match string) Finding {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Rule, cmp.Or(f.File, f.Place), strings.Join(strings.Fields(match), " ")}, "\x00")))
	f.Fingerprint = hex.EncodeToString(sum[:10])
	return f
}

// Where is the place as one word or a few: FILE:LINE:COLUMN, or Place.
func (f Finding) Where() string {
	switch {
	case f.File == "":
		return f.Place
	case f.Line == 0:
		return f.File
	case f.Column == 0:
		return fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
}

// sortFindings brings findings into the order in which people read them: files
// first, by path and line, then the rest by place.
func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Repository, b.Repository),
			compareBool(a.File == "", b.File == ""),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Place, b.Place), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
