package cmd

import (
	"context"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/keyless-inference/action/task"
)

// taskFiles are how tasks get at what their file names.
func taskFiles(src source, stdin *spool) task.Files {
	return task.Files{ReadFile: src.ReadFile, Glob: src.Glob, Open: func(path string) (io.ReadCloser, error) {
		if path == "-" {
			return stdin.open()
		}
		return src.Open(path)
	}}
}

// until is files that can be read until ctx ends: there may be more of them than a
// cancelled job has time for.
func until(ctx context.Context, f task.Files) task.Files {
	return task.Files{
		Glob: f.Glob,
		ReadFile: func(path string) ([]byte, error) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return f.ReadFile(path)
		},
		Open: func(path string) (io.ReadCloser, error) {
			opened := make(chan opening, 1)
			go func() { // standard input may be a pipe that nobody ends
				file, err := f.Open(path)
				opened <- opening{file, err}
			}()
			select {
			case o := <-opened:
				if o.err != nil {
					return nil, o.err
				}
				return ending{ctx, o.file}, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		},
	}
}

type opening struct {
	file io.ReadCloser
	err  error
}

// ending is a file that ends with its context.
type ending struct {
	ctx context.Context
	io.ReadCloser
}

func (e ending) Read(b []byte) (int, error) {
	if e.ctx.Err() != nil {
		return 0, context.Cause(e.ctx)
	}
	return e.ReadCloser.Read(b)
}

// A spool is standard input as a file that can be read again and again.
type spool struct {
	from io.Reader
	once sync.Once
	path atomic.Pointer[string]
	err  error
}

func (s *spool) open() (io.ReadCloser, error) {
	s.once.Do(func() { s.err = s.fill() })
	if s.err != nil {
		return nil, s.err
	}
	return os.Open(*s.path.Load())
}

func (s *spool) fill() error {
	file, err := os.CreateTemp("", "keyless-stdin-*")
	if err != nil {
		return err
	}
	defer file.Close()
	path := file.Name()
	s.path.Store(&path)
	_, err = io.Copy(file, s.from)
	return err
}

// close removes the file, also while it is being filled.
func (s *spool) close() {
	if path := s.path.Load(); path != nil {
		_ = os.Remove(*path)
	}
}
