package main

import (
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record/descriptor"
)

// maxPage is the largest page of quality assurance that is hashed, in bytes.
const maxPage = 32 << 20

// pages reads --page. A page counts as retrieved when its file was written.
func (e *env) pages(c *cli.Context) ([]descriptor.Page, error) {
	var all []descriptor.Page
	for _, s := range c.StringSlice("page") {
		// The file has the last "=", since addresses have some too.
		i := strings.LastIndexByte(s, '=')
		if i <= 0 || i == len(s)-1 {
			return nil, usage("--page %q is not URI=FILE", s)
		}
		uri, path := s[:i], s[i+1:]
		b, err := e.readSmall(c.Context, path, maxPage)
		if err != nil {
			return nil, err
		}
		at := time.Now()
		if info, err := os.Stat(path); err == nil {
			at = info.ModTime()
		}
		all = append(all, descriptor.Page{URI: uri, SHA256: sha256Hex(b), RetrievedAt: at.UTC().Format(time.RFC3339)})
	}
	return all, nil
}
