package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/keyless-inference/action/account"
)

// AccountModels are the models of one account.
type AccountModels struct {
	Account     account.Account
	Deployments []account.Deployment
	Available   []account.Model // what its region offers; nil where nobody asked
}

// retiringDays is how long before its end a model is marked.
const retiringDays = 90

// retiring reports whether a model that retires then does so soon, or has.
func retiring(retires, now time.Time) bool {
	return !retires.IsZero() && retires.Before(now.AddDate(0, 0, retiringDays))
}

// ModelsText writes the models of accounts as tables for people. Nothing in it
// steers a terminal, and no line begins with a command of the runner.
func ModelsText(w io.Writer, all []AccountModels, now time.Time) error {
	b := bufio.NewWriter(w)
	for i, a := range all {
		if i > 0 {
			fmt.Fprintln(b)
		}
		heading(b, a.Account)
		deploymentTable(b, a, now)
		if a.Available != nil {
			fmt.Fprintf(b, "\navailable in %s:\n\n", terminal(a.Account.Location))
			modelTable(b, a.Available, now)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the models: %w", err)
	}
	return nil
}

// heading says which account it is. What Azure does not tell has no line.
func heading(w io.Writer, a account.Account) {
	for _, line := range []struct{ name, value string }{
		{"account", a.Name}, {"kind", a.Kind}, {"region", a.Location}, {"endpoint", a.Endpoint}, {"id", a.ID},
	} {
		if value := terminal(line.value); value != "" {
			fmt.Fprintf(w, "%-9s %s\n", line.name, value)
		}
	}
	fmt.Fprintln(w)
}

func deploymentTable(w io.Writer, a AccountModels, now time.Time) {
	if len(a.Deployments) == 0 {
		fmt.Fprintln(w, "no deployments")
		return
	}
	rows := [][]string{{"DEPLOYMENT", "MODEL", "VERSION", "SKU", "CAPACITY", "TOKENS/MIN", "REQUESTS/MIN", "STATE", "RETIRES", "CAPABILITIES"}}
	for _, d := range a.Deployments {
		rows = append(rows, []string{
			d.Name, d.Model, d.Version, d.SKU, quantity(float64(d.Capacity)), quantity(d.TokensPerMinute), quantity(d.RequestsPerMinute),
			d.State, end(d.Retires, now), strings.Join(d.Names(), " "),
		})
	}
	table(w, rows)
}

func modelTable(w io.Writer, models []account.Model, now time.Time) {
	if len(models) == 0 {
		fmt.Fprintln(w, "no models")
		return
	}
	rows := [][]string{{"MODEL", "VERSION", "DEFAULT", "LIFECYCLE", "RETIRES", "SKUS", "CAPABILITIES"}}
	for _, m := range models {
		var skus []string
		for _, s := range m.SKUs {
			skus = append(skus, s.Name)
		}
		preset := ""
		if m.Default {
			preset = "yes"
		}
		rows = append(rows, []string{m.Name, m.Version, preset, m.Lifecycle, end(m.Retires, now), strings.Join(skus, " "), strings.Join(m.Names(), " ")})
	}
	table(w, rows)
}

// table writes rows in columns. An empty cell is a dash.
func table(w io.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, cells := range rows {
		for i, cell := range cells {
			if cell = terminal(cell); cell == "" {
				cell = "-"
			}
			if strings.HasPrefix(cell, "::") && i == 0 {
				cell = "./" + cell // the runner obeys "::" at the start of a line
			}
			cells[i] = cell
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	t.Flush() // to a buffer, whose own Flush tells of a failure
}

// quantity is a number without a fraction; "" for none.
func quantity(n float64) string {
	if n <= 0 {
		return ""
	}
	return thousands(int64(math.Round(min(n, math.MaxInt32*1e6))))
}

// end is a date of retirement, marked where it is near.
func end(retires, now time.Time) string {
	text := day(retires)
	switch left := math.Ceil(retires.Sub(now).Hours() / 24); {
	case !retiring(retires, now):
		return text
	case left <= 0:
		return text + " (!) retired"
	case left == 1:
		return text + " (!) in 1 day"
	default:
		return fmt.Sprintf("%s (!) in %.0f days", text, left)
	}
}

// day is a date; "" for the zero time.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
