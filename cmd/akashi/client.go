package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

const defaultNode = "http://127.0.0.1:8044"

// client speaks to the node that --node or --dir names, with the token of
// --token-file or --dir.
func (e *env) client(c *cli.Context) (*node.Client, error) {
	if e.patience = c.Duration("node-timeout"); e.patience <= 0 {
		return nil, usage("--node-timeout %s is not above zero", e.patience)
	}
	return e.clientOf(c, c.String("dir"))
}

// clientOf is client for the node of a folder, which may be empty.
func (e *env) clientOf(c *cli.Context, dir string) (*node.Client, error) {
	url, tokenFile := c.String("node"), c.String("token-file")
	var pinned *http.Client
	if dir != "" {
		config, err := e.configIn(dir)
		if err != nil {
			return nil, err
		}
		if url == "" {
			if url, pinned, err = ownNode(config); err != nil {
				return nil, err
			}
		}
		if tokenFile == "" {
			tokenFile = filepath.Join(dir, node.TokenFile)
		}
	}
	if url == "" {
		url = defaultNode
	}
	client := &node.Client{URL: strings.TrimSuffix(url, "/"), HTTP: pinned}
	if tokenFile != "" {
		token, err := e.readSmall(c.Context, tokenFile, 4096)
		if err != nil {
			return nil, fmt.Errorf("token file %w", err)
		}
		client.Token = strings.TrimSpace(string(token))
		// It becomes part of a header; what is wrong with it must not be said
		// with it.
		if client.Token == "" || strings.ContainsFunc(client.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("token file %s: want one token, of visible ASCII characters, as akashi init writes it to %s", tokenFile, node.TokenFile)
		}
	}
	return client, nil
}

// ownNode is where the node of a configuration answers on this machine, and
// what to ask it by when that is not the common client.
func ownNode(c node.Config) (url string, pinned *http.Client, err error) {
	if url, err = urlOf(c.HTTP.Listen); err != nil || c.HTTP.TLSCertFile == "" {
		return url, nil, err
	}
	pinned, err = node.PinnedHTTP(c.HTTP.TLSCertFile)
	return "https" + strings.TrimPrefix(url, "http"), pinned, err
}

// urlOf is where a node that listens on addr answers from this machine.
func urlOf(addr string) (string, error) {
	if addr == "" {
		return defaultNode, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("http.listen %q is not host:port", addr)
	}
	if port == "0" {
		return "", errors.New("the node listens on a port of the system's choice; name it with --node URL")
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// typeFlag lets a caller declare the type of a record.
func typeFlag() cli.Flag {
	return &cli.StringFlag{Name: "type", Usage: "`TYPE` of the record: badge, course-qa or document (default: by its content)"}
}

func typeOf(c *cli.Context) (*record.Type, error) {
	if !c.IsSet("type") {
		return nil, nil
	}
	t, err := record.ParseType(c.String("type"))
	if err != nil {
		return nil, usage("--type %q is none of badge, course-qa, document", c.String("type"))
	}
	return &t, nil
}

// indexFlag names a record by its place in the log.
func indexFlag() cli.Flag {
	return &cli.StringFlag{Name: "index", Usage: "`N`, the record's place in the log, instead of a file"}
}

func indexOf(c *cli.Context) (*uint64, error) {
	if !c.IsSet("index") {
		return nil, nil
	}
	text := c.String("index")
	n, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return nil, usage("--index %q is not a whole number from 0 to 2^53-1", text)
	}
	return &n, nil
}

// A target is the record that a command is about, and how messages call it.
type target struct {
	index uint64
	name  string
}

// target finds the record that a command is about: --index, or the file given
// as its only argument, which the node looks up.
func (e *env) target(ctx context.Context, c *cli.Context, client *node.Client) (target, error) {
	index, err := indexOf(c)
	if err != nil {
		return target{}, err
	}
	switch {
	case index != nil && c.NArg() == 0:
		return target{*index, fmt.Sprintf("entry %d", *index)}, nil
	case index != nil:
		return target{}, usage("give a file or --index, not both")
	case c.NArg() != 1:
		return target{}, usage("give the file of one record, or --index N")
	}
	declared, err := typeOf(c)
	if err != nil {
		return target{}, err
	}
	path := c.Args().First()
	_, r, err := e.parseRecord(ctx, path)
	if err != nil {
		return target{}, err
	}
	t := r.InferType()
	if declared != nil {
		t = *declared
	}
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	found, err := client.Find(ctx, t, r.Digest())
	if err != nil {
		return target{}, about(nameOf(path), client, err)
	}
	return target{found.Index, nameOf(path)}, nil
}

// about says which record and, when it has none of it, which node an error
// is about.
func about(name string, client *node.Client, err error) error {
	var problem *node.Problem
	if errors.As(err, &problem) && problem.Name() == "not-found" {
		return fmt.Errorf("%s, asked of %s: %w", name, client.URL, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// harmless words an interruption of a request that changes something: whether
// it was carried out is not known.
func harmless(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w; the node may have done it all the same, and repeating the command does no harm", err)
	}
	return err
}

// defaultPatience is how long a node may take to answer. It gives up itself
// before that.
const defaultPatience = 90 * time.Second

// bounded bounds one request to the node.
func (e *env) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.patience)
}
