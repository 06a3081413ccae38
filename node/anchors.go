package node

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/akashi-project/akashi/store"
)

const (
	defaultPage = 100
	maxPage     = 1000
)

// getAnchors lists the journal, ascending by size.
func (n *Node) getAnchors(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "from", "limit")
	if err != nil {
		return err
	}
	from, limit := uint64(0), defaultPage
	if text, ok := q["from"]; ok {
		if from, err = parseNumber(text); err != nil {
			return refuse(kindBadRequest, "The parameter from is "+err.Error())
		}
	}
	if text, ok := q["limit"]; ok {
		l, err := parseNumber(text)
		if err != nil || l < 1 || l > maxPage {
			return refuse(kindBadRequest, fmt.Sprintf("The parameter limit is a number from 1 to %d", maxPage))
		}
		limit = int(l)
	}
	release, err := n.prove(r.Context())
	if err != nil {
		return err
	}
	rows, more, err := n.store.AnchorRows(from, limit)
	release()
	if err != nil {
		return err
	}
	out := Anchors{Anchors: []AnchorInfo{}}
	for _, a := range rows {
		out.Anchors = append(out.Anchors, anchorInfo(a))
	}
	if more {
		next := rows[len(rows)-1].Size + 1
		out.Next = &next
	}
	return answerJSON(w, http.StatusOK, out)
}

// getAnchor gives one row, with its proof when it is final.
func (n *Node) getAnchor(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	size, err := parseNumber(r.PathValue("size"))
	if err != nil {
		return refuse(kindNotFound, "The last part of the path is "+err.Error())
	}
	release, err := n.prove(r.Context())
	if err != nil {
		return err
	}
	a, err := n.store.Anchor(size)
	release()
	if err != nil {
		return err
	}
	out := anchorInfo(store.AnchorRow{Size: a.Size, Root: a.Root, PrevSize: a.PrevSize, State: a.State, Block: a.Block, TxHash: a.TxHash})
	if a.State == store.Final {
		out.Event = a.Proof
	}
	return answerJSON(w, http.StatusOK, out)
}

// anchorInfo shows a row.
func anchorInfo(a store.AnchorRow) AnchorInfo {
	out := AnchorInfo{Size: a.Size, Root: a.Root, PrevSize: a.PrevSize, State: a.State.String()}
	if a.TxHash != nil {
		out.TxHash = a.TxHash.String()
	}
	if a.Block != nil {
		out.Block = &Block{Number: a.Block.Number, Hash: a.Block.Hash.String(), Time: a.Block.Time}
	}
	return out
}

// parseNumber reads a decimal number below 2^53 without sign or leading zero.
func parseNumber(s string) (uint64, error) {
	v, err := strconv.ParseUint(s, 10, 53)
	if err != nil || strconv.FormatUint(v, 10) != s {
		return 0, fmt.Errorf("not a decimal number below 2^53 without leading zero")
	}
	return v, nil
}
