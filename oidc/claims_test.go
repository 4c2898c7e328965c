package oidc

import (
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/wire"
)

func TestParseClaims(t *testing.T) {
	t.Parallel()
	got, err := wire.ParseClaims(jwt(t, testSubject, "aud", []string{"one", "two"}, "iat", 1_700_000_000, "nbf", 1_699_999_400, "exp", 1_700_000_300.75,
		"tid", testTenant, "oid", "o", "appid", testClient, "azp", "p", "roles", []string{"r"}))
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Claims{
		Issuer: testIssuer, Subject: testSubject, Audience: []string{"one", "two"},
		IssuedAt: time.Unix(1_700_000_000, 0).UTC(), NotBefore: time.Unix(1_699_999_400, 0).UTC(), Expiry: time.Unix(1_700_000_300, 0).UTC(),
		Tenant: testTenant, ObjectID: "o", AppID: testClient, Roles: []string{"r"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseClaimsLenient(t *testing.T) {
	t.Parallel()
	got, err := wire.ParseClaims(jwt(t, "s", "aud", "one", "iat", -5, "exp", 1e300))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Audience, []string{"one"}) {
		t.Errorf("audience written as a string: %q", got.Audience)
	}
	if party, err := wire.ParseClaims(jwt(t, "s", "azp", "p")); err != nil || party.AppID != "p" {
		t.Errorf("the application of a newer token: %+v, %v", party, err)
	}
	if !got.IssuedAt.IsZero() || !got.Expiry.IsZero() {
		t.Errorf("senseless times: %v, %v", got.IssuedAt, got.Expiry)
	}
}

func TestParseClaimsRefuses(t *testing.T) {
	t.Parallel()
	payload := func(s string) string { return "eyJh." + base64.RawURLEncoding.EncodeToString([]byte(s)) + ".sig" }
	for _, token := range []string{
		"", "a.b", "a.b.c.d", "a..c", "eyJh.e30.", "eyJh.e 30.sig", "eyJh.e30=e30.sig",
		payload("[]"), payload("{"), payload(`"text"`), payload(`{"sub":7}`), payload(`{"aud":{}}`), payload(`{"exp":"soon"}`),
	} {
		claims, err := wire.ParseClaims(token)
		if err == nil {
			t.Errorf("%q was accepted: %+v", token, claims)
			continue
		}
		for part := range strings.SplitSeq(token, ".") {
			if len(part) > 3 && strings.Contains(err.Error(), part) {
				t.Errorf("the error quotes the token: %v", err)
			}
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string][2]string{
		`{"idtyp":"app","oid":"o"}`:           {"app", "ServicePrincipal"},
		`{"idtyp":"user","scp":"x"}`:          {"user", "User"},
		`{"upn":"a@b.example"}`:               {"user", "User"},
		`{"scp":"user_impersonation"}`:        {"user", "User"},
		`{"idtyp":"app","upn":"a@b.example"}`: {"app", "ServicePrincipal"},
		`{"idtyp":"device"}`:                  {"device", ""},
		`{"sub":"repo:o/r:pull_request"}`:     {},
	} {
		c, err := wire.ParseClaims("h." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".s")
		if err != nil || c.Kind != want[0] || c.PrincipalType() != want[1] {
			t.Errorf("%s: %q, %q, %v", payload, c.Kind, c.PrincipalType(), err)
		}
	}
}
