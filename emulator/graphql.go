package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// GraphQL is served as far as hiding comments needs it: the types and fields in
// graphqlTypes, without aliases, directives and named fragments.
// https://docs.github.com/graphql/guides/forming-calls-with-graphql

// graphqlTypes are the fields of every type, and the fields' types; "" is a
// scalar.
var graphqlTypes = map[string]map[string]string{
	"Query":                    {"viewer": "User", "nodes": "Node"},
	"Mutation":                 {"minimizeComment": "MinimizeCommentPayload", "unminimizeComment": "UnminimizeCommentPayload"},
	"User":                     {"login": ""},
	"Node":                     {"id": "", "... on IssueComment": "IssueComment"},
	"IssueComment":             {"id": "", "isMinimized": ""},
	"MinimizeCommentPayload":   {"minimizedComment": "Minimizable"},
	"UnminimizeCommentPayload": {"unminimizedComment": "Minimizable"},
	"Minimizable":              {"isMinimized": "", "... on IssueComment": "IssueComment"},
}

// graphqlRoots are how the fields of Query and Mutation are worked out.
var graphqlRoots = map[string]func(*Emulator, call) (any, []object){
	"viewer":            func(*Emulator, call) (any, []object) { return object{"login": viewer}, nil },
	"nodes":             (*Emulator).nodes,
	"minimizeComment":   (*Emulator).minimize,
	"unminimizeComment": (*Emulator).minimize,
}

// classifiers are the reasons for hiding a comment (ReportedContentClassifiers).
var classifiers = []string{"SPAM", "ABUSE", "OFF_TOPIC", "OUTDATED", "DUPLICATE", "RESOLVED", "LOW_QUALITY"}

// A call is a field of Query or Mutation that a request asks for.
type call struct {
	selection
	at        object // its place, as errors give it
	variables map[string]json.RawMessage
}

// graphql answers any request to GraphQL.
func (e *Emulator) graphql(w http.ResponseWriter, r *http.Request) {
	a, admitted := e.admit(r, false)
	if admitted {
		a = e.runGraphQL(r)
	}
	if no, ok := a.body.(apiError); ok && no.DocumentationURL == "" {
		a = a.documented("https://docs.github.com/graphql")
	}
	e.apiHeaders(w, r)
	w.Header().Set("X-GitHub-Media-Type", "github.v4; format=json")
	a.write(w)
}

// graphqlErrors is the answer to a request of which nothing was done.
func graphqlErrors(errs ...object) apiAnswer {
	return apiAnswer{status: http.StatusOK, body: object{"errors": errs}}
}

func (e *Emulator) runGraphQL(r *http.Request) apiAnswer {
	if r.Method != http.MethodPost {
		return apiNotFound()
	}
	fields, no, ok := readObject(r)
	if !ok {
		return no
	}
	var query string
	if json.Unmarshal(fields["query"], &query) != nil || query == "" {
		return graphqlErrors(object{"message": "A query attribute must be specified and must be a string."})
	}
	op, err := readGraphQL(query)
	if err != nil {
		return graphqlErrors(err.object(query))
	}
	variables := map[string]json.RawMessage{}
	if raw := fields["variables"]; raw != nil && json.Unmarshal(raw, &variables) != nil {
		return graphqlErrors(object{"message": "Variables are invalid JSON: they should be an object."})
	}
	return e.execute(op, query, variables)
}

// execute works out the fields of an operation that has been checked.
func (e *Emulator) execute(op graphqlOperation, query string, variables map[string]json.RawMessage) apiAnswer {
	data, errs := object{}, []object{}
	for _, field := range op.fields {
		value, failed := graphqlRoots[field.name](e, call{field, place(query, field.at), variables})
		if slices.ContainsFunc(failed, voids) {
			return graphqlErrors(failed...)
		}
		data[field.name] = project(field.fields, value)
		errs = append(errs, failed...)
	}
	answer := object{"data": data}
	if len(errs) > 0 {
		answer["errors"] = errs
	}
	return apiAnswer{status: http.StatusOK, body: answer}
}

// voids reports whether an error leaves no data at all: one of the request's own,
// which has no type, or one of a field that can't be null.
func voids(err object) bool { return err["type"] == nil || err["type"] == "ARGUMENT_LIMIT" }

// project is what fields select of a value: an object, a list of them, or null.
func project(fields []selection, value any) any {
	switch value := value.(type) {
	case []any:
		list := []any{}
		for _, v := range value {
			list = append(list, project(fields, v))
		}
		return list
	case object:
		selected := object{}
		for _, f := range fields {
			if strings.HasPrefix(f.name, "...") {
				maps.Copy(selected, project(f.fields, value).(object))
				continue
			}
			selected[f.name] = project(f.fields, value[f.name])
		}
		return selected
	}
	return value
}

// maxNodes is how many ids one query may ask for.
const maxNodes = 100

func (e *Emulator) nodes(c call) (any, []object) {
	var ids []string
	if json.Unmarshal(c.argument("ids"), &ids) != nil || ids == nil {
		return nil, []object{c.wrong("ids")}
	}
	if len(ids) > maxNodes {
		return nil, []object{c.err("ARGUMENT_LIMIT", fmt.Sprintf("You may not provide more than %d node ids; you provided %d.", maxNodes, len(ids)))}
	}
	list, errs := []any{}, []object(nil)
	for i, id := range ids {
		found, ok := e.node(id)
		if !ok {
			list, errs = append(list, nil), append(errs, c.err("NOT_FOUND", unresolved(id), i))
			continue
		}
		list = append(list, found.node())
	}
	return list, errs
}

// node finds a comment by its id in GraphQL.
func (e *Emulator) node(id string) (comment, bool) {
	found := e.conversation.where(func(c comment) bool { return c.nodeID() == id })
	if len(found) == 0 {
		return comment{}, false
	}
	return found[0], true
}

// node is the comment as GraphQL shows it.
func (c comment) node() object { return object{"id": c.nodeID(), "isMinimized": c.Minimized} }

func unresolved(id string) string {
	return "Could not resolve to a node with the global id of '" + id + "'"
}

// minimize hides a comment, or shows it again. As with the REST API, a comment of
// somebody else is refused.
// https://docs.github.com/graphql/reference/mutations#minimizecomment
func (e *Emulator) minimize(c call) (any, []object) {
	hide := c.name == "minimizeComment"
	var id, classifier string
	if json.Unmarshal(c.argument("subjectId"), &id) != nil {
		return nil, []object{c.wrong("subjectId")}
	}
	if hide && (json.Unmarshal(c.argument("classifier"), &classifier) != nil || !slices.Contains(classifiers, classifier)) {
		return nil, []object{c.wrong("classifier")}
	}
	found, ok := e.node(id)
	if ok && !found.own() {
		no := c.err("FORBIDDEN", inaccessible)
		no["extensions"] = object{"saml_failure": false}
		return nil, []object{no}
	}
	if ok {
		found, ok = e.conversation.change(found.ID, func(c *comment) { c.Minimized = hide })
	}
	if !ok {
		return nil, []object{c.err("NOT_FOUND", unresolved(id))}
	}
	return object{strings.Replace(c.name, "imizeComment", "imizedComment", 1): found.node()}, nil
}

// err is an error of this field, or of an entry of its list.
func (c call) err(kind, message string, index ...any) object {
	return object{"type": kind, "path": append([]any{c.name}, index...), "locations": []object{c.at}, "message": message}
}

// wrong is the error of an argument that is missing or of the wrong type.
func (c call) wrong(argument string) object {
	return object{
		"path": []any{c.name}, "locations": []object{c.at}, "extensions": object{"code": "argumentLiteralsIncompatible"},
		"message": fmt.Sprintf("Argument '%s' on Field '%s' is missing or has an invalid value.", argument, c.name),
	}
}

// argument is the value of an argument as JSON, wherever among the field's
// arguments it stands, or nil. A name, such as OUTDATED, counts as a string.
func (c call) argument(name string) json.RawMessage {
	for i := 0; i+2 < len(c.arguments); i++ {
		if c.arguments[i].text != name || c.arguments[i+1].text != ":" {
			continue
		}
		value := c.arguments[i+2].text
		variable, isVariable := strings.CutPrefix(value, "$")
		switch {
		case isVariable:
			return c.variables[variable]
		case strings.HasPrefix(value, `"`):
			return json.RawMessage(value)
		}
		return json.RawMessage(compact(value))
	}
	return nil
}
