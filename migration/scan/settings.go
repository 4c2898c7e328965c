package scan

import (
	"bytes"
	"strings"
)

// settings looks at .env files, properties, INI, TOML and XML.
func settings(t *text) {
	if t.format.name == "xml" {
		if !localized(t.name) {
			t.configuration(xmlOutline(t.data))
		}
		return
	}
	t.configuration(linesOutline(t.data))
}

// localized reports whether a file is one of the texts that people see, by its
// path: their keys are names of messages.
func localized(path string) bool {
	low := "/" + strings.ToLower(path)
	for _, folder := range []string{"/locales/", "/locale/", "/i18n/", "/lang/", "/langs/", "/languages/", "/translations/", "/messages/", "/nls/", "/l10n/", "package.nls"} {
		if strings.Contains(low, folder) {
			return true
		}
	}
	return false
}

// linesOutline reads settings of a line each, name=value or name: value, below
// [sections]. Lines that start with # or ; are comments, and those that are
// further right go on with the value of the line before.
func linesOutline(data []byte) *node {
	root := &node{}
	section, last := root, (*node)(nil)
	for i := markLength(data); i < len(data); {
		start, end := i, i+lineLength(data[i:])
		i = end + 1
		line := bytes.TrimSpace(data[start:end])
		from := end - len(bytes.TrimLeft(data[start:end], " \t\r"))
		switch {
		case len(line) == 0, line[0] == '#', line[0] == ';', line[0] == '!', hasPrefix(line, "//"):
		case line[0] == '[' && bytes.IndexByte(line, '=') < 0:
			name := strings.Trim(string(line), "[] \"'")
			section = root.add(&node{key: name, keyStart: from, keyEnd: from + len(line)})
			last = nil
		default:
			if n := lineSetting(data, from, from+len(line)); n != nil {
				last = section.add(n)
			} else if last != nil && from > start {
				last.add(&node{item: true, keyStart: from, keyEnd: from, start: from, end: from + len(bytes.TrimRight(line, ",]"))})
			}
		}
	}
	return root
}

// lineSetting reads one line, or returns nil when it is no setting.
func lineSetting(data []byte, start, end int) *node {
	for _, word := range []string{"export ", "set ", "setx "} {
		if hasFold(data[start:end], word) {
			start += len(word)
		}
	}
	i := start
	for i < end && data[i] != '=' && (data[i] != ':' || i+1 < end && data[i+1] != ' ') {
		i++
	}
	if i == end {
		return nil
	}
	key := strings.Trim(string(data[start:i]), " \t\"'")
	if key == "" || strings.ContainsAny(key, "<>(){}") {
		return nil
	}
	n := &node{key: key, keyStart: start, keyEnd: start + len(bytes.TrimRight(data[start:i], " \t"))}
	n.start, n.end = lineValue(data, i+1, end)
	return n
}

// lineValue is where a value is, without quotes and the comment behind it.
func lineValue(data []byte, i, end int) (int, int) {
	for i < end && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	if i < end && (data[i] == '"' || data[i] == '\'') {
		if n := bytes.IndexByte(data[i+1:end], data[i]); n >= 0 {
			return i + 1, i + 1 + n
		}
	}
	if n := bytes.Index(data[i:end], []byte(" #")); n >= 0 {
		end = i + n
	}
	return i, max(i, i+len(bytes.TrimRight(data[i:end], " \t\r\"'")))
}

var (
	xmlElement   = pattern(`<([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*/?>([^<]*)`)
	xmlAttribute = pattern(`([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// xmlOutline reads the elements of XML that are settings: <add key="" value=""/>,
// <string name="">value</string>, <name>value</name>, and the <key>, <string> of
// property lists.
func xmlOutline(data []byte) *node {
	root := &node{}
	plist := ""
	data = blankComments(data)
	for _, m := range xmlElement.FindAllSubmatchIndex(data, -1) {
		n := &node{key: string(data[m[2]:m[3]]), keyStart: m[2], keyEnd: m[3]}
		n.start, n.end = trimmedXML(data, m[6], m[7])
		for _, a := range xmlAttribute.FindAllSubmatchIndex(data[m[4]:m[5]], -1) {
			value := max(a[4], a[6])
			length := max(a[5], a[7]) - value
			value += m[4]
			switch strings.ToLower(string(data[m[4]+a[2] : m[4]+a[3]])) {
			case "key", "name":
				n.key, n.keyStart, n.keyEnd = string(data[value:value+length]), value, value+length
			case "value":
				n.start, n.end = value, value+length
			}
		}
		if plist != "" {
			n.key, plist = plist, ""
		} else if n.key == "key" && n.end > n.start {
			plist = string(data[n.start:n.end])
			continue
		}
		root.add(n)
	}
	return root
}

// blankComments is a copy of data with spaces in place of its comments.
func blankComments(data []byte) []byte {
	data = bytes.Clone(data)
	for i := 0; ; {
		n := bytes.Index(data[i:], []byte("<!--"))
		if n < 0 {
			return data
		}
		i += n
		end := i + until(data[i:], 4, "-->")
		for ; i < end; i++ {
			if data[i] != '\n' {
				data[i] = ' '
			}
		}
	}
}

func trimmedXML(data []byte, start, end int) (int, int) {
	for start < end && strings.IndexByte(" \t\r\n", data[start]) >= 0 {
		start++
	}
	return start, start + len(bytes.TrimRight(data[start:end], " \t\r\n"))
}
