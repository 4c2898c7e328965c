package report

import (
	"fmt"
	"strings"
	"testing"
)

// Each mode, with no comment, one and several of ours there: what comes of it,
// what GitHub was asked for, and what is there then.
func TestModes(t *testing.T) {
	t.Parallel()
	none, one, two := "none", "one", "two"
	tested := map[string]bool{}
	for _, c := range []struct {
		mode, there, parts string
		action             string
		id                 int64
		requests, left     string
	}{
		{"", none, "a", "created", 901, "create", "901:a/1"},
		{"update", none, "a b", "created", 901, "create, create", "901:a/1, 902:b/2"},
		{"update", one, "a", "updated", 11, "edit 11", "11:a/1"},
		{"update", one, "a b", "updated", 11, "edit 11, create", "11:a/1, 901:b/2"},
		{"update", two, "a", "updated", 11, "edit 11, delete 12", "11:a/1"},
		{"update", two, "a b", "updated", 11, "edit 11, edit 12", "11:a/1, 12:b/2"},
		{"append", none, "a b", "created", 901, "create, create", "901:a/1, 902:b/2"},
		{"append", one, "a", "appended", 11, "edit 11", "11:x~~a/1"},
		{"append", one, "a b", "appended", 11, "edit 11, create", "11:x~~a/1, 901:b/2"},
		{"append", two, "a", "appended", 11, "edit 12", "11:x/1, 12:y~~a/2"},
		{"recreate", none, "a", "created", 901, "create", "901:a/1"},
		{"recreate", one, "a", "recreated", 901, "create, delete 11", "901:a/1"},
		{"recreate", two, "a b", "recreated", 901, "create, create, delete 11, delete 12", "901:a/1, 902:b/2"},
		{"hide-and-recreate", none, "a", "created", 901, "create", "901:a/1"},
		{"hide-and-recreate", one, "a", "recreated", 901, "create, hide 11", "11:x/1 hidden, 901:a/1"},
		{"hide-and-recreate", two, "a", "recreated", 901, "create, hide 11, hide 12", "11:x/1 hidden, 12:y/2 hidden, 901:a/1"},
		{"only-create", none, "a b", "created", 901, "create, create", "901:a/1, 902:b/2"},
		{"only-create", one, "a", "skipped", 11, "", "11:x/1"},
		{"only-create", two, "a", "skipped", 11, "", "11:x/1, 12:y/2"},
		{"only-update", none, "a", "skipped", 0, "", ""},
		{"only-update", one, "a b", "updated", 11, "edit 11, create", "11:a/1, 901:b/2"},
		{"only-update", two, "a", "updated", 11, "edit 11, delete 12", "11:a/1"},
		{"delete", none, "", "skipped", 0, "", ""},
		{"delete", one, "", "deleted", 11, "delete 11", ""},
		{"delete", two, "a", "deleted", 11, "delete 11, delete 12", ""},
		{"hide", none, "", "skipped", 0, "", ""},
		{"hide", one, "", "hidden", 11, "hide 11", "11:x/1 hidden"},
		{"hide", two, "a", "hidden", 11, "hide 11, hide 12", "11:x/1 hidden, 12:y/2 hidden"},
	} {
		tested[c.mode+" on "+c.there] = true
		t.Run(c.mode+" "+c.there+" "+c.parts, func(t *testing.T) {
			t.Parallel()
			there := map[string][]*remark{none: nil, one: {mine("x", 1)}, two: {mine("x", 1), mine("y", 2)}}[c.there]
			f := newFake(t, there...)
			posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Mode: c.mode, Parts: strings.Fields(c.parts)})
			if err != nil || posted.Action != c.action || posted.ID != c.id || (posted.URL == "") != (c.id == 0) || !strings.HasSuffix("-"+posted.URL, fmt.Sprint("-", c.id)) && c.id != 0 {
				t.Errorf("%+v, %v", posted, err)
			}
			before := "list 1"
			if len(there) > 0 {
				before += fmt.Sprint(", whose ", len(there))
			}
			if want := strings.TrimSuffix(before+", "+c.requests, ", "); f.log() != want {
				t.Errorf("asked for %q, want %q", f.log(), want)
			}
			if f.show() != c.left {
				t.Errorf("left %q, want %q", f.show(), c.left)
			}
		})
	}
	for _, mode := range Modes() {
		for _, there := range []string{none, one, two} {
			if !tested[mode+" on "+there] {
				t.Errorf("%s on %s is not tested", mode, there)
			}
		}
	}
}

func TestSkipUnchanged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode   string
		there  []*remark
		parts  []string
		action string
	}{
		{"update", []*remark{mine("a\nb", 1)}, []string{"a\nb"}, "unchanged"},
		{"update", []*remark{by(bot, "Bot", "a\r\nb\r\n<!-- keyless-inference:h part 1 -->\r\n ")}, []string{"a\nb\n"}, "unchanged"},
		{"update", []*remark{mine("a", 1), mine("b", 2)}, []string{"a", "b"}, "unchanged"},
		{"recreate", []*remark{mine("a", 1), mine("b", 2)}, []string{"a", "b"}, "unchanged"},
		{"hide-and-recreate", []*remark{mine("a", 1)}, []string{"a"}, "unchanged"},
		{"only-update", []*remark{mine("a", 1)}, []string{"a"}, "unchanged"},
		{"update", []*remark{mine("a", 1), mine("b", 2)}, []string{"a", "c"}, "updated"},
		{"update", []*remark{mine("a", 1), mine("b", 2)}, []string{"a"}, "updated"},
		{"update", []*remark{mine("a", 1)}, []string{"a", "b"}, "updated"},
		{"update", []*remark{mine("a", 2)}, []string{"a"}, "updated"},
		{"append", []*remark{mine("a", 1)}, []string{"a"}, "appended"},
		{"update", nil, []string{"a"}, "created"},
	} {
		f := newFake(t, c.there...)
		posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Mode: c.mode, Parts: c.parts, SkipUnchanged: true})
		if err != nil || posted.Action != c.action {
			t.Errorf("%s %v: %+v, %v", c.mode, c.parts, posted, err)
		}
		if quiet := f.log() == fmt.Sprint("list 1, whose ", len(c.there)); quiet != (c.action == "unchanged") {
			t.Errorf("%s %v: %s", c.mode, c.parts, f.log())
		}
	}
}

// What does not fit behind the old text goes into a comment of its own.
func TestAppendLosesNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t, mine(strings.Repeat("x", MaxPart-4), 1))
	for _, text := range []string{"ab", "c", strings.Repeat("é", MaxPart), "d"} {
		if posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Mode: "append", Parts: []string{text}}); err != nil || posted.ID != 11 {
			t.Fatalf("%+v, %v", posted, err)
		}
	}
	want := fmt.Sprintf("11:%s~~ab/1, 901:c/2, 902:%s/3, 903:d/4", strings.Repeat("x", MaxPart-4), strings.Repeat("é", MaxPart))
	if f.show() != want {
		t.Errorf("%.300s", f.show())
	}
}

// The comments are written over in the order in which they stand, whatever part
// they were: a person may have deleted the first, or two runs may have made it.
func TestPartsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		there []*remark
		want  string
	}{
		{[]*remark{mine("y", 2), mine("z", 3)}, "11:a/1, 12:b/2"},
		{[]*remark{mine("x", 1), mine("x", 1), mine("y", 2)}, "11:a/1, 12:b/2"},
		{[]*remark{mine("y", 2)}, "11:a/1, 901:b/2"},
	} {
		f := newFake(t, c.there...)
		if _, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Parts: []string{"a", "b"}}); err != nil || f.show() != c.want {
			t.Errorf("%s, want %s: %v", f.show(), c.want, err)
		}
	}
}

// What is not ours is not found, whatever it looks like; the fake itself fails
// the test when somebody else's comment is touched.
func TestOnlyOurs(t *testing.T) {
	t.Parallel()
	hidden := mine("hidden", 1)
	hidden.hidden = true
	there := func() []*remark {
		return []*remark{
			by("mona", "User", "forged"+marker("h", 1)),
			by("github-actions", "User", "a person of that name"+marker("h", 1)),
			by("github-actions", "Bot", "another form of the name"+marker("h", 1)),
			by(bot, "User", "a person with the bot's name"+marker("h", 1)),
			{Body: "nobody" + marker("h", 1)},
			hidden,
			by(bot, "Bot", "another header"+marker("H", 1)),
			by(bot, "Bot", "no header"+marker("", 1)),
			by(bot, "Bot", marker("h", 1)+"\na quotation"),
			by(bot, "Bot", ">"+strings.TrimSpace(marker("h", 1))),
			by(bot, "Bot", "no marker"),
		}
	}
	for _, mode := range Modes() {
		f := newFake(t, there()...)
		before := f.show()
		posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Mode: mode, Parts: []string{"a"}})
		want := map[bool]string{true: "created", false: "skipped"}[mode != "delete" && mode != "hide" && mode != "only-update"]
		if err != nil || posted.Action != want || !strings.HasPrefix(f.show(), before) || !strings.HasPrefix(f.log(), "list 1, whose 6") {
			t.Errorf("%s: %+v, %v: %s", mode, posted, err, f.log())
		}
	}
}

// The owner of a personal token is a person.
func TestOnlyOursOfAPerson(t *testing.T) {
	t.Parallel()
	f := newFake(t, mine("of the bot", 1), by("mona", "User", "x"+marker("h", 1)))
	f.viewer = "mona"
	posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Parts: []string{"a"}})
	if err != nil || posted.ID != 12 || f.log() != "list 1, whose 2, edit 12" {
		t.Errorf("%+v, %v: %s", posted, err, f.log())
	}
}

// 250 comments are three pages; 150 that carry the marker are two questions.
func TestAllPages(t *testing.T) {
	t.Parallel()
	var there []*remark
	for i := range 250 {
		switch {
		case i == 248:
			there = append(there, mine("x", 1))
		case i%5 < 3:
			there = append(there, by("mona", "User", "forged"+marker("h", 1)))
		default:
			there = append(there, by(bot, "Bot", "chatter"))
		}
	}
	f := newFake(t, there...)
	posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Parts: []string{"a"}})
	if err != nil || posted.ID != 259 || f.log() != "list 1, list 2, list 3, whose 100, whose 51, edit 259" {
		t.Errorf("%+v, %v: %s", posted, err, f.log())
	}
}

// All mistakes of a call are told at once, and nobody is asked.
func TestCommentChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		c    Comment
		want string
	}{
		{Comment{Mode: "replace", Header: strings.Repeat("h", 101)}, "no mode \"replace\": there are update, append,|0 is no number|header has 101 bytes"},
		{Comment{Number: 7}, "there is no text"},
		{Comment{Number: 7, Parts: []string{"a", " \n"}}, "part 2 of the text is empty"},
		{Comment{Number: 7, Parts: []string{strings.Repeat("😀", MaxPart/2) + "a"}}, "part 1 has 65001 characters"},
	} {
		f := newFake(t)
		posted, err := f.api().Post(t.Context(), c.c)
		for want := range strings.SplitSeq(c.want, "|") {
			if err == nil || !strings.Contains(err.Error(), want) || posted != (Posted{}) || f.log() != "" {
				t.Errorf("%+v, %v: want %q", posted, err, want)
			}
		}
	}
}
