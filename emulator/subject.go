package emulator

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// OIDCSettings is what a repository is set to do about the subjects of its ID
// tokens. It changes nothing about the tokens that the emulator hands out, which
// have the configured subject: on GitHub, too, the two were seen to differ.
// https://docs.github.com/rest/actions/oidc
type OIDCSettings struct {
	UseDefault bool     `yaml:"use-default"`
	Immutable  bool     `yaml:"immutable"`
	Prefix     string   `yaml:"prefix"` // "" means repo:OWNER/NAME, with both ids if Immutable
	Keys       []string `yaml:"keys"`   // the claims of a customized subject
}

// subjectEndpoint is the repository's settings.
var subjectEndpoint = get(onRepo+`/actions/oidc/customization/sub$`,
	"/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository", "actions=read", (*Emulator).getSubject)

func (e *Emulator) getSubject(r *http.Request) apiAnswer {
	name, ok := e.repositoryOf(r)
	if !ok {
		return apiNotFound()
	}
	s := e.subjectOf(name)
	body := object{"use_default": s.UseDefault, "use_immutable_subject": s.Immutable, "sub_claim_prefix": s.Prefix}
	if !s.UseDefault {
		body["include_claim_keys"] = s.Keys
	}
	return apiAnswer{status: http.StatusOK, body: body}
}

// subjectOf is what a repository is set to: the one that the tokens are of as it
// is configured, or as the subject looks; all others as they always were.
func (e *Emulator) subjectOf(name string) OIDCSettings {
	s := OIDCSettings{UseDefault: true}
	owner, ownerID, id, ours := e.numbers(name)
	switch {
	case ours && e.cfg.OIDC != nil:
		s = *e.cfg.OIDC
	case ours:
		s = settingsOf(e.cfg.Subject)
	}
	if s.Prefix == "" {
		_, repo, _ := strings.Cut(name, "/")
		s.Prefix = "repo:" + name
		if s.Immutable {
			s.Prefix = "repo:" + owner + "@" + ownerID + "/" + repo + "@" + id
		}
	}
	if s.Keys == nil {
		s.Keys = []string{}
	}
	return s
}

// numbers are the ids of a repository and its owner, and whether it is the one
// that the tokens are of.
func (e *Emulator) numbers(name string) (owner, ownerID, id string, ours bool) {
	owner, _, _ = strings.Cut(name, "/")
	if c := jobClaims(e.cfg.Subject); strings.EqualFold(name, c["repository"].(string)) {
		return owner, c["repository_owner_id"].(string), c["repository_id"].(string), true
	}
	return owner, strconv.FormatInt(userID(owner), 10), strconv.FormatUint(uint64(e.conversation.numbered(name)), 10), false
}

// claimKey is a claim's name in a customized subject, which has the value behind
// it.
var claimKey = regexp.MustCompile(`(?:^|:)([a-z]+(?:_[a-z]+)+|repo|actor|ref|sha|context)(?::|$)`)

// settingsOf are those that make a subject look like this one.
func settingsOf(subject string) OIDCSettings {
	if m := repoSubject.FindStringSubmatch(subject); m != nil {
		return OIDCSettings{UseDefault: true, Immutable: cmp.Or(m[2], m[4]) != ""}
	}
	s := OIDCSettings{}
	for rest := subject; rest != ""; {
		m := claimKey.FindStringSubmatchIndex(rest)
		if m == nil {
			break
		}
		if key := rest[m[2]:m[3]]; !slices.Contains(s.Keys, key) {
			s.Keys = append(s.Keys, key)
		}
		rest = rest[m[3]:]
	}
	return s
}
