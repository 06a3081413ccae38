package node

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ConfigFile is the name of the configuration file in a node's directory.
const ConfigFile = "akashi.toml"

// maxConfigSize bounds the configuration file and every small file it names.
const maxConfigSize = 1 << 20

// Load reads a node's configuration. A flag wins over the
// environment, that over the file, and that over the default. A flag is named by its key
// ("chain.rpc"); the environment variable of that key is AKASHI_CHAIN_RPC. A
// list is written with commas. Keys that no field answers to are refused in
// all three, with their place. Relative paths in the file start at the file's
// folder, those in flags and the environment at the working directory.
//
// environ has the form of os.Environ. Load does not call Validate.
func Load(path string, environ []string, flags map[string]string) (Config, error) {
	var c Config
	b, err := readSmall(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return Config{}, fmt.Errorf("no configuration at %s: akashi init makes one: %w", path, err)
		}
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	dec := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("configuration %s: %s", path, explainTOML(err))
	}
	settings := settingsOf(&c)
	base := filepath.Dir(path)
	for _, s := range settings {
		if s.isPath() {
			s.value.SetString(under(base, s.value.String()))
		}
	}
	if err := fromEnviron(settings, environ); err != nil {
		return Config{}, err
	}
	for key, text := range flags {
		i := slices.IndexFunc(settings, func(s setting) bool { return s.key == key })
		if i < 0 {
			return Config{}, fmt.Errorf("flag for %q: there is no such setting; known are %s", key, strings.Join(keysOf(settings), ", "))
		}
		if err := settings[i].set(text); err != nil {
			return Config{}, fmt.Errorf("flag for %s: %w", key, err)
		}
	}
	return c, nil
}

// fromEnviron applies AKASHI_<SECTION>_<KEY>. A variable of a known section
// with an unknown key is a typo and refused; other AKASHI_ variables belong
// to the command line.
func fromEnviron(settings []setting, environ []string) error {
	names := map[string]setting{}
	sections := map[string]bool{}
	for _, s := range settings {
		names[s.env()] = s
		section, _, _ := strings.Cut(s.key, ".")
		sections["AKASHI_"+strings.ToUpper(section)+"_"] = true
	}
	for _, kv := range environ {
		name, text, _ := strings.Cut(kv, "=")
		if s, ok := names[name]; ok {
			if err := s.set(text); err != nil {
				return fmt.Errorf("environment variable %s: %w", name, err)
			}
			continue
		}
		for prefix := range sections {
			if strings.HasPrefix(name, prefix) {
				return fmt.Errorf("environment variable %s: there is no such setting", name)
			}
		}
	}
	return nil
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

func (s setting) env() string {
	return "AKASHI_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

func (s setting) isPath() bool {
	return s.value.Kind() == reflect.String && (strings.HasSuffix(s.key, "_file") || strings.HasSuffix(s.key, "_dir") || s.key == "store.dir")
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

// explainTOML names line, column and key. go-toml's own long form quotes the
// file, which may hold an RPC's access key.
func explainTOML(err error) string {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) {
		var lines []string
		for _, e := range missing.Errors {
			row, _ := e.Position()
			lines = append(lines, fmt.Sprintf("line %d: there is no setting %q", row, strings.Join(e.Key(), ".")))
		}
		return strings.Join(lines, "; ")
	}
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
