package migration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/migration/scan"
)

const liveToken = "ghs_0123456789abcdefghijklmnop"

// openaiKey is a key that nobody has.
func openaiKey() string {
	return "sk-" + "aB3dE6gH9jK2mN5pQ8rS" + "T3Blbk" + "FJ" + "uV1xY4zA7bC0dE3fG6hI"
}

func TestJob(t *testing.T) {
	t.Parallel()
	key, long := openaiKey(), strings.Repeat("f00d", 10)
	var masked []string
	j := &Job{Asked: true, Mask: func(s string) { masked = append(masked, s) }, Environ: []string{
		"PATH=/bin", "=C:=C:\\", "novalue", "AZURE_OPENAI_API_KEY=" + long, "OPENAI_KEY=tiny", "AOAI_KEY=", "GPT_KEY=<your-key>", "OPENAI_API_KEY=${{ secrets.X }}",
		"WHATEVER=x " + key + " y", "INPUT_OPENAI_API_KEY=" + long, "ACTIONS_OPENAI_KEY=" + long, "GITHUB_TOKEN=" + liveToken,
	}}
	r := j.Look(t.Context())
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Rule+" "+f.Message+" "+f.Fix+" "+f.Place+" "+f.Fingerprint)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"KL201 the environment variable AZURE_OPENAI_API_KEY has the name of a key, and holds f00d… (" + scan.NewKey(long).Fingerprint() + ")",
		"KL201 the environment variable OPENAI_KEY has the name of a key remove",
		"KL201 the environment variable WHATEVER holds a key: sk-a… (" + scan.NewKey(key).Fingerprint() + ")",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if len(r.Findings) != 3 || strings.Contains(all, "tiny") || strings.Contains(all, key) || !slices.Contains(masked, key) || !slices.Contains(masked, "tiny") || !slices.Contains(masked, "x "+key+" y") {
		t.Errorf("%s\nmasked %q", all, masked)
	}
	if s := r.Statuses[0]; s.State != Looked || s.Why != "7 variables" || !s.Asked {
		t.Errorf("%+v", s)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	n, err := ParseNames("LLM_*,model-?\n\t[A-C]_KEY\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"LLM_SECRET": true, "llm_x": true, "MODEL-1": true, "MODEL-12": false, "B_KEY": true, "D_KEY": false, "XLLM_A": false,
		"AZURE_OPENAI_API_KEY": true, "NPM_TOKEN": false, "": false,
	} {
		if n.Match(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	_, err = ParseNames("[a b/c ok")
	if err == nil || strings.Count(err.Error(), "\n") != 1 || strings.Contains(err.Error(), "ok") {
		t.Error(err)
	}
}

// Whatever a variable holds, the finding about it is one clean line without it.
func FuzzJudge(f *testing.F) {
	f.Add("AZURE_OPENAI_API_KEY", "\x1b[31m0123456789abcdef\n::error::")
	f.Add("X", openaiKey())
	f.Fuzz(func(t *testing.T, name, value string) {
		v := Names{}.judge(name, value)
		value = strings.TrimSpace(value)
		if v.found == "" {
			return
		}
		if !strings.Contains(value, v.key) || len(v.key) == 0 {
			t.Errorf("%q: the key is %q", value, v.key)
		}
		message := jobFinding(name, v).Message
		if strings.ContainsAny(message, "\n\r\x1b") || len(value) >= 12 && strings.Contains(strings.ReplaceAll(message, name, ""), value) {
			t.Errorf("%q gives %q", value, message)
		}
	})
}

// fakeGitHub answers the stores of o/r: what paths has, else an empty list.
func fakeGitHub(paths map[string]func() *http.Response) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "Bearer "+liveToken || r.URL.Host != "api.github.com" {
			return nil, fmt.Errorf("%s: %q", r.URL, r.Header.Get("Authorization"))
		}
		if answer := paths[r.URL.Path]; answer != nil {
			if resp := answer(); resp != nil {
				resp.Request = r
				return resp, nil
			}
			return nil, io.ErrUnexpectedEOF
		}
		body := `{"total_count":0}`
		if r.URL.Path == "/repos/o/r" {
			body = `{"id":7,"owner":{"type":"User"}}`
		}
		return replyWith(200, body), nil
	}
}

func replyWith(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func lookAt(t *testing.T, do func(*http.Request) (*http.Response, error)) Result {
	t.Helper()
	g, err := NewGitHub(GitHubConfig{API: hub.API{Token: liveToken, Do: do, Attempts: 2}, Repository: "o/r", Asked: true})
	if err != nil {
		t.Fatal(err)
	}
	return g.Look(t.Context())
}

// A user's repository has no stores of an organization; what passes is tried
// again; and each kind of refusal has its words.
func TestGitHubRefusals(t *testing.T) {
	t.Parallel()
	const secrets = "/repos/o/r/actions/secrets"
	for name, c := range map[string]struct {
		status int // 0: no answer
		body   string
		header []string
		want   string
	}{
		"401":              {401, `{"message":"Bad credentials"}`, nil, "failed: GitHub does not accept the token (HTTP 401)"},
		"403":              {403, `{"message":"Must have admin rights to Repository."}`, nil, "skipped: the token may not read it (HTTP 403: Must have admin rights to Repository.): it takes a token with Secrets: read"},
		"404":              {404, `{"message":"Not Found"}`, nil, "skipped: there is nothing there that the token can see (HTTP 404): it takes"},
		"single sign-on":   {403, `{"message":"Resource protected by organization SAML enforcement."}`, []string{"X-GitHub-SSO", "required; url=https://evil.example"}, "skipped: the token is not authorized for the organization's single sign-on"},
		"a primary limit":  {403, `{"message":"API rate limit exceeded"}`, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "0"}, "failed: the token's hourly rate limit is used up; run the check again after 2000-01-01T00:00:0"},
		"a second limit":   {429, `{}`, []string{"Retry-After", "60"}, "failed: GitHub asks to slow down; run the check again after 2000-01-01T00:02:"},
		"502":              {502, `<html>`, nil, "failed: GitHub is busy or disturbed (HTTP 502) after 2 attempts"},
		"301":              {301, ``, []string{"Location", "https://evil.example"}, "failed: GitHub redirects to another address (HTTP 301)"},
		"a login page":     {200, `<html>`, nil, "failed: what api.github.com answers is not GitHub's API"},
		"no answer":        {0, ``, nil, "failed: there is no answer from api.github.com after 2 attempts: unexpected EOF"},
		"the token echoed": {418, `{"message":"` + liveToken + `\u001b"}`, nil, "failed: GitHub refused (HTTP 418: [secret])"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := lookAt(t, fakeGitHub(map[string]func() *http.Response{secrets: func() *http.Response {
					if c.status == 0 {
						return nil
					}
					return replyWith(c.status, c.body, c.header...)
				}}))
				if s := r.Statuses[0]; s.Name != "GitHub: secrets of the repository" || !strings.HasPrefix(string(s.State)+": "+s.Why, c.want) || !s.Asked {
					t.Errorf("%+v", s)
				}
				if len(r.Statuses) != 5 || r.Statuses[1].State != Looked {
					t.Errorf("%+v", r.Statuses)
				}
			})
		})
	}
}

func TestGitHubTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, calls := time.Now(), 0
		r := lookAt(t, fakeGitHub(map[string]func() *http.Response{"/repos/o/r/dependabot/secrets": func() *http.Response {
			if calls++; calls == 1 {
				return replyWith(503, "", "Retry-After", "20")
			}
			return replyWith(200, `{"secrets":[{"name":"OPENAI_API_KEY","updated_at":"2026-05-06T00:00:00Z"},{"name":"X`+"\\u001b"+`'; rm"}]}`)
		}}))
		if took := time.Since(start); calls != 2 || len(r.Findings) != 1 || took < 20*time.Second || took > 23*time.Second || !strings.Contains(r.Findings[0].Message, "(updated 2026-05-06)") {
			t.Errorf("%d calls in %v: %+v", calls, took, r)
		}
	})
}

// The mistakes in a configuration are all told at once, without the token.
func TestLiveMistakes(t *testing.T) {
	t.Parallel()
	_, err := NewGitHub(GitHubConfig{API: hub.API{Base: "http://ghes.example/api/v3", Token: "secret token"}, Repository: "o"})
	_, azureErr := NewAzure(AzureConfig{Management: "http://management.azure.com", Subscription: "x", Endpoint: "x"})
	_, orgErr := NewOrganization(OrganizationConfig{Name: "../x"})
	for _, c := range []struct {
		err   error
		lines int
	}{{err, 3}, {azureErr, 4}, {orgErr, 2}} {
		if c.err == nil || len(strings.Split(c.err.Error(), "\n")) != c.lines || strings.Contains(c.err.Error(), "secret") {
			t.Errorf("%v", c.err)
		}
	}
	if _, err := NewAzure(AzureConfig{Credential: tokens(nil)}); err == nil {
		t.Error("nothing to look at is no mistake")
	}
}

func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"A_B-1.x": "A_B-1.x", "a b": "'a b'", "": "''", "$(x)": "'$(x)'", "it's": `'it'\''s'`, "a\nb\x1b": "'a b'"} {
		if got := shellWord(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestScopeName(t *testing.T) {
	t.Parallel()
	for scope, want := range map[string]string{
		"/": "the whole tenant", "": "the whole tenant", "/subscriptions/s": "the subscription s", "/subscriptions/s/resourceGroups/g": "the resource group g",
		"/providers/Microsoft.Management/managementGroups/m":                                    "the management group m",
		"/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/name": "name",
	} {
		if got := scopeName(scope); got != want {
			t.Errorf("%q: %q", scope, got)
		}
	}
}

// plainToken is a token that does not look like one.
const plainToken = "token-with-no-parts"

// tokens is a credential that has plainToken, or none for a reason.
type tokenFunc func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)

func (f tokenFunc) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return f(ctx, opts)
}

func tokens(err error) tokenFunc {
	return func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{Token: plainToken, ExpiresOn: time.Now().Add(time.Hour)}, err
	}
}

// Throttling is waited out, and the answer that comes then counts.
func TestAzureTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, calls := time.Now(), 0
		var lines []string
		a, err := NewAzure(AzureConfig{
			Subscription: "99999999-8888-4777-8666-555555555555", Log: func(s string) { lines = append(lines, s) },
			Credential: tokens(nil),
			Do: func(r *http.Request) (*http.Response, error) {
				if calls++; r.Header.Get("Authorization") != "Bearer "+plainToken || calls < 3 {
					return replyWith(429, `{"error":{"code":"TooManyRequests","message":"`+plainToken+`"}}`, "Retry-After", "20"), nil
				}
				return replyWith(200, `{"value":[]}`), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := a.Look(t.Context())
		if took := time.Since(start); calls != 3 || took < 40*time.Second || took > 45*time.Second || r.Statuses[0].State != Looked || len(lines) != 2 || strings.Contains(lines[0], "no-parts") {
			t.Errorf("%d calls in %v: %+v %q", calls, took, r, lines)
		}
	})
}

// Without a token nothing is sent, and its error is told.
func TestAzureWithoutAToken(t *testing.T) {
	t.Parallel()
	a, err := NewAzure(AzureConfig{
		Endpoint: "https://x.openai.azure.com", Asked: true,
		Credential: tokens(errors.New("AADSTS700016: no eyJabc.def")),
		Do:         func(*http.Request) (*http.Response, error) { return nil, errors.New("sent") },
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := a.Look(t.Context()).Statuses[0]; s.State != Failed || !strings.Contains(s.Why, "AADSTS700016: no [token]") {
		t.Errorf("%+v", s)
	}
}

// tarball packs entries: a name that ends in "/" is a folder, one that begins
// with "->" a link.
func tarball(t testing.TB, entries ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	for _, e := range entries {
		h := &tar.Header{Name: e, Typeflag: tar.TypeReg, Size: int64(len(e)), Mode: 0o644}
		if link, ok := strings.CutPrefix(e, "->"); ok {
			h = &tar.Header{Name: link, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}
		}
		if strings.HasSuffix(e, "/") {
			h = &tar.Header{Name: e, Typeflag: tar.TypeDir}
		}
		if err := out.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			io.WriteString(out, e)
		}
	}
	out.Close()
	zip.Close()
	return b.Bytes()
}

func TestUntar(t *testing.T) {
	t.Parallel()
	var got []string
	var n archiveNotes
	err := untar(bytes.NewReader(tarball(t, "o-r-1/", "o-r-1/a", "->o-r-1/link", "o-r-1/b/c.txt", "o-r-1/../../../etc/x", "/abs/olute", "top")), func(name string, data []byte) {
		got = append(got, name+"="+string(data))
	}, &n)
	if want := "a=o-r-1/a b/c.txt=o-r-1/b/c.txt x=o-r-1/../../../etc/x olute=/abs/olute"; err != nil || strings.Join(got, " ") != want || n.files != 4 {
		t.Errorf("%v, %+v: %q", err, n, got)
	}
	whole := tarball(t, "o/a", "o/b")
	for _, broken := range [][]byte{nil, []byte("<html>"), whole[:len(whole)/2]} {
		if err := untar(bytes.NewReader(broken), func(string, []byte) {}, &n); err == nil {
			t.Errorf("%q is whole", broken)
		}
	}
	over := &limited{strings.NewReader("abcdef"), 5}
	if _, err := io.ReadAll(over); !errors.Is(err, errTooLarge) {
		t.Error(err)
	}
}

// No path leads out of the repository, whatever the archive says.
func FuzzUntar(f *testing.F) {
	f.Add(tarball(f, "o/a", "o/b/../../../c", "->o/d"))
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, archive []byte) {
		_ = untar(bytes.NewReader(archive), func(name string, data []byte) {
			if name == "" || strings.HasPrefix(name, "/") || strings.HasPrefix("/"+name+"/", "/../") || strings.Contains("/"+name+"/", "/../") || len(data) > fileLimit {
				t.Errorf("%q of %d bytes", name, len(data))
			}
		}, new(archiveNotes))
	})
}

// The archive that breaks off is asked for again, and nothing of the first
// attempt counts. The token goes to the API alone.
func TestArchiveTriesAgain(t *testing.T) {
	t.Parallel()
	whole := tarball(t, "o-r-1/a", "o-r-1/b")
	synctest.Test(t, func(t *testing.T) {
		downloads, begun := 0, 0
		do := func(r *http.Request) (*http.Response, error) {
			switch r.URL.Host + r.URL.Path {
			case "api.github.com/orgs/o/repos":
				return replyWith(200, `[{"full_name":"o/r","size":1},{"full_name":"o/../../x"}]`), nil
			case "api.github.com/repos/o/r/tarball":
				return replyWith(302, "", "Location", "https://codeload.github.com/x?token=t"), nil
			case "codeload.github.com/x":
				if r.Header.Get("Authorization") != "" {
					t.Error("the token went elsewhere")
				}
				if downloads++; downloads == 1 {
					return replyWith(200, string(whole[:len(whole)/2])), nil
				}
				return replyWith(200, string(whole)), nil
			}
			return replyWith(404, `{}`), nil
		}
		o, err := NewOrganization(OrganizationConfig{Name: "o", API: hub.API{Token: liveToken, Do: do}, Files: func(string) Files {
			begun++
			var names []string
			return Files{
				File: func(name string, _ []byte) { names = append(names, name) },
				Done: func() Result { return Result{Findings: []Finding{{Rule: "KL401", Message: strings.Join(names, ",")}}} },
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		r := o.Look(t.Context())
		if downloads != 2 || begun != 2 || len(r.Findings) != 1 || r.Findings[0].Message != "a,b" || r.Findings[0].Repository != "o/r" {
			t.Errorf("%d downloads, %d begun: %+v", downloads, begun, r)
		}
	})
}
