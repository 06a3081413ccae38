package node

import (
	"net/http"
	"strings"

	"github.com/akashi-project/akashi/merkle"
)

// Cache headers. Tiles of a published checkpoint never change; everything
// else is asked for anew.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheNo      = "no-cache"
)

// getCheckpoint gives the latest signed checkpoint (C2SP tlog-tiles).
func (n *Node) getCheckpoint(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	p := n.sequencer.published.Load()
	if p == nil {
		return &httpError{kind: kindUnavailable, retry: 5, detail: "No checkpoint is published yet: " + n.anchoring().Detail}
	}
	return answerTagged(w, r, "text/plain; charset=utf-8", cacheNo, p.note)
}

// getTile gives tiles of hashes, of entries and of states. Only what the
// published checkpoint covers is given, so that what was once given never
// changes.
func (n *Node) getTile(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	size := uint64(0)
	if p := n.sequencer.published.Load(); p != nil {
		size = p.tree.Size
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	missing := refuse(kindNotFound, "The published checkpoint covers no such tile, or the path is not spelled as C2SP tlog-tiles does")
	if rest, ok := strings.CutPrefix(path, "tile/status/"); ok {
		return n.getStatusTile(w, r, rest, size, missing)
	}
	if strings.HasPrefix(path, "tile/entries/") {
		bundle, err := merkle.ParseBundlePath(path)
		if err != nil || !bundle.In(size) {
			return missing
		}
		b, err := n.store.Bundle(bundle)
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, "application/octet-stream", cacheForever, b)
	}
	tile, err := merkle.ParseTilePath(path)
	if err != nil || !tile.In(size) {
		return missing
	}
	hashes, err := n.store.ReadTile(tile)
	if err != nil {
		return err
	}
	asItIs(w)
	return answer(w, http.StatusOK, "application/octet-stream", cacheForever, merkle.AppendTile(nil, hashes))
}

// getStatusTile gives the current states of 32,768 entries, so that asking
// for one of them does not say which (docs/formats/status.md).
func (n *Node) getStatusTile(w http.ResponseWriter, r *http.Request, rest string, size uint64, missing error) error {
	// The index is spelled as in the path of a full bundle.
	at, err := merkle.ParseBundlePath("tile/entries/" + rest)
	if err != nil || at.Width != merkle.TileWidth || at.Index >= merkle.StatusTiles(size) {
		return missing
	}
	b, err := n.store.StatusTile(at.Index)
	if err != nil {
		return err
	}
	return answerTagged(w, r, "application/octet-stream", cacheNo, b)
}
