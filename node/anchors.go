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
	// One more than asked for tells whether the list goes on.
	rows, err := n.store.Anchors(from, min(limit+1, maxPage))
	if err != nil {
		return err
	}
	out := Anchors{Anchors: []AnchorInfo{}}
	for i, a := range rows {
		if i == limit {
			break
		}
		out.Anchors = append(out.Anchors, anchorInfo(a))
	}
	if len(rows) > limit || limit == maxPage && len(rows) == maxPage {
		next := out.Anchors[len(out.Anchors)-1].Size + 1
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
	a, err := n.store.Anchor(size)
	if err != nil {
		return err
	}
	out := anchorInfo(a)
	if a.State == store.Final {
		out.Event = a.Proof
	}
	return answerJSON(w, http.StatusOK, out)
}

// anchorInfo shows a row without the transactions, which are on the chain,
// and without notes for the operator.
func anchorInfo(a store.Anchor) AnchorInfo {
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
