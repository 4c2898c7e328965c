package emulator

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Comment stands on an issue or a pull request. Every number of every
// repository is a pull request here.
type Comment struct {
	// Repo is OWNER/NAME in any letter case. "" in a [Config] means the
	// repository of its Subject.
	Repo   string
	Number int

	// ID is counted up in the order of creation, and as large as GitHub's own
	// have become: it does not fit in 32 bits. One in a [Config] is not used.
	ID int64 `yaml:"-"`

	Author    string // a login; "" in a [Config] means the app that [APIToken] belongs to
	Body      string
	Minimized bool // hidden as outdated
}

// A comment is a Comment with what GitHub knows of it besides.
type comment struct {
	Comment
	repository       uint32 // the repository's number
	created, updated time.Time
}

// A conversation is every comment there is, the oldest first.
type conversation struct {
	mu           sync.Mutex
	comments     []comment
	last         int64    // how many comments there have ever been
	repositories []string // by their numbers, from firstRepository on
}

const (
	firstRepository = 74
	firstComment    = 5_000_000_001
)

// add makes a comment of c, with the next id.
func (v *conversation) add(c Comment) comment {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	made := comment{Comment: c, repository: v.number(c.Repo), created: now, updated: now}
	made.ID = firstComment + v.last
	made.Repo = v.repositories[made.repository-firstRepository] // as it was spelled first
	v.last++
	v.comments = append(v.comments, made)
	return made
}

// number is the number of a repository. The lock is held.
func (v *conversation) number(repo string) uint32 {
	i := slices.IndexFunc(v.repositories, func(known string) bool { return strings.EqualFold(known, repo) })
	if i < 0 {
		i = len(v.repositories)
		v.repositories = append(v.repositories, repo)
	}
	return firstRepository + uint32(i)
}

// numbered is the number of a repository, which it gets when it has none.
func (v *conversation) numbered(repo string) uint32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.number(repo)
}

// repository is the name of the repository with this number.
func (v *conversation) repository(number uint64) (repo string, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if number < firstRepository || number-firstRepository >= uint64(len(v.repositories)) {
		return "", false
	}
	return v.repositories[number-firstRepository], true
}

// where is the comments that match, the oldest first.
func (v *conversation) where(match func(comment) bool) (found []comment) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.comments {
		if match(c) {
			found = append(found, c)
		}
	}
	return found
}

func (v *conversation) on(repo string, number int) []comment {
	return v.where(func(c comment) bool { return c.Number == number && strings.EqualFold(c.Repo, repo) })
}

// change lets f change the comment with this id.
func (v *conversation) change(id int64, f func(*comment)) (changed comment, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.IndexFunc(v.comments, func(c comment) bool { return c.ID == id })
	if i < 0 {
		return comment{}, false
	}
	f(&v.comments[i])
	return v.comments[i], true
}

func (v *conversation) remove(id int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.comments = slices.DeleteFunc(v.comments, func(c comment) bool { return c.ID == id })
}

// nodeID is the comment's id in GraphQL, which is opaque to clients: the
// MessagePack of 0, the repository's number and the comment's.
func (c comment) nodeID() string {
	b := []byte{0x93, 0x00, 0xce}
	b = binary.BigEndian.AppendUint32(b, c.repository)
	b = binary.BigEndian.AppendUint64(append(b, 0xcf), uint64(c.ID))
	return "IC_" + base64.RawURLEncoding.EncodeToString(b)
}

// CommentsOn are the comments on an issue or pull request of repo (OWNER/NAME,
// in any letter case), the oldest first.
func (e *Emulator) CommentsOn(repo string, number int) []Comment {
	var all []Comment
	for _, c := range e.conversation.on(repo, number) {
		all = append(all, c.Comment)
	}
	return all
}
