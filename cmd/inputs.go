package cmd

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/document"
)

// An Input is one input of the action, which is also a flag of its subcommand.
// It is described by the tags of a field of the subcommand's struct.
type Input struct {
	Name     string // tag name, else the field's name as words with dashes
	Group    string // inputs of one subject share it
	Default  string
	Action   string // the default in action.yml, where it is another: an expression
	Variable string // the environment variable that stands in for it; "" for none
	Help     string

	bare  bool // on the command line its values need no flag in front
	value reflect.Value
}

// inputs are the fields of *into as inputs that set them: strings, lists of
// strings (a flag that may be repeated) and booleans.
func inputs(into any) []Input { return inputsOf(reflect.ValueOf(into).Elem()) }

func inputsOf(of reflect.Value) (all []Input) {
	for f, value := range of.Fields() {
		if f.Anonymous { // inputs that several commands have
			for _, in := range inputsOf(value) {
				if when := f.Tag.Get("when"); when != "" {
					in.Help = when + ": " + strings.ToLower(in.Help[:1]) + in.Help[1:]
				}
				all = append(all, in)
			}
			continue
		}
		name := f.Tag.Get("name")
		if name == "" {
			name = dashed(f.Name)
		}
		all = append(all, Input{name, f.Tag.Get("group"), f.Tag.Get("default"), f.Tag.Get("action"), f.Tag.Get("from"), f.Tag.Get("help"), f.Tag.Get("bare") == "true", value})
	}
	return all
}

// dashed turns ResponseFile into response-file and ClientID into client-id.
func dashed(name string) string {
	var b strings.Builder
	lower := false // the letter before was lower case
	for _, c := range name {
		if unicode.IsUpper(c) && lower {
			b.WriteByte('-')
		}
		lower = unicode.IsLower(c)
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// set gives the input a value.
func (in Input) set(text string) error {
	switch in.value.Kind() {
	case reflect.Bool:
		yes, err := boolean(text)
		in.value.SetBool(yes)
		return err
	case reflect.Slice:
		in.value.Set(reflect.Append(in.value, reflect.ValueOf(text)))
	default:
		in.value.SetString(text)
	}
	return nil
}

// given reports whether the input has another value than its default.
func (in Input) given() bool {
	switch in.value.Kind() {
	case reflect.Bool:
		return fmt.Sprint(in.value.Bool()) != cmp.Or(in.Default, "false")
	case reflect.Slice:
		return in.value.Len() > 0
	}
	return strings.TrimSpace(in.value.String()) != in.Default
}

// boolean reads true and false in the spellings of the YAML 1.2 core schema,
// which are those that the runner's toolkit reads.
func boolean(text string) (bool, error) {
	switch strings.TrimSpace(text) {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", text)
}

// variable is where the runner puts an input for a container action: upper
// case, spaces as underscores, dashes kept.
func (in Input) variable() string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(in.Name, " ", "_"))
}

// first is the name of the first input of a kind.
func first(all []Input, kind reflect.Kind) string {
	return all[slices.IndexFunc(all, func(in Input) bool { return in.value.Kind() == kind })].Name
}

// unknown tells a flag that is none of all.
func unknown(all []Input, args []string) error {
	var names []string
	for _, in := range all {
		names = append(names, in.Name)
	}
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		name, _, valued := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		at := slices.Index(names, name)
		switch {
		case !strings.HasPrefix(args[i], "-") || args[i] == "-" || name == "help" || name == "h":
		case at < 0:
			return fmt.Errorf("there is no flag --%s%s", name, document.Suggest(name, names))
		case !valued && all[at].value.Kind() != reflect.Bool:
			i++ // its value
		}
	}
	return nil
}

// parse fills the struct that into points to: from the flags, else from the
// runner's INPUT_ variables, else from the defaults. An empty or blank variable
// is as good as none: that is how an input without a default arrives. The error
// is of the flags alone; a wrong variable is remembered with other mistakes.
func (r *reader) parse(into any, args []string) error {
	all := inputs(into)
	given, err := parseFlags(all, args)
	if err != nil {
		return err
	}
	for _, in := range all {
		if given[in.Name] {
			continue
		}
		text := r.getenv(in.variable())
		if strings.TrimSpace(text) == "" {
			text = in.Default
		}
		if text != "" {
			r.check(in.Name, in.set(text))
		}
	}
	return nil
}

// parseFlags sets the inputs that args name, and tells which they are.
func parseFlags(all []Input, args []string) (given map[string]bool, err error) {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	given = map[string]bool{}
	for _, in := range all {
		set := func(text string) error {
			given[in.Name] = true
			return in.set(text)
		}
		if in.value.Kind() == reflect.Bool {
			flags.BoolFunc(in.Name, "", set)
		} else {
			flags.Func(in.Name, "", set)
		}
	}
	if err := unknown(all, args); err != nil {
		return nil, err
	}
	for err = flags.Parse(args); err == nil && flags.NArg() > 0; err = flags.Parse(flags.Args()[1:]) {
		bare := slices.IndexFunc(all, func(in Input) bool { return in.bare })
		if bare < 0 {
			return nil, fmt.Errorf("%q is not a flag: every value has a name here, such as --%s TEXT, and a switch takes it with =, such as --%s=false", flags.Arg(0), first(all, reflect.String), first(all, reflect.Bool))
		}
		given[all[bare].Name] = true
		if err := all[bare].set(flags.Arg(0)); err != nil {
			return nil, err
		}
	}
	return given, err
}
