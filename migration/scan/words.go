package scan

// words are what a text must have one of to be looked at further, in lower case
// here and in any case there. The shortest one sets the speed, see wordSet: one
// of less than six letters is written with what may stand beside it.
var words = newWordSet(
	"openai", "open_ai", "open-ai", "cognitive", "azureai", "azure_ai", "azure-ai", "foundry", "services.ai.azure",
	"t3blbkfj", "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-service-", "jqqj99",
	"azure/login", "azure_credentials", "client_secret", "client-secret", "clientsecret", "az login", "tojson(secrets", "tojson( secrets", "secrets: inherit", "chatgpt", "gpt_key", "gpt_api", "text-embedding",
	"@ai-sdk/azure", "ai-inference", "ai.inference", "completions?api-version",
	"aoai_k", "aoai-k", "aoaike", "aoai_a", "aoai-a", "aoaiap", "aoai_e", "aoai-e", "aoaien", "aoai_s", "key_aoai", "key-aoai",
	"gpt-4o", "gpt-4.", "gpt-4-", "gpt-4\"", "gpt-4'", "gpt-35", "gpt-3.", "gpt-5.", "gpt-5-", "gpt-5\"", "gpt-5'",
)

// A wordSet finds words in any case by the method of Wu and Manber: it looks at
// two bytes at a time and skips as far as no word can begin, so the time is about
// that of reading every fourth byte.
// https://www.cs.arizona.edu/sites/default/files/TR94-17.pdf
type wordSet struct {
	shortest int
	skip     [1 << 16]uint8 // by two bytes: how far on the next word may end
	ends     [1 << 16]uint8 // by the same: the group of words whose first letters end so
	groups   [][]word
	words    int
}

// A word is one of a set's, and its place in the order in which they were given.
type word struct {
	text  string
	place int
}

func newWordSet(all ...string) *wordSet {
	s := &wordSet{shortest: len(all[0]), groups: make([][]word, 1)}
	for _, w := range all {
		s.shortest = min(s.shortest, len(w))
	}
	for i := range s.skip {
		s.skip[i] = uint8(s.shortest - 1)
	}
	for _, w := range all {
		s.add(w)
	}
	return s
}

func (s *wordSet) add(w string) {
	for end := 2; end <= s.shortest; end++ {
		for _, pair := range cases(w[end-2], w[end-1]) {
			s.skip[pair] = min(s.skip[pair], uint8(s.shortest-end))
		}
	}
	pairs := cases(w[s.shortest-2], w[s.shortest-1])
	group := s.ends[pairs[0]]
	if group == 0 {
		group = uint8(len(s.groups))
		s.groups = append(s.groups, nil)
	}
	for _, pair := range pairs {
		s.ends[pair] = group
	}
	s.groups[group] = append(s.groups[group], word{w, s.words})
	s.words++
}

// cases are two bytes in all spellings, as numbers.
func cases(a, b byte) (pairs []uint16) {
	for _, x := range spellings(a) {
		for _, y := range spellings(b) {
			pairs = append(pairs, uint16(x)<<8|uint16(y))
		}
	}
	return pairs
}

func spellings(c byte) []byte {
	if 'a' <= c && c <= 'z' {
		return []byte{c, c - 'a' + 'A'}
	}
	return []byte{c}
}

// lanes are how many places of a long text are looked at in turn: each waits for
// memory, so together they are faster than one after the other.
const lanes = 4

// in reports whether data has one of the words.
func (s *wordSet) in(data []byte) bool {
	if len(data) < 1<<10 {
		return s.next(data, 0) >= 0
	}
	quarter := len(data) / lanes
	a, b, c, d := s.shortest-1, quarter, 2*quarter, 3*quarter
	for a < quarter+s.shortest && b < 2*quarter+s.shortest && c < 3*quarter+s.shortest && d < len(data) {
		skipA, skipB, skipC, skipD := s.skip[pairAt(data, a)], s.skip[pairAt(data, b)], s.skip[pairAt(data, c)], s.skip[pairAt(data, d)]
		if skipA == 0 || skipB == 0 || skipC == 0 || skipD == 0 {
			if s.at(data, a) || s.at(data, b) || s.at(data, c) || s.at(data, d) {
				return true
			}
			skipA, skipB, skipC, skipD = max(skipA, 1), max(skipB, 1), max(skipC, 1), max(skipD, 1)
		}
		a, b, c, d = a+int(skipA), b+int(skipB), c+int(skipC), d+int(skipD)
	}
	return s.between(data, a, quarter+s.shortest) || s.between(data, b, 2*quarter+s.shortest) || s.between(data, c, 3*quarter+s.shortest) || s.between(data, d, len(data))
}

// next is where the next word begins, from an offset on; -1 when there is none.
func (s *wordSet) next(data []byte, from int) int {
	for i := from + s.shortest - 1; i < len(data); i++ {
		if i = s.skipped(data, i, len(data)); i < len(data) && s.at(data, i) {
			return i + 1 - s.shortest
		}
	}
	return -1
}

// between reports whether a word whose first letters may end at i begins before
// end.
func (s *wordSet) between(data []byte, i, end int) bool {
	for end = min(end, len(data)); i < end; i++ {
		if i = s.skipped(data, i, end); i < end && s.at(data, i) {
			return true
		}
	}
	return false
}

// skipped is the next offset, from i on, where the first letters of a word may
// end.
func (s *wordSet) skipped(data []byte, i, end int) int {
	for i < end {
		skip := s.skip[pairAt(data, i)]
		if skip == 0 {
			return i
		}
		i += int(skip)
	}
	return end
}

// pairAt is the two bytes that end at i, as cases writes them.
func pairAt(data []byte, i int) uint16 { return uint16(data[i-1])<<8 | uint16(data[i]) }

// at reports whether a word stands in data whose first letters end at i.
func (s *wordSet) at(data []byte, i int) bool {
	for _, w := range s.groups[s.ends[pairAt(data, i)]] {
		if hasFold(data[i+1-s.shortest:], w.text) {
			return true
		}
	}
	return false
}

// seen reports of each word, in the order in which they were given, whether data
// has it.
func (s *wordSet) seen(data []byte) []bool {
	all := make([]bool, s.words)
	for i := s.shortest - 1; i < len(data); i++ {
		if i = s.skipped(data, i, len(data)); i == len(data) {
			break
		}
		for _, w := range s.groups[s.ends[pairAt(data, i)]] {
			if !all[w.place] && hasFold(data[i+1-s.shortest:], w.text) {
				all[w.place] = true
			}
		}
	}
	return all
}

// hasFold reports whether data starts with a word of lower-case ASCII, in any
// case.
func hasFold(data []byte, word string) bool {
	if len(data) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(data[i]) != word[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
