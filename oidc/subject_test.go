package oidc

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSubjectHint(t *testing.T) {
	t.Parallel()
	const named, withNumbers = "without their numbers", "with their numbers (o@1/r@2)"
	tests := map[string][]string{
		"repo:o/r:ref:refs/heads/main":           {"names no environment", named},
		"repo:o/r:ref:refs/tags/v1":              {"runs for a tag", named},
		"repo:o/r:environment:prod":              {"names an environment", named},
		"repo:o/r:pull_request":                  {"pull request", named},
		"repo:o@1/r@2:environment:a%3Ab":         {"names an environment", withNumbers},
		"repo:o@1/r@2:ref:refs/heads/main":       {"names no environment", withNumbers},
		"repo:o/r:job_workflow_ref:o/r/.github":  {"customized", named},
		"repository_owner_id:1:repository_id:2":  {"customized"},
		"":                                       {"customized"},
		"repo:o/r":                               {"customized"},
		"repo:o/r:environment:line\nbreak@1/x@2": {"names an environment", named},
		"system:serviceaccount:arc:runner":       {`service account "runner" in the namespace "arc"`},
	}
	for subject, want := range tests {
		wantWords(t, subjectHint(subject), want...)
	}
}

func TestCompareSubjects(t *testing.T) {
	t.Parallel()
	const main = "repo:octo/app:ref:refs/heads/main"
	tests := []struct {
		sent, registered      string
		sentMarks, otherMarks string // from the first mark to the last
		shown                 string // the registered subject; "" as it is
		kinds                 string
		words                 string
	}{
		{sent: main, registered: main},
		{sent: main, registered: "repo:Octo/app:ref:refs/heads/Main", sentMarks: "^" + strings.Repeat(" ", 23) + "^", otherMarks: "^" + strings.Repeat(" ", 23) + "^", kinds: "letter case", words: "Entra tells apart"},
		{sent: main, registered: "repo:octo/app:ref:refs/heads/develop", sentMarks: "^^^^", otherMarks: "^^^^^^^", kinds: "branch", words: `the branch "main", the registered subject "develop"`},
		{sent: main, registered: "repo:octo/app:ref:refs/heads/mian", sentMarks: "^^", otherMarks: "^^", kinds: "branch"},
		{sent: main, registered: "repo:octo/app:environment:prod", sentMarks: "^^^^^^^^^^^^^^^^^^^", otherMarks: "^^^^^^^^^^^^^^^^", kinds: "branch against environment", words: `for the branch "main", the registered subject for the environment "prod"`},
		{sent: "repo:octo/app:pull_request", registered: main, kinds: "pull request against branch", words: `for a pull request, the registered`},
		{sent: main, registered: "repo:octo/app:ref:refs/tags/main", sentMarks: "^^^^", otherMarks: "^^^", kinds: "branch against tag"},
		{sent: "repo:octo@12/app@345:ref:refs/heads/main", registered: main, sentMarks: "^^^    ^^^^", kinds: "without numbers", words: "names alone"},
		{sent: main, registered: "repo:octo@12/app@345:ref:refs/heads/main", otherMarks: "^^^    ^^^^", kinds: "with numbers", words: "the portal writes by itself"},
		{sent: "repo:octo@12/app@345:pull_request", registered: "repo:octo@12/app@346:pull_request", sentMarks: "^", otherMarks: "^", kinds: "other numbers"},
		{sent: main, registered: "repo:octo/api:ref:refs/heads/main", sentMarks: "^", otherMarks: "^", kinds: "repository", words: `"octo/app"`},
		{sent: "repo:octo@12/app@345:ref:refs/heads/main", registered: "repo:octo/api:environment:prod", kinds: "repository, without numbers, branch against environment"},
		{sent: "repo:octo@12/app@345:ref:refs/heads/main", registered: "repo:Octo/app:ref:refs/heads/Main", kinds: "letter case, without numbers, letter case"},
		{sent: main, registered: main + " ", otherMarks: "^^^^^^", shown: main + `\u0020`, kinds: "invisible characters"},
		{sent: main, registered: "repo:octo/\u200bapp:ref:refs/heads/main", otherMarks: "^^^^^^", shown: `repo:octo/\u200bapp:ref:refs/heads/main`, kinds: "invisible characters"},
		{sent: main, registered: main + "\u00a0", otherMarks: "^^^^^^", shown: main + `\u00a0`, kinds: "invisible characters"},
		{sent: main, registered: main + "/", otherMarks: "^", kinds: "slash at the end"},
		{sent: main, registered: strings.ToUpper(main) + "/\n", kinds: "invisible characters, slash at the end, letter case", shown: strings.ToUpper(main) + `/\u000a`},
		{sent: "repo:octo/app:environment:eu%3Aprod", registered: "repo:octo/app:environment:eu:prod", sentMarks: "^^^", otherMarks: "^", kinds: "%3A"},
		{sent: main, registered: "repo:octo/*:ref:refs/heads/main", kinds: "repository, wildcard"},
		{sent: main, registered: "repo:octo/*", kinds: "customized form, wildcard"},
		{sent: main, registered: "", sentMarks: strings.Repeat("^", len(main)), kinds: "customized form"},
		{sent: "repository_owner_id:1:repository_id:2", registered: main, kinds: "customized form", words: "has customized the token's subject"},
		{sent: "repo:octo/app:job_workflow_ref:x", registered: main, kinds: "customized form against branch"},
		{sent: main, registered: "repo:octo/\u0430pp:ref:refs/heads/main", sentMarks: "^", otherMarks: "^", kinds: "repository, other letters", words: "U+0061 and the registered subject U+0430"},
		{sent: "system:serviceaccount:arc:runner", registered: "system:serviceaccount:default:runner", sentMarks: "^^^", otherMarks: "^^^^^^^", kinds: "service account"},
		{sent: "system:serviceaccount:arc:runner", registered: main, kinds: "service account"},
	}
	for _, tt := range tests {
		got := CompareSubjects(tt.sent, tt.registered)
		var kinds []string
		for _, d := range got.Differences {
			kinds = append(kinds, d.Kind)
		}
		if strings.Join(kinds, ", ") != tt.kinds || !strings.Contains(got.String(), tt.words) {
			t.Errorf("%q against %q: the differences are %q\n%s", tt.sent, tt.registered, kinds, got)
		}
		if tt.shown == "" {
			tt.shown = tt.registered
		}
		if got.Sent != tt.sent || got.Registered != tt.shown {
			t.Errorf("%q against %q is shown as %q, %q", tt.sent, tt.registered, got.Sent, got.Registered)
		}
		if tt.sentMarks+tt.otherMarks != "" && (strings.TrimSpace(got.SentMarks) != tt.sentMarks || strings.TrimSpace(got.RegisteredMarks) != tt.otherMarks) {
			t.Errorf("%q against %q:\n%s", tt.sent, tt.registered, got)
		}
	}
}

func TestComparisonInWords(t *testing.T) {
	t.Parallel()
	got := CompareSubjects("repo:octo@12/app@345:ref:refs/heads/main", "repo:octo/app:environment:prod").String()
	want := `sent:       repo:octo@12/app@345:ref:refs/heads/main
                     ^^^    ^^^^ ^^^^^^^^^^^^^^^^^^^
registered: repo:octo/app:environment:prod
                          ^^^^^^^^^^^^^^^^
without numbers: The token names owner and repository with their numbers, which GitHub does for repositories created, renamed or transferred after 2026-07-15; the registered subject has the names alone.
branch against environment: The token is for the branch "main", the registered subject for the environment "prod".`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLookalikes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		sent   string
		around Surroundings
		want   []string
	}{
		"names": {"repo:o/r:ref:refs/heads/main", Surroundings{}, []string{
			"repo:o@OWNER_ID/r@REPOSITORY_ID:ref:refs/heads/main", "repo:o/r:environment:ENVIRONMENT", "repo:o/r:pull_request",
		}},
		"numbers": {"repo:o@1/r@2:environment:prod", Surroundings{Branch: "main"}, []string{
			"repo:o/r:environment:prod", "repo:o@1/r@2:pull_request", "repo:o@1/r@2:ref:refs/heads/main",
		}},
		"known ids": {"repo:o/r:pull_request", Surroundings{OwnerID: "1", RepositoryID: "2", Environment: "prod"}, []string{
			"repo:o@1/r@2:pull_request", "repo:o/r:environment:prod", "repo:o/r:ref:refs/heads/BRANCH",
		}},
		"customized": {"repository_id:2", Surroundings{Repository: "o/r", Branch: "main"}, []string{
			"repo:o/r:ref:refs/heads/main", "repo:o@OWNER_ID/r@REPOSITORY_ID:ref:refs/heads/main", "repo:o/r:environment:ENVIRONMENT", "repo:o/r:pull_request",
		}},
		"unknown": {"system:serviceaccount:a:b", Surroundings{}, nil},
	}
	for name, tt := range tests {
		var got []string
		for _, c := range Lookalikes(tt.sent, tt.around) {
			got = append(got, c.Registered)
			if len(c.Differences) == 0 || c.Sent != tt.sent {
				t.Errorf("%s: %+v", name, c)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	if d := Lookalikes("repo:o/r:pull_request", Surroundings{})[0].Differences; len(d) != 1 || d[0].Kind != "with numbers" {
		t.Errorf("the form with numbers: %+v", d)
	}
}

func FuzzCompareSubjects(f *testing.F) {
	f.Add("repo:o/r:ref:refs/heads/main", "repo:o@1/r@2:environment:prod")
	f.Add("repo:o/r:pull_request ", "\u200brepo:O/r:pull_request/")
	f.Add("repo:o/r:environment:a%3Ab", "repo:o/r:environment:a:b*")
	f.Fuzz(func(t *testing.T, sent, registered string) {
		c := CompareSubjects(sent, registered)
		for _, l := range [][2]string{{c.Sent, c.SentMarks}, {c.Registered, c.RegisteredMarks}} {
			if utf8.RuneCountInString(l[0]) != len(l[1]) || strings.Trim(l[1], " ^") != "" || strings.ContainsFunc(l[0], hidden) {
				t.Errorf("%q has the marks %q", l[0], l[1])
			}
		}
		marked := strings.Contains(c.SentMarks+c.RegisteredMarks, "^")
		if !utf8.ValidString(sent) || !utf8.ValidString(registered) {
			return
		}
		if same := sent == registered; same == marked || same != (len(c.Differences) == 0) {
			t.Errorf("%q against %q: marks %q and %q, differences %v", sent, registered, c.SentMarks, c.RegisteredMarks, c.Differences)
		}
		for _, l := range Lookalikes(sent, Surroundings{Repository: registered}) {
			if len(l.Differences) == 0 {
				t.Errorf("%q looks like itself", sent)
			}
		}
	})
}
