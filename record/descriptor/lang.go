package descriptor

import (
	"fmt"
	"strings"
	"sync"
)

// A Lang is a language of reports. As text: "en", "ja".
type Lang string

// The languages.
const (
	En Lang = "en"
	Ja Lang = "ja"
)

// ParseLang reads the name of a language.
func ParseLang(s string) (Lang, error) {
	if l := Lang(s); l == En || l == Ja {
		return l, nil
	}
	return "", fmt.Errorf("there is no language %q; there are en and ja", clip(s))
}

// A Catalogue holds sentences and words in both languages, by their codes.
type Catalogue map[string]Text

// catalogue holds every sentence and word of reports.
var catalogue = sync.OnceValue(func() Catalogue {
	var all Catalogue
	decode("catalogue.json", &all)
	return all
})

// Say gives a sentence or word of this package's catalogue.
func Say(l Lang, code string, args map[string]string) string {
	return catalogue().Say(l, code, args)
}

// Say gives a sentence or word, with the arguments in the places that are named
// {like this}. A code that the catalogue does not have comes back as it is.
func (c Catalogue) Say(l Lang, code string, args map[string]string) string {
	t, ok := c[code]
	if !ok {
		return code
	}
	s := t.In(l)
	var pairs []string
	for k, v := range args {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
