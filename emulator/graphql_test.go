package emulator

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const (
	askMinimized = `query($ids:[ID!]!){viewer{login} nodes(ids:$ids){... on IssueComment{id isMinimized}}}`
	minimizeOne  = `mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED}){minimizedComment{isMinimized}}}`
)

// graphql sends a query; variables is a JSON object.
func (h hub) graphql(t *testing.T, query, variables string) reply {
	t.Helper()
	return h.do(t, "POST", graphqlPath, fmt.Sprintf(`{"query":%s,"variables":%s}`, compact(query), variables))
}

func hide(t *testing.T, h hub, id string) reply {
	t.Helper()
	return h.graphql(t, minimizeOne, `{"id":"`+id+`"}`)
}

func TestMinimize(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{Comments: []Comment{{Number: 7, Body: "ours"}, {Number: 7, Author: "mona", Body: "hers", Minimized: true}}})
	ours, hers := h.e.conversation.comments[0].nodeID(), h.e.conversation.comments[1].nodeID()
	both := `{"ids":["` + ours + `","` + hers + `"]}`
	state := func(minimized string) string {
		return `{"data":{"nodes":[{"id":"` + ours + `","isMinimized":` + minimized + `},{"id":"` + hers + `","isMinimized":true}],"viewer":{"login":"github-actions[bot]"}}}`
	}
	for _, c := range []struct{ query, variables, want string }{
		{askMinimized, both, state("false")},
		{minimizeOne, `{"id":"` + ours + `"}`, `{"data":{"minimizeComment":{"minimizedComment":{"isMinimized":true}}}}`},
		{askMinimized, both, state("true")},
		{
			strings.Replace(minimizeOne, "$id,classifier:OUTDATED", "$id", 1), `{"id":"` + ours + `"}`,
			`"message":"Argument 'classifier' on Field 'minimizeComment' is missing or has an invalid value."`,
		},
		{
			"mutation Show($c: ID!) {\n  # again\n  unminimizeComment(input: {subjectId: $c}) {\n    unminimizedComment { isMinimized, ... on IssueComment { id } }\n  }\n}", `{"c":"` + ours + `"}`,
			`{"data":{"unminimizeComment":{"unminimizedComment":{"id":"` + ours + `","isMinimized":false}}}}`,
		},
		{`mutation($k:ReportedContentClassifiers!){minimizeComment(input:{classifier:$k,subjectId:"` + ours + `"}){minimizedComment{isMinimized}}}`, `{"k":"SPAM"}`, `{"isMinimized":true}`},
		{
			minimizeOne, `{"id":"` + hers + `"}`,
			`{"data":{"minimizeComment":null},"errors":[{"extensions":{"saml_failure":false},"locations":[{"column":19,"line":1}],"message":"Resource not accessible by integration","path":["minimizeComment"],"type":"FORBIDDEN"}]}`,
		},
		{minimizeOne, `{"id":"5"}`, `"message":"Could not resolve to a node with the global id of '5'","path":["minimizeComment"],"type":"NOT_FOUND"`},
		{
			askMinimized, `{"ids":["nope","` + ours + `"]}`,
			`{"data":{"nodes":[null,{"id":"` + ours + `","isMinimized":true}],"viewer":{"login":"github-actions[bot]"}},"errors":[{"locations":[{"column":34,"line":1}],"message":"Could not resolve to a node with the global id of 'nope'","path":["nodes",0],"type":"NOT_FOUND"}]}`,
		},
		{`{viewer{login}}`, `null`, `{"data":{"viewer":{"login":"github-actions[bot]"}}}`},
	} {
		if r := h.graphql(t, c.query, c.variables); r.status != 200 || !strings.Contains(r.body, c.want) {
			t.Errorf("%s %s: %d\n%s\nwant\n%s", c.query, c.variables, r.status, r.body, c.want)
		}
	}
	if got := h.e.CommentsOn(h.e.cfg.Comments[0].Repo, 7); !got[0].Minimized {
		t.Errorf("%+v", got)
	}
}

// What the emulator does not have is refused in GraphQL's own way.
func TestGraphQLRefuses(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	many, _ := json.Marshal(map[string]any{"ids": make([]string, 101)})
	for _, c := range []struct{ query, variables, want string }{
		{`{viewer{name}}`, `{}`, `{"errors":[{"extensions":{"code":"undefinedField"},"locations":[{"column":9,"line":1}],"message":"Field 'name' doesn't exist on type 'User'; the emulator has login"}]}`},
		{`mutation{viewer{login}}`, `{}`, `Field 'viewer' doesn't exist on type 'Mutation'`},
		{`{minimizeComment(input:{subjectId:"x",classifier:SPAM}){minimizedComment{isMinimized}}}`, `{}`, `doesn't exist on type 'Query'`},
		{"{\n viewer}", `{}`, `"locations":[{"column":2,"line":2}],"message":"Field 'viewer' must have selections`},
		{`{viewer{login{x}}}`, `{}`, `and none if it is a scalar`},
		{`{viewer{login}`, `{}`, `Unexpected end of document`},
		{`{viewer{}}`, `{}`, `Parse error on \"}\"`},
		{`{me:viewer{login}}`, `{}`, `Parse error on \":\"`},
		{`{viewer{login}} {viewer{login}}`, `{}`, `Parse error on \"{\"`},
		{`{viewer{login} ...F} fragment F on Query{viewer{login}}`, `{}`, `Parse error on \"F\"`},
		{`subscription{x}`, `{}`, `Parse error on \"subscription\"`},
		{`{viewer{login@skip(if:true)}}`, `{}`, `Parse error on \"@\"`},
		{`query($i:[ID!]!){nodes(ids:$ids){id}}`, `{"ids":[]}`, `Variable $ids is used but not declared`},
		{`query($ids:[ID!]!){nodes(ids:$ids){id}}`, `{}`, `Argument 'ids' on Field 'nodes' is missing`},
		{`query($ids:[ID!]!){nodes(ids:$ids){id}}`, `{"ids":"x"}`, `Argument 'ids' on Field 'nodes' is missing`},
		{`query($ids:[ID!]!){nodes(ids:$ids){id}}`, string(many), `{"errors":[{"locations":[{"column":20,"line":1}],"message":"You may not provide more than 100 node ids; you provided 101.","path":["nodes"],"type":"ARGUMENT_LIMIT"}]}`},
		{`mutation{minimizeComment(input:{subjectId:"x",classifier:BORING}){minimizedComment{isMinimized}}}`, `{}`, `Argument 'classifier'`},
		{`{viewer{login}}`, `[]`, `should be an object`},
		{strings.Repeat("{a", 20), `{}`, `Parse error`},
		{``, `{}`, `A query attribute must be specified and must be a string.`},
	} {
		r := h.graphql(t, c.query, c.variables)
		if r.status != 200 || !strings.HasPrefix(r.body, `{"errors":[{`) || !strings.Contains(r.body, c.want) {
			t.Errorf("%s: %d %s, want %s", c.query, r.status, r.body, c.want)
		}
	}
	for body, want := range map[string]string{`{`: "Problems parsing JSON", `[]`: "Body should be a JSON object"} {
		if r := h.do(t, "POST", graphqlPath, body); r.status != 400 || !strings.Contains(r.body, want) {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
	if r := h.do(t, "GET", graphqlPath, ""); r.status != 404 {
		t.Errorf("GET: %d %s", r.status, r.body)
	}
}

func FuzzReadGraphQL(f *testing.F) {
	for _, seed := range []string{
		askMinimized, minimizeOne, `{viewer{login}}`, "query Q{viewer{login}}#", `{nodes(ids:"\"")}`, "{viewer(a:$b){login}}", "...", "{...on}", "query(", "\ufeff{\xff", strings.Repeat("{a", 50),
	} {
		f.Add(seed, `{"ids":["x"],"id":"x"}`)
	}
	e := fresh(f, Config{Comments: planted(2)})
	f.Fuzz(func(t *testing.T, query, variables string) {
		op, err := readGraphQL(query)
		if err != nil {
			if err.at < 0 || err.at > len(query) || err.message == "" || err.code == "" {
				t.Errorf("%q: %+v", query, err)
			}
			compact(err.object(query))
			return
		}
		if op.root == "" || len(op.fields) == 0 {
			t.Errorf("%q: %+v", query, op)
		}
		values := map[string]json.RawMessage{}
		if json.Unmarshal([]byte(variables), &values) != nil {
			return
		}
		answer := decode[map[string]any](t, compact(e.execute(op, query, values).body))
		if answer["data"] == nil && answer["errors"] == nil {
			t.Errorf("%q: %v", query, answer)
		}
	})
}
