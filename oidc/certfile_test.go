package oidc

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// crypto/x509 reads SSL_CERT_FILE once in the life of a process, so the test
// runs itself again with the variable set; KEYLESS_TEST_AUTHORITY makes it the
// second process.
func TestCertFile(t *testing.T) {
	if authority := os.Getenv("KEYLESS_TEST_AUTHORITY"); authority != "" {
		c, _ := credential(t, nil, func(cfg *Config) { cfg.Authority, cfg.Do = authority, nil })
		if _, err := c.GetToken(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("Go takes certificate authorities from the system here")
	}
	server, n := entraAt(t, true)
	file := filepath.Join(t.TempDir(), "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(env ...string) ([]byte, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCertFile$")
		cmd.Env = append(os.Environ(), append(env, "KEYLESS_TEST_AUTHORITY="+server.URL)...)
		return cmd.CombinedOutput()
	}
	if out, err := run("SSL_CERT_FILE=" + file); err != nil || n.Load() != 1 {
		t.Errorf("%v after %d requests:\n%s", err, n.Load(), out)
	}
	if out, err := run("SSL_CERT_FILE="); err == nil || n.Load() != 1 {
		t.Errorf("trusted without the file after %d requests:\n%s", n.Load(), out)
	}
}
