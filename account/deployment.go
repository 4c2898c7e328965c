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

// A Deployment is a model under a name, in an account.
//
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments/list
type Deployment struct {
	Name                   string
	Format, Model, Version string // such as OpenAI, gpt-4o-mini, 2024-07-18
	SKU                    string // such as GlobalStandard
	Capacity               int    // in units of the SKU; of the standard ones 1,000 tokens a minute each
	State                  string // Succeeded, once it can be used
	Upgrade                string // when Azure changes Version by itself, such as OnceNewDefaultVersionAvailable
	Filter                 string // the policy of the content filter

	// TokensPerMinute and RequestsPerMinute are the rate limits; 0: there is none,
	// or Azure does not tell.
	TokensPerMinute, RequestsPerMinute float64

	Capabilities

	Retires time.Time // when it stops answering; [Client.Deployments] leaves it zero, [Retire] sets it
}

// Retire sets the dates on which deployments retire to what the list of models says
// that their account may deploy: the date of the SKU, else that of the model. What is
// not in the list keeps the zero time.
func Retire(deployments []Deployment, models []Model) {
	for i := range deployments {
		deployments[i].Retires = deployments[i].retires(models)
	}
}

func (d Deployment) retires(models []Model) time.Time {
	for _, m := range models {
		if !strings.EqualFold(m.Name, d.Model) || m.Version != d.Version || !strings.EqualFold(m.Format, d.Format) {
			continue
		}
		for _, s := range m.SKUs {
			if strings.EqualFold(s.Name, d.SKU) && !s.Retires.IsZero() {
				return s.Retires
			}
		}
		return m.Retires
	}
	return time.Time{}
}

// Deployments lists the deployments of an account by name.
func (c *Client) Deployments(ctx context.Context, a Account) ([]Deployment, error) {
	ask := &call{Client: c, doing: "listing the deployments"}
	client, err := armcognitiveservices.NewDeploymentsClient(a.Subscription, ask, ask.options())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ask.doing, err)
	}
	all, err := collect(ctx, ask, client.NewListPager(a.Group, a.Name, nil), func(p armcognitiveservices.DeploymentsClientListResponse) (page []Deployment) {
		for _, d := range p.Value {
			page = append(page, deploymentOf(value(d)))
		}
		return page
	})
	slices.SortStableFunc(all, func(a, b Deployment) int { return cmp.Compare(a.Name, b.Name) })
	return all, err
}

func deploymentOf(in armcognitiveservices.Deployment) Deployment {
	p, sku := value(in.Properties), value(in.SKU)
	model := value(p.Model)
	d := Deployment{
		Name: value(in.Name), Format: value(model.Format), Model: value(model.Name), Version: value(model.Version),
		SKU: value(sku.Name), Capacity: int(cmp.Or(value(sku.Capacity), value(p.CurrentCapacity))), State: string(value(p.ProvisioningState)),
		Upgrade: string(value(p.VersionUpgradeOption)), Filter: value(p.RaiPolicyName), Capabilities: values(p.Capabilities),
	}
	for _, rule := range p.RateLimits {
		switch strings.ToLower(value(value(rule).Key)) {
		case "token":
			d.TokensPerMinute = cmp.Or(d.TokensPerMinute, perMinute(rule))
		case "request":
			d.RequestsPerMinute = cmp.Or(d.RequestsPerMinute, perMinute(rule))
		}
	}
	return d
}

// perMinute is a rule's limit for as long as a minute. Requests are counted in
// spans of one or ten seconds, so that fewer may come at once than this says.
func perMinute(rule *armcognitiveservices.ThrottlingRule) float64 {
	seconds := float64(value(rule.RenewalPeriod))
	if seconds <= 0 {
		return 0
	}
	return float64(value(rule.Count)) * 60 / seconds
}
