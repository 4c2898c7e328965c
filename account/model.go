package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices"
)

// A Model is one version of a model that can be deployed.
//
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/models/list
type Model struct {
	Format, Name, Version string
	Default               bool      // the version that a deployment gets which names none
	Lifecycle             string    // GenerallyAvailable, Stable, Preview, Deprecating or Deprecated
	Retires               time.Time // when it stops answering; the zero time: that is not told
	SKUs                  []ModelSKU
	Capabilities
}

// A ModelSKU is a way in which a model can be deployed.
type ModelSKU struct {
	Name    string    // such as GlobalStandard
	Retires time.Time // when this way ends; the zero time: that is not told

	Usual, Most int // capacity, see [Deployment.Capacity]: what a deployment gets that names none, and the largest; 0: not told
}

// Models lists what an account may deploy, by name and version.
func (c *Client) Models(ctx context.Context, a Account) ([]Model, error) {
	ask := &call{Client: c, doing: "listing the models of an account"}
	client, err := armcognitiveservices.NewAccountsClient(a.Subscription, ask, ask.options())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ask.doing, err)
	}
	all, err := collect(ctx, ask, client.NewListModelsPager(a.Group, a.Name, nil), func(p armcognitiveservices.AccountsClientListModelsResponse) (page []Model) {
		for _, m := range p.Value {
			page = append(page, modelOf(value(m)))
		}
		return page
	})
	return distinct(all), err
}

// Available lists what an account's region offers to accounts of its kind, by
// name and version. It takes a role at the subscription.
func (c *Client) Available(ctx context.Context, a Account) ([]Model, error) {
	ask := &call{Client: c, doing: "listing the models of a region"}
	client, err := armcognitiveservices.NewModelsClient(a.Subscription, ask, ask.options())
	if err == nil && a.Location == "" {
		err = fmt.Errorf("the account %s is in none", a.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ask.doing, err)
	}
	all, err := collect(ctx, ask, client.NewListPager(a.Location, nil), func(p armcognitiveservices.ModelsClientListResponse) (page []Model) {
		for _, m := range p.Value {
			if kind := value(value(m).Kind); kind == "" || strings.EqualFold(kind, a.Kind) {
				page = append(page, modelOf(value(value(m).Model)))
			}
		}
		return page
	})
	return distinct(all), err
}

func modelOf(in armcognitiveservices.AccountModel) Model {
	m := Model{
		Format: value(in.Format), Name: value(in.Name), Version: value(in.Version), Default: value(in.IsDefaultVersion),
		Lifecycle: string(value(in.LifecycleStatus)), Retires: date(value(value(in.Deprecation).Inference)), Capabilities: values(in.Capabilities),
	}
	for _, s := range in.SKUs {
		sku := value(s)
		capacity := value(sku.Capacity)
		m.SKUs = append(m.SKUs, ModelSKU{value(sku.Name), value(sku.DeprecationDate), int(value(capacity.Default)), int(value(capacity.Maximum))})
	}
	return m
}

// date reads a date of Azure's, with a time and a zone or without.
func date(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// distinct sorts models and leaves each in once: a region lists it once for each
// SKU of accounts.
func distinct(all []Model) []Model {
	order := func(a, b Model) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Format, b.Format))
	}
	slices.SortStableFunc(all, order)
	return slices.CompactFunc(all, func(a, b Model) bool { return order(a, b) == 0 })
}
