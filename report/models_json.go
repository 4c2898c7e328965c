package report

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"github.com/keyless-inference/action/account"
)

// The names of these fields are documented in docs/models.md, and stay.

type accountJSON struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Kind        string           `json:"kind"`
	Location    string           `json:"location"`
	Endpoint    string           `json:"endpoint"`
	Deployments []deploymentJSON `json:"deployments"`
	Available   []availableJSON  `json:"available,omitzero"`
}

type deploymentJSON struct {
	Name              string            `json:"name"`
	Format            string            `json:"format"`
	Model             string            `json:"model"`
	Version           string            `json:"version"`
	SKU               string            `json:"sku"`
	Capacity          int               `json:"capacity"`
	TokensPerMinute   float64           `json:"tokensPerMinute,omitempty"`
	RequestsPerMinute float64           `json:"requestsPerMinute,omitempty"`
	State             string            `json:"state"`
	Upgrade           string            `json:"upgrade,omitempty"`
	Filter            string            `json:"filter,omitempty"`
	Retires           string            `json:"retires,omitempty"`
	Retiring          bool              `json:"retiring"`
	Capabilities      []string          `json:"capabilities"`
	Figures           map[string]string `json:"figures,omitempty"`
}

type availableJSON struct {
	Format       string            `json:"format"`
	Model        string            `json:"model"`
	Version      string            `json:"version"`
	Default      bool              `json:"default,omitempty"`
	Lifecycle    string            `json:"lifecycle,omitempty"`
	Retires      string            `json:"retires,omitempty"`
	Retiring     bool              `json:"retiring"`
	SKUs         []skuJSON         `json:"skus"`
	Capabilities []string          `json:"capabilities"`
	Figures      map[string]string `json:"figures,omitempty"`
}

type skuJSON struct {
	Name    string `json:"name"`
	Retires string `json:"retires,omitempty"`
	Usual   int    `json:"usualCapacity,omitempty"`
	Most    int    `json:"mostCapacity,omitempty"`
}

// ModelsJSON writes the models of accounts as JSON for programs. A runner that reads
// it in a log finds no command in it.
func ModelsJSON(w io.Writer, all []AccountModels, now time.Time) error {
	accounts := make([]accountJSON, len(all))
	for i, a := range all {
		accounts[i] = accountOf(a, now)
	}
	var text bytes.Buffer
	err := JSON(&text, map[string]any{"accounts": accounts})
	if err == nil {
		_, err = w.Write(bytes.ReplaceAll(text.Bytes(), []byte("##["), []byte(`#\u0023[`)))
	}
	if err != nil {
		return fmt.Errorf("writing the models: %w", err)
	}
	return nil
}

func accountOf(a AccountModels, now time.Time) accountJSON {
	out := accountJSON{
		ID: a.Account.ID, Name: a.Account.Name, Kind: a.Account.Kind, Location: a.Account.Location, Endpoint: a.Account.Endpoint,
		Deployments: []deploymentJSON{},
	}
	for _, d := range a.Deployments {
		out.Deployments = append(out.Deployments, deploymentJSON{
			Name: d.Name, Format: d.Format, Model: d.Model, Version: d.Version, SKU: d.SKU, Capacity: d.Capacity,
			TokensPerMinute: d.TokensPerMinute, RequestsPerMinute: d.RequestsPerMinute, State: d.State, Upgrade: d.Upgrade, Filter: d.Filter,
			Retires: day(d.Retires), Retiring: retiring(d.Retires, now), Capabilities: words(d.Names()), Figures: d.Figures(),
		})
	}
	if a.Available != nil {
		out.Available = []availableJSON{}
	}
	for _, m := range a.Available {
		out.Available = append(out.Available, availableOf(m, now))
	}
	return out
}

func availableOf(m account.Model, now time.Time) availableJSON {
	out := availableJSON{
		Format: m.Format, Model: m.Name, Version: m.Version, Default: m.Default, Lifecycle: m.Lifecycle,
		Retires: day(m.Retires), Retiring: retiring(m.Retires, now), SKUs: []skuJSON{}, Capabilities: words(m.Names()), Figures: m.Figures(),
	}
	for _, s := range m.SKUs {
		out.SKUs = append(out.SKUs, skuJSON{s.Name, day(s.Retires), s.Usual, s.Most})
	}
	return out
}

// words is a list that is there also when it is empty.
func words(all []string) []string { return append([]string{}, all...) }
