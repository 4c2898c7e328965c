package account

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// collect gets the items of all pages. Those that came before an error are
// returned beside it.
//
// https://learn.microsoft.com/rest/api/azure/#async-operations-throttling-and-paging
func collect[P, T any](ctx context.Context, c *call, pager *runtime.Pager[P], of func(P) []T) (all []T, err error) {
	for n := 0; pager.More(); n++ {
		if n == mostPages {
			return all, fmt.Errorf("%s: the list has more than %d pages", c.doing, mostPages)
		}
		page, err := pager.NextPage(ctx)
		if err != nil {
			return all, c.told(err)
		}
		all = append(all, of(page)...)
	}
	return all, nil
}

// What the module for Cognitive Services lacks is asked for here, through the
// same pipeline.

// address is a path of Azure Resource Manager with its query.
func (c *call) address(path, version string, query url.Values) string {
	u := *c.base
	all := url.Values{"api-version": {version}}
	maps.Copy(all, query)
	// Azure's filters are written with %20 for a blank.
	u.Path, u.RawQuery = path, strings.ReplaceAll(all.Encode(), "+", "%20")
	return u.String()
}

// get asks for what is at an address.
func get[T any](ctx context.Context, c *call, address string) (out T, err error) {
	client, err := arm.NewClient("account", "", c, c.options())
	if err != nil {
		return out, err
	}
	r, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return out, err
	}
	resp, err := client.Pipeline().Do(r)
	if err != nil {
		return out, err
	}
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return out, runtime.NewResponseError(resp)
	}
	return out, runtime.UnmarshalAsJSON(resp, &out)
}

// list asks for all pages of a list.
func list[T any](ctx context.Context, c *call, address string) ([]T, error) {
	type page struct {
		Value    []T
		NextLink string
	}
	pager := runtime.NewPager(runtime.PagingHandler[page]{
		More: func(p page) bool { return p.NextLink != "" },
		Fetcher: func(ctx context.Context, last *page) (page, error) {
			if last != nil {
				address = last.NextLink
			}
			return get[page](ctx, c, address)
		},
	})
	return collect(ctx, c, pager, func(p page) []T { return p.Value })
}
