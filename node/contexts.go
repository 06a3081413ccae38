package node

import (
	"fmt"
	"path/filepath"

	"github.com/akashi-project/akashi/record/ld"
)

// maxContexts bounds the contexts of the setting badges.contexts.
const maxContexts = 64

// additions reads the setting badges.contexts, and no file.
func (c BadgesConfig) additions() ([]ld.Addition, error) {
	if len(c.Contexts) > maxContexts {
		return nil, fmt.Errorf("has %d contexts; there may be %d", len(c.Contexts), maxContexts)
	}
	var all []ld.Addition
	for _, text := range c.Contexts {
		a, err := ld.ParseAddition(text)
		if err != nil {
			return nil, fmt.Errorf("%s names no context: %w", clipText(text), err)
		}
		for _, other := range all {
			if a.URL == other.URL && a.SHA256 == other.SHA256 {
				return nil, fmt.Errorf("names %s twice with one hash; take one out", a.URL)
			}
		}
		all = append(all, a)
	}
	return all, nil
}

// contexts reads the files of the setting, beside the contexts that are
// embedded. Of several versions of one URL the first that is named is preferred.
func (c BadgesConfig) contexts() (*ld.Contexts, error) {
	known := ld.Embedded()
	all, err := c.additions()
	if err != nil {
		return nil, nil // not read: checkValues has told of it
	}
	for i := len(all) - 1; i >= 0; i-- {
		b, err := readUpTo(all[i].File, ld.MaxContext)
		if err != nil {
			return nil, err
		}
		if known, err = known.Add(all[i], b); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// underContexts makes the relative files of the setting start at base.
func underContexts(base string, list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = text
		if a, err := ld.ParseAddition(text); err == nil && !filepath.IsAbs(a.File) {
			a.File = under(base, a.File)
			out[i] = a.String()
		}
	}
	return out
}

// badgeContexts looks at the contexts that an operator has added.
func (d *doctor) badgeContexts() {
	if len(d.c.Badges.Contexts) == 0 {
		return
	}
	const again = "Put the file back as it was, or name the hash of a new one that you have read."
	_, err := d.c.Badges.additions()
	if err == nil {
		_, err = d.c.Badges.contexts()
	}
	if err != nil {
		d.say("badge-contexts", Fail, again, "The node would not start again, for a context of badges.contexts: %v.", err)
		return
	}
	d.say("badge-contexts", OK, "", "The files of badges.contexts have their hashes (%d).", len(d.c.Badges.Contexts))
}
