package eval

// Results are what became of everything. Summaries and gates are left to
// [Results.Sum] and [Conditions.Judge].
func (r *Run) Results() Results { return r.results(false) }

// Before are the results of the prompts in [Run.Earlier].
func (r *Run) Before() Results { return r.results(true) }

func (r *Run) results(earlier bool) Results {
	all := Results{TestResults: []Test{}}
	for _, s := range r.Suites {
		var columns []*column
		for _, c := range r.columns {
			if c.suite == s && c.earlier == earlier {
				columns = append(columns, c)
				all.Groups = append(all.Groups, Group{File: s.File, Name: c.prompt.Name, Description: c.prompt.Description, Model: c.prompt.Model, Deployment: c.deployment})
			}
		}
		for i := range s.Rows {
			for _, c := range columns {
				all.TestResults = append(all.TestResults, r.test(c, i))
			}
		}
	}
	if !earlier {
		all.JudgeUsage = Usage{r.judged.Prompt, r.judged.Completion, r.judged.Total}
		all.BaselineUsage = r.results(true).Usage
	}
	if r.ended != nil {
		all.Ended = r.ended.Error()
	}
	all.Sum()
	return all
}

// test is the row of this number with a deployment.
func (r *Run) test(c *column, row int) Test {
	cells := c.cells[row*r.Repeat : (row+1)*r.Repeat]
	at := cells[0].row
	t := Test{
		TestCase: at.Case, File: c.suite.File, Line: at.Place.Line, Column: at.Place.Column, Row: at.Number,
		Deployment: c.deployment, MinPass: r.MinPass,
	}
	for _, one := range cells {
		t.Repeated = append(t.Repeated, one.repeated())
	}
	t.Settle()
	return t
}
