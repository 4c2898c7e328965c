package setup

import "strings"

// Each of these writes any text without NUL as a literal of a language, so that
// nothing in the text is code there. A line break stays what it is in shells, and
// becomes an escape in the others.

// powershell is a string in single quotes. PowerShell takes four typographic
// quotes for single ones, and each of them is written twice.
//
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func powershell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "\u2018", "\u2018\u2018", "\u2019", "\u2019\u2019", "\u201a", "\u201a\u201a", "\u201b", "\u201b\u201b").Replace(s) + "'"
}

// bicep is a string of Bicep, in which ${ would begin an expression.
//
// https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings
func bicep(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "${", `\${`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + "'"
}

// hcl is a quoted template of HCL, in which ${ and %{ would begin an expression.
//
// https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-literals
func hcl(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{", "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s) + `"`
}

// yaml is a scalar in single quotes, of text without control characters.
//
// https://yaml.org/spec/1.2.2/#732-single-quoted-style
func yaml(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
