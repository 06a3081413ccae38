package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
)

const defaultNode = "http://127.0.0.1:8044"

// client speaks to the node that --node or --dir names, with the token of
// --token-file or --dir.
func (e *env) client(c *cli.Context) (*node.Client, error) {
	url, tokenFile := c.String("node"), c.String("token-file")
	if dir := c.String("dir"); dir != "" {
		config, err := node.Load(filepath.Join(dir, node.ConfigFile), e.environ, nil)
		if err != nil {
			return nil, err
		}
		if url == "" {
			if url, err = urlOf(config.HTTP.Listen); err != nil {
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
	client := &node.Client{URL: strings.TrimSuffix(url, "/")}
	if tokenFile != "" {
		token, err := readLimited(tokenFile, 4096)
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		client.Token = strings.TrimSpace(string(token))
	}
	return client, nil
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

// readRecord reads the bytes of a record from a file, or from standard input
// for "-". A trailing newline of a JWS is no part of it: editors and `echo`
// add one, and record.Parse refuses it.
func (e *env) readRecord(path string) ([]byte, error) {
	var b []byte
	var err error
	if path == "-" {
		b, err = limited(e.stdin, "standard input", record.MaxSize+1)
	} else {
		b, err = readLimited(path, record.MaxSize+1)
	}
	if err != nil {
		return nil, err
	}
	if cut, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		cut = bytes.TrimSuffix(cut, []byte("\r"))
		if r, err := record.Parse(cut); err == nil && r.Form() == record.JWS {
			return cut, nil
		}
	}
	return b, nil
}

func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return limited(f, path, limit)
}

func limited(r io.Reader, name string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes, which is too much here", name, limit)
	}
	return b, nil
}

// typeFlag lets a caller declare the type of a record.
func typeFlag() cli.Flag {
	return &cli.StringFlag{Name: "type", Usage: "`TYPE` of the record: badge, course-qa or document (default: by its content)"}
}

func typeOf(c *cli.Context) (*record.Type, error) {
	name := c.String("type")
	if name == "" {
		return nil, nil
	}
	t, err := record.ParseType(name)
	if err != nil {
		return nil, usage("--type: %v", err)
	}
	return &t, nil
}

// indexFlag names a record by its place in the log.
func indexFlag() cli.Flag {
	return &cli.StringFlag{Name: "index", Usage: "`N`, the record's place in the log, instead of a file"}
}

func indexOf(c *cli.Context) (*uint64, error) {
	text := c.String("index")
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return nil, usage("--index %q is not a whole number from 0 on", text)
	}
	return &n, nil
}

// target finds the index of the record that a command is about: --index, or
// the file given as its only argument, which the node looks up.
func (e *env) target(ctx context.Context, c *cli.Context, client *node.Client) (uint64, error) {
	index, err := indexOf(c)
	if err != nil {
		return 0, err
	}
	switch {
	case index != nil && c.NArg() == 0:
		return *index, nil
	case index != nil:
		return 0, usage("give a file or --index, not both")
	case c.NArg() != 1:
		return 0, usage("give the file of one record, or --index N")
	}
	b, err := e.readRecord(c.Args().First())
	if err != nil {
		return 0, err
	}
	r, err := record.Parse(b)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", c.Args().First(), err)
	}
	t := r.InferType()
	if declared, err := typeOf(c); err != nil {
		return 0, err
	} else if declared != nil {
		t = *declared
	}
	found, err := client.Find(ctx, t, r.Digest())
	if err != nil {
		return 0, err
	}
	return found.Index, nil
}
