package badge

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/internal/tree"
	"github.com/akashi-project/akashi/record/lognames"
	"github.com/akashi-project/akashi/record/proof"
)

// Pinned are keys of which the caller knows whose they are, from a policy for
// instance. They stand in for the issuer's own document where that cannot be
// had, and never against it.
type Pinned struct {
	Issuer string
	Keys   []string // Multikeys
}

// key returns the pinned key that a signature names: the method is the issuer,
// or the key's did:key, then "#" and the key as Multikey.
func (p Pinned) key(q proof.Query) (proof.Key, bool) {
	method := q.Method
	if strings.HasPrefix(method, "#") {
		method = q.Issuer + method
	}
	i := strings.LastIndexByte(method, '#')
	if i < 0 || q.Issuer == "" || q.Issuer != p.Issuer || q.Purpose != proof.AssertionMethod {
		return proof.Key{}, false
	}
	controller, multikey := method[:i], method[i+1:]
	if controller != p.Issuer && controller != "did:key:"+multikey || !slices.Contains(p.Keys, multikey) {
		return proof.Key{}, false
	}
	key, err := proof.ParseMultikey(multikey)
	return key, err == nil
}

// has reports whether the key is pinned for that issuer.
func (p Pinned) has(issuer string, key proof.Key) bool {
	multikey, err := key.Multikey()
	return err == nil && issuer != "" && issuer == p.Issuer && slices.Contains(p.Keys, multikey)
}

// A keyring finds the keys of one badge's signatures, and keeps why it did not.
type keyring struct {
	resolver *controller.Resolver
	pinned   Pinned
	reasons  map[string]*controller.Error // by method
	byPin    map[string]bool              // methods whose key is known by the pin alone
}

// resolve is a proof.Resolve. What the issuer's document says comes first: a key
// that it revokes is revoked, whoever pinned it before.
func (k *keyring) resolve(ctx context.Context, q proof.Query) (proof.Key, error) {
	key, err := k.resolver.Resolve(ctx, q)
	if err != nil && !errors.Is(err, proof.ErrRefuted) {
		if pinned, ok := k.pinned.key(q); ok {
			k.byPin[q.Method] = true
			return pinned, nil
		}
	}
	if e, ok := controller.ReasonOf(err); ok {
		k.reasons[q.Method] = e
	}
	return key, err
}

// Why names of logs do not count.
var (
	wordsLogContext = part("its contexts do not make sure that a signature covers them", "コンテキストが、署名の対象となることを保証していません")
	wordsLogForm    = part("they are no list of 1 to 8 different logs in the form eip155:CHAIN:0xREGISTRY:0xLOGID", "eip155:CHAIN:0xREGISTRY:0xLOGIDの形の、1〜8件の重複しない一覧ではありません")
)

// named judges the logs that the badge names as its issuer's
// (docs/formats/trust.md). They count when the issuer signed them.
func (r *run) named(doc tree.Object, signed bool) {
	logs, err := lognames.Find(doc)
	switch {
	case errors.Is(err, lognames.ErrContext):
		r.add(sayLogsBad, wordsLogContext)
	case err != nil:
		r.add(sayLogsBad, wordsLogForm)
	case len(logs) == 0:
	case r.badge.Standard == OpenBadges2 && !r.badge.Token():
		r.add(sayLogsHosted)
	case !signed:
		r.add(sayLogsU, len(logs))
	default:
		r.add(sayLogs, len(logs))
		r.report.Logs = logs
	}
}

// SignedBy returns the issuer as the badge names it, when a signature of the
// badge fits and its key is proven to be that issuer's; otherwise "". Pinned
// says that the key is one of Options.Pinned.
func (r Report) SignedBy() (issuer string, pinned bool) {
	return r.signedBy, r.signedBy != "" && r.pinned
}
