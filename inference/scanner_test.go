package inference

import (
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// value reads any value as encoding/json would into an any.
func value(s *scanner) (v any, err error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	switch {
	case c == '{':
		m := map[string]any{}
		return m, s.object(func(key []byte) error {
			name := string([]rune(string(key))) // each bad byte is one U+FFFD
			v, err := value(s)
			m[name] = v
			return err
		})
	case c == '[':
		list := []any{}
		err = s.array(func() error {
			v, err := value(s)
			list = append(list, v)
			return err
		})
		return list, err
	case c == '"':
		return s.text()
	case c == '-' || c >= '0' && c <= '9':
		word, err := s.number()
		if err != nil {
			return nil, err
		}
		return strconv.ParseFloat(string(word), 64)
	}
	word, err := s.word("truefalsn")
	if err != nil {
		return nil, err
	}
	return v, json.Unmarshal(word, &v)
}

func document(s *scanner) (any, error) {
	v, err := value(s)
	if err == nil {
		if _, end := s.peek(); end != io.ErrUnexpectedEOF {
			return nil, unexpected(s.buf[s.pos])
		}
	}
	return v, err
}

// FuzzScanner compares what is read, in memory and byte by byte, with
// encoding/json, and what is skipped with what is read.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.5e-3,-0,true,false,null],"b\u00e9\n":"x\ty","":{}}`, `[]`, `[1,]`, `{"a":1,}`, `"\ud800"`, `"\x"`, "\"a\nb\"", `01`, `nul`, ` {} `, `{}{}`,
		chatAnswer, responseObject, usageChunk, "\"\xff\"", `"` + strings.Repeat("long ", 20) + `\"end"`, `[[[[`, `1e999`, `-`, "\"\\", `{"a" 1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want any
		wrong := json.Unmarshal([]byte(text), &want)
		for name, s := range map[string]*scanner{
			"memory": scan([]byte(text)),
			"stream": {src: iotest.OneByteReader(strings.NewReader(text)), buf: make([]byte, 0, 1), limit: 1 << 20},
		} {
			got, err := document(s)
			if (err == nil) != (wrong == nil) {
				t.Fatalf("%s: %v, encoding/json says %v", name, err, wrong)
			}
			if err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %#v, want %#v", name, got, want)
			}
		}
		s := scan([]byte(text))
		if raw, err := s.raw(); err == nil && !json.Valid(raw) || err != nil && wrong == nil {
			t.Errorf("raw %q, %v", raw, err)
		}
	})
}

func TestScannerBounds(t *testing.T) {
	t.Parallel()
	if err := scan([]byte(strings.Repeat("[", 1<<20))).skip(); err == nil || !strings.Contains(err.Error(), "deeply") {
		t.Errorf("got %v", err)
	}
	endless := io.MultiReader(strings.NewReader(`"`), iotest.DataErrReader(strings.NewReader(strings.Repeat("x", 1<<20))))
	if err := scanFrom(endless, 200<<10).skip(); err == nil || !strings.Contains(err.Error(), "longer than the 204800 bytes") {
		t.Errorf("got %v", err)
	}
	if err := scanFrom(iotest.ErrReader(io.ErrClosedPipe), 1).skip(); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}
