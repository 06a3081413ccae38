package node

import (
	"errors"
	"net/http"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// postStatusChange suspends, revokes or reinstates a record.
func (n *Node) postStatusChange(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeStatus); err != nil {
		return err
	}
	if err := n.writable(); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	// State is a pointer here, so that a body without it is not "valid".
	var body struct {
		Index      *uint64            `json:"index"`
		Commitment *record.Commitment `json:"commitment"`
		State      *record.State      `json:"state"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.State == nil {
		return refuse(kindBadRequest, "The member state is missing; it is valid, suspended or revoked")
	}
	target, err := n.resolve(body.Index, body.Commitment)
	if err != nil {
		return err
	}
	out := StatusChanged{Target: target, State: *body.State}
	index, err := n.store.ChangeStatus(r.Context(), target, *body.State)
	if err == nil {
		n.grew()
		n.log.InfoContext(r.Context(), "status changed", "target", target, "state", body.State.String(), "index", index)
		out.Changed, out.Index = true, &index
		return answerJSON(w, http.StatusCreated, out)
	}
	if errors.Is(err, store.ErrNoEffect) {
		// The state that holds already is what was asked for: say so, and
		// that nothing was appended.
		e, entryErr := n.store.Entry(target)
		if entryErr == nil && (e.Kind == record.Sealed || e.Kind == record.Open) && e.Type != record.CourseQA {
			if now, stateErr := n.store.State(target); stateErr == nil && now == *body.State {
				return answerJSON(w, http.StatusOK, out)
			}
		}
	}
	return err
}

// postForget destroys what the node holds of a record beside its entry.
func (n *Node) postForget(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeForget); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	var body Target
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	index, err := n.resolve(body.Index, body.Commitment)
	if err != nil {
		return err
	}
	err = n.store.Forget(r.Context(), index)
	if err != nil {
		return err
	}
	n.log.InfoContext(r.Context(), "record forgotten", "index", index)
	return answerJSON(w, http.StatusOK, Forgotten{Index: index, Forgotten: true})
}

// resolve finds the record that a request names by exactly one of two ways.
func (n *Node) resolve(index *uint64, commitment *record.Commitment) (uint64, error) {
	switch {
	case (index == nil) == (commitment == nil):
		return 0, refuse(kindBadRequest, "Name the record by exactly one of index and commitment")
	case index != nil:
		e, err := n.store.Entry(*index)
		if err != nil {
			return 0, err
		}
		if e.Kind != record.Sealed && e.Kind != record.Open {
			return 0, refuse(kindNotFound, "The entry at this index is no record")
		}
		return *index, nil
	}
	i, err := n.store.ByCommitment(*commitment)
	if errors.Is(err, store.ErrNotFound) {
		return 0, refuse(kindNotFound, "No record in this log has this commitment")
	}
	return i, err
}
