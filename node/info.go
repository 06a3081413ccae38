package node

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/store"
)

// getLog says which log this is and how far it has come.
func (n *Node) getLog(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	log := n.config.log()
	anchored, final := n.progress.sizes()
	out := LogInfo{
		Ref: n.config.ref(), LogID: log.ID(), Owner: log.Owner, Operator: n.anchor.Status().Operator, Origin: log.Origin, Keys: log.Keys,
		ChainID: n.config.Chain.ID, Registry: n.config.Chain.Registry,
		Size: n.store.Tree().Size, AnchoredSize: anchored, FinalSize: final, Anchoring: n.anchoring(),
		Signing: n.signing(), KeyChanges: n.keyChanges(),
	}
	if p := n.sequencer.published.Load(); p != nil {
		out.CheckpointSize = p.tree.Size
	}
	return answerJSON(w, http.StatusOK, out)
}

// getBinding gives the issuer's LogBinding in its exact bytes.
func (n *Node) getBinding(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	if n.bindingBytes == nil {
		return refuse(kindNotFound, "This node has no LogBinding: issuer.binding_file is not set")
	}
	return answerTagged(w, r, "application/json", cacheNo, n.bindingBytes)
}

// getHealth says that the process runs and answers.
func (n *Node) getHealth(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	return answerJSON(w, http.StatusOK, Health{Status: "ok"})
}

// getReady says whether the node does its work: takes records, and is not
// stopped by something that somebody has to mend. A chain that cannot be
// asked for a while is no reason to send submitters away; who waits for
// anchors asks for that part.
func (n *Node) getReady(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "part")
	if err != nil {
		return err
	}
	a, l := n.anchoring(), Logging{Ready: true, Detail: "records are taken"}
	var e *httpError
	if refused := n.writable(); errors.As(refused, &e) {
		l = Logging{Detail: e.detail}
	} else if refused != nil {
		l = Logging{Detail: "the node's log has the cause"}
	}
	if l.Ready && n.TokensErr() != nil {
		// What is wrong with the file has its path and lines: not for all.
		l.Detail += "; the tokens file cannot be used as it is now, and the tokens read before count: the node's log says why"
	}
	h := Health{Status: "ok", Detail: a.Detail, Logging: &l, Anchoring: &a}
	ready := l.Ready && a.State != string(anchor.Stopped)
	switch q["part"] {
	case "":
	case ReadyLogging:
		ready, h.Detail = l.Ready, l.Detail
	case ReadyAnchoring:
		ready = !a.Fenced && (a.State == string(anchor.Idle) || a.State == string(anchor.Anchoring))
	default:
		return refuse(kindBadRequest, "The query parameter part is none of logging, anchoring")
	}
	if !l.Ready && q["part"] == "" {
		h.Detail = l.Detail
	}
	status := http.StatusOK
	if !ready {
		h.Status, status = "unavailable", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "60")
	}
	return answerJSON(w, status, h)
}

// anchoring is the pipeline's state for people.
func (n *Node) anchoring() Anchoring {
	s := n.anchor.Status()
	return Anchoring{State: string(s.Phase), Detail: withoutHosts(publicDetail(s), n.config.Chain.RPC), Fenced: s.Fenced}
}

// address matches the places that the errors of package net name.
var address = regexp.MustCompile(`\b((?:tcp|udp)[46]?|on) \S+:\d+:`)

// withoutHosts takes out of a sentence where the RPC is: strangers read it, and
// the RPC may be a machine of the inner network. The node's log and the doctor
// name it.
func withoutHosts(detail, rpc string) string {
	if u, err := url.Parse(rpc); err == nil && u.Host != "" {
		detail = strings.ReplaceAll(detail, u.Host, "the RPC")
		detail = strings.ReplaceAll(detail, u.Hostname(), "the RPC")
	}
	return address.ReplaceAllString(detail, "$1 …:")
}

// publicDetail is what the pipeline says, unless it says what failed on this
// machine: names of its files are for the node's log.
func publicDetail(s anchor.Status) string {
	for _, err := range []error{store.ErrBroken, store.ErrFull, store.ErrDamaged} {
		if errors.Is(s.Err, err) {
			return err.Error() + "; the node's log says where"
		}
	}
	_, path := errors.AsType[*fs.PathError](s.Err)
	_, link := errors.AsType[*os.LinkError](s.Err)
	_, call := errors.AsType[*os.SyscallError](s.Err)
	if path || link || call && !errors.Is(s.Err, anchor.ErrNoAnswer) {
		return "the node's disk failed; the node's log says where"
	}
	return s.Detail
}

// writable says why no record is taken, or nil. A node whose store is proven
// old takes none: an entry at an index that the chain already covers could
// never be anchored, and its submitter would hold a promise that nobody
// keeps. Nor does it for a log that is closed for good. What was once proven
// holds until the chain shows otherwise, not until it falls silent. A store
// that stopped writing takes none until it is opened anew.
func (n *Node) writable() error {
	select {
	case <-n.stopping:
		return &httpError{kind: kindUnavailable, detail: "The node is stopping", retry: 5}
	default:
	}
	if err := n.store.Err(); err != nil {
		return asHTTPError(err)
	}
	s := n.anchor.Status()
	if e := refusal(s); e != nil {
		return e
	}
	if s.Restored != nil && s.Restored.Asked == 0 {
		// An index given now could be one that the chain has already.
		return &httpError{kind: kindUnavailable, retry: 30, detail: "The node was restored from a backup and takes records once the chain has said that the backup lacks nothing", cause: s.Err}
	}
	if e := n.refused.Load(); e != nil {
		return e
	}
	return nil
}

// refusal reads from the pipeline's status what forbids taking records.
func refusal(s anchor.Status) *httpError {
	if fence, ok := errors.AsType[*anchor.FenceError](s.Err); ok {
		return &httpError{kind: kindRollback, detail: fence.Error(), cause: fence}
	}
	if errors.Is(s.Err, anchor.ErrLogClosed) {
		return &httpError{kind: kindRollback, detail: "The owner closed this log: nothing can be anchored in it any more; open a new one with akashi init", cause: s.Err}
	}
	return nil
}

// remember keeps a refusal until the chain was asked again and shows nothing
// of the kind.
func (n *Node) remember(s anchor.Status) {
	if e := refusal(s); e != nil {
		n.refused.Store(e)
	} else if (!s.Fenced || errors.Is(s.Err, anchor.ErrRestored)) && !errors.Is(s.Err, anchor.ErrNoAnswer) {
		n.refused.Store(nil)
	}
}
