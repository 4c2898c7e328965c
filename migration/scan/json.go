package scan

// jsonSettings looks at JSON: appsettings.json, launch.json, and settings of
// all kinds. Templates of Azure Resource Manager have rules of their own.
func jsonSettings(t *text) {
	if armFile(t.data) {
		armTemplate(t)
		return
	}
	if localized(t.name) {
		return
	}
	t.configuration(jsonOutline(t.data))
}
