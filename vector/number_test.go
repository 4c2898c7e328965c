package vector

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestFloatsAreStrconvs(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300_000 {
		checkFloat(t, math.Float32frombits(rnd.Uint32()))
		checkFloat(t, float32(rnd.NormFloat64()*0.03))
		checkFloat(t, float32(rnd.IntN(100000))/100000)
	}
	for _, f := range []float32{0, float32(math.Copysign(0, -1)), 0.5, 0.25, 0.125, 0.1, 1e-4, 0.001, 0.9999999, 0.99999994, 1, -0.3, math.MaxFloat32, math.SmallestNonzeroFloat32, 1.17549435e-38, 0.00048828125} {
		checkFloat(t, f)
	}
}

func checkFloat(t *testing.T, f float32) {
	t.Helper()
	if f-f != 0 {
		return
	}
	want := strconv.FormatFloat(float64(f), 'g', -1, 32)
	text := appendFloat(nil, f)
	if string(text) != want {
		t.Fatalf("%s, strconv has %s", text, want)
	}
	if got, n := readFloat(append(text, ',')); n != len(text) || math.Float32bits(got) != math.Float32bits(f) {
		t.Fatalf("%s is read as %v, %d bytes", text, got, n)
	}
}

func FuzzReadFloat(f *testing.F) {
	for _, s := range []string{"0.1", "-1e5", "1.", "--1", "123456789012345678", "1e400", "16777217", "0.000000000000000000000000000001", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, n := readFloat([]byte(s))
		if n == 0 {
			return
		}
		want, err := strconv.ParseFloat(s[:n], 32)
		if err != nil || float32(want) != got {
			t.Errorf("%q: %v, want %v, %v", s[:n], got, want, err)
		}
	})
}

func BenchmarkAppendFloat(b *testing.B) {
	v, buf := randomVector(1536), make([]byte, 0, 1<<16)
	for b.Loop() {
		buf = buf[:0]
		for _, f := range v {
			buf = appendFloat(buf, f)
		}
	}
	b.ReportMetric(float64(b.N)*1536/b.Elapsed().Seconds()/1e6, "Mfloats/s")
}

func BenchmarkReadFloat(b *testing.B) {
	v := randomVector(1536)
	text := (&Row{Vector: v}).appendLine(nil, true)
	var into []float32
	for b.Loop() {
		i, err := readLine(append([]byte(nil), text[:len(text)-1]...), into)
		if err != nil {
			b.Fatal(err)
		}
		into = i.vector
	}
	b.ReportMetric(float64(b.N)*1536/b.Elapsed().Seconds()/1e6, "Mfloats/s")
}

// randomVector has the spread of an embedding's numbers.
func randomVector(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(rand.NormFloat64() / math.Sqrt(float64(n)))
	}
	return v
}
