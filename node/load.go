package node

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"github.com/xrash/smetrics"
)

// ConfigFile is the name of the configuration file in a node's directory.
const ConfigFile = "akashi.toml"

// maxConfigSize bounds the configuration file and every small file it names.
const maxConfigSize = 1 << 20

// Load reads a node's configuration. A flag wins over the
// environment, that over the file, and that over the default. A flag is named by its key
// ("chain.rpc"); the environment variable of that key is AKASHI_CHAIN_RPC. A
// list is written with commas. Keys that no field answers to are refused in
// all three, with their place and the key that was probably meant. Relative
// paths in the file start at the file's folder, those in flags and the
// environment at the working directory.
//
// The error joins everything that is wrong. environ has the form of
// os.Environ. Load does not call Validate.
func Load(path string, environ []string, flags map[string]string) (Config, error) {
	l, err := load(path, environ, flags)
	if err != nil {
		return Config{}, err
	}
	return l.config, nil
}

// A loader is a configuration on its way together.
type loader struct {
	config   Config
	settings []setting
	places   map[string]place // of each key that was set, the last one
	errs     []error
	unread   bool // the file could not be read as TOML: what it says is not known
}

// A place is where a value was set.
type place struct {
	source Source
	text   string // "line 12", "AKASHI_CHAIN_RPC", "--set"
}

// load is Load, and knows where each value came from. When it returns an
// error, the loader has what could be read.
func load(path string, environ []string, flags map[string]string) (*loader, error) {
	l := &loader{config: Config{Path: path}, places: map[string]place{}}
	l.settings = settingsOf(&l.config)
	l.fromFile(path)
	l.fromEnviron(environ)
	l.fromFlags(flags)
	return l, errors.Join(l.errs...)
}

// noConfig is the path of a configuration that is not there.
type noConfig string

func (e noConfig) Error() string {
	return fmt.Sprintf("no configuration at %s: name the folder that akashi init made, or make one with it", string(e))
}

// Unwrap returns fs.ErrNotExist.
func (e noConfig) Unwrap() error { return fs.ErrNotExist }

func (l *loader) wrong(format string, a ...any) { l.errs = append(l.errs, fmt.Errorf(format, a...)) }

// fromFile reads the file. The values themselves are in no error: an RPC's
// URL may hold a provider's access key.
func (l *loader) fromFile(path string) {
	b, err := readSmall(path)
	if err != nil {
		l.unread = true
		if errors.Is(err, os.ErrNotExist) {
			l.errs = append(l.errs, noConfig(path))
			return
		}
		l.wrong("configuration: %w", err)
		return
	}
	var tree map[string]any
	if err := toml.Unmarshal(b, &tree); err != nil {
		l.unread = true
		l.wrong("configuration %s: %s", path, explainTOML(err))
		return
	}
	lines := linesOf(b)
	type problem struct {
		line int
		key  string
		text string
	}
	var problems []problem
	wrong := func(key, text string) {
		problems = append(problems, problem{lines.of(key), key, text})
	}
	sections := sectionsOf(l.settings)
	for section, content := range tree {
		table, isTable := content.(map[string]any)
		switch {
		case !slices.Contains(sections, section) && !isTable:
			wrong(section, noSuch(section, "setting", keysOf(l.settings)))
			continue
		case !slices.Contains(sections, section):
			wrong(section, noSuch("["+section+"]", "section", bracketed(sections)))
			continue
		case !isTable:
			wrong(section, fmt.Sprintf("%s is a section: write [%s], and its keys on the lines below", section, section))
			continue
		}
		for name, v := range table {
			key := section + "." + name
			i := slices.IndexFunc(l.settings, func(s setting) bool { return s.key == key })
			if i < 0 {
				wrong(key, noSuch(key, "setting", keysOf(l.settings)))
				continue
			}
			s := l.settings[i]
			if err := s.setValue(v); err != nil {
				wrong(key, key+": "+err.Error())
				continue
			}
			if s.isPath() {
				s.value.SetString(under(filepath.Dir(path), s.value.String()))
			}
			if key == "badges.contexts" {
				l.config.Badges.Contexts = underContexts(filepath.Dir(path), l.config.Badges.Contexts)
			}
			l.places[key] = place{FromFile, fmt.Sprintf("line %d", lines.of(key))}
		}
	}
	slices.SortFunc(problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.key, b.key))
	})
	for _, p := range problems {
		l.wrong("configuration %s: line %d: %s", path, p.line, p.text)
	}
}

// CommandVariables are the environment variables that begin with AKASHI_ and
// belong to the command line and not to a node's configuration.
var CommandVariables = []string{"AKASHI_DIR", "AKASHI_NODE", "AKASHI_TOKEN_FILE", "AKASHI_POLICY", "AKASHI_RPC"}

// linkVariable matches what Kubernetes and Docker put into the environment
// beside a service whose name begins with akashi.
var linkVariable = regexp.MustCompile(`^AKASHI_([A-Z0-9_]+_)?(SERVICE_HOST=|SERVICE_PORT(_[A-Z0-9_]+)?=|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?=|PORT=(tcp|udp|sctp)://)`)

// fromEnviron applies AKASHI_<SECTION>_<KEY>. Another AKASHI_ variable is a
// typo and refused.
func (l *loader) fromEnviron(environ []string) {
	environ = slices.Sorted(slices.Values(environ))
	names := map[string]setting{}
	var known []string
	for _, s := range l.settings {
		names[s.env()] = s
		known = append(known, s.env())
	}
	known = append(known, CommandVariables...)
	for _, kv := range environ {
		name, text, _ := strings.Cut(kv, "=")
		s, ok := names[name]
		switch {
		case ok:
			if err := s.set(text); err != nil {
				l.wrong("environment variable %s: %w", name, err)
			} else {
				l.places[s.key] = place{FromEnvironment, name}
			}
		case strings.HasPrefix(name, "AKASHI_") && !slices.Contains(CommandVariables, name) && !linkVariable.MatchString(kv):
			l.wrong("environment: %s", noSuch(name, "setting", known))
		}
	}
}

// fromFlags applies what the command line sets.
func (l *loader) fromFlags(flags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(flags)) {
		i := slices.IndexFunc(l.settings, func(s setting) bool { return s.key == key })
		if i < 0 {
			l.wrong("--set: %s", noSuch(key, "setting", keysOf(l.settings)))
			continue
		}
		if err := l.settings[i].set(flags[key]); err != nil {
			l.wrong("--set %s: %w", key, err)
			continue
		}
		l.places[key] = place{FromFlag, "--set"}
	}
}

// noSuch says that a name is none of those known, and which was meant.
func noSuch(name, kind string, known []string) string {
	text := fmt.Sprintf("there is no %s %s", kind, clipText(name))
	if near := Nearest(name, known); near != "" {
		return text + "; did you mean " + near + "?"
	}
	if kind == "section" {
		return text + "; there are " + strings.Join(known, ", ")
	}
	return text + "; akashi config show lists those there are"
}

// Nearest finds the name that was meant by a mistyped one: the one with the
// fewest letters to change, one that begins with it, or the one whose last
// part is right and stands elsewhere. It is empty when none is near.
func Nearest(name string, known []string) string {
	if len(name) > 100 {
		return ""
	}
	short := func(s string) string { return strings.ToLower(strings.TrimPrefix(s, "AKASHI_")) }
	wanted := short(name)
	most := 1
	if len(wanted) > 2 {
		most = 2 + len(wanted)/8
	}
	_, last, dotted := strings.Cut(wanted, ".")
	best, distance := "", most+1
	for _, k := range known {
		given := short(k)
		d := smetrics.WagnerFischer(wanted, given, 1, 1, 1)
		if _, l, ok := strings.Cut(given, "."); ok && (dotted && l == last || !dotted && l == wanted) || dotted && strings.HasPrefix(given, wanted) {
			d = min(d, 2)
		}
		if d < distance {
			best, distance = k, d
		}
	}
	return best
}

// A setting is one key of the configuration, bound to its field.
type setting struct {
	key   string // "chain.rpc"
	value reflect.Value
}

// settingsOf lists the keys of c in the order of the file.
func settingsOf(c *Config) []setting {
	var all []setting
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		section := v.Type().Field(i).Tag.Get("toml")
		if section == "-" {
			continue
		}
		for j := range v.Field(i).NumField() {
			key := v.Field(i).Type().Field(j).Tag.Get("toml")
			all = append(all, setting{section + "." + key, v.Field(i).Field(j)})
		}
	}
	return all
}

func keysOf(settings []setting) []string {
	keys := make([]string, len(settings))
	for i, s := range settings {
		keys[i] = s.key
	}
	return keys
}

func sectionsOf(settings []setting) []string {
	var names []string
	for _, s := range settings {
		if section, _, _ := strings.Cut(s.key, "."); !slices.Contains(names, section) {
			names = append(names, section)
		}
	}
	return names
}

func bracketed(names []string) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = "[" + n + "]"
	}
	return all
}

func (s setting) env() string {
	return "AKASHI_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

func (s setting) isPath() bool {
	return s.value.Kind() == reflect.String && (strings.HasSuffix(s.key, "_file") || strings.HasSuffix(s.key, "_dir") || s.key == "store.dir" || s.key == "backup.dir")
}

// set parses text into the field. The text itself is not repeated in errors:
// a URL may carry a provider's access key.
func (s setting) set(text string) error {
	if u, ok := s.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch s.value.Kind() {
	case reflect.String:
		s.value.SetString(text)
	case reflect.Slice:
		var list []string
		if text != "" {
			list = strings.Split(text, ",")
		}
		s.value.Set(reflect.ValueOf(list))
	case reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("neither true nor false")
		}
		s.value.SetBool(on)
	case reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return errors.New("not a whole number of 0 or more")
		}
		s.value.SetUint(n)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errors.New("not a whole number")
		}
		s.value.SetInt(n)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errors.New("not a number")
		}
		s.value.SetFloat(f)
	default:
		panic("node: configuration field of kind " + s.value.Kind().String())
	}
	return nil
}

// setValue takes what the file says, which has a kind of its own.
func (s setting) setValue(v any) error {
	_, isText := s.value.Addr().Interface().(encoding.TextUnmarshaler)
	kind := s.value.Kind()
	switch v := v.(type) {
	case string:
		if isText || kind == reflect.String {
			return s.set(v)
		}
	case bool:
		if kind == reflect.Bool {
			s.value.SetBool(v)
			return nil
		}
	case int64:
		if !isText && (kind == reflect.Uint64 || kind == reflect.Int || kind == reflect.Int64 || kind == reflect.Float64) {
			return s.set(strconv.FormatInt(v, 10))
		}
	case float64:
		if kind == reflect.Float64 {
			s.value.SetFloat(v)
			return nil
		}
	case []any:
		if kind == reflect.Slice && !isText {
			list := make([]string, len(v))
			for i := range v {
				text, ok := v[i].(string)
				if !ok {
					return errors.New(`has an element that is no text; write ["…", "…"]`)
				}
				list[i] = text
			}
			s.value.Set(reflect.ValueOf(list))
			return nil
		}
	}
	return errors.New("is of another kind; write " + s.kind())
}

// kind says how a value is written in the file.
func (s setting) kind() string {
	switch s.value.Addr().Interface().(type) {
	case *Duration:
		return `a duration in quotes, "500ms", "10m" or "2h"`
	case encoding.TextUnmarshaler:
		return "a text in quotes"
	}
	switch s.value.Kind() {
	case reflect.Slice:
		return `a list of texts, ["…", "…"]`
	case reflect.Bool:
		return "true or false, without quotes"
	case reflect.Float64:
		return "a number without quotes"
	case reflect.Uint64, reflect.Int, reflect.Int64:
		return "a whole number without quotes"
	}
	return "a text in quotes"
}

// lineNumbers are the lines of a file's keys, dotted.
type lineNumbers map[string]int

// of gives the line of a key, or that of the nearest table around it.
func (l lineNumbers) of(key string) int {
	for {
		if n, ok := l[key]; ok {
			return n
		}
		i := strings.LastIndexByte(key, '.')
		if i < 0 {
			return 1
		}
		key = key[:i]
	}
}

// linesOf finds the keys of a file that toml.Unmarshal has taken.
func linesOf(b []byte) lineNumbers {
	lines := lineNumbers{}
	var p unstable.Parser
	p.Reset(b)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		var names []string
		line := 0
		for keys := e.Key(); keys.Next(); {
			if k := keys.Node(); line == 0 {
				line = p.Shape(k.Raw).Start.Line
			}
			names = append(names, string(keys.Node().Data))
		}
		if e.Kind == unstable.KeyValue {
			names = append(slices.Clone(table), names...)
		} else {
			table = names
		}
		for i := range names {
			key := strings.Join(names[:i+1], ".")
			if _, ok := lines[key]; !ok {
				lines[key] = line
			}
		}
	}
	return lines
}

// explainTOML names line, column and key. go-toml's own long form quotes the
// file, which may hold an RPC's access key.
func explainTOML(err error) string {
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		row, col := decode.Position()
		where := ""
		if key := strings.Join(decode.Key(), "."); key != "" {
			where = key + ": "
		}
		return fmt.Sprintf("line %d, column %d: %s%s", row, col, where, strings.TrimPrefix(decode.Error(), "toml: "))
	}
	return err.Error()
}

// readSmall reads a file that must not be large.
func readSmall(path string) ([]byte, error) { return readUpTo(path, maxConfigSize) }

func readUpTo(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return b, nil
}

// under makes a relative path start at base; an empty one stays empty.
func under(base, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}
