package node

import (
	"encoding"
	"net/url"
	"slices"
	"strings"
)

// A Source says where the value of a setting comes from.
type Source string

// The sources, from the weakest to the strongest.
const (
	FromDefault     Source = "default"
	FromFile        Source = "file"
	FromEnvironment Source = "environment"
	FromFlag        Source = "flag"
)

// A Setting is one key of a configuration with the value that counts.
type Setting struct {
	Key string `json:"key"` // "chain.rpc"
	// Value is a string, a number, a bool or a list of strings. Of secrets it
	// is the path; of the RPC's URL, which may carry a provider's key, what
	// may be shown.
	Value  any    `json:"value"`
	Source Source `json:"source"`
	// Place is the line of the file, the environment variable or the flag.
	Place string `json:"place,omitempty"`
}

// Settings reads a configuration as Load does, and gives every setting in the
// order of the file, with its default where nothing was set. With an error it
// gives those that could be read.
func Settings(path string, environ []string, flags map[string]string) ([]Setting, error) {
	l, err := load(path, environ, flags)
	c := l.config.withDefaults()
	if c.Log.CheckpointKeyFile != "" {
		c.Log.CheckpointKeysDir = c.checkpointKeysDir()
	}
	if c.Chain.OperatorKeyFile != "" {
		c.Chain.OperatorKeysDir = c.operatorKeysDir()
	}
	var all []Setting
	for _, s := range settingsOf(&c) {
		at, ok := l.places[s.key]
		if !ok {
			at.source = FromDefault
		}
		all = append(all, Setting{Key: s.key, Value: s.shown(), Source: at.source, Place: at.text})
	}
	return all, err
}

// shown is a value fit to be seen.
func (s setting) shown() any {
	if s.key == "chain.rpc" {
		return maskURL(s.value.String())
	}
	v := s.value.Interface()
	if t, ok := v.(encoding.TextMarshaler); ok {
		if s.value.IsZero() {
			return ""
		}
		b, err := t.MarshalText()
		if err != nil {
			return ""
		}
		return string(b)
	}
	if list, ok := v.([]string); ok {
		return append([]string{}, list...) // [] and not null
	}
	return v
}

// maskURL leaves of a URL what is no secret: providers put access keys into
// the path, the query and the user.
func maskURL(text string) string {
	u, err := url.Parse(text)
	if text == "" {
		return ""
	}
	if err != nil || u.Host == "" {
		return "…"
	}
	shown := u.Scheme + "://"
	if u.User != nil {
		shown += "…@"
	}
	shown += u.Host
	if strings.Trim(u.EscapedPath(), "/") != "" {
		shown += "/…"
	}
	if u.RawQuery != "" || u.ForceQuery {
		shown += "?…"
	}
	return shown
}

// SettingKeys lists the keys of a configuration in the order of the file.
func SettingKeys() []string { return slices.Clone(keysOf(settingsOf(new(Config)))) }
