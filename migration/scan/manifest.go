package scan

// manifest looks at YAML: compose, Kubernetes, Helm, pipelines, and settings of
// all kinds.
func manifest(t *text) { t.configuration(yamlOutline(t.data)) }

// deepestPart is how many formats may stand in one another: a script in a
// manifest in a workflow.
const deepestPart = 4

// within looks at data[start:end] as a file of its own, with a name that tells
// the format.
func (t *text) within(name string, start, end int) {
	if start < end && t.depth < deepestPart {
		t.inside(t.lookup(name, t.data[start:end]), start, end)
	}
}
