package account

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

const authorizationVersion = "2022-04-01"

// UserRole is the narrowest of Azure's roles with which an identity may use a
// deployment: it may ask models and read its account, and nothing else.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning#cognitive-services-openai-user
const (
	UserRole   = "Cognitive Services OpenAI User"
	UserRoleID = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"
)

// A Role is one that somebody has, and where it holds.
type Role struct {
	Name   string
	Scope  string // the id of a resource, a resource group, a subscription or a management group; "/" is the tenant
	Rights []Rights
}

// Rights are what a role's definition allows and, out of that, does not. Actions are
// those on Azure Resource Manager, data actions those on what a resource serves.
//
// https://learn.microsoft.com/azure/role-based-access-control/role-definitions
type Rights struct{ Actions, NotActions, DataActions, NotDataActions []string }

// Allows reports whether a role allows any of some operations of Azure Resource
// Manager, such as Microsoft.CognitiveServices/accounts/read.
func (r Role) Allows(operations ...string) bool {
	return r.allows(operations, func(p Rights) (yes, no []string) { return p.Actions, p.NotActions })
}

// AllowsData is the same for what a resource serves, such as
// Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action.
func (r Role) AllowsData(operations ...string) bool {
	return r.allows(operations, func(p Rights) (yes, no []string) { return p.DataActions, p.NotDataActions })
}

// allows adds up the rights: what is excluded from one of them, another may
// give.
func (r Role) allows(operations []string, of func(Rights) (yes, no []string)) bool {
	for _, p := range r.Rights {
		yes, no := of(p)
		for _, op := range operations {
			if anyMatches(yes, op) && !anyMatches(no, op) {
				return true
			}
		}
	}
	return false
}

func anyMatches(patterns []string, operation string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, operation) })
}

// matches reports whether an operation is one that a pattern means, in which "*"
// stands for any characters and letter case for nothing.
func matches(pattern, operation string) bool {
	pattern, operation = strings.ToLower(pattern), strings.ToLower(operation)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == operation
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(operation) < len(first)+len(last) || !strings.HasPrefix(operation, first) || !strings.HasSuffix(operation, last) {
		return false
	}
	rest := operation[len(first) : len(operation)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return true
}

// Roles are those that somebody, named by an object id, has on an account, from
// wherever they come: given at the account or above it, to them or to a group. Roles
// that were read before an error are returned beside it.
//
// https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
func (c *Client) Roles(ctx context.Context, a Account, principal string) (roles []Role, err error) {
	if !wire.IsGUID(principal) {
		return nil, errors.New("the token does not say whose it is (it has no claim oid)")
	}
	type assignment struct {
		Properties struct{ Scope, RoleDefinitionID string }
	}
	ask := &call{Client: c, doing: "listing the role assignments"}
	all, err := list[assignment](ctx, ask, ask.address(a.ID+"/providers/Microsoft.Authorization/roleAssignments", authorizationVersion,
		url.Values{"$filter": {"atScope() and assignedTo('" + principal + "')"}}))
	if err != nil {
		return nil, err
	}
	for _, given := range all {
		role, err := c.role(ctx, given.Properties.RoleDefinitionID)
		if err != nil {
			return roles, err
		}
		role.Scope = given.Properties.Scope
		roles = append(roles, role)
	}
	return roles, nil
}

// role asks for the definition of a role.
func (c *Client) role(ctx context.Context, id string) (Role, error) {
	type definition struct {
		Properties struct {
			RoleName    string
			Permissions []Rights
		}
	}
	ask := &call{Client: c, doing: "asking for a role"}
	d, err := get[definition](ctx, ask, ask.address(id, authorizationVersion, nil))
	return Role{Name: d.Properties.RoleName, Rights: d.Properties.Permissions}, ask.told(err)
}
