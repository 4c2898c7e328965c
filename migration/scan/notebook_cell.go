package scan

import (
	"bytes"
	"path"
	"strings"
)

// language is the format of a language, by the names that kernels, code
// fences and cell magics give it; nil where nothing is looked for.
func (t *text) language(name string) *format {
	name = strings.ToLower(strings.TrimSpace(name))
	ext, known := languageNames[name]
	if base := strings.TrimRight(name, "0123456789."); !known && base != "" && base != name {
		ext = "." + base
	} else if !known {
		ext = "." + name
	}
	if ext == "" || strings.ContainsAny(ext, "/ ") {
		return nil
	}
	f := t.lookup("x"+ext, nil)
	if f == plain || f.name == "markdown" || f.name == "notebook" {
		return nil
	}
	return f
}

// languageNames are names of languages that are not the extensions of their
// files, with these.
var languageNames = map[string]string{
	"python": ".py", "python3": ".py", "ipython": ".py", "ipython3": ".py", "pycon": ".py", "pyspark": ".py", "synapse_pyspark": ".py",
	"javascript": ".js", "typescript": ".ts", "node": ".js", "nodejs": ".js", "deno": ".ts",
	"c#": ".cs", ".net-csharp": ".cs", "csharp": ".cs", "f#": ".fs", "fsharp": ".fs",
	"kotlin": ".kt", "golang": ".go", "rust": ".rs", "ruby": ".rb", "c++": ".cpp", "ir": ".r",
	"shell": ".sh", "console": ".sh", "shell-session": ".sh", "shellsession": ".sh", "terminal": ".sh", "sh-session": ".sh", "azurecli": ".sh", "azurecli-interactive": ".sh",
	"powershell": ".ps1", "pwsh": ".ps1", "azurepowershell": ".ps1", "batch": ".bat", "batchfile": ".bat",
	"dotenv": ".env", "docker": ".dockerfile", "yaml": ".yml", "terraform": ".tf", "text": "", "plaintext": "", "plain": "", "txt": "", "diff": "", "md": "", "markdown": "",
}

// pieces are the parts of a cell's source that are looked at. A magic in the
// first line gives the whole cell a format; lines that start with ! go to a
// shell.
// https://ipython.readthedocs.io/en/stable/interactive/magics.html
func (t *text) pieces(c cell, language *format) (all []piece) {
	data := c.source.data
	switch c.kind {
	case "markdown", "heading":
		return []piece{{t.lookup("x.md", nil), 0, len(data)}}
	case "raw":
		return nil
	}
	if own := t.language(c.language); own != nil {
		language = own
	}
	start := 0
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if f, magic := t.cellMagic(string(first)); magic {
		if f == nil {
			return nil
		}
		if f != python {
			language = f
		}
		start = min(len(first)+1, len(data))
	}
	if language != python {
		return []piece{{language, start, len(data)}}
	}
	return pythonPieces(data, start)
}

// pythonPieces parts IPython's own lines from Python's.
func pythonPieces(data []byte, start int) (all []piece) {
	from := start
	for start < len(data) {
		end := start + lineLength(data[start:]) + 1
		line := bytes.TrimLeft(data[start:min(end, len(data))], " \t")
		if f := lineMagic(line); f != nil {
			all = append(all, piece{python, from, start})
			at := min(end, len(data)) - len(line)
			all = append(all, piece{f, at + bytes.IndexAny(line, "!%") + 1, min(end, len(data))})
			from = min(end, len(data))
		}
		start = end
	}
	return append(all, piece{python, from, len(data)})
}

// lineMagic is the format of a line that is IPython's: !command and %magic.
func lineMagic(line []byte) *format {
	if len(line) < 2 || line[0] != '!' && line[0] != '%' || line[0] == '%' && !letter(line[1]) {
		return nil
	}
	if hasPrefix(line, "%env ") || hasPrefix(line, "%set_env ") {
		return magicEnv
	}
	return shell
}

// magicEnv is the format of %env NAME=value, without the %.
var magicEnv = &format{name: "env magic", detect: []func(*text){(*text).envMagic}}

// envMagic reports keys that %env sets.
func (t *text) envMagic() {
	for _, n := range t.keyNames(0, len(t.data)) {
		line := t.data[n.end : n.end+lineLength(t.data[n.end:])]
		value := strings.TrimLeft(string(line), "= \t")
		if start := bytes.LastIndexByte(t.data[:n.start], '\n') + 1; hasPrefix(t.data[start:], "env") || hasPrefix(t.data[start:], "set_env") {
			if low := strings.ToLower(unquoted(strings.TrimSpace(value))); low == "" || !dummy(low) || monotonous(low) && len(low) > 7 { // xxx is none, xxxxxxxx a place for one
				t.add("KL302", n.start, n.end, "%env "+n.text)
			}
		}
	}
}

// cellMagic reads a cell's first line. magic tells that it is one, f the format
// of the rest; nil: nothing is looked for there.
func (t *text) cellMagic(line string) (f *format, magic bool) {
	line = strings.TrimSpace(line)
	name, ok := strings.CutPrefix(line, "%%")
	if !ok {
		if name, ok = strings.CutPrefix(line, "#!"); !ok || strings.HasPrefix(name, "/") {
			return nil, false
		}
	}
	words := strings.Fields(name)
	if len(words) == 0 {
		return python, true
	}
	switch words[0] {
	case "time", "timeit", "capture", "prun", "pypy", "python", "python3", "debug", "memit", "mprun", "skip", "local", "spark", "pyspark":
		return python, true
	case "writefile", "file":
		file := words[len(words)-1]
		if f := t.lookup(path.Base(file), nil); f != plain && f.name != "notebook" {
			return f, true
		}
		return nil, true
	case "script":
		if len(words) > 1 {
			return t.language(words[1]), true
		}
	}
	return t.language(words[0]), true
}
