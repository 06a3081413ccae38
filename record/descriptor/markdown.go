package descriptor

import (
	"bufio"
	"strings"
	"sync"
	"unicode"
)

// maxNarrative is how much of a criteria.narrative is read, in bytes.
const maxNarrative = 256 << 10

// A passage is what stands under a label in a narrative.
type passage struct {
	label string
	text  string
}

// labels maps what people write before a descriptor to its key, in lower case
// and with single spaces.
var labels = sync.OnceValue(func() map[string]Key {
	var byKey map[Key][]string
	decode("labels.json", &byKey)
	all := map[string]Key{}
	for key, list := range byKey {
		for _, l := range list {
			all[l] = key
		}
	}
	return all
})

// passages finds labelled passages in Markdown: a heading and what is below
// it, "**Label**: text", "Label: text", with or without a list marker, and
// rows of tables, "| Label | text |". The first passage with text counts.
func passages(narrative string) map[Key]passage {
	found := map[Key]passage{}
	if len(narrative) > maxNarrative {
		narrative = narrative[:maxNarrative]
	}
	var open Key   // whose passage goes on in the next lines
	var short bool // it began behind its label, and ends with the paragraph
	put := func(key Key, label, text string) {
		p := found[key]
		if p.label == "" {
			p.label = oneLine(label)
		}
		if len(p.text) < maxText {
			p.text = oneLine(p.text + " " + text)
		}
		found[key] = p
	}
	lines := bufio.NewScanner(strings.NewReader(narrative))
	lines.Buffer(nil, maxNarrative+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		heading := strings.HasPrefix(line, "#")
		label, text := labelled(line)
		key, known := labels()[label]
		switch {
		case known && found[key].text == "":
			put(key, label, text)
			open, short = key, text != ""
		case known, heading, strings.HasPrefix(line, "|"), line == "" && short:
			open = ""
		case open != "" && line != "":
			put(open, "", bare(line))
		}
	}
	return found
}

// labelled divides a line into a label, as labels has it, and the text behind.
func labelled(line string) (label, text string) {
	line = bare(line)
	if cells := strings.Split(strings.Trim(line, "|"), "|"); strings.HasPrefix(line, "|") && len(cells) >= 2 {
		return plainLabel(cells[0]), strings.TrimSpace(strings.Join(cells[1:], " "))
	}
	if i := strings.IndexAny(line, ":："); i >= 0 && i < 200 {
		_, text = line[:i], strings.TrimLeft(line[i:], ":：* _")
		return plainLabel(line[:i]), strings.TrimSpace(text)
	}
	// Japanese text often has its label in brackets.
	if rest, ok := strings.CutPrefix(line, "【"); ok {
		if before, after, ok := strings.Cut(rest, "】"); ok {
			return plainLabel(before), strings.TrimSpace(after)
		}
	}
	if len(line) > 200 {
		return "", ""
	}
	return plainLabel(line), ""
}

// bare takes away what makes a line a heading or an item of a list.
func bare(line string) string {
	line = strings.TrimLeft(line, "#> \t")
	for _, marker := range []string{"- ", "* ", "+ ", "・"} {
		if rest, ok := strings.CutPrefix(line, marker); ok {
			return strings.TrimSpace(rest)
		}
	}
	if i := strings.IndexAny(line, ".)．"); i > 0 && strings.IndexFunc(line[:i], func(r rune) bool { return !unicode.IsDigit(r) }) < 0 {
		_, rest, _ := strings.Cut(line[i:], " ")
		return strings.TrimSpace(rest)
	}
	return line
}

// plainLabel is a label without emphasis, in lower case, with single spaces.
func plainLabel(s string) string {
	s = strings.Trim(strings.TrimSpace(s), "*_`#【】[]「」 　")
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
