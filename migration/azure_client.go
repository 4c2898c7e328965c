package migration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

// An arm asks Azure Resource Manager. It has one method of HTTP, GET, so it
// can't list a key, which takes a POST.
type arm struct {
	base    *url.URL
	token   func(context.Context) (string, error)
	do      func(*http.Request) (*http.Response, error)
	retry   wire.Retry
	secrets *wire.Secrets
}

const (
	armTimeout = 30 * time.Second // of one attempt
	armLimit   = 16 << 20         // bytes of one answer
	armPages   = 1000             // of one list
)

func newARM(cfg AzureConfig) (*arm, error) {
	base, err := wire.CheckURL(cmp.Or(cfg.Management, "https://management.azure.com"))
	if err != nil {
		return nil, fmt.Errorf("the address of Azure Resource Manager: %w", err)
	}
	a := &arm{base: &url.URL{Scheme: base.Scheme, Host: base.Host}, token: cfg.Token, do: cfg.Do, secrets: new(wire.Secrets)}
	if a.do == nil {
		a.do = wire.Client().Do
	}
	a.retry = wire.Retry{Attempts: cmp.Or(cfg.Attempts, 5)}
	if cfg.Log != nil {
		a.retry.Note = func(attempt int, err error, wait time.Duration) {
			cfg.Log(wire.Line(a.secrets.Cut(fmt.Sprintf("Azure: %v: attempt %d failed, the next one is in %s", err, attempt, wait.Round(100*time.Millisecond))), 500))
		}
	}
	return a, nil
}

// An armRefusal is an answer that is none of those asked for.
//
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
type armRefusal struct {
	doing         string
	status        int
	code, message string // Azure's, in one line and without secrets
}

func (r *armRefusal) Error() string { return r.doing + ": " + r.brief() }

func (r *armRefusal) brief() string {
	text := fmt.Sprintf("HTTP %d", r.status)
	if r.code != "" {
		text += " " + r.code
	}
	if r.message != "" {
		text += ": " + r.message
	}
	return text
}

// get asks for what is at a path and decodes it.
func get[T any](ctx context.Context, a *arm, doing, path, version string, query url.Values) (T, error) {
	return fetch[T](ctx, a, doing, a.address(path, version, query))
}

func (a *arm) address(path, version string, query url.Values) *url.URL {
	u := *a.base
	all := url.Values{"api-version": {version}}
	maps.Copy(all, query)
	// Azure's filters are written with %20 for a blank.
	u.Path, u.RawQuery = path, strings.ReplaceAll(all.Encode(), "+", "%20")
	return &u
}

// list gets every page of a list.
// https://learn.microsoft.com/rest/api/azure/#async-operations-throttling-and-paging
func list[T any](ctx context.Context, a *arm, doing, path, version string, query url.Values) (all []T, err error) {
	type page struct {
		Value    []T
		NextLink string
	}
	next := a.address(path, version, query)
	for range armPages {
		p, err := fetch[page](ctx, a, doing, next)
		all = append(all, p.Value...)
		if err != nil || p.NextLink == "" {
			return all, err
		}
		if next, err = a.follow(p.NextLink); err != nil {
			return all, fmt.Errorf("%s: %w", doing, err)
		}
	}
	return all, fmt.Errorf("%s: the list has more than %d pages", doing, armPages)
}

// follow is the address of a list's next page, which must be on the same host:
// the token goes along. Azure writes the port 443 where nobody asked for it.
func (a *arm) follow(link string) (*url.URL, error) {
	u, err := url.Parse(link)
	if err != nil || u.User != nil || u.Scheme != a.base.Scheme || authority(u) != authority(a.base) {
		return nil, errors.New("the list's next page is on another host, and the token is not sent there")
	}
	u.Host, u.Fragment = a.base.Host, ""
	return u, nil
}

func authority(u *url.URL) string {
	ports := map[string]string{"https": "443", "http": "80"}
	return strings.ToLower(u.Hostname()) + ":" + cmp.Or(u.Port(), ports[u.Scheme])
}

// fetch sends a GET until it succeeds, as the retry policy allows, and decodes
// the answer.
func fetch[T any](ctx context.Context, a *arm, doing string, u *url.URL) (out T, err error) {
	attempts, err := a.retry.Do(ctx, func(ctx context.Context) error {
		body, err := a.once(ctx, doing, u)
		if err == nil && json.Unmarshal(body, &out) != nil {
			err = fmt.Errorf("%s: what %s answers is not Azure Resource Manager's", doing, a.base.Host)
		}
		return err
	})
	if err != nil && attempts > 1 {
		err = fmt.Errorf("%w (%d attempts)", err, attempts)
	}
	return out, a.secrets.CutError(err)
}

// once sends a GET once and returns the body of a good answer.
func (a *arm) once(ctx context.Context, doing string, u *url.URL) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, armTimeout)
	defer cancel()
	token, err := a.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	a.secrets.Add(token)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: making the request: %w", doing, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("User-Agent", "keyless-inference")
	resp, err := a.do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: there is no answer from %s: %w", doing, a.base.Host, wire.Fault(err))
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, armLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: reading the answer: %w", doing, wire.Fault(err))
	}
	if resp.StatusCode != http.StatusOK {
		return nil, a.refused(doing, resp, body)
	}
	return body, nil
}

// refused makes an error of an answer.
func (a *arm) refused(doing string, resp *http.Response, body []byte) error {
	var said struct {
		Error struct{ Code, Message string }
	}
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&said) // a proxy's page has no words worth quoting
	r := &armRefusal{
		doing: doing, status: resp.StatusCode,
		code: wire.Line(a.secrets.Cut(said.Error.Code), 100), message: wire.Line(a.secrets.Cut(said.Error.Message), 300),
	}
	if wire.PassingStatus(resp.StatusCode) {
		return &wire.Passing{Err: r, Wait: wire.RetryAfter(resp.Header)}
	}
	return r
}
