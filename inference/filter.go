package inference

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A Category is one verdict of Azure's content filter.
// See https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter.
type Category struct {
	Name     string // hate, self_harm, sexual, violence, jailbreak, protected_material_text, ...
	Severity string // safe, low, medium or high; "" for a category that is detected or not
	Detected bool
	Filtered bool // it is why text was held back
}

func (c Category) String() string {
	switch {
	case c.Severity != "":
		return c.Name + " (severity " + c.Severity + ")"
	case c.Detected:
		return c.Name + " (detected)"
	}
	return c.Name
}

// verdicts decodes a content_filter_results object into its categories, by
// name. What has another shape is skipped: new kinds of annotation appear
// without notice.
func verdicts(raw string) []Category {
	var all map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &all) != nil {
		return nil
	}
	var out []Category
	for _, name := range slices.Sorted(maps.Keys(all)) {
		var v struct {
			Filtered, Detected bool
			Severity           string
		}
		if json.Unmarshal(all[name], &v) == nil && name != "error" {
			out = append(out, Category{name, v.Severity, v.Detected, v.Filtered})
		}
	}
	return out
}

// annotations decodes a list of objects that each hold content_filter_results:
// prompt_filter_results of chat, content_filters of the Responses API. judge
// decodes one of these.
func annotations(raw string, judge func(string) []Category) []Category {
	var list []struct {
		Results json.RawMessage `json:"content_filter_results"`
	}
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil
	}
	var out []Category
	for _, item := range list {
		out = append(out, judge(string(item.Results))...)
	}
	return out
}

// blocked keeps the categories that held text back.
func blocked(all []Category) []Category {
	return slices.DeleteFunc(slices.Clone(all), func(c Category) bool { return !c.Filtered })
}

// listCategories names them for people.
func listCategories(all []Category) string {
	if len(all) == 0 {
		return "the service does not say which category"
	}
	var names []string
	for _, c := range all {
		names = append(names, c.String())
	}
	return strings.Join(slices.Compact(names), ", ")
}
