package emulator

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// An entraError is the shape of Entra's errors.
type entraError struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri"`
}

var description = regexp.MustCompile(`^AADSTS(\d+): (.+) Trace ID: (\S+) Correlation ID: (\S+) Timestamp: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)$`)

// checkRefusal checks body's shape and returns its message.
func checkRefusal(t *testing.T, body string, code int) (errorCode, message string) {
	t.Helper()
	answer := decode[entraError](t, body)
	m := description.FindStringSubmatch(answer.Description)
	if m == nil || m[1] != strconv.Itoa(code) || m[3] != answer.TraceID || m[4] != answer.CorrelationID || m[5] != answer.Timestamp {
		t.Fatalf("want AADSTS%d, the ids and the time: %s", code, body)
	}
	if !slices.Equal(answer.Codes, []int{code}) || !strings.HasSuffix(answer.URI, fmt.Sprintf("/error?code=%d", code)) {
		t.Errorf("want code %d: %s", code, body)
	}
	for _, id := range []string{answer.TraceID, answer.CorrelationID} {
		if uuid.Validate(id) != nil {
			t.Errorf("%q is no GUID", id)
		}
	}
	if strings.ContainsAny(m[2], "{}") {
		t.Errorf("a placeholder is left in %q", m[2])
	}
	return answer.Error, m[2]
}

func TestCorrelation(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	const id = "01234567-89ab-4cde-8f01-23456789abcd"
	req, err := http.NewRequest("POST", url+tokenPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Client-Request-Id", id)
	resp, err := plain.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, string(body), 900144)
	if got := decode[entraError](t, string(body)); got.CorrelationID != id || got.TraceID != resp.Header.Get("X-Ms-Request-Id") {
		t.Errorf("%s with trace id %s", body, resp.Header.Get("X-Ms-Request-Id"))
	}
}

func TestEntraFaults(t *testing.T) {
	t.Parallel()
	e, url := listen(t, Config{})
	idToken := askIDToken(t, url, DefaultAudience)
	strike := func(fault string) (status int, body string) {
		fail(t, e, "entra", fault)
		return post(t, url+tokenPath, exchangeForm(idToken, nil))
	}
	for code, want := range refusals {
		status, body := strike(fmt.Sprintf("AADSTS%d", code))
		err, message := checkRefusal(t, body, code)
		if status != want.status || err != want.err {
			t.Errorf("AADSTS%d: %d %s, want %d %s", code, status, err, want.status, want.err)
		}
		for placeholder, value := range map[string]string{"{sub}": DefaultSubject, "{aud}": DefaultAudience, "{client}": DefaultClient, "{tenant}": DefaultTenant, "{iss}": url + "/_services/token"} {
			if strings.Contains(want.message, placeholder) && !strings.Contains(message, value) {
				t.Errorf("AADSTS%d does not quote %s: %s", code, value, message)
			}
		}
	}
	for fault, want := range map[string]struct {
		status int
		body   string
	}{
		"429": {429, "AADSTS90055"}, "500": {500, "<h2>"}, "503": {503, "<h2>"},
		"empty": {200, ""}, "garbage": {200, `"access_token":"eyJ`}, "redirect": {307, ""},
	} {
		if status, body := strike(fault); status != want.status || !strings.Contains(body, want.body) || strings.Contains(body, "expires_in") {
			t.Errorf("%s: %d %q", fault, status, body)
		}
	}
	fail(t, e, "entra", "reset")
	if resp, err := plain.PostForm(url+tokenPath, exchangeForm(idToken, nil)); err == nil {
		t.Errorf("reset: answered %s", resp.Status)
	}
	if status, body := post(t, url+tokenPath, exchangeForm(idToken, nil)); status != http.StatusOK {
		t.Errorf("after all faults: %d %s", status, body)
	}
}

// The failure catalogue that the explanations of a client rest on.
func TestFaultsExist(t *testing.T) {
	t.Parallel()
	have := entraFaults()
	for _, code := range []int{
		70025, 700213, 7002138, 700211, 700212, 70021, 700016, 90002, 900382, 90038, 700024, 50013, 500133,
		50027, 700027, 501661, 50166, 90061, 700223, 700238, 7002381, 700222, 7000215, 7000222, 7000218, 7000112, 70001, 53003,
		530032, 500011, 650057, 70011, 1002012, 50196, 90055, 90012, 90033, 50033, 100007,
	} {
		if have[fmt.Sprintf("AADSTS%d", code)] == nil {
			t.Errorf("no fault AADSTS%d", code)
		}
	}
}

func TestDiscoveryFault(t *testing.T) {
	t.Parallel()
	e, url := listen(t, Config{})
	fail(t, e, "entra", "http-token-endpoint")
	if status, body := post(t, url+tokenPath, exchangeForm(askIDToken(t, url, DefaultAudience), nil)); status != http.StatusOK {
		t.Errorf("the fault struck the token endpoint: %d %s", status, body)
	}
	fail(t, e, "entra", "500")
	for _, want := range []string{"http://entra.invalid" + tokenPath, "https://" + strings.TrimPrefix(url, "http://") + tokenPath} {
		_, body := ask(t, "GET", url+"/"+DefaultTenant+"/v2.0/.well-known/openid-configuration", "")
		if got := decode[map[string]any](t, body)["token_endpoint"]; got != want {
			t.Errorf("token endpoint %v, want %s", got, want)
		}
	}
}
