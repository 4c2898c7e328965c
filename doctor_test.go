package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/cmd"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// Who asks for what in the walks of TestDoctor. None of it is the emulator's
// default, so that what is printed can only come from the run itself.
const (
	doctorClient  = "c0ffee00-1111-4222-8333-444444444444"
	doctorTenant  = "7e4a4700-1111-4222-8333-444444444444"
	doctorAccount = "contoso-openai"
)

// TestDoctor is a story for each file SERVICE/FAULT.txt in testdata/doctor: given that fault
// of that service, it is what doctor tells people, and the file beside it, .json, what
// it tells programs. An empty .txt makes a new one; -update writes them. The broken
// link's commands must name what that very run has sent, and to whom.
func TestDoctor(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/doctor/*/*.txt")
	if err != nil || len(files) < 35 {
		t.Fatalf("%d stories, %v", len(files), err)
	}
	told := make(chan string, len(files))
	t.Run("story", func(t *testing.T) {
		for _, file := range files {
			service, code := filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".txt")
			t.Run(service+"/"+code, func(t *testing.T) {
				t.Parallel()
				w := newPatient(t, service, code)
				goldenWalk(t, file, w.doctor(t))
				walk := w.doctor(t, "--json")
				goldenWalk(t, strings.TrimSuffix(file, ".txt")+".json", walk)
				told <- w.judge(t, walk)
			})
		}
	})
	close(told)
	if *update || len(told) < len(files) { // some were not run
		return
	}
	named := map[string]bool{}
	for refusal := range told {
		named[refusal] = true
	}
	for _, entry := range oidc.Catalogue() {
		if strings.HasPrefix(entry.Names[0], "AADSTS") && !slices.ContainsFunc(entry.Names, func(name string) bool { return named[name] }) {
			t.Errorf("no story is about %v: make testdata/doctor/entra/%s.txt", entry.Names, entry.Names[0])
		}
	}
}

// A patient is a world with one thing wrong in it.
type patient struct {
	service, code string
	emulator      *emulator.Emulator
	env           []string
	issuer        string
	subject       string
}

// newPatient makes a world for one story. After "ok" nothing is wrong in it.
func newPatient(t *testing.T, service, code string) *patient {
	t.Helper()
	off := true
	w := &patient{service: service, code: code, subject: "repo:contoso/" + strings.ToLower(code) + ":ref:refs/heads/main"}
	cfg := emulator.Config{Client: doctorClient, Tenant: doctorTenant, Subject: w.subject, Accounts: []emulator.Account{{
		Name: doctorAccount, Group: "contoso", Subdomain: doctorAccount, DisableLocalAuth: &off,
		Roles: []emulator.RoleAssignment{{Role: "Cognitive Services OpenAI User"}},
	}}}
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	w.emulator, w.env, w.issuer = e, cfg.Env(server.URL), server.URL+"/_services/token"
	return w
}

// sound reports whether a call would work: the control plane is not needed for it.
func (w *patient) sound() bool { return w.service == "none" || w.service == "management" }

// faults is how often a fault is put in the way: more often than anything is tried.
const faults = 8

// doctor walks with the fault in the way, and returns what it printed, with words in
// place of what is another one in each run.
func (w *patient) doctor(t *testing.T, args ...string) string {
	t.Helper()
	if w.service != "none" {
		for range faults {
			if err := w.emulator.Fault(w.service, w.code); err != nil {
				t.Fatal(err)
			}
		}
	}
	var out, log bytes.Buffer
	code := cmd.Process{Args: append([]string{"doctor"}, args...), Environ: w.env, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log}.Run(t.Context())
	if want := map[bool]int{true: 0, false: 1}[w.sound()]; code != want {
		t.Errorf("exit code %d, want %d:\n%s%s", code, want, out.String(), log.String())
	}
	if jwt.MatchString(out.String() + log.String()) {
		t.Error("a token was printed")
	}
	return out.String()
}

// judge holds what doctor tells programs against what is wrong, and returns what the
// service calls its refusal.
func (w *patient) judge(t *testing.T, walk string) string {
	t.Helper()
	var told struct {
		Works bool
		Links []struct {
			Name, State, Refusal string
			Problem              struct{ What, Why, Fix, Code, Page string }
		}
	}
	if err := json.Unmarshal([]byte(walk), &told); err != nil {
		t.Fatal(err)
	}
	var refusal string
	broken := 0
	for _, l := range told.Links {
		if l.State != "broken" {
			continue
		}
		broken++
		refusal = l.Refusal
		if l.Problem.What == "" || l.Problem.Why == "" || l.Problem.Fix == "" || !strings.HasPrefix(l.Problem.Page, "https://") {
			t.Errorf("%s is broken, and its problem lacks a part: %+v", l.Name, l.Problem)
		}
		w.names(t, l.Problem.Fix)
		typed(t, l.Problem.Fix)
	}
	if told.Works != w.sound() || told.Works != (broken == 0) {
		t.Errorf("works %v with %d broken links", told.Works, broken)
	}
	return refusal
}

// names fails where a command does not name whom it is about.
func (w *patient) names(t *testing.T, fix string) {
	t.Helper()
	if want := commands[w.code]; !strings.Contains(fix, want) {
		t.Errorf("no command %q:\n%s", want, fix)
	}
	for command, words := range map[string][]string{
		"federated-credential create":          {w.subject, w.issuer, oidc.DefaultAudience, doctorClient},
		"federated-credential update":          {w.subject, w.issuer, oidc.DefaultAudience, doctorClient},
		"az ad sp":                             {doctorClient},
		"role assignment create":               {doctorAccount},
		"cognitiveservices account deployment": {doctorAccount},
		"network-rule":                         {doctorAccount},
	} {
		for _, word := range words {
			if strings.Contains(fix, command) && !strings.Contains(fix, word) {
				t.Errorf("a command %q does not name %s:\n%s", command, word, fix)
			}
		}
	}
}

// typed fails where a line that is to be typed is none of a shell's, if there is one.
func typed(t *testing.T, fix string) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		return
	}
	for _, step := range wire.Steps(fix) {
		if step.Language != "sh" {
			continue
		}
		if out, err := exec.Command("bash", "-n", "-c", step.Text).CombinedOutput(); err != nil {
			t.Errorf("no shell takes this: %v %s\n%s", err, out, step.Text)
		}
	}
}

// commands are what must be among the remedies of some stories.
var commands = map[string]string{
	"AADSTS70021": "federated-credential create", "AADSTS70025": "federated-credential create", "AADSTS700211": "federated-credential create",
	"AADSTS700213": "federated-credential create", "AADSTS7002138": "federated-credential update", "AADSTS700016": "az ad sp",
	"AADSTS90002": "az account show", "AADSTS53003": "az ad sp show", "AADSTS7000112": "az ad sp update",
	"permission-denied": "role assignment create", "permission-denied-old": "role assignment create", "permission-denied-foundry": "role assignment create",
	"deployment-not-found": "cognitiveservices account deployment", "firewall": "network-rule add", "firewall-new": "network-rule add",
	"custom-subdomain": "--custom-domain", "tenant-mismatch": "az account show", "private-endpoint": "az cognitiveservices account show",
}

// notOurs finds ids that no story has given.
var notOurs = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// steady are the ids that are the same in every run.
var steady = []string{doctorClient, doctorTenant, "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff", emulator.DefaultSubscription, "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"}

// goldenWalk compares a text with a file, which -update writes.
func goldenWalk(t *testing.T, file, text string) {
	t.Helper()
	for _, v := range varying {
		if v.word != "ID" && v.word != "CLIENT" && v.word != "TENANT" {
			text = v.pattern.ReplaceAllString(text, v.word)
		}
	}
	text = notOurs.ReplaceAllStringFunc(text, func(id string) string {
		if strings.Contains(fmt.Sprint(steady), id) {
			return id
		}
		return "ID"
	})
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != text {
		t.Errorf("%v\n%s\nwant\n%s", err, text, want)
	}
}
