package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha512"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyless-inference/action/cmd"
	"github.com/keyless-inference/action/emulator"
)

var update = flag.Bool("update", false, "rewrite the expected files and blocks with what the code says")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"keyless": observed})
}

// observed is the program as a story runs it, in a process of its own: the same
// as main, with a copy of all that it prints for the canary.
func observed() {
	record := os.Getenv("STORY_RECORD")
	f, err := os.OpenFile(filepath.Join(record, "printed"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	environ := os.Environ()
	for _, name := range cmd.Private() { // as main does
		os.Unsetenv(name)
	}
	code := cmd.Process{
		Args: os.Args[1:], Environ: environ, Version: "test", Stdin: os.Stdin,
		Stdout: io.MultiWriter(os.Stdout, f), Stderr: io.MultiWriter(os.Stderr, f),
	}.Run(ctx)
	_ = os.WriteFile(filepath.Join(record, "exit"), []byte(strconv.Itoa(code)), 0o600)
	os.Exit(code)
}

// TestStories runs testdata/script: each file is one story of a user, told in
// the commands that the user would type, plus these:
//
//	emulate [KEY=VALUE …]    start the emulator anew: subject, federated-subject, access-token-life, resource, batch-time,
//	                         managed-identity (app-service or arc), token-file=FILE (a pod's, for workload-identity),
//	                         service-account, az=DIR (az and azd, which are logged in there, in front in PATH)
//	listen keyless emulate …  start one in another process, and take the environment that it prints
//	fault SERVICE CODE [N]   spoil the next N requests to github, api, entra, imds, az, management or openai
//	requests FILE            write what the emulator was asked, one request a line
//	served FILE              write what became of each request to openai, one a line:
//	                         outcome, status, operation, deployment, and how the question begins
//	comments FILE [NUMBER]   write the comments of octo-org/octo-repo#NUMBER (7), each under a line
//	                         with its author and whether it is hidden
//	github [EVENT [FILE]]    from here on this is a step of a GitHub Actions job of that repository
//	outputs DIR              write the step's outputs as files, as the runner reads them
//	exit N                   the exit code of the last run
//	fill FILE …              put made-up keys where a file has «azure84», «azure84-b» or «sk-proj»
//	key NAME KIND            set an environment variable to one
//	hostile                  make files whose names want to be more than names
//	told FILE                write what the last run told: its standard error, or in a job its
//	                         standard output, with words in place of what differs from run to run
//
// After each story every token that the emulator gave out is searched for in
// all that was printed and in all files: the canary. So is every made-up key, but
// for the files that it was put into.
func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: begin,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"emulate":  func(ts *testscript.TestScript, _ bool, args []string) { of(ts).emulate(ts, args) },
			"listen":   listen,
			"fault":    func(ts *testscript.TestScript, _ bool, args []string) { of(ts).fault(ts, args) },
			"comments": func(ts *testscript.TestScript, _ bool, args []string) { of(ts).comments(ts, args) },
			"requests": func(ts *testscript.TestScript, _ bool, args []string) { of(ts).requests(ts, args) },
			"served":   func(ts *testscript.TestScript, _ bool, args []string) { of(ts).served(ts, args) },
			"github":   github,
			"outputs":  outputs,
			"exit":     exit,
			"fill":     fill,
			"hostile":  hostile,
			"key":      func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], of(ts).key(args[1])) },
			"told":     told,
		},
		UpdateScripts: *update,
	})
}

// A story is one script's emulator and what is known of it.
type story struct {
	record string // a folder beside the script's: what was printed, the exit code

	mu     sync.Mutex
	server *httptest.Server
	cfg    emulator.Config
	emu    *emulator.Emulator
	asked  []string
	told   []emulator.Served
	tokens []string
	keys   []string        // made-up ones
	filled map[string]bool // the files that have them
	inJob  bool
}

func of(ts *testscript.TestScript) *story { return ts.Value("story").(*story) }

func begin(env *testscript.Env) error {
	record, err := os.MkdirTemp("", "story")
	if err != nil {
		return err
	}
	s := &story{record: record, filled: map[string]bool{}}
	if err := s.start(emulator.Config{}); err != nil {
		return err
	}
	env.Values["story"] = s
	env.Setenv("STORY_RECORD", record)
	env.Vars = append(env.Vars, s.cfg.Env(s.server.URL)...)
	env.Defer(func() {
		s.server.Close()
		if found := s.canary(env.WorkDir); found != "" {
			env.T().Fatal("the canary found a token: " + found)
		}
		os.RemoveAll(record)
	})
	return nil
}

func (s *story) start(cfg emulator.Config) (err error) {
	cfg.Record = func(served emulator.Served) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, served)
	}
	s.cfg = cfg
	if s.emu, err = emulator.New(cfg); err == nil {
		s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	}
	return err
}

// serve notes the request, and the tokens in the answer of a token service.
func (s *story) serve(w http.ResponseWriter, r *http.Request) {
	line := r.Method + " " + r.URL.RequestURI()
	if strings.Contains(r.URL.Path, "/openai/") {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			body = fmt.Appendf(nil, "(a form of %d bytes)", len(body))
		}
		line += " " + string(body)
	}
	heard := &listener{ResponseWriter: w}
	s.note(line)
	s.emu.ServeHTTP(heard, r)
	s.note("", jwt.FindAllString(heard.body.String(), -1)...)
}

// A listener is a ResponseWriter that remembers what was written.
type listener struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (l *listener) Write(b []byte) (int, error) {
	l.body.Write(b)
	return l.ResponseWriter.Write(b)
}

func (l *listener) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// jwt is the look of a token: its header and payload are JSON objects in base64.
var jwt = regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+`)

func (s *story) note(line string, tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if line != "" {
		s.asked = append(s.asked, line)
	}
	s.tokens = append(s.tokens, tokens...)
}

// canary looks in everything that the story left behind for the middle or the
// end of a token that was handed out, for anything else that looks like one, and
// for the request token and GitHub's own. Masking commands are where they belong in
// a job: the runner swallows them. So are the lines with which the emulator prints
// the last two.
func (s *story) canary(dir string) (found string) {
	var left strings.Builder
	collect := func(path string) {
		b, _ := os.ReadFile(path)
		for line := range strings.Lines(string(b)) {
			masked := s.inJob && strings.HasPrefix(line, "::add-mask::")
			if !masked && !strings.HasPrefix(line, "export ACTIONS_ID_TOKEN_REQUEST_TOKEN=") && !strings.HasPrefix(line, "export GITHUB_TOKEN=") {
				left.WriteString(line)
			}
		}
	}
	collect(filepath.Join(s.record, "printed"))
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !s.filled[path] {
			collect(path)
		}
		return nil
	})
	s.mu.Lock() // a connection that was broken may still be served
	tokens := append(slices.Clone(s.tokens), jwt.FindString(left.String()))
	s.mu.Unlock()
	words := []string{emulator.RequestToken, emulator.APIToken}
	for _, key := range s.keys {
		words = append(words, key[8:24], key[len(key)-16:])
	}
	for _, t := range tokens {
		words = append(words, strings.Split(t, ".")[min(1, strings.Count(t, ".")):]...)
	}
	for _, word := range words {
		if i := strings.Index(left.String(), word); i >= 0 && word != "" {
			return left.String()[max(0, i-80):min(left.Len(), i+20)]
		}
	}
	return ""
}

// TestCanarySings shows that the canary can find what it looks for.
func TestCanarySings(t *testing.T) {
	t.Parallel()
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2lnbmF0dXJl"
	for text, finds := range map[string]bool{
		"nothing here":          false,
		"all of " + token:       true,
		"the end: c2lnbmF0dXJl": true,
		"one that was not handed out: eyJhIjoxfQ.eyJiIjoyfQ.eHl6": true,
		"::add-mask::" + token:                                false,
		" ::add-mask::" + token:                               true,
		"Bearer " + emulator.RequestToken:                     true,
		"the middle of a key: " + kinds["azure84"][4:30]:      true,
		"what a finding shows: " + kinds["azure84"][:4] + "…": false,
	} {
		s := &story{record: t.TempDir(), tokens: []string{token}, inJob: true}
		s.key("azure84")
		if err := os.WriteFile(filepath.Join(s.record, "printed"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if found := s.canary(t.TempDir()); (found != "") != finds {
			t.Errorf("%q: found %q", text, found)
		}
	}
}

func (s *story) emulate(ts *testscript.TestScript, args []string) {
	var cfg emulator.Config
	tools := ""
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		var err error
		switch key {
		case "subject":
			cfg.Subject = value
		case "federated-subject":
			cfg.FederatedSubject = value
		case "access-token-life":
			cfg.AccessTokenLife, err = time.ParseDuration(value)
		case "managed-identity":
			cfg.ManagedIdentity = value
		case "service-account":
			cfg.ServiceAccount = value
		case "token-file":
			cfg.TokenFile = ts.MkAbs(value)
		case "az":
			tools = ts.MkAbs(value)
		case "batch-time":
			cfg.BatchTime, err = time.ParseDuration(value)
		case "resource":
			err = cfg.ReadResource([]byte(ts.ReadFile(value)))
		default:
			err = fmt.Errorf("emulate knows no %q", key)
		}
		ts.Check(err)
	}
	s.server.Close()
	ts.Check(s.start(cfg))
	for _, line := range s.cfg.Env(s.server.URL) {
		name, value, _ := strings.Cut(line, "=")
		ts.Setenv(name, value)
	}
	if cfg.TokenFile != "" {
		s.giveToken(ts)
	}
	if tools != "" {
		s.giveTools(ts, tools)
	}
}

// giveToken writes the pod's token into the one file that may have it.
func (s *story) giveToken(ts *testscript.TestScript) {
	token, err := s.emu.PodToken(s.server.URL)
	ts.Check(err)
	s.filled[s.cfg.TokenFile] = true
	ts.Check(os.WriteFile(s.cfg.TokenFile, []byte(token), 0o600))
}

// giveTools puts az and azd into a folder, and that in front in PATH. What the
// program prints that they run is no part of the story: it is a token.
func (s *story) giveTools(ts *testscript.TestScript, dir string) {
	aside := filepath.Join(s.record, "aside")
	ts.Check(os.MkdirAll(aside, 0o700))
	port := s.server.URL[strings.LastIndex(s.server.URL, ":")+1:]
	ts.Check(cmd.WriteTools(dir, "STORY_RECORD='"+aside+"' keyless emulate --port "+port+" --answer"))
	ts.Setenv("PATH", dir+string(filepath.ListSeparator)+ts.Getenv("PATH"))
}

// listen starts an emulator as a user would in another terminal, and does what
// eval would with what it prints.
func listen(ts *testscript.TestScript, _ bool, args []string) {
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	command := exec.Command(path, args[1:]...)
	command.Dir = ts.Getenv("WORK")
	command.Env = append(os.Environ(), "STORY_RECORD="+of(ts).record)
	out, err := command.StdoutPipe()
	ts.Check(err)
	ts.Check(command.Start())
	ts.Defer(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(out)
	for seen := ""; seen != "AZURE_OPENAI_DEPLOYMENT" && lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		ts.Setenv(name, strings.Trim(value, "'"))
		seen = name
	}
	ts.Check(lines.Err())
}

func (s *story) fault(ts *testscript.TestScript, args []string) {
	n := 1
	if len(args) == 3 {
		var err error
		n, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	for range n {
		ts.Check(s.emu.Fault(args[0], args[1]))
	}
}

func (s *story) comments(ts *testscript.TestScript, args []string) {
	number := 7
	if len(args) == 2 {
		var err error
		number, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	var b strings.Builder
	for _, c := range s.emu.CommentsOn("octo-org/octo-repo", number) {
		hidden := ""
		if c.Minimized {
			hidden = " (hidden)"
		}
		fmt.Fprintf(&b, "== %s%s\n%s\n", c.Author, hidden, c.Body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func (s *story) requests(ts *testscript.TestScript, args []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(append(s.asked, ""), "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// served writes requests in the order in which they ended.
func (s *story) served(ts *testscript.TestScript, args []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, r := range s.told {
		fmt.Fprintf(&b, "%s %d %s %s %q\n", r.Outcome, r.Status, r.Operation, r.Deployment, r.Begins)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

// github sets the environment of a step as the runner does.
func github(ts *testscript.TestScript, _ bool, args []string) {
	work := ts.Getenv("WORK")
	vars := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": work, "GITHUB_OUTPUT": ts.MkAbs("outputs"),
		"GITHUB_STEP_SUMMARY": ts.MkAbs("summary"), "GITHUB_ACTOR": "mona", "GITHUB_EVENT_NAME": "push",
		"GITHUB_REPOSITORY": "octo-org/octo-repo", "GITHUB_RUN_ID": "42", "GITHUB_SERVER_URL": "https://github.example",
	}
	if len(args) > 0 {
		vars["GITHUB_EVENT_NAME"] = args[0]
	}
	if len(args) > 1 {
		vars["GITHUB_EVENT_PATH"] = ts.MkAbs(args[1])
	}
	for name, value := range vars {
		ts.Setenv(name, value)
	}
	of(ts).inJob = true
}

// outputs reads the file of the step's outputs as the runner does: NAME=VALUE,
// or NAME<<WORD and lines up to WORD.
func outputs(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	lines := strings.Split(ts.ReadFile("outputs"), "\n")
	for i := 0; i < len(lines)-1; i++ {
		name, word, heredoc := strings.Cut(lines[i], "<<")
		var value []string
		if !heredoc {
			var rest string
			name, rest, _ = strings.Cut(lines[i], "=")
			value = append(value, rest)
		} else {
			for i++; lines[i] != word; i++ {
				value = append(value, lines[i])
			}
		}
		ts.Check(os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(strings.Join(value, "\n")), 0o600))
	}
}

// varying is what differs from run to run, by the word that stands for it.
var varying = []struct {
	word    string
	pattern *regexp.Regexp
}{
	{"HOST", regexp.MustCompile(`127\.0\.0\.1:\d+`)},
	{"CLIENT", regexp.MustCompile(emulator.DefaultClient)},
	{"TENANT", regexp.MustCompile(emulator.DefaultTenant)},
	{"ID", regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)},
	{"TOKEN", jwt},
	{"TIME", regexp.MustCompile(`20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`)},
	{"DURATION", regexp.MustCompile(`\b(\d+ms|\d+\.\d+s|(\d+h)?\d+m\d+s)\b`)}, // as measured times are written
	{"gha-NAME", regexp.MustCompile(`gha-[0-9a-f]{8}`)},
	{"response-NAME", regexp.MustCompile(`response-[A-Z0-9]{10}`)},
	{"keyless-WORD", regexp.MustCompile(`keyless-[A-Z0-9]{26}`)},
}

func told(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile("stderr")
	if ts.Getenv("GITHUB_ACTIONS") == "true" {
		text = ts.ReadFile("stdout")
	}
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.word)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// hostile makes files in the current folder that have a finding each.
func hostile(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{
		"::set-output name=owned::yes\n.py", "a\n::warning title=owned::yes\n##[error]b.py", "\x1b[31mred\x1b[0m.py", "=cmd|<img src=x onerror=alert(1)>`@octocat.py",
	} {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), name), []byte("import os\nkey = os.environ[\"AZURE_OPENAI_API_KEY\"]\n"), 0o600))
	}
}

// kinds are the made-up keys, in pieces, so that none stands in a file of the
// repository.
var kinds = map[string]string{
	"azure84":   random("one") + "JQQ" + "J99" + "BFACYeb7Xq9sLX" + "AAAB" + "ACOG" + "x7Qd",
	"azure84-b": random("two") + "JQQ" + "J99" + "BFACYeb7Xq9sLX" + "AAAB" + "ACOG" + "k3Zp",
	"sk-proj":   "sk-" + "proj-" + strings.Repeat("aB3dE5gH7j", 7) + "kL9_" + "T3Blbk" + "FJ" + strings.Repeat("Q1wE2rT3yU", 7) + "iO4-",
}

// random is 52 letters and digits that look like chance, the same every time.
func random(seed string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	sum := sha512.Sum512([]byte(seed))
	text := make([]byte, 52)
	for i := range text {
		text[i] = digits[int(sum[i])%len(digits)]
	}
	return string(text)
}

// key is a made-up key, which the canary looks for from now on.
func (s *story) key(kind string) string {
	s.keys = append(s.keys, kinds[kind])
	return kinds[kind]
}

func fill(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := ts.ReadFile(name)
		for kind := range kinds {
			if word := "«" + kind + "»"; strings.Contains(text, word) {
				text = strings.ReplaceAll(text, word, of(ts).key(kind))
			}
		}
		of(ts).filled[ts.MkAbs(name)] = true
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

func exit(ts *testscript.TestScript, neg bool, args []string) {
	got, err := os.ReadFile(filepath.Join(of(ts).record, "exit"))
	ts.Check(err)
	if (string(got) == args[0]) == neg {
		ts.Fatalf("exit code %s, not %s", got, args[0])
	}
}
