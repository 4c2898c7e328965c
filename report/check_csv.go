package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/sink"
)

// CheckCSV writes a report as CSV (RFC 4180) with a heading: a row for each
// finding and, for a repository without any, one that says so, with the severity
// "none", or "unknown" where not all of it could be looked at. Cells that a
// spreadsheet would take for formulas begin with an apostrophe.
func CheckCSV(w io.Writer, r migration.Report) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	rows := [][]string{{"repository", "rule", "severity", "file", "line", "column", "place", "message", "fix", "fingerprint"}}
	for _, one := range repositories(r) {
		for _, f := range one.findings {
			rows = append(rows, []string{one.name, f.Rule, f.Severity.String(), f.File, number(f.Line), number(f.Column), f.Place, f.Message, f.Fix, f.Fingerprint})
		}
		if len(one.findings) == 0 {
			severity, message := one.nothing()
			rows = append(rows, []string{one.name, "", severity, "", "", "", "", message, "", ""})
		}
	}
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
	}
	if err := table.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the CSV file: %w", err)
	}
	return nil
}

// nothing is what a repository without findings has in place of one.
func (one repository) nothing() (severity, message string) {
	if !one.missing() {
		return "none", "nothing found"
	}
	var parts []string
	for _, s := range one.unseen {
		if s.Asked {
			parts = append(parts, s.Name+": "+s.Why)
		}
	}
	return "unknown", "nothing found, but not looked at: " + strings.Join(parts, "; ")
}

// number is a line or a column; "" for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// cell keeps a spreadsheet from running what stands in a cell. See
// https://owasp.org/www-community/attacks/CSV_Injection.
func cell(text string) string {
	text = strings.NewReplacer("\r", " ", "\n", " ").Replace(sink.Visible(text))
	for _, sign := range "=+-@＝＋－＠" {
		if strings.HasPrefix(strings.TrimLeft(text, " \t"), string(sign)) {
			return "'" + text
		}
	}
	return text
}
