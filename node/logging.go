package node

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LoggingConfig says what the node's own log, on standard error, looks like.
type LoggingConfig struct {
	// Level is the least that is written: "debug" (each step and request),
	// "info" (what an operator would ask about), "warn" or "error"; default
	// "info".
	Level string `toml:"level"`
	// Format is "text" (key=value) or "json", one line for each message;
	// default "text".
	Format string `toml:"format"`
}

// level reads Level.
func (c LoggingConfig) level() (slog.Level, error) {
	var l slog.Level
	switch c.Level {
	case "debug", "info", "warn", "error":
		return l, l.UnmarshalText([]byte(c.Level))
	case "":
		return slog.LevelInfo, nil
	}
	return l, fmt.Errorf("%q is none of debug, info, warn, error", c.Level)
}

// format reads Format.
func (c LoggingConfig) format() (string, error) {
	switch c.Format {
	case "text", "json":
		return c.Format, nil
	case "":
		return "text", nil
	}
	return "", fmt.Errorf("%q is none of text, json", c.Format)
}

// Logger makes a log that writes to w. Instants are in UTC, as everywhere.
func (c LoggingConfig) Logger(w io.Writer) (*slog.Logger, error) {
	level, err := c.level()
	if err != nil {
		return nil, fmt.Errorf("logging.level: %w", err)
	}
	format, err := c.format()
	if err != nil {
		return nil, fmt.Errorf("logging.format: %w", err)
	}
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case a.Value.Kind() == slog.KindTime:
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		case a.Value.Kind() == slog.KindDuration && format == "json":
			a.Value = slog.StringValue(a.Value.Duration().String())
		case a.Key == slog.LevelKey && len(groups) == 0:
			a.Value = slog.StringValue(strings.ToLower(a.Value.String()))
		}
		return a
	}}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}
