package git

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// An ID names an object by the hash of its content: 20 bytes of SHA-1 and then
// zeros, or 32 of SHA-256. The zero value is none.
type ID [32]byte

// ParseID reads 40 or 64 hexadecimal digits.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != 40 && len(text) != 64 {
		return id, fmt.Errorf("%d characters are no object's name", len(text))
	}
	_, err := hex.Decode(id[:], []byte(text))
	return id, err
}

// String is all of its hexadecimal digits.
func (id ID) String() string {
	if [12]byte(id[20:]) == [12]byte{} {
		return hex.EncodeToString(id[:20])
	}
	return hex.EncodeToString(id[:])
}

// Short is its first seven digits, as people write it.
func (id ID) Short() string { return id.String()[:7] }

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// A Kind is the type of an object.
type Kind uint8

// The numbers are those of the pack format:
// https://git-scm.com/docs/gitformat-pack#_object_types
const (
	Commit Kind = 1
	Tree   Kind = 2
	Blob   Kind = 3
	Tag    Kind = 4

	offsetDelta Kind = 6
	refDelta    Kind = 7
)

// String is git's word for it.
func (k Kind) String() string {
	return [...]string{"none", "commit", "tree", "blob", "tag", "none", "delta", "delta"}[k&7]
}

// kindOf is the kind that a word of git's means, 0 for none.
func kindOf(word string) Kind {
	for _, k := range []Kind{Commit, Tree, Blob, Tag} {
		if k.String() == word {
			return k
		}
	}
	return 0
}

// An Object is one thing that git keeps. Data is valid only until the function
// that got it returns.
type Object struct {
	ID   ID
	Kind Kind
	Data []byte
}

// A commit is what its header says.
type commit struct {
	id, tree ID
	parents  []ID
	author   string    // name alone; the address is nobody's business here
	date     time.Time // the author's, which rebasing keeps
	when     int64     // the committer's, in seconds: for the order
}

var errHeader = errors.New("its header is not that of a commit")

// parseCommit reads the header of a commit:
// https://git-scm.com/docs/gitformat-signature, and git's commit.c. Only the
// tree must be there: old and odd tools write the rest in their own ways.
func parseCommit(id ID, data []byte) (commit, error) {
	c := commit{id: id}
	for len(data) > 0 {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		word, rest, _ := bytes.Cut(line, []byte(" "))
		switch string(word) {
		case "tree":
			c.tree, _ = ParseID(string(rest))
		case "parent":
			if parent, err := ParseID(string(rest)); err == nil {
				c.parents = append(c.parents, parent)
			}
		case "author":
			c.author, c.date = signature(rest)
		case "committer":
			_, when := signature(rest)
			c.when = when.Unix()
		case "":
			data = nil
		}
	}
	if c.tree.IsZero() {
		return c, errHeader
	}
	return c, nil
}

// longestName is how much is kept of a name, in bytes: there may be a million
// commits.
const longestName = 200

// signature splits "NAME <ADDRESS> SECONDS ZONE".
func signature(line []byte) (name string, date time.Time) {
	before, _, _ := bytes.Cut(line, []byte("<"))
	before = bytes.TrimSpace(before)
	name = string(before[:min(len(before), longestName)])
	fields := bytes.Fields(line[bytes.LastIndexByte(line, '>')+1:])
	if len(fields) == 0 {
		return name, time.Unix(0, 0).UTC()
	}
	seconds, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	date = time.Unix(seconds, 0).UTC()
	if len(fields) > 1 {
		if zone, err := time.Parse("-0700", string(fields[1])); err == nil {
			date = date.In(zone.Location())
		}
	}
	return name, date
}

// The types within a mode, as in stat(2) and
// https://git-scm.com/docs/gitformat-index#_index_entry
const (
	modeType      = 0o170000
	modeFile      = 0o100000
	modeDir       = 0o040000
	modeLink      = 0o120000
	modeSubmodule = 0o160000
)

// eachEntry calls f for each line of a tree, "MODE NAME\0ID", and reports
// whether the tree was well-formed. The bytes are valid only during the call.
func eachEntry(tree []byte, hash int, f func(mode uint32, name, id []byte)) bool {
	for len(tree) > 0 {
		space := bytes.IndexByte(tree[:min(len(tree), 8)], ' ')
		end := bytes.IndexByte(tree, 0)
		if space < 1 || end < space || len(tree) < end+1+hash {
			return false
		}
		mode := uint32(0)
		for _, c := range tree[:space] {
			mode = mode<<3 | uint32(c-'0')&7
		}
		f(mode, tree[space+1:end], tree[end+1:end+1+hash])
		tree = tree[end+1+hash:]
	}
	return true
}
