package bulk

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/keyless-inference/action/inference"
)

// A sender makes jobs of requests, each of one deployment and API, and not longer than
// the service takes.
type sender struct {
	r     *Run
	spool func() (*os.File, error)
	open  map[[2]string]*submission // by deployment and API
	ids   []string                  // of the jobs that were created
}

// submit sends off what is not answered yet, and returns the jobs. Where the budget
// ends first, the error beside them is errBudget.
func (r *Run) submit(ctx context.Context, b Batches, jobs []*job) ([]string, error) {
	s := &sender{r: r, spool: b.Spool, open: map[[2]string]*submission{}}
	defer s.drop()
	var over error
	for _, j := range jobs {
		err := r.lines(j, func(q inference.Request, line []byte) error { return s.add(ctx, q, line) })
		if over = err; errors.Is(err, errBudget) {
			break // what fits is sent
		}
		if err != nil {
			return s.ids, err
		}
	}
	for _, full := range s.open {
		if err := s.send(ctx, full); err != nil {
			return s.ids, err
		}
	}
	return s.ids, over
}

// add puts a line where it belongs.
func (s *sender) add(ctx context.Context, q inference.Request, line []byte) error {
	group := [2]string{q.Deployment, q.API}
	if full := s.open[group]; full != nil && (full.lines == inference.MostBatchLines || full.bytes+len(line) > inference.MostBatchBytes) {
		if err := s.send(ctx, full); err != nil {
			return err
		}
	}
	if s.open[group] == nil {
		file, err := s.spool()
		if err != nil {
			return err
		}
		s.open[group] = &submission{deployment: q.Deployment, api: q.API, file: file}
	}
	return s.open[group].add(line)
}

// send makes a job of what there is.
func (s *sender) send(ctx context.Context, full *submission) error {
	id, err := s.r.create(ctx, full)
	if err == nil {
		s.ids = append(s.ids, id)
	}
	full.drop()
	delete(s.open, [2]string{full.deployment, full.api})
	return err
}

// drop removes the files of what was not sent.
func (s *sender) drop() {
	for _, left := range s.open {
		left.drop()
	}
}

// A submission is the lines of one job to be, all of one deployment and API.
type submission struct {
	deployment, api string
	file            *os.File
	lines, bytes    int
}

// lines calls add with each request of the task that is not answered yet.
func (r *Run) lines(j *job, add func(inference.Request, []byte) error) error {
	if j.first() != nil {
		return nil
	}
	answers, err := j.needAnswers()
	if err != nil {
		return err
	}
	for item, err := range j.task.Items(r.Files) {
		if err != nil {
			return err
		}
		id, key, q, open := j.open(item, answers)
		if !open {
			continue
		}
		if _, err := r.ledger.try(q.Estimate()); err != nil {
			return err
		}
		r.ledger.settle(q.Estimate(), Budget{q.Estimate(), 1}) // it counts when it is sent
		line, err := inference.BatchLine(lineID(id, key), q)
		if err != nil {
			return err
		}
		if err := add(q, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *submission) add(line []byte) error {
	s.lines++
	s.bytes += len(line)
	_, err := s.file.Write(line)
	return err
}

// drop removes the file of the lines.
func (s *submission) drop() {
	s.file.Close()
	os.Remove(s.file.Name())
}

// create uploads the lines, notes their file in the record, creates the job, and
// notes that: whenever the process is killed, the next run finds what was paid for. The
// one gap is a job that the service has taken in and does not list yet.
func (r *Run) create(ctx context.Context, s *submission) (string, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	file := ""
	batch, err := r.Client.CreateBatch(ctx, s.api, "keyless.jsonl", s.file, func(id string) {
		file = id
		r.keep(Line{File: file, State: uploaded, Deployment: s.deployment})
	})
	if err != nil {
		return "", err
	}
	r.note(batch.ID, file, s.deployment)
	r.log("%s: sent %d requests to %s", batch.ID, s.lines, s.deployment)
	return batch.ID, nil
}
