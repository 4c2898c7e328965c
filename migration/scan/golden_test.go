package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Golden cases: a file below ../testdata/flagged/GROUP is looked at under its
// path below GROUP, and must give exactly the lines and rules of the file of the
// same name with .want behind it: "12 KL301", or "12 KL301 warning" where the
// severity matters. A file below ../testdata/silent/GROUP must give nothing.
// «azure84», «hex32», «sk» and the other words of fakes stand for keys, which
// no file of the repository may have: see filled.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range golden(t, "../testdata/flagged") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile("../testdata/flagged/" + name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if got := scanned(t, "../testdata/flagged/", name, strings.Fields(string(want))); got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
	for _, name := range golden(t, "../testdata/silent") {
		t.Run("silent/"+name, func(t *testing.T) {
			t.Parallel()
			if got := scanned(t, "../testdata/silent/", name, nil); got != "" {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// golden are the cases below a folder, as GROUP/PATH.
func golden(t *testing.T, root string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(name); err == nil && !d.IsDir() && ext != ".want" && ext != ".fixed" {
			names = append(names, filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// scanned is what the check finds in a golden file, in the form of a .want file.
// The severity is written where want has one.
func scanned(t *testing.T, root, name string, want []string) string {
	t.Helper()
	data, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(name, "/")
	var b strings.Builder
	for _, m := range Text(path, filled(data)) {
		if m.With != "" { // it takes another file
			continue
		}
		fmt.Fprintf(&b, "%d %s", m.Line, m.Rule)
		if severity := m.Severity.String(); slices.Contains(want, severity) {
			fmt.Fprintf(&b, " %s", severity)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// filled puts made-up keys where golden files have words for them.
func filled(data []byte) []byte {
	return []byte(strings.NewReplacer(
		"«azure84»", fakeAzure('A', "AAAB"),
		"«azure84-services»", fakeAzure('B', "AAAA"),
		"«azure84-multi»", fakeAzure('C', "AAAE"),
		"«azure84-speech»", fakeAzure('D', "AAAY"),
		"«hex32»", "3f9a1c"+"07d2b84e6590ab1fc3"+"7e5d82b6",
		"«hex32b»", "b07e4d"+"915c2a68f3d10b7e94"+"c85a1f2d",
		"«sk»", "sk-"+"Zq3vN8rT1xWb5LmK7pYc"+"T3Blbk"+"FJ"+"h2GdS9uQe4RjA6oXn0Vi",
		"«sk-proj»", "sk-proj-"+strings.Repeat("aB3dE5gH7j", 7)+"kL9_"+"T3Blbk"+"FJ"+strings.Repeat("Q1wE2rT3yU", 7)+"iO4-",
		"«sk-svcacct»", "sk-svcacct-"+strings.Repeat("zX1cV2bN3m", 7)+"aS4_"+"T3Blbk"+"FJ"+strings.Repeat("D5fG6hJ7kL", 7)+"qW8-",
		"«sk-admin»", "sk-admin-"+strings.Repeat("pO9iU8yT7r", 7)+"eW6_"+"T3Blbk"+"FJ"+strings.Repeat("M1nB2vC3xZ", 7)+"lK5-",
	).Replace(string(data)))
}

// fakeAzure is a made-up key of 84 characters; the checksum is not right.
func fakeAzure(seed byte, service string) string {
	var random strings.Builder
	for i := range 52 {
		random.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[(int(seed)*7+i*i*13+i*29)%62])
	}
	return random.String() + "JQQ" + "J99" + "BFAC" + "Yeb7Xq9sLXJ3w3"[:10] + service + "ACOG" + "x7Qd"
}
