package vector

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func testCache(t testing.TB, root *os.Root) *Cache {
	t.Helper()
	c, err := OpenCache(root, ".cache/vectors", "text-embedding-3-small", 3)
	check(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func cached(i int) (key string, v []float32) {
	return Key(fmt.Sprint("text ", i)), []float32{float32(i), 1, -2}
}

func hasCached(t testing.TB, c *Cache, i int) bool {
	t.Helper()
	key, want := cached(i)
	got, ok := c.Get(key, nil)
	if ok && !reflect.DeepEqual(got, want) {
		t.Fatalf("vector %d is %v, want %v", i, got, want)
	}
	return ok
}

func TestCache(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	c := testCache(t, root)
	for i := range 10 {
		key, v := cached(i)
		check(t, c.Put(key, v))
		check(t, c.Put(key, []float32{9, 9, 9}))
	}
	check(t, c.Model("text-embedding-3-small"))
	check(t, c.Close())
	c = testCache(t, root)
	for i := range 10 {
		if !hasCached(t, c, i) {
			t.Errorf("vector %d is gone", i)
		}
	}
	if hasCached(t, c, 10) || c.Len() != 10 {
		t.Error("a vector that was never put")
	}
	check(t, c.Model("text-embedding-3-small"))
	if err := c.Model("text-embedding-3-large"); err == nil || !strings.Contains(err.Error(), "the deployment now answers with text-embedding-3-large") {
		t.Errorf("another model: %v", err)
	}
	if err := c.Put(Key("x"), []float32{1}); err == nil || !strings.Contains(err.Error(), "1 dimensions, those before it 3") {
		t.Errorf("other dimensions: %v", err)
	}
	if err := c.Put("short", []float32{1, 2, 3}); err == nil {
		t.Error("a key that is none")
	}
}

func TestCacheWithoutVectorsTakesAnyModel(t *testing.T) {
	t.Parallel()
	c := testCache(t, testRoot(t))
	check(t, c.Model("a"))
	check(t, c.Model("b"))
	check(t, c.Put(Key("x"), []float32{1}))
	if err := c.Model("a"); err == nil {
		t.Error("mixes models")
	}
}

// TestCacheTakesBackAnotherModels: an answer names its model behind its vectors, so
// that they are in the cache by then.
func TestCacheTakesBackAnotherModels(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	c := testCache(t, root)
	put := func(i int) {
		key, v := cached(i)
		check(t, c.Put(key, v))
	}
	put(0)
	check(t, c.Model("a"))
	put(1)
	if err := c.Model("b"); err == nil {
		t.Fatal("mixes models")
	}
	put(2)
	check(t, c.Model("a"))
	check(t, c.Close())
	c = testCache(t, root)
	if !hasCached(t, c, 0) || hasCached(t, c, 1) || !hasCached(t, c, 2) {
		t.Error("the cache does not hold the vectors of its model alone")
	}
	put(1)
	if !hasCached(t, c, 1) {
		t.Error("what was taken back can't be put again")
	}
}

func TestCacheOfAnotherDeployment(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, deployment := range []string{"a/b", "a.b", "a b", "../../x", "", strings.Repeat("é", 100)} {
		names[cacheName(deployment, 0)] = true
		names[cacheName(deployment, 256)] = true
	}
	if len(names) != 12 {
		t.Error("names are not distinct", names)
	}
	for name := range names {
		if len(name) > 90 || strings.ContainsAny(name, `/\. `) {
			t.Errorf("a name that not every system takes: %q", name)
		}
	}
}

// TestCacheCutAnywhere: a kill, or an archive that lacks its end.
func TestCacheCutAnywhere(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	c := testCache(t, root)
	for i := range 3 {
		key, v := cached(i)
		check(t, c.Put(key, v))
	}
	check(t, c.Close())
	files := map[string][]byte{}
	for _, ending := range []string{".keys", ".vectors"} {
		files[c.name+ending], _ = root.ReadFile(c.name + ending)
	}
	for name, whole := range files {
		for n := range whole {
			if strings.HasSuffix(name, ".keys") && n%64 != 0 && n < labelSize {
				continue // of the label
			}
			for other, content := range files {
				check(t, root.WriteFile(other, content, 0o644))
			}
			check(t, root.WriteFile(name, whole[:n], 0o644))
			refill(t, root)
		}
	}
}

func refill(t *testing.T, root *os.Root) {
	t.Helper()
	for range 2 {
		c := testCache(t, root)
		for i := range 4 {
			key, v := cached(i)
			if !hasCached(t, c, i) {
				check(t, c.Put(key, v))
			}
			if !hasCached(t, c, i) {
				t.Fatalf("vector %d is not there after Put", i)
			}
		}
		check(t, c.Close())
	}
}

func TestCacheDamaged(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	c := testCache(t, root)
	key, v := cached(7)
	check(t, c.Put(key, v))
	_, err := c.vectors.WriteAt([]byte{1}, 5)
	check(t, err)
	if hasCached(t, c, 7) {
		t.Fatal("a changed vector is found")
	}
	check(t, c.Put(key, v))
	if !hasCached(t, c, 7) {
		t.Fatal("it is not replaced")
	}
	check(t, c.Close())
	if c = testCache(t, root); !hasCached(t, c, 7) {
		t.Fatal("the older one counts")
	}
	check(t, c.Close())
	check(t, root.WriteFile(c.name+".keys", []byte(strings.Repeat("x", 2000)), 0o644))
	if _, err := OpenCache(root, ".cache/vectors", "text-embedding-3-small", 3); err == nil || !strings.Contains(err.Error(), "is no cache") {
		t.Error(err)
	}
}

func TestCacheFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	root := testRoot(t)
	c := testCache(t, root)
	key, v := cached(0)
	check(t, c.Put(key, v))
	for _, f := range []*file{c.keys, c.vectors} {
		real := f.write
		f.write = func(b []byte, at int64) (int, error) {
			n, _ := real(b[:len(b)/2], at)
			return n, full
		}
		key, v := cached(1)
		if err := c.Put(key, v); !errors.Is(err, full) {
			t.Error(err)
		}
		f.write = real
		if !hasCached(t, c, 0) || hasCached(t, c, 1) {
			t.Error("what is there after a full disk is wrong")
		}
	}
	check(t, c.Close())
	refill(t, root)
}

// TestCacheOfTwoProcesses runs this test as two processes at once.
func TestCacheOfTwoProcesses(t *testing.T) {
	const variable = "VECTOR_TEST_CACHE"
	if dir := os.Getenv(variable); dir != "" {
		root, err := os.OpenRoot(dir)
		check(t, err)
		putMany(t, root)
		return
	}
	if runtime.GOOS == "solaris" {
		t.Skip("no lock")
	}
	t.Parallel()
	root := testRoot(t)
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestCacheOfTwoProcesses$")
			cmd.Env = append(os.Environ(), variable+"="+root.Name())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	putMany(t, root)
	all.Wait()
	c := testCache(t, root)
	for i := range 500 {
		if !hasCached(t, c, i) {
			t.Fatalf("vector %d is gone", i)
		}
	}
}

func putMany(t *testing.T, root *os.Root) {
	t.Helper()
	c := testCache(t, root)
	for i := range 500 {
		key, v := cached(i)
		check(t, c.Put(key, v))
		if !hasCached(t, c, i) {
			t.Fatalf("vector %d is not there after Put", i)
		}
	}
}

func FuzzCache(f *testing.F) {
	root := testRoot(f)
	c := testCache(f, root)
	for i := range 3 {
		key, v := cached(i)
		check(f, c.Put(key, v))
	}
	keys, _ := root.ReadFile(c.name + ".keys")
	vectors, _ := root.ReadFile(c.name + ".vectors")
	f.Add(keys, vectors)
	f.Add(keys[:1070], vectors)
	f.Add([]byte{}, vectors)
	f.Fuzz(func(t *testing.T, keys, vectors []byte) {
		root := testRoot(t)
		check(t, root.MkdirAll(".cache/vectors", 0o755))
		check(t, root.WriteFile(c.name+".keys", keys, 0o644))
		check(t, root.WriteFile(c.name+".vectors", vectors, 0o644))
		c, err := OpenCache(root, ".cache/vectors", "text-embedding-3-small", 3)
		if err != nil {
			return
		}
		defer c.Close()
		for i := range 4 {
			key, v := cached(i)
			c.Get(key, nil)
			if c.Put(key, v) == nil && c.label.Length == 3 && !hasCached(t, c, i) {
				t.Errorf("vector %d is not there after Put", i)
			}
		}
	})
}

// TestCacheIsSmall: what 200,000 entries take in memory.
func TestCacheIsSmall(t *testing.T) {
	root := testRoot(t)
	c := testCache(t, root)
	check(t, c.Put(Key("first"), []float32{1}))
	const entries = 200_000
	w := bufio.NewWriter(c.keys)
	_, err := c.keys.Seek(labelSize, 0)
	check(t, err)
	for i := range entries {
		sum := sha256.Sum256(fmt.Append(nil, i))
		w.Write(sum[:recordLen])
	}
	check(t, errors.Join(w.Flush(), c.vectors.Truncate(4*entries), c.Close()))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c = testCache(t, root)
	runtime.GC()
	runtime.ReadMemStats(&after)
	used := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if c.Len() != entries || used > 10_000_000 {
		t.Errorf("%d entries take %d bytes", c.Len(), used)
	}
	t.Logf("%d entries: %d bytes", c.Len(), used)
}

func BenchmarkCache(b *testing.B) {
	root := testRoot(b)
	c, err := OpenCache(root, "c", "d", 0)
	check(b, err)
	v := randomVector(1536)
	n := 0
	b.Run("Put", func(b *testing.B) {
		for b.Loop() {
			n++
			check(b, c.Put(Key(fmt.Sprint(n)), v))
		}
	})
	b.Run("Get", func(b *testing.B) {
		i := 0
		for b.Loop() {
			i = i%n + 1
			if v, ok := c.Get(Key(fmt.Sprint(i)), v); !ok || len(v) != 1536 {
				b.Fatal("gone")
			}
		}
	})
}
