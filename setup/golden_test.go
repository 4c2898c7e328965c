package setup

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// plans are those of testdata, by their name.
func plans(t *testing.T) map[string]Plan {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	all := map[string]Plan{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var p Plan
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = p
	}
	return all
}

// TestGolden compares what every plan of testdata is written as: a new case is
// one file, and -update.
func TestGolden(t *testing.T) {
	t.Parallel()
	for name, p := range plans(t) {
		for _, f := range formats {
			var b bytes.Buffer
			if err := p.Write(&b, f.name); err != nil {
				t.Fatalf("%s as %s: %v", name, f.name, err)
			}
			golden := filepath.Join("testdata", name+filepath.Ext(f.file))
			if *update {
				if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || b.String() != string(want) {
				t.Errorf("%s differs (-update rewrites it): %v\n%s", golden, err, b.String())
			}
		}
	}
}
