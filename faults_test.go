//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/emulator"
)

var (
	faultSeed = flag.Uint64("fault-seed", 1, "the seed of TestFaults: which requests fail, and when the program is killed")
	faultRuns = flag.Int("fault-runs", 2, "how many seeds of TestFaults are tried, from fault-seed on")
)

// What a run of TestFaults asks for.
const (
	faultLines  = 150 // requests
	faultTexts  = 300 // texts to embed
	faultAtOnce = 6   // requests at the same time
	mostRounds  = 40  // runs of the program until everything is there
)

// TestFaults runs a file of tasks against an emulator in another process that
// fails at random, kills the program at random moments, and goes on until
// everything is answered. What the results say is compared with what the emulator
// has answered: nothing is lost, what was written stays byte for byte, and only a
// request that was under way when the program was killed can be asked for twice.
func TestFaults(t *testing.T) {
	t.Parallel()
	for i := range *faultRuns {
		for _, kills := range []bool{false, true} {
			seed := *faultSeed + uint64(i)
			t.Run(fmt.Sprintf("seed %d, kills %v", seed, kills), func(t *testing.T) {
				t.Parallel()
				newOrdeal(t, seed).run(t, kills)
			})
		}
	}
}

// An ordeal is one run of TestFaults.
type ordeal struct {
	dir    string
	binary string
	env    []string
	random *rand.Rand

	served []emulator.Served
	kept   []byte // whole lines of the results file, at the last kill
	killed int
}

func newOrdeal(t *testing.T, seed uint64) *ordeal {
	t.Helper()
	o := &ordeal{dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 1))}
	o.binary = filepath.Join(o.dir, "keyless")
	if err := os.Symlink(os.Args[0], o.binary); err != nil {
		t.Fatal(err)
	}
	o.write(t, "inference.yml", `
tasks:
  - id: lines
    deployment: gpt-4o-mini
    prompt: "{{question}}"
    jsonl: questions.jsonl
  - id: texts
    deployment: text-embedding-3-small
    embeddings: {jsonl: texts.jsonl, output: vectors.jsonl, dimensions: 8}
`)
	o.write(t, "resource.yml", `
deployments:
- {name: gpt-4o-mini, tpm: 100000000, rpm: 100000}
- {name: text-embedding-3-small, kind: embeddings, tpm: 100000000, rpm: 100000}
`)
	var questions, texts strings.Builder
	for i := range faultLines {
		fmt.Fprintf(&questions, "{\"question\":\"What is %d?\"}\n", i)
	}
	for i := range faultTexts { // long enough for several requests
		fmt.Fprintf(&texts, "{\"id\":\"%d\",\"text\":\"%s\"}\n", i, strings.Repeat(fmt.Sprintf("text %d ", i), 500))
	}
	o.write(t, "questions.jsonl", questions.String())
	o.write(t, "texts.jsonl", texts.String())
	o.emulate(t, seed)
	return o
}

func (o *ordeal) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// emulate starts the emulator and takes the environment that it prints.
func (o *ordeal) emulate(t *testing.T, seed uint64) {
	t.Helper()
	c := exec.Command(o.binary, "emulate", "--port", "0", "--quiet", "--resource", "resource.yml", "--record", "record.jsonl", "--chaos", "0.1", "--seed", strconv.FormatUint(seed, 10))
	c.Dir, c.Env = o.dir, append(os.Environ(), "STORY_RECORD="+o.dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	lines := bufio.NewScanner(out)
	o.env = append(os.Environ(), "STORY_RECORD="+o.dir)
	for last := ""; last != "AZURE_OPENAI_DEPLOYMENT" && lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		o.env = append(o.env, name+"="+strings.Trim(value, "'"))
		last = name
	}
	go io.Copy(io.Discard, out)
}

// run goes on until the program says that all is done.
func (o *ordeal) run(t *testing.T, kills bool) {
	for round := 1; ; round++ {
		if round > mostRounds {
			t.Fatalf("not everything is answered after %d runs", mostRounds)
		}
		done := o.once(t, kills && round < mostRounds/2)
		o.compareKept(t)
		if done {
			break
		}
	}
	o.read(t)
	o.compareAnswers(t)
	o.compareVectors(t)
}

// once runs the program, perhaps to a sudden end, and reports whether it succeeded.
func (o *ordeal) once(t *testing.T, kill bool) bool {
	c := exec.Command(o.binary, "run", "--config", "inference.yml", "--results-file", "results.jsonl", "--resume",
		"--max-concurrency", strconv.Itoa(faultAtOnce), "--max-attempts", "2", "--timeout", "30s")
	c.Dir, c.Env = o.dir, o.env
	var told bytes.Buffer
	c.Stderr = &told
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if kill {
		timer := time.AfterFunc(time.Duration(200+o.random.IntN(1500))*time.Millisecond, func() { _ = c.Process.Kill() })
		defer timer.Stop()
	}
	err := c.Wait()
	switch code := c.ProcessState.ExitCode(); {
	case code == -1:
		o.killed++
	case code == 2:
		t.Fatalf("the program refused to go on: %s", told.String())
	}
	return err == nil
}

// compareKept checks that what was whole in the results file is still there.
func (o *ordeal) compareKept(t *testing.T) {
	t.Helper()
	now, err := os.ReadFile(filepath.Join(o.dir, "results.jsonl"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(now, o.kept) {
		t.Fatal("what an earlier run had written was changed")
	}
	o.kept = now[:bytes.LastIndexByte(now, '\n')+1]
}

// read reads the emulator's record.
func (o *ordeal) read(t *testing.T) {
	t.Helper()
	for line := range o.lines(t, "record.jsonl") {
		var s emulator.Served
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		o.served = append(o.served, s)
	}
}

func (o *ordeal) lines(t *testing.T, name string) func(func([]byte) bool) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func([]byte) bool) {
		for line := range bytes.Lines(raw) {
			if !yield(line) {
				return
			}
		}
	}
}

// compareAnswers checks that each question has one answer, which the emulator gave,
// and that what was asked again had been under way at a kill.
func (o *ordeal) compareAnswers(t *testing.T) {
	answers := map[string]int{}
	for line := range o.lines(t, "results.jsonl") {
		var l struct{ ID, Error, Text string }
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(l.ID, "lines/") && l.Error == "" {
			answers[l.ID]++
		}
	}
	given := map[string]int{}
	for _, s := range o.served {
		if s.Outcome == emulator.Answered && s.Question != "" {
			given[s.Question]++
		}
	}
	extra := 0
	for i := range faultLines {
		if n := answers[fmt.Sprintf("lines/%d", i+1)]; n != 1 {
			t.Errorf("line %d has %d answers in the results", i+1, n)
		}
		n := given[emulator.Hash(fmt.Sprintf("What is %d?", i))]
		if n == 0 {
			t.Errorf("line %d was never answered by the emulator", i+1)
		}
		extra += max(0, n-1)
	}
	if most := o.killed * faultAtOnce; extra > most {
		t.Errorf("%d answers were asked for again, with %d kills of at most %d requests", extra, o.killed, faultAtOnce)
	}
	t.Logf("%d requests, %d kills, %d answers twice", len(o.served), o.killed, extra)
}

// compareVectors checks that each text has one vector, and that no text was sent
// again whose vector had arrived, but for those under way at a kill.
func (o *ordeal) compareVectors(t *testing.T) {
	rows := map[string]int{}
	for line := range o.lines(t, "vectors.jsonl") {
		var row struct {
			ID        string
			Embedding []float32
		}
		if err := json.Unmarshal(line, &row); err != nil || len(row.Embedding) != 8 {
			t.Fatalf("a row has %d numbers: %v", len(row.Embedding), err)
		}
		rows[row.ID]++
	}
	for i := range faultTexts {
		if n := rows[strconv.Itoa(i)]; n != 1 {
			t.Errorf("text %d has %d vectors", i, n)
		}
	}
	lost, most := o.lostVectors()
	if bound := o.killed * faultAtOnce; lost > bound {
		t.Errorf("texts of %d requests were embedded again, with %d kills of at most %d requests", lost, o.killed, faultAtOnce)
	}
	if most > 1+o.killed {
		t.Errorf("a text was embedded %d times, with %d kills", most, o.killed)
	}
}

// lostVectors counts the requests that brought vectors of texts which were asked for
// once more, and how often one text was asked for at the most. A vector is in the file
// as soon as it has been read, so only what is under way at a kill is lost: no more
// requests than may be sent at the same time, however many texts they have, and of
// these each once, since a text is in one request at a time.
func (o *ordeal) lostVectors() (lost, most int) {
	later := map[string]int{} // in how many of the later requests a text is
	for _, s := range slices.Backward(o.served) {
		if s.Outcome != emulator.Answered {
			continue
		}
		again := 0
		for _, hash := range s.Inputs[:s.Sent] {
			again += later[hash]
			later[hash]++
			most = max(most, later[hash])
		}
		lost += min(1, again)
	}
	return lost, most
}
