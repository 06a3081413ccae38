package node

import (
	"fmt"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record"
	badges "github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/fetch/web"
)

// Limits on the judging of badges.
const (
	maxBadgeChecks    = 4                // at once; others wait
	badgeCheckTimeout = 30 * time.Second // of one, with all that is fetched
	badgeFetchTimeout = 5 * time.Second  // of one document
)

// badgeForms are the media types in which a badge may come.
var badgeForms = []string{
	"application/json", "application/ld+json", "application/vc", "application/vc+ld+json",
	"application/jwt", "application/vc+jwt", "application/jose", "text/plain",
	"image/png", "image/svg+xml", "application/octet-stream",
}

// networks reads the setting badges.networks.
func (c BadgesConfig) networks() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range c.Networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no network such as 10.1.0.0/16", text)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// newBadgeFetcher makes the client that fetches what badges name. It reaches
// public addresses, and those of the setting.
func newBadgeFetcher(c BadgesConfig) (*web.Client, error) {
	networks, err := c.networks()
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{Timeout: badgeFetchTimeout, Networks: networks}), nil
}

// postBadgeCheck judges a badge. The badge chooses what the node fetches, so
// that it takes a token; nothing of the badge or of what was fetched is logged,
// counted or kept.
func (n *Node) postBadgeCheck(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeRead); err != nil {
		return err
	}
	q, err := readQuery(r, "lang", "offline")
	if err != nil {
		return err
	}
	o := badges.Options{Fetcher: n.badgeFetcher}
	if o.Language, err = badges.ParseLanguage(q["lang"]); err != nil {
		return refuse(kindBadRequest, "The parameter lang is en or ja")
	}
	switch q["offline"] {
	case "", "false":
	case "true":
		o.Fetcher = fetch.None
	default:
		return refuse(kindBadRequest, "The parameter offline is true or false")
	}
	leave, err := n.takeJudge(r.Context())
	if err != nil {
		return err
	}
	defer leave()
	b, err := n.readBadge(w, r)
	if err != nil {
		return err
	}
	report, err := n.judge(r, b, o)
	if err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, report)
}

// readBadge reads the body. The places for checks bound how many there are.
func (n *Node) readBadge(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(badgeForms, media) {
		return nil, refuse(kindMediaType, "Name the badge's form in Content-Type, one of "+strings.Join(badgeForms, ", "))
	}
	b, err := readBody(w, r, record.MaxSize)
	if err == nil && len(b) == 0 {
		err = refuse(kindBadRequest, "There is no badge in the body")
	}
	return b, err
}
